"""Control flow as functions, which PyTorch's compiler wants; here they run the ordinary branches and loops."""

from __future__ import annotations

import builtins
from collections.abc import Callable, Sequence
from typing import Any

import pullback as torch
from pullback.compiler import nested_compile_region as mark_compile_region  # noqa: F401
from pullback.utils._pytree import tree_flatten, tree_leaves, tree_map, tree_unflatten

__all__ = ["associative_scan", "cond", "foreach_map", "invoke_subgraph", "map", "out_dtype", "scan", "while_loop"]


def cond(pred: Any, true_fn: Callable[..., Any], false_fn: Callable[..., Any], operands: Sequence[Any] = ()) -> Any:
    """``true_fn(*operands)`` if `pred`, else ``false_fn(*operands)``.

    >>> import pullback as torch
    >>> cond(torch.tensor(True), torch.sin, torch.cos, (torch.zeros(1),))
    tensor([0.])
    """
    if not isinstance(pred, (int, torch.Tensor)):
        raise RuntimeError(f"Expected pred to be bool or tensor, but got {pred}.")
    if isinstance(pred, torch.Tensor) and pred.numel() != 1:
        raise RuntimeError(f"Expected pred to be bool or single-element tensor, but got {pred}.")
    return (true_fn if pred else false_fn)(*operands)


def while_loop(cond_fn: Callable[..., Any], body_fn: Callable[..., Any], carried_inputs: Any) -> Any:
    """``body_fn`` of its own results, as long as ``cond_fn`` of them is true; they keep their shapes and dtypes."""
    if not callable(cond_fn) or not callable(body_fn):
        raise RuntimeError("Expect cond_fn and body_fn to be callable.")
    carried = carried_inputs
    while _truth(cond_fn(*carried)):
        found = body_fn(*carried)
        _check_alike("body_fn_output", found, "carried_inputs", carried)
        carried = found
    return carried


def _truth(value: Any) -> bool:
    if not isinstance(value, (bool, torch.Tensor)):
        raise RuntimeError(f"Expected cond_fn to return a boolean scalar tensor or a boolean, but got {value}.")
    return bool(value)


def _check_alike(name: str, found: Any, wanted_name: str, wanted: Any) -> None:
    """``RuntimeError`` unless two trees have as many leaves, of the same shapes and dtypes."""
    one, other = tree_leaves(found), tree_leaves(wanted)
    if len(one) != len(other):
        raise RuntimeError(
            f"Expected {name} and {wanted_name} to have same number of outputs but got lhs:{one} and rhs:{other}"
        )
    for number, (a, b) in enumerate(zip(one, other)):
        if isinstance(b, torch.Tensor) and (getattr(a, "shape", 0), getattr(a, "dtype", 0)) != (b.shape, b.dtype):
            raise RuntimeError(
                f"Expected {name} and {wanted_name} to have same metadata but found:\npair[{number}] differ: {a!r} and {b!r}"
            )


def _stacked(results: Sequence[Any], dim: int = 0) -> Any:
    leaves, spec = zip(*builtins.map(tree_flatten, results))
    return tree_unflatten([None if each[0] is None else torch.stack(each, dim) for each in zip(*leaves)], spec[0])


def _slices(xs: Any, dim: int, reverse: bool) -> list[Any]:
    count = tree_leaves(xs)[0].shape[dim]
    order = range(count - 1, -1, -1) if reverse else range(count)
    return [tree_map(lambda x, i=i: x.select(dim, i), xs) for i in order]


def map(f: Callable[..., Any], xs: Any, *args: Any) -> Any:
    """``f(x, *args)`` for each slice of `xs` along its first dim, stacked."""
    leaves = tree_leaves(xs)
    if not all(isinstance(each, torch.Tensor) for each in leaves):
        raise RuntimeError(f"Mapped xs can only consist of tensors. Got xs {leaves}.")
    lengths = [each.shape[0] for each in leaves]
    if any(each != lengths[0] for each in lengths):
        raise RuntimeError(
            f"Leading dimensions of mapped xs must be consistent. Got shapes {[each.shape for each in leaves]}."
        )
    if not lengths[0]:
        raise RuntimeError("Leading dimensions of mapped xs cannot be 0.")
    return _stacked([f(x, *args) for x in _slices(xs, 0, False)])


def _checked_scan(name: str, combine_fn: Any, leaves: list[Any], dim: Any, reverse: Any, error: Any) -> int:
    """The axis, counted from the front; raises what PyTorch raises for arguments that do not fit each other."""
    if not callable(combine_fn):
        raise error(f"Combine_fn must be a callable, but got {combine_fn}")
    if not isinstance(reverse, bool):
        raise RuntimeError(f"Reverse must be a bool, but got {type(reverse)}")
    if not isinstance(dim, int):
        raise TypeError(f"{name}: dim must be an int, but got {type(dim)}")
    ndim = leaves[0].ndim
    if not -ndim <= dim < ndim:
        raise IndexError(f"Dimension out of range (expected to be in range of [{-ndim}, {ndim - 1}], but got {dim})")
    dim %= ndim
    if any(each.ndim <= dim or not each.shape[dim] for each in leaves):
        raise error("All xs leaves must at least have 'dim' number of dimensions and scan dimension > 0")
    if any(each.shape[dim] != leaves[0].shape[dim] for each in leaves):
        raise error(f"All xs leaves must have the same size along dim {dim}")
    return dim


def scan(
    combine_fn: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any, *, dim: int = 0, reverse: bool = False
) -> tuple[Any, Any]:
    """``carry, y = combine_fn(carry, x)`` along `dim`: the last carry, and the ``y`` stacked along `dim`.

    The carry keeps its shapes and dtypes.
    """
    begun = tree_leaves(init)
    if not begun:
        raise RuntimeError("scan() operator requires init leaves.")
    if not all(isinstance(each, torch.Tensor) for each in begun):
        raise RuntimeError(f"All init leaves must be a Tensor but got {init}")
    leaves = tree_leaves(xs)
    if not leaves:
        return init, []
    dim = _checked_scan("scan", combine_fn, leaves, dim, reverse, RuntimeError)
    carry, results = init, []
    for x in _slices(xs, dim, reverse):
        found, y = combine_fn(carry, x)
        _check_alike("carry", found, "init", carry)
        carry = found
        results.append(y)
    return carry, _stacked(results[::-1] if reverse else results, dim)


def associative_scan(
    combine_fn: Callable[[Any, Any], Any], xs: Any, dim: int, reverse: bool = False, combine_mode: str = "pointwise"
) -> Any:
    """All partial results of `combine_fn` along `dim`, from the first slice on, or from the last."""
    if combine_mode not in ("pointwise", "generic"):
        raise ValueError(f"Combine_mode must either 'pointwise' or 'generic', but got {combine_mode}")
    leaves = tree_leaves(xs)
    dim = _checked_scan("associative_scan", combine_fn, leaves, dim, reverse, ValueError)
    results: list[Any] = []
    for x in _slices(xs, dim, reverse):
        results.append(combine_fn(results[-1], x) if results else x)
        _check_alike("combine_fn's result", results[-1], "xs", results[0])
    return _stacked(results[::-1] if reverse else results, dim)


def foreach_map(op: Callable[..., Any], *operands: Any, **kwargs: Any) -> Any:
    """`op` of the first of each list, of the second, and so on; what is no list stays as it is."""
    count = max(len(each) for each in operands if isinstance(each, (list, tuple)))
    lists = [each if isinstance(each, (list, tuple)) else [each] * count for each in operands]
    return [op(*each, **kwargs) for each in zip(*lists)]


def out_dtype(op: Callable[..., Any], output_dtype: Any, *args: Any) -> Any:
    """``op(*args)`` computed in `output_dtype`."""
    return op(*(x.to(output_dtype) if isinstance(x, torch.Tensor) else x for x in args)).to(output_dtype)


def strict_mode(callable: Callable[..., Any], operands: Sequence[Any]) -> Any:
    """``callable(*operands)``."""
    return callable(*operands)


def invoke_subgraph(subgraph: Callable[..., Any], identifier: Any, *operands: Any) -> Any:
    """``subgraph(*operands)``."""
    return subgraph(*operands)


def wrap(function: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
    """``function(*args, **kwargs)``."""
    return function(*args, **kwargs)


def print(format_str: str, **kwargs: Any) -> None:
    """Print `format_str`, filled with what is named."""
    builtins.print(format_str.format(**kwargs))
