"""Pushforwards of operators that pick, split or gather elements: ``(result, tangents by name, **operands)``."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.ops.index import reducing, segments


def median(result: Any, moved: Any, input: Any, dim: int | None = None, keepdim: bool = False) -> Any:
    """What stands at the place that the second result tells; of everything the mean over the places of the median."""
    if dim is not None:
        if not input.ndim:
            return moved["input"], None
        found = moved["input"].gather(dim, result[1] if keepdim else result[1].unsqueeze(dim))
        return found if keepdim else found.squeeze(dim), None
    places = (input == result).to(input.dtype)
    return (moved["input"] * places).sum() / places.sum()


def frexp(result: Any, moved: Any, input: Any) -> Any:
    """The mantissa alone varies."""
    return moved["input"] * np.exp2(-result[1].to(input.dtype)), None


def scatter_reduce(
    result: Any, moved: Any, input: Any, dim: int, index: Any, src: Any, how: str, include_self: bool
) -> Any:
    """Sums and means are linear; of extrema the mean over those that attain them. ``NotImplementedError`` for products."""
    own, theirs = (moved[name] if name in moved else each * 0 for name, each in (("input", input), ("src", src)))
    if how in ("sum", "mean"):
        return reducing._scatter_reduce(own, dim, index, theirs, how, include_self)
    if how == "prod":
        raise NotImplementedError("jet: no Taylor series is known for scatter_reduce() of products")
    src, theirs = (each[tuple(slice(n) for n in index.shape)] for each in (src, theirs))
    hits = (src == result.gather(dim, index)).to(input.dtype)
    counted = (input == result).to(input.dtype)
    if not include_self:
        counted = reducing._scatter_reduce(counted, dim, index, hits * 0, "sum", False)
    total = reducing._scatter_reduce(own * counted, dim, index, theirs * hits, "sum", True)
    return total / reducing._scatter_reduce(counted, dim, index, hits, "sum", True)


def segment_reduce(result: Any, moved: Any, data: Any, lengths: Any, how: str, initial: Any) -> Any:
    """Sums and means are linear. ``NotImplementedError`` for other reductions."""
    if how not in ("sum", "mean"):
        raise NotImplementedError(f"jet: no Taylor series is known for segment_reduce() of {how}")
    return segments._segment_reduce(moved["data"], lengths, how, None if initial is None else 0.0)
