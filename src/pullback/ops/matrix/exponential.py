"""The exponential of a matrix."""

from __future__ import annotations

import numpy as np

from pullback.arrays.matrix_exponential import exponential
from pullback.arrays.products import adjoint
from pullback.graph.inplace import spoken
from pullback.graph.operator import general
from pullback.ops.matrix.linalg_checks import check_square
from pullback.ops.numpy_words import numpy_names
from pullback.ops.typing import V


def _rule(grad: V, A: V) -> V:
    """The derivative of exp at Aᴴ in the direction of the cotangent: the upper right block of exp [[Aᴴ, G], [0, Aᴴ]]."""
    turned = adjoint(A)
    n = A.shape[-1]
    zeros = np.zeros_like(turned)
    block = np.concatenate([np.concatenate([turned, grad], -1), np.concatenate([zeros, turned], -1)], -2)
    return exponential(block)[..., :n, n:]


@general(node="LinalgMatrixExpBackward0", A=_rule)
def _matrix_exp(A: V) -> V:
    return exponential(A)


@numpy_names
def matrix_exp(A: V) -> V:
    """The exponential of square matrices, ``1 + A + A² / 2 + …``: ``(*, n, n) -> (*, n, n)``.

    Floating or complex. Raises ``RuntimeError`` for integers and for matrices that are not square.

    >>> import pullback as torch
    >>> torch.linalg.matrix_exp(torch.zeros(2, 2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    array = A._array
    check_square("linalg.matrix_exp", array)
    if array.dtype.kind in "biu":
        raise RuntimeError(
            f"linalg.matrix_exp: Expected a floating point or complex tensor as input. Got {spoken(array.dtype)}"
        )
    return _matrix_exp(A)
