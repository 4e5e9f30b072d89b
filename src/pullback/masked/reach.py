"""Which elements of an input an operation sees, and which of its result come from any at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.arrays import dtypes
from pullback.masked.identities import broadcast_mask
from pullback.ops.dims import wrap_dims
from pullback.ops.reduction.truth import any as any_of
from pullback.ops.typing import V

_KEEPING = frozenset(("cumprod", "cumsum", "log_softmax", "normalize", "softmax", "softmin"))
_LATER = frozenset(("norm", "normalize"))
"""Operations whose dimensions come second, behind the order of a norm."""


def _input_mask(input: V, *args: Any, mask: V | None = None, **kwargs: Any) -> V:
    """The mask of `input`, in its shape; everything where there is none.

    >>> import pullback as torch
    >>> torch.masked._input_mask(torch.zeros(2, 2), mask=torch.tensor([True, False]))
    tensor([[ True, False],
            [ True, False]])
    """
    return input.new_ones(input.shape, dtype=dtypes.bool) if mask is None else broadcast_mask(input, mask)


def _output_mask(op: Callable[..., Any], input: V, *args: Any, **kwargs: Any) -> V:
    """Where the result of the masked operation `op`, called with these arguments, comes from elements that count.

    >>> import pullback as torch
    >>> mask = torch.tensor([[True, False], [False, False]])
    >>> torch.masked._output_mask(torch.masked.sum, torch.zeros(2, 2), 1, mask=mask)
    tensor([ True, False])
    """
    seen = _input_mask(input, mask=kwargs.get("mask"))
    name = op.__name__
    if name in _KEEPING:
        return seen
    given = args[name in _LATER :]
    dim = given[0] if given else kwargs.get("dim", -1 if name == "median" else None)
    if dim is None or (not isinstance(dim, int) and not tuple(dim)):
        axes = tuple(range(input.ndim))
    else:
        axes = wrap_dims(dim, input.ndim)
    return any_of(seen, axes if input.ndim else None, bool(kwargs.get("keepdim", False)))
