"""Ready parametrizations: orthogonal weights, weights of spectral norm 1, weights of length and direction apart."""

from __future__ import annotations

from typing import Any

import pullback
from pullback.nn import functional as F
from pullback.nn.modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from pullback.nn.modules.module import Module
from pullback.nn.utils import parametrize
from pullback.nn.utils._weights import as_matrix, norm_except_dim, recombined
from pullback.tensor import Tensor

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]

_ORTHOGONAL_MAPS = ("matrix_exp", "cayley", "householder")


def _tensor_named(module: Any, name: str) -> Tensor:
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


# --- orthogonal ---------------------------------------------------------------------------------------------


class _Orthogonal(Module):
    """Orthogonal matrices from any: by the exponential of their skew part, its Cayley transform, or reflections.

    With a `base`, which makes every start the identity of the map, weights begin at an orthogonal matrix that is near
    what they were (dynamic trivialization, Lezcano-Casado, 2019).
    """

    base: Tensor | None

    def __init__(self, weight: Tensor, orthogonal_map: str, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map == "householder":
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Tensor:
        wide = X.size(-2) < X.size(-1)
        X = X.mT if wide else X
        Q = self._reflections(X) if self.orthogonal_map == "householder" else self._rotation(X)
        if hasattr(self, "base"):
            Q = self.base @ Q
        return Q.mT if wide else Q

    def _rotation(self, X: Any) -> Any:
        """From the skew part of the lower triangle, made square; as many columns as `X` has."""
        n, k = X.size(-2), X.size(-1)
        X = X.tril()
        if n != k:
            X = pullback.cat([X, X.new_zeros(n, n - k).expand(*X.shape[:-2], -1, -1)], dim=-1)
        A = X - X.mH
        if self.orthogonal_map == "matrix_exp":
            Q = pullback.matrix_exp(A)
        else:
            one = pullback.eye(n, dtype=A.dtype, device=A.device)
            Q = pullback.linalg.solve(one - 0.5 * A, one + 0.5 * A)
        return Q[..., :k] if n != k else Q

    def _reflections(self, X: Any) -> Any:
        """From the columns below the diagonal, as vectors of reflections; the diagonal holds signs."""
        A = X.tril(diagonal=-1)
        tau = 2.0 / (1.0 + (A * A).sum(dim=-2))
        Q = pullback.linalg.householder_product(A, tau)
        return Q * X.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)

    def right_inverse(self, Q: Any) -> Tensor:
        """What `forward` makes `Q` of, or with a base an orthogonal matrix near it."""
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        wide = Q.size(-2) < Q.size(-1)
        start = Q
        Q = Q.mT if wide else Q
        if not hasattr(self, "base"):
            return self._vectors(Q).mT if wide else self._vectors(Q)
        n, k = Q.size(-2), Q.size(-1)
        if n == k:
            Q = Q.clone() if _is_orthogonal(Q) else _made_orthogonal(Q)
        else:
            drawn = pullback.randn(*Q.size()[:-2], n, n - k, dtype=Q.dtype, device=Q.device)
            Q = _made_orthogonal(pullback.cat([Q, drawn], dim=-1))
        self.base = Q
        # The map of minus one is one: for the exponential it has no skew part, as reflections the signs undo them.
        negative = pullback.zeros_like(start)
        negative.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
        return negative

    def _vectors(self, Q: Any) -> Any:
        """The vectors of the reflections that make `Q`, and signs on the diagonal."""
        if self.orthogonal_map != "householder":
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when "
                "use_trivialization=False."
            )
        A, tau = pullback.geqrf(Q)
        signs = A.diagonal(dim1=-2, dim2=-1).sign()
        signs = pullback.where(tau == 0.0, -signs, signs)
        A.diagonal(dim1=-2, dim2=-1).copy_(signs)
        return A


def _is_orthogonal(Q: Any) -> bool:
    n, k = Q.size(-2), Q.size(-1)
    one = pullback.eye(k, dtype=Q.dtype, device=Q.device)
    return bool(pullback.allclose(Q.mH @ Q, one, atol=10.0 * n * pullback.finfo(Q.dtype).eps))


def _made_orthogonal(A: Any) -> Any:
    """The orthogonal factor of `A`, unique by the signs of the other factor's diagonal."""
    X, tau = pullback.geqrf(A)
    Q = pullback.linalg.householder_product(X, tau)
    return Q * X.diagonal(dim1=-2, dim2=-1).sgn().unsqueeze(-2)


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """Keep a matrix orthogonal, or its columns or rows orthonormal if it is not square.

    Args:
        module: the module, which changes in place and is returned.
        name: name of the matrix, or of a batch of them.
        orthogonal_map: ``"matrix_exp"``, the default for square and complex ones, ``"cayley"`` or ``"householder"``.
        use_trivialization: start at an orthogonal matrix that is kept beside; needs as much memory again.

    Raises:
        ValueError: if there is no such matrix or no such map.

    >>> import pullback as torch
    >>> layer = orthogonal(torch.nn.Linear(3, 3))
    >>> torch.allclose(layer.weight @ layer.weight.T, torch.eye(3), atol=1e-6)
    True
    """
    weight = _tensor_named(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1)
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    if orthogonal_map not in _ORTHOGONAL_MAPS:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, orthogonal_map, use_trivialization=use_trivialization)
    return parametrize.register_parametrization(module, name, made, unsafe=True)


# --- length and direction -----------------------------------------------------------------------------------


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return recombined(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        """Length and direction of `weight`."""
        return norm_except_dim(weight, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int | None = 0) -> Any:
    """Split a weight into length and direction (Salimans and Kingma, 2016).

    The lengths, one for each index of `dim` or with ``None`` one for all, are ``parametrizations.weight.original0``,
    the directions ``original1``. States of the former `torch.nn.utils.weight_norm` can be loaded.
    """
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def rename(state_dict: Any, prefix: str, *rest: Any) -> None:
        old = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(key in state_dict for key in old):
            for number, key in enumerate(old):
                state_dict[f"{prefix}parametrizations.{name}.original{number}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(rename)
    return module


# --- spectral norm ------------------------------------------------------------------------------------------


class _SpectralNorm(Module):
    """Division by the largest singular value, which is followed by steps of the power method."""

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        count = weight.ndim
        if not -count <= dim < count:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{count}, {count - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim % count
        self.eps = eps
        if count == 1:
            return
        self.n_power_iterations = n_power_iterations
        matrix = as_matrix(weight, self.dim)
        u = matrix.new_empty(matrix.size(0)).normal_(0, 1)
        v = matrix.new_empty(matrix.size(1)).normal_(0, 1)
        self.register_buffer("_u", F.normalize(u, dim=0, eps=eps))
        self.register_buffer("_v", F.normalize(v, dim=0, eps=eps))
        self._power_method(matrix, 15)

    def _power_method(self, matrix: Any, steps: int) -> None:
        """Turn both vectors towards the largest singular value's."""
        with pullback.no_grad():
            for _ in range(steps):
                self._u.copy_(F.normalize(pullback.mv(matrix, self._v), dim=0, eps=self.eps))
                self._v.copy_(F.normalize(pullback.mv(matrix.mH, self._u), dim=0, eps=self.eps))

    def forward(self, weight: Any) -> Tensor:
        if weight.ndim == 1:
            return F.normalize(weight, dim=0, eps=self.eps)
        matrix = as_matrix(weight, self.dim)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        # Copies: a second forward writes into the vectors before the backward of the first.
        u, v = self._u.clone(), self._v.clone()
        sigma = pullback.vdot(u, pullback.mv(matrix, v))
        return weight / sigma

    def right_inverse(self, value: Tensor) -> Tensor:
        """`value` itself: what is assigned is taken to have norm 1 already."""
        return value


def spectral_norm(
    module: Any, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Any:
    """Divide a weight by its largest singular value (Miyato et al., 2018).

    Args:
        module: the module, which changes in place and is returned.
        name: name of the weight.
        n_power_iterations: steps of the power method in each forward in training.
        eps: smallest norm to divide by.
        dim: dimension that counts the rows of the weight as a matrix: 1 for transposed convolutions, 0 otherwise.
    """
    weight = _tensor_named(module, name)
    if dim is None:
        dim = 1 if isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)) else 0
    made = _SpectralNorm(weight, n_power_iterations, dim, eps)
    return parametrize.register_parametrization(module, name, made)
