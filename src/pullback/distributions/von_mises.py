"""The von Mises distribution."""

from __future__ import annotations

import math
from typing import Any

import pullback
from pullback.distributions import constraints
from pullback.distributions.distribution import Distribution
from pullback.distributions.utils import broadcast_all, lazy_property
from pullback.tensor import Tensor

__all__ = ["VonMises"]


def _log_modified_bessel_fn(x: Tensor, order: int = 0) -> Tensor:
    """The logarithm of the modified Bessel function of the first kind, of order 0 or 1."""
    scaled = pullback.special.i0e(x) if order == 0 else pullback.special.i1e(x)
    return x + scaled.log()


class VonMises(Distribution):
    """Angles around a direction.

    Args:
        loc: the direction, in radians.
        concentration: how near to it; for large ones nearly one over the variance.
        validate_args: check parameters and values.
    """

    arg_constraints = {"loc": constraints.real, "concentration": constraints.positive}
    support = constraints.real
    has_rsample = False
    _expands = {"loc": 0, "concentration": 0}

    def __init__(self, loc: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.concentration = broadcast_all(loc, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    def log_prob(self, value: Any) -> Tensor:
        if self._validate_args:
            self._validate_sample(value)
        log_prob = self.concentration * pullback.cos(value - self.loc)
        return log_prob - math.log(2 * math.pi) - _log_modified_bessel_fn(self.concentration, order=0)

    @lazy_property
    def _loc(self) -> Tensor:
        return self.loc.to(pullback.double)

    @lazy_property
    def _concentration(self) -> Tensor:
        return self.concentration.to(pullback.double)

    @lazy_property
    def _proposal_r(self) -> Tensor:
        """The parameter of the wrapped Cauchy distribution that proposals come from (Best and Fisher, 1979)."""
        kappa = self._concentration
        tau = 1 + (1 + 4 * kappa**2).sqrt()
        rho = (tau - (2 * tau).sqrt()) / (2 * kappa)
        proposal = (1 + rho**2) / (2 * rho)
        return pullback.where(kappa < 1e-5, 1 / kappa + kappa, proposal)

    def sample(self, sample_shape: Any = ()) -> Tensor:
        with pullback.no_grad():
            shape = self._extended_shape(sample_shape)
            kappa, r = self._concentration, self._proposal_r
            x = pullback.empty(shape, dtype=pullback.double, device=self.loc.device)
            done = pullback.zeros(shape, dtype=pullback.bool, device=self.loc.device)
            while not done.all():
                u1, u2, u3 = pullback.rand((3, *shape), dtype=pullback.double, device=self.loc.device).unbind()
                z = pullback.cos(math.pi * u1)
                f = (1 + r * z) / (r + z)
                c = kappa * (r - f)
                accept = ((c * (2 - c) - u2) > 0) | ((c / u2).log() + 1 - c >= 0)
                if accept.any():
                    x = pullback.where(accept, (u3 - 0.5).sign() * f.acos(), x)
                    done = done | accept
            return ((x + math.pi + self._loc) % (2 * math.pi) - math.pi).to(self.loc.dtype)

    @property
    def mean(self) -> Tensor:
        """The direction: the circular mean."""
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @lazy_property
    def variance(self) -> Tensor:  # type: ignore[override]
        """The circular variance."""
        first = _log_modified_bessel_fn(self.concentration, order=1)
        return 1 - (first - _log_modified_bessel_fn(self.concentration, order=0)).exp()
