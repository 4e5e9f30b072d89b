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
    return (true_fn if pred else false_fn)(*operands)


def while_loop(cond_fn: Callable[..., Any], body_fn: Callable[..., Any], carried_inputs: Any) -> Any:
    """``body_fn`` of its own results, as long as ``cond_fn`` of them is true."""
    carried = tuple(carried_inputs)
    while cond_fn(*carried):
        carried = tuple(body_fn(*carried))
    return carried


def _stacked(results: Sequence[Any], dim: int = 0) -> Any:
    leaves, spec = zip(*builtins.map(tree_flatten, results))
    return tree_unflatten([torch.stack(each, dim) for each in zip(*leaves)], spec[0])


def _slices(xs: Any, dim: int, reverse: bool) -> list[Any]:
    count = tree_leaves(xs)[0].shape[dim]
    order = range(count - 1, -1, -1) if reverse else range(count)
    return [tree_map(lambda x, i=i: x.select(dim, i), xs) for i in order]


def map(f: Callable[..., Any], xs: Any, *args: Any) -> Any:
    """``f(x, *args)`` for each slice of `xs` along its first dim, stacked."""
    return _stacked([f(x, *args) for x in _slices(xs, 0, False)])


def scan(
    combine_fn: Callable[[Any, Any], tuple[Any, Any]], init: Any, xs: Any, *, dim: int = 0, reverse: bool = False
) -> tuple[Any, Any]:
    """``carry, y = combine_fn(carry, x)`` along `dim`: the last carry, and the ``y`` stacked along the first dim."""
    carry, results = init, []
    for x in _slices(xs, dim, reverse):
        carry, y = combine_fn(carry, x)
        results.append(y)
    return carry, _stacked(results[::-1] if reverse else results)


def associative_scan(
    combine_fn: Callable[[Any, Any], Any], xs: Any, dim: int, reverse: bool = False, combine_mode: str = "pointwise"
) -> Any:
    """All partial results of `combine_fn` along `dim`, from the first slice on, or from the last."""
    results: list[Any] = []
    for x in _slices(xs, dim, reverse):
        results.append(combine_fn(results[-1], x) if results else x)
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
