"""What distributions share: parameters of one shape, probabilities and their logarithms, values computed once."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import update_wrapper
from typing import Any

import pullback
import pullback.nn.functional as F
from pullback.tensor import Tensor

__all__ = [
    "broadcast_all",
    "clamp_probs",
    "lazy_property",
    "logits_to_probs",
    "probs_to_logits",
    "tril_matrix_to_vec",
    "vec_to_tril_matrix",
]

euler_constant = 0.57721566490153286060
Number = (int, float)


def broadcast_all(*values: Any) -> tuple[Tensor, ...]:
    """Tensors and numbers as tensors of one shape; numbers take the dtype of the first tensor.

    Raises:
        ValueError: for what is neither.
    """
    if not all(isinstance(value, (Tensor, int, float, complex)) for value in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    tensors = [value for value in values if isinstance(value, Tensor)]
    dtype = tensors[0].dtype if tensors else pullback.get_default_dtype()
    made = [value if isinstance(value, Tensor) else pullback.tensor(value, dtype=dtype) for value in values]
    return tuple(pullback.broadcast_tensors(*made))


def _standard_normal(shape: Sequence[int], dtype: Any, device: Any) -> Tensor:
    return pullback.normal(
        pullback.zeros(shape, dtype=dtype, device=device), pullback.ones(shape, dtype=dtype, device=device)
    )


def _sum_rightmost(value: Any, dim: int) -> Any:
    """The sum over the last `dim` axes."""
    if dim == 0 or not isinstance(value, Tensor):
        return value
    return value.reshape(value.shape[:-dim] + (-1,)).sum(-1)


def logits_to_probs(logits: Tensor, is_binary: bool = False) -> Tensor:
    """Probabilities of log-odds, or of unnormalised log-probabilities along the last axis."""
    return pullback.sigmoid(logits) if is_binary else F.softmax(logits, dim=-1)


def clamp_probs(probs: Tensor) -> Tensor:
    """Probabilities that are neither 0 nor 1."""
    eps = pullback.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Tensor, is_binary: bool = False) -> Tensor:
    """Log-odds of probabilities, or their logarithms."""
    clamped = clamp_probs(probs)
    return pullback.log(clamped) - pullback.log1p(-clamped) if is_binary else pullback.log(clamped)


class lazy_property:
    """A property that is computed once, when it is first asked for."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        update_wrapper(self, wrapped)  # type: ignore[arg-type]

    def __get__(self, instance: Any, obj_type: Any = None) -> Any:
        if instance is None:
            return self
        with pullback.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def tril_matrix_to_vec(mat: Tensor, diag: int = 0) -> Tensor:
    """The lower triangle of matrices, row by row, as vectors."""
    n = mat.shape[-1]
    if diag < -n or diag >= n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    rows, columns = pullback.tril_indices(n, n, diag).tolist()
    return mat[..., rows, columns]


def vec_to_tril_matrix(vec: Tensor, diag: int = 0) -> Tensor:
    """Matrices whose lower triangle is given row by row."""
    size = vec.shape[-1]
    n = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * size + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    eps = pullback.finfo(vec.dtype).eps
    if round(n) - n > eps or round(n) - n < -eps:
        raise ValueError(
            f"The size of last dimension is {size} which cannot be expressed as the lower triangular part of a "
            "square D x D matrix."
        )
    n = round(n)
    mat = vec.new_zeros(vec.shape[:-1] + (n, n))
    rows, columns = pullback.tril_indices(n, n, diag).tolist()
    mat[..., rows, columns] = vec
    return mat
