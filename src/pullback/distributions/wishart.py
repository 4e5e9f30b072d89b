"""The Wishart distribution."""

from __future__ import annotations

import math
import warnings
from typing import Any

import pullback
from pullback import nan
from pullback.distributions import constraints
from pullback.distributions.chi2 import Chi2
from pullback.distributions.exp_family import ExponentialFamily
from pullback.distributions.multivariate_normal import _precision_to_scale_tril
from pullback.distributions.utils import lazy_property
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["Wishart"]

_log_2 = math.log(2)


def _mvdigamma(x: Tensor, p: int) -> Tensor:
    """The derivative of `mvlgamma`."""
    if not x.gt((p - 1) / 2).all():
        raise AssertionError("Wrong domain for multivariate digamma function.")
    offsets = pullback.arange(p, dtype=x.dtype, device=x.device).div(2).expand(x.shape + (-1,))
    return pullback.digamma(x.unsqueeze(-1) - offsets).sum(-1)


class Wishart(ExponentialFamily):
    """Positive definite matrices: sums of `df` outer products of normal vectors with themselves.

    Args:
        df: degrees of freedom, more than the size of the matrices less one.
        covariance_matrix: the covariance of the vectors; or
        precision_matrix: its inverse; or
        scale_tril: its Cholesky factor.
        validate_args: check parameters and values.
    """

    support = constraints.positive_definite
    has_rsample = True
    _mean_carrier_measure = 0
    _expands = {
        "df": 0,
        "covariance_matrix": 2,
        "precision_matrix": 2,
        "scale_tril": 2,
        "_unbroadcasted_scale_tril": 2,
    }

    @property
    def arg_constraints(self) -> Any:
        return {
            "covariance_matrix": constraints.positive_definite,
            "precision_matrix": constraints.positive_definite,
            "scale_tril": constraints.lower_cholesky,
            "df": constraints.greater_than(self.event_shape[-1] - 1),
        }

    def __init__(
        self,
        df: Any,
        covariance_matrix: Tensor | None = None,
        precision_matrix: Tensor | None = None,
        scale_tril: Tensor | None = None,
        validate_args: bool | None = None,
    ) -> None:
        given = {"covariance_matrix": covariance_matrix, "precision_matrix": precision_matrix, "scale_tril": scale_tril}
        given = {name: matrix for name, matrix in given.items() if matrix is not None}
        if len(given) != 1:
            raise AssertionError("Exactly one of covariance_matrix or precision_matrix or scale_tril may be specified.")
        ((name, matrix),) = given.items()
        if matrix.dim() < 2:  # type: ignore[union-attr]
            raise ValueError("scale_tril must be at least two-dimensional, with optional leading batch dimensions")
        batch_shape = self._take_df(df, matrix)
        event_shape = matrix.shape[-2:]  # type: ignore[union-attr]
        setattr(self, name, matrix.expand((*batch_shape, -1, -1)))  # type: ignore[union-attr]
        if self.df.lt(event_shape[-1]).any():
            warnings.warn(
                "Low df values detected. Singular samples are highly likely to occur for ndim - 1 < df < ndim.",
                stacklevel=2,
            )
        super().__init__(batch_shape, event_shape, validate_args=validate_args)
        self._batch_dims = [-(x + 1) for x in range(len(self._batch_shape))]
        if scale_tril is not None:
            self._unbroadcasted_scale_tril = scale_tril
        elif covariance_matrix is not None:
            self._unbroadcasted_scale_tril = pullback.linalg.cholesky(covariance_matrix)
        else:
            self._unbroadcasted_scale_tril = _precision_to_scale_tril(precision_matrix)  # type: ignore[arg-type]
        offsets = pullback.arange(event_shape[-1], dtype=matrix.dtype, device=matrix.device)  # type: ignore[union-attr]
        self._dist_chi2 = Chi2(df=self.df.unsqueeze(-1) - offsets.expand((*batch_shape, -1)))

    def _take_df(self, df: Any, matrix: Any) -> Size:
        """Keep the degrees of freedom; gives the shape of the batch."""
        if isinstance(df, (int, float)):
            batch_shape = Size(matrix.shape[:-2])
            self.df = pullback.tensor(df, dtype=matrix.dtype, device=matrix.device).expand(batch_shape)
        else:
            batch_shape = pullback.broadcast_shapes(matrix.shape[:-2], df.shape)
            self.df = df.expand(batch_shape)
        if self.df.le(matrix.shape[-1] - 1).any():
            raise ValueError(f"Value of df={df} expected to be greater than ndim - 1 = {matrix.shape[-1] - 1}.")
        return batch_shape

    def expand(self, batch_shape: Any, _instance: Any = None) -> Wishart:
        new = self._expanded_as(Wishart, batch_shape, _instance)
        new._batch_dims = [-(x + 1) for x in range(len(new._batch_shape))]
        new._dist_chi2 = self._dist_chi2.expand(new._batch_shape + self.event_shape[-1:])
        return new

    def _as_matrix(self, matrix: Tensor) -> Tensor:
        return matrix.expand(self._batch_shape + self._event_shape)

    @lazy_property
    def scale_tril(self) -> Tensor:
        """The Cholesky factor of the covariance."""
        return self._as_matrix(self._unbroadcasted_scale_tril)

    @lazy_property
    def covariance_matrix(self) -> Tensor:
        """The covariance of the vectors."""
        factor = self._unbroadcasted_scale_tril
        return self._as_matrix(factor @ factor.mT)

    @lazy_property
    def precision_matrix(self) -> Tensor:
        """Its inverse."""
        factor = self._unbroadcasted_scale_tril
        identity = pullback.eye(self._event_shape[-1], dtype=factor.dtype, device=factor.device)
        return self._as_matrix(pullback.cholesky_solve(identity, factor))

    @property
    def mean(self) -> Tensor:
        return self.df.view(self._batch_shape + (1, 1)) * self.covariance_matrix

    @property
    def mode(self) -> Tensor:
        factor = self.df - self.covariance_matrix.shape[-1] - 1
        factor[factor <= 0] = nan
        return factor.view(self._batch_shape + (1, 1)) * self.covariance_matrix

    @property
    def variance(self) -> Tensor:
        V = self.covariance_matrix
        diagonal = V.diagonal(dim1=-2, dim2=-1)
        products = pullback.einsum("...i,...j->...ij", diagonal, diagonal)
        return self.df.view(self._batch_shape + (1, 1)) * (V.pow(2) + products)

    def _bartlett_sampling(self, sample_shape: Any = ()) -> Tensor:
        """Samples from their Cholesky factors, whose elements are independent (Bartlett, 1933)."""
        p = self._event_shape[-1]
        noise = self._dist_chi2.rsample(sample_shape).sqrt().diag_embed(dim1=-2, dim2=-1)
        rows, columns = pullback.tril_indices(row=p, col=p, offset=-1).tolist()
        below = Size(sample_shape) + self._batch_shape + Size((p * (p - 1) // 2,))
        noise[..., rows, columns] = pullback.randn(below, dtype=noise.dtype, device=noise.device)
        factor = self._unbroadcasted_scale_tril @ noise
        return factor @ factor.mT

    def rsample(self, sample_shape: Any = (), max_try_correction: int | None = None) -> Tensor:
        """Matrices drawn at random; singular ones are drawn again, at most `max_try_correction` times.

        The first draw is thrown away: PyTorch takes what is positive definite for singular there, and for one seed
        samples are to be the same.
        """
        tries = 10 if max_try_correction is None else max_try_correction
        sample = self._bartlett_sampling(Size(sample_shape))
        redraw = self._all_of_batch(self.support.check(sample))
        for _ in range(tries):
            if not redraw.any():
                break
            again = self._bartlett_sampling(redraw[redraw].shape)
            sample[redraw] = again
            redraw[redraw.clone()] = self._all_of_batch(~self.support.check(again))
        return sample

    def _all_of_batch(self, found: Tensor) -> Tensor:
        """Whether it holds for any member of the batch."""
        return found.amax(self._batch_dims) if self._batch_dims else found

    def _log_det_half(self) -> Tensor:
        p = self._event_shape[-1]
        return p * _log_2 / 2 + self._unbroadcasted_scale_tril.diagonal(dim1=-2, dim2=-1).log().sum(-1)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        nu, p = self.df, self._event_shape[-1]
        trace = pullback.cholesky_solve(value, self._unbroadcasted_scale_tril).diagonal(dim1=-2, dim2=-1).sum(dim=-1)
        return (
            -nu * self._log_det_half()
            - pullback.mvlgamma(nu / 2, p=p)
            + (nu - p - 1) / 2 * pullback.linalg.slogdet(value).logabsdet
            - trace / 2
        )

    def entropy(self) -> Tensor:
        nu, p = self.df, self._event_shape[-1]
        return (
            (p + 1) * self._log_det_half()
            + pullback.mvlgamma(nu / 2, p=p)
            - (nu - p - 1) / 2 * _mvdigamma(nu / 2, p=p)
            + nu * p / 2
        )

    @property
    def _natural_params(self) -> tuple[Tensor, ...]:
        return -self.precision_matrix / 2, (self.df - self._event_shape[-1] - 1) / 2

    def _log_normalizer(self, x: Any, y: Any) -> Tensor:  # type: ignore[override]
        p = self._event_shape[-1]
        half = y + (p + 1) / 2
        return half * (-pullback.linalg.slogdet(-2 * x).logabsdet + _log_2 * p) + pullback.mvlgamma(half, p=p)
