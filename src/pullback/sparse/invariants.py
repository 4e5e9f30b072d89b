"""What indices of a sparse tensor must keep to; checked where it is asked for."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np


class check_sparse_tensor_invariants:
    """Whether sparse tensors are checked when they are made: a switch, a ``with`` block, a decorator.

    >>> with check_sparse_tensor_invariants():
    ...     check_sparse_tensor_invariants.is_enabled()
    True
    """

    _enabled = False

    def __init__(self, enable: bool = True) -> None:
        self.state = enable
        self.saved_state: bool | None = None

    @staticmethod
    def is_enabled() -> bool:
        """Whether they are."""
        return check_sparse_tensor_invariants._enabled

    @staticmethod
    def enable() -> None:
        """Check from now on."""
        check_sparse_tensor_invariants._enabled = True

    @staticmethod
    def disable() -> None:
        """Check no more."""
        check_sparse_tensor_invariants._enabled = False

    def __enter__(self) -> None:
        if self.saved_state is not None:
            raise RuntimeError(
                "This context manager instance is already activated. Use a different context manager instance for context "
                "nesting."
            )
        self.saved_state = self.is_enabled()
        check_sparse_tensor_invariants._enabled = self.state

    def __exit__(self, *exception: object) -> None:
        assert self.saved_state is not None
        check_sparse_tensor_invariants._enabled = self.saved_state
        self.saved_state = None

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            with type(self)(self.state):
                return function(*args, **kwargs)

        return checked


check_sparse_tensor_invariants.__module__ = "torch.sparse"


def check_places(indices: Any, shape: tuple[int, ...]) -> None:
    """Raise unless coordinates lie within `shape`."""
    for axis, (index, length) in enumerate(zip(indices, shape)):
        if index.size and index.min() < 0:
            raise RuntimeError(f"found negative index {index.min()} for dim {axis}")
        if index.size and index.max() >= length:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {axis}, size is {length} but found index {index.max()}"
            )


def check_indices(heads: Any, others: Any, layout: str) -> None:
    """Raise unless compressed indices, as they were given, are of one dtype, of 32 or 64 bits."""
    kinds = [str(getattr(each, "dtype", "torch.int64"))[6:] for each in (heads, others)]
    names = "ccol_indices and row_indices" if layout == "sparse_csc" else "crow_indices and col_indices"
    said = [
        {"int64": "Long", "int32": "Int", "float32": "Float", "float64": "Double"}.get(each, each) for each in kinds
    ]
    if kinds[0] != kinds[1]:
        raise RuntimeError(f"{names} must have the same dtype, bot got {said[0]} and {said[1]}, respectively")
    if kinds[0] not in ("int32", "int64"):
        raise RuntimeError(f"{names} dtype must be Int or Long, but got {said[0]}")


def check_compressed(heads: Any, others: Any, count: int, shape: tuple[int, ...], layout: str, axis: int = 0) -> None:
    """Raise unless compressed indices describe a matrix of `shape` with `count` values along their axis `axis`."""
    turned = layout == "sparse_csc"
    c, o = ("ccol_indices", "row_indices") if turned else ("crow_indices", "col_indices")
    ours, theirs = ("ncols", "nrows") if turned else ("nrows", "ncols")
    lengths = np.diff(heads)
    rows = np.repeat(np.arange(len(lengths)), np.maximum(lengths, 0))[: len(others)]
    between = f"{o}[..., {c}[..., i - 1]:{c}[..., i]] for all i = 1, ..., {ours} are sorted and distinct along the last"
    falls = len(rows) == len(others) and (np.diff(others)[np.diff(rows) == 0] <= 0).any()
    for broken, told in (
        (len(heads) != shape[turned] + 1, f"{c}.shape[-1] must be equal to the number of {'columns' if turned else 'rows'} + 1 "
         f"(={shape[turned] + 1}), but got {len(heads)}"),
        (len(others) != count, f"{o}.shape[-1] must be equal to nnz (={count}) as defined by values.shape[{axis}], but got "
         f"{len(others)}"),
        (heads[0] != 0, f"`{c}[..., 0] == 0` is not satisfied."),
        (heads[-1] != count, f"`{c}[..., -1] == nnz` is not satisfied."),
        ((lengths < 0).any() or (lengths > shape[not turned]).any(),
         f"`0 <= {c}[..., 1:] - {c}[..., :-1] <= {theirs}` is not satisfied."),
        (((others < 0) | (others >= shape[not turned])).any(), f"`0 <= {o} < {theirs}` is not satisfied."),
        (falls, f"`{between} dimension values` is not satisfied."),
    ):  # fmt: skip
        if broken:
            raise RuntimeError(told)
