"""Forward mode through a custom `Function`: its ``jvp`` is called with the tangents, and what it returns is checked.

Tensors that share memory share their tangents: so for a result that is a view of an argument ``jvp`` must return a view
of that argument's tangent, and for an argument that was written to it must write into the tangent and return it.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.graph import forward_mode
from pullback.graph.modes import FORWARD, switched
from pullback.graph.tensor_base import TensorBase
from pullback.graph.versions import version


def push(
    jvp: Callable[..., Any], node: Any, args: tuple[Any, ...], made: tuple[Any, ...], outputs: tuple[Any, ...]
) -> None:
    """Give `outputs` the tangents that ``jvp(node, *tangents)`` returns, if an argument has one.

    `made` is what ``forward`` returned, before results were put into the graph.
    """
    tangents = [forward_mode.tangent_of(each) if isinstance(each, TensorBase) else None for each in args]
    if all(each is None for each in tangents):
        return
    before = [None if each is None else version(each) for each in tangents]
    with switched(off=FORWARD):
        if node.materialize_grads:
            tangents = [
                forward_mode.zeros_beside(arg) if tangent is None and isinstance(arg, TensorBase) else tangent
                for arg, tangent in zip(args, tangents)
            ]
        pushed = jvp(node, *tangents)
    found = pushed if isinstance(pushed, tuple) else (pushed,)
    for number, tangent in enumerate(found):
        if tangent is not None and not isinstance(tangent, TensorBase):
            raise RuntimeError(f"expected Variable or None (got {type(tangent).__name__}) for grad output {number}.")
    if len(found) != len(outputs):
        raise RuntimeError(
            f"Function's jvp returned an invalid number of forward gradients (expected {len(outputs)} but got "
            f"{len(found)})"
        )
    for number, (tangent, origin, output) in enumerate(zip(found, made, outputs)):
        if not isinstance(output, TensorBase):
            continue
        if tangent is not None and not _is_differentiable(node, origin, output):
            raise RuntimeError(
                f"Function's jvp returned a gradient at position {number}, but  the corresponding forward output is not "
                "a differentiable Tensor.You should return None at that position instead."
            )
        _check_memory(node, args, tangents, before, tangent, origin)
        if tangent is not None:
            forward_mode.check_tangent(output, tangent)
            forward_mode.set_tangent(output, tangent)
    forward_mode.note_saved(tuple([each for each in outputs if isinstance(each, TensorBase) and each._maker is node]))


def _is_differentiable(node: Any, origin: Any, output: Any) -> bool:
    marked = node.non_differentiable or ()
    return output._array.dtype.kind not in "biu" and not any(each is origin or each is output for each in marked)


def _check_memory(
    node: Any, args: tuple[Any, ...], tangents: list[Any], before: list[int | None], tangent: Any, origin: Any
) -> None:
    """Raise ``RuntimeError`` unless tangents share memory as `origin`, a result of ``forward``, does with an argument."""
    source = next((n for n, each in enumerate(args) if each is origin), None)
    if source is not None and any(each is origin for each in node.dirty_tensors or ()):
        if before[source] is None:
            return
        old = tangents[source]
        unchanged = version(old) == before[source]
        if tangent is None or unchanged or (tangent is not old and not _shows(tangent, old)):
            raise RuntimeError(
                "An inplace custom Function is not modifying the forward mode gradients inplace. If the forward is "
                "modifying an input inplace, then the jvp function must modify the corresponding gradient inplace."
            )
        if tangent is not old:
            raise RuntimeError(
                "An inplace custom Function is not returning the forward mode gradients as-is. If the forward is "
                "modifying an input inplace, then the jvp function must modify the gradient inplace and return it "
                "as-is."
            )
        return
    if source is None:
        source = next((n for n, each in enumerate(args) if isinstance(each, TensorBase) and _shows(origin, each)), None)
    if source is None or tangent is None:
        return
    if tangent._view is None:
        raise RuntimeError(
            "A custom Function's forward is returning a view (or an input as-is) but the jvp is not returning a view."
        )
    if tangents[source] is not None and not _shows(tangent, tangents[source]):
        raise RuntimeError(
            "A custom Function is returning a view but the jvp is not returning a view of the given grad input."
        )


def _shows(view: Any, source: Any) -> bool:
    """Whether `view` is recorded as a view of `source`, or of what `source` is a view of."""
    if view._view is None:
        return False
    return view._view.base is (source if source._view is None else source._view.base)
