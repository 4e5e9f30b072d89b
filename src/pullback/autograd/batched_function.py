"""A custom function inside `vmap`.

Its forward and backward are torch code, so they run on a batch as they stand; a function that knows better says so by a
``vmap`` of its own, which gets the batch as an axis of its arguments.
"""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any, NamedTuple

from pullback.graph import levels
from pullback.graph.tensor_base import TensorBase
from pullback.trees import broadcast_to_leaves, tree_flatten, tree_unflatten

_MORE = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"


old_style_allowed: ContextVar[bool] = ContextVar(
    "custom functions without setup_context inside transforms", default=False
)

SEPARATE = (
    "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override the "
    f"setup_context staticmethod. {_MORE}"
)


class VmapInfo(NamedTuple):
    """What a ``vmap`` staticmethod is told of the batch."""

    batch_size: int
    randomness: str


def refuse_old_style() -> None:
    """Raise for a custom function without ``setup_context`` inside a transform, unless somebody allowed it."""
    if not old_style_allowed.get():
        raise RuntimeError(SEPARATE)


def settled(cls: Any, args: tuple[Any, ...], default: Any) -> tuple[tuple[Any, ...], Any]:
    """The arguments as the ordinary call takes them inside the innermost batch; or, second, the result.

    `default` is the ``vmap`` of a class that does not define one. Raises ``RuntimeError`` if two ways are given.
    """
    level: Any = levels.open_levels()[-1]
    if level.inner:
        level.refuse(cls.__name__, args)
        return args, None
    leaves, spec = tree_flatten(args)
    batched = [isinstance(each, TensorBase) and level.is_batched(each) for each in leaves]
    if cls.vmap is default and not cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it does not have vmap support. Please override and implement the "
            f"vmap staticmethod or set generate_vmap_rule=True. {_MORE}"
        )
    if not any(batched) or cls.vmap is default:
        return tuple(level.bring_in(each) for each in args), None
    if cls.generate_vmap_rule:
        raise RuntimeError(
            f"You tried to vmap over {cls.__name__}, but it has both generate_vmap_rule=True and an overridden vmap "
            f"staticmethod. Please set generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid "
            f"ambiguity. {_MORE}"
        )
    axes = [level.axis_of(leaf) if each else None for leaf, each in zip(leaves, batched)]
    with levels.among(levels.open_levels()[:-1]):
        rows = [leaf if axis is None else level.joined(leaf, axis) for leaf, axis in zip(leaves, axes)]
        info = VmapInfo(level.size, level.randomness)
        found = cls.vmap(info, tree_unflatten(axes, spec), *tree_unflatten(rows, spec))
        return args, _inside(level, *_checked(found))


def _checked(found: Any) -> tuple[Any, Any]:
    wanted = (
        "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure compatible with "
        "the output. "
    )
    if not isinstance(found, tuple):
        raise RuntimeError(f"{wanted}Got a {type(found)} instead")
    if len(found) != 2:
        raise RuntimeError(f"{wanted}Got {len(found)} returns instead")
    return found


def _inside(level: Any, output: Any, out_dims: Any) -> Any:
    leaves, spec = tree_flatten(output)
    axes = broadcast_to_leaves(out_dims, spec)
    if axes is None:
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected "
            f"out_dims={out_dims} to be compatible with the structure of `output`. out_dims has structure "
            f"{tree_flatten(out_dims)[1]} but output has structure {spec}. {_MORE}"
        )
    return tree_unflatten([x if axis is None else level.split(x, axis) for x, axis in zip(leaves, axes)], spec)
