"""Linear algebra on the last two axes, and sums of products."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import lu, matrix_exponential, systems, triangular
from pullback.arrays.batched.array import BatchedArray, payload_at
from pullback.arrays.batched.looping import loop
from pullback.arrays.batched.products import matmul
from pullback.arrays.batched.rules import alone, trailing

_STACKED = (
    np.linalg.inv, np.linalg.det, np.linalg.slogdet, np.linalg.eigh, np.linalg.eigvalsh, np.linalg.cholesky,
    np.linalg.svd, np.linalg.svdvals, np.linalg.qr, np.linalg.eig, np.linalg.eigvals, np.linalg.pinv, systems.inverse,
    systems.cofactors, triangular.cholesky, lu.lu_factor, matrix_exponential.exponential,
)  # fmt: skip


def _einsum(level: int, equation: Any, *operands: Any, **kwargs: Any) -> Any:
    """A letter for the batch in front of every operand that has it, and of the result."""
    if not isinstance(equation, str) or "->" not in equation:
        return loop(np.einsum, (equation, *operands), kwargs)
    letter = next(c for c in "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" if c not in equation)
    left, _, right = equation.partition("->")
    payloads = [payload_at(each, level) for each in operands]
    terms = [term if p is None else letter + term for term, p in zip(left.split(","), payloads)]
    ready = [each if p is None else p for each, p in zip(operands, payloads)]
    return BatchedArray(np.einsum(f"{','.join(terms)}->{letter}{right}", *ready, **kwargs), level)


def _dot(level: int, a: Any, b: Any) -> Any:
    if not a.ndim or not b.ndim:
        return a * b
    return matmul(a, b) if b.ndim <= 2 else loop(np.dot, (a, b), {})


def _raw_qr(level: int, array: Any) -> Any:
    factors, scales = np.linalg.qr(array.payload, "raw")
    return BatchedArray(np.swapaxes(factors, -1, -2), level), BatchedArray(scales, level)


RULES: dict[Any, Any] = {word: alone(word, 2) for word in _STACKED}
RULES |= {
    np.einsum: _einsum,
    np.dot: _dot,
    np.linalg.solve: trailing(np.linalg.solve, 2, 2),
    systems.solution: trailing(systems.solution, 2, 2),
    triangular.solve_triangular: trailing(triangular.solve_triangular, 2, 2),
    lu.permutation: alone(lu.permutation, 1),
    lu.permutation_matrix: alone(lu.permutation_matrix, 1),
    "pullback.ops.matrix.orthogonal._raw_qr": _raw_qr,
}
