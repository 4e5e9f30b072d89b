"""What the functions of `torch.linalg` refuse, in PyTorch's words."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.graph.inplace import spoken
from pullback.graph.tensor_base import TensorBase
from pullback.ops.matrix.checks import times


class _LinAlgError(RuntimeError):
    """A factorization or a solver failed on the numbers it was given."""


LinAlgError = _LinAlgError
NOT_FINITE = "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values."


def check_tensor(name: str, value: Any, argument: str = "input") -> None:
    """Raise ``TypeError`` for what is no tensor."""
    if not isinstance(value, TensorBase):
        raise TypeError(f"{name}(): argument '{argument}' (position 1) must be Tensor, not {type(value).__name__}")


def check_matrices(name: str, array: Any, argument: str = "A") -> None:
    """Raise unless `array` has at least two axes."""
    if array.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")


def check_floating(name: str, array: Any, kernel: str = "") -> None:
    """Raise unless the elements are floating or complex, of single or double precision.

    `kernel` is the name by which PyTorch refuses half precision late, where it does.
    """
    if array.dtype.kind in "biu":
        raise RuntimeError(f"{name}: Expected a floating point or complex tensor as input. Got {spoken(array.dtype)}")
    if array.dtype.itemsize == 2:
        if kernel:
            raise NotImplementedError(f"\"{kernel}\" not implemented for '{spoken(array.dtype)}'")
        raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {spoken(array.dtype)}")


def check_square(name: str, array: Any, argument: str = "A") -> None:
    """Raise unless the matrices are square."""
    check_matrices(name, array, argument)
    n, m = array.shape[-2:]
    if n != m:
        raise RuntimeError(f"{name}: {argument} must be batches of square matrices, but they are {n} by {m} matrices")


def check_same_dtype(name: str, a: Any, b: Any, first: str = "A", second: str = "B") -> None:
    """Raise unless both operands are of one dtype."""
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{name}: Expected {first} and {second} to have the same dtype, but found {first} of type {spoken(a.dtype)} and "
            f"{second} of type {spoken(b.dtype)} instead"
        )


def check_system(name: str, a: Any, b: Any, left: bool) -> None:
    """Raise unless ``A X = B`` (or ``X A = B``) can be asked."""
    if a.shape[-1] != b.shape[-2 if left else -1]:
        told = "AX = B" if left else "XA = B"
        raise RuntimeError(
            f"{name}: Incompatible shapes of A and B for the equation {told} ({times(a.shape[-2:])} and "
            f"{times(b.shape[-2:])})"
        )


def concrete(array: Any) -> np.ndarray | None:
    """The numbers of an array (of a batch, of all examples), or `None` where there are none yet, as in a trace."""
    while hasattr(array, "payload"):
        array = array.payload
    return np.asarray(array) if isinstance(array, (np.ndarray, np.generic)) else None


def infinite(array: Any) -> Any:
    """Which matrices hold something that is not finite, of shape ``(*, 1, 1)``; `None` if there is none."""
    numbers = concrete(array)
    if numbers is None or np.isfinite(numbers).all():
        return None
    return np.logical_not(np.logical_and.reduce(np.isfinite(array), axis=(-2, -1), keepdims=True))


def first_failure(info: Any) -> tuple[str, int] | None:
    """Where in a batch the first failure is, in words, and its number; `None` if there is none."""
    numbers = concrete(info)
    failed = [] if numbers is None else np.flatnonzero(numbers).tolist()
    if numbers is None or not failed:
        return None
    return "" if numbers.ndim == 0 else f"(Batch element {failed[0]}): ", int(numbers.reshape(-1)[failed[0]])  # type: ignore[misc]


def check_info(name: str, info: Any, reason: str) -> None:
    """Raise `LinAlgError` if a factorization failed; `reason` may name the ``{number}`` that tells where."""
    failure = first_failure(info)
    if failure is not None:
        raise LinAlgError(f"{name}: {failure[0]}{reason.format(number=failure[1])}")
