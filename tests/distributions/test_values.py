"""Numbers from theory: densities that integrate to one, moments of samples, inverses, gradients of samples."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback import distributions as D
from pullback.arrays.gamma_gradients import dirichlet_gradient, gamma_gradient


def f64(*values: float) -> torch.Tensor:
    return torch.tensor(values, dtype=torch.float64)


CONTINUOUS = {
    "Beta": (lambda: D.Beta(f64(2.0), f64(3.0)), 0, 1),
    "Cauchy": (lambda: D.Cauchy(f64(0.5), f64(2.0)), -4000, 4000),
    "ContinuousBernoulli": (lambda: D.ContinuousBernoulli(f64(0.3)), 0, 1),
    "Exponential": (lambda: D.Exponential(f64(0.5)), 0, 60),
    "FisherSnedecor": (lambda: D.FisherSnedecor(f64(5.0), f64(12.0)), 1e-9, 80),
    "Gamma": (lambda: D.Gamma(f64(2.5), f64(1.5)), 1e-9, 40),
    "GeneralizedPareto": (lambda: D.GeneralizedPareto(f64(1.0), f64(2.0), f64(-0.25)), 1, 8.999999),
    "Gumbel": (lambda: D.Gumbel(f64(0.5), f64(2.0)), -15, 70),
    "HalfNormal": (lambda: D.HalfNormal(f64(2.0)), 0, 20),
    "InverseGamma": (lambda: D.InverseGamma(f64(4.0), f64(1.5)), 1e-3, 60),
    "Kumaraswamy": (lambda: D.Kumaraswamy(f64(2.0), f64(3.0)), 1e-9, 1 - 1e-9),
    "Laplace": (lambda: D.Laplace(f64(0.5), f64(2.0)), -60, 60),
    "LogNormal": (lambda: D.LogNormal(f64(0.2), f64(0.5)), 1e-6, 60),
    "Normal": (lambda: D.Normal(f64(0.5), f64(2.0)), -20, 20),
    "Pareto": (lambda: D.Pareto(f64(1.0), f64(5.0)), 1, 60),
    "StudentT": (lambda: D.StudentT(f64(7.0), f64(0.5), f64(2.0)), -300, 300),
    "VonMises": (lambda: D.VonMises(f64(0.5), f64(2.0)), -math.pi, math.pi),
    "Weibull": (lambda: D.Weibull(f64(2.0), f64(1.5)), 1e-9, 40),
}


@pytest.mark.parametrize("name", CONTINUOUS)
def test_densities_integrate_to_one_and_give_the_moments(name: str) -> None:
    make, low, high = CONTINUOUS[name]
    distribution: Any = make()
    x = torch.linspace(low, high, 200_001, dtype=torch.float64)
    density = distribution.log_prob(x.unsqueeze(-1)).squeeze(-1).exp()
    assert torch.trapezoid(density, x).item() == pytest.approx(1.0, abs=2e-3)
    if name in ("Cauchy", "VonMises"):
        return
    mean = torch.trapezoid(density * x, x)
    assert mean.item() == pytest.approx(distribution.mean.item(), rel=1e-2, abs=1e-3)
    spread = torch.trapezoid(density * (x - mean) ** 2, x)
    assert spread.item() == pytest.approx(distribution.variance.item(), rel=3e-2)


DISCRETE = {
    "Bernoulli": lambda: D.Bernoulli(f64(0.3)),
    "Binomial": lambda: D.Binomial(7, f64(0.3)),
    "Geometric": lambda: D.Geometric(f64(0.3)),
    "NegativeBinomial": lambda: D.NegativeBinomial(f64(2.5), f64(0.4)),
    "Poisson": lambda: D.Poisson(f64(4.0)),
}


@pytest.mark.parametrize("name", DISCRETE)
def test_probabilities_sum_to_one_and_give_the_moments(name: str) -> None:
    distribution: Any = DISCRETE[name]()
    last = {"Bernoulli": 2, "Binomial": 8}.get(name, 200)
    x = torch.arange(last, dtype=torch.float64)
    probabilities = distribution.log_prob(x.unsqueeze(-1)).squeeze(-1).exp()
    mean = (probabilities * x).sum()
    assert probabilities.sum().item() == pytest.approx(1.0)
    assert mean.item() == pytest.approx(distribution.mean.item())
    assert (probabilities * (x - mean) ** 2).sum().item() == pytest.approx(distribution.variance.item())


@pytest.mark.parametrize(
    "name", ["Cauchy", "Exponential", "Gumbel", "HalfNormal", "Laplace", "Normal", "Pareto", "Weibull"]
)
def test_quantiles_invert_the_distribution_function(name: str) -> None:
    distribution: Any = CONTINUOUS[name][0]()
    p = f64(0.1, 0.5, 0.93)
    np.testing.assert_allclose(distribution.cdf(distribution.icdf(p)).tolist(), p.tolist(), rtol=1e-9)


def test_samples_have_the_moments() -> None:
    torch.manual_seed(0)
    for name in ("Beta", "Gamma", "StudentT", "Weibull"):
        distribution: Any = CONTINUOUS[name][0]()
        samples = distribution.sample((4000,))
        scale = distribution.stddev.item()
        assert samples.mean().item() == pytest.approx(distribution.mean.item(), abs=6 * scale / 4000**0.5), name


def test_dirichlet_samples_sum_to_one() -> None:
    torch.manual_seed(0)
    assert D.Dirichlet(torch.ones(3)).sample().sum().item() == pytest.approx(1.0)


MATRIX = torch.tensor([[2.0, 0.3], [0.3, 1.0]], dtype=torch.float64)


def test_normal_vectors_from_each_matrix_are_the_same() -> None:
    x = f64(0.2, -1.0)
    ways = [
        D.MultivariateNormal(f64(0.0, 1.0), MATRIX),
        D.MultivariateNormal(f64(0.0, 1.0), precision_matrix=MATRIX.inverse()),
        D.MultivariateNormal(f64(0.0, 1.0), scale_tril=torch.linalg.cholesky(MATRIX)),
    ]
    offset = np.array([0.2, -2.0])
    matrix = np.array(MATRIX.tolist())
    expected = -0.5 * offset @ np.linalg.solve(matrix, offset) - 0.5 * math.log(
        (2 * math.pi) ** 2 * np.linalg.det(matrix)
    )
    for way in ways:
        assert way.log_prob(x).item() == pytest.approx(expected)
        np.testing.assert_allclose(way.covariance_matrix.tolist(), matrix, rtol=1e-9)
    low_rank = D.LowRankMultivariateNormal(f64(0.0, 1.0), f64(1.0, 0.5).unsqueeze(-1), f64(0.3, 0.7))
    full = D.MultivariateNormal(f64(0.0, 1.0), low_rank.covariance_matrix)
    assert low_rank.log_prob(x).item() == pytest.approx(full.log_prob(x).item())
    assert D.kl_divergence(low_rank, full).item() == pytest.approx(0.0, abs=1e-12)


def test_divergence_from_samples() -> None:
    torch.manual_seed(0)
    p, q = D.Gamma(f64(2.0), f64(1.0)), D.Gamma(f64(3.0), f64(1.5))
    x = p.sample((20_000,))
    estimate = (p.log_prob(x) - q.log_prob(x)).mean().item()
    assert D.kl_divergence(p, q).item() == pytest.approx(estimate, abs=0.02)


BIJECTIONS = [
    D.ExpTransform(), D.SigmoidTransform(), D.TanhTransform(), D.SoftplusTransform(), D.AffineTransform(1.0, -2.0),
    D.PowerTransform(f64(2.0)), D.ComposeTransform([D.ExpTransform(), D.AffineTransform(3.0, 2.0)]),
    D.StickBreakingTransform(), D.CorrCholeskyTransform(),
]  # fmt: skip


@pytest.mark.parametrize("transform", BIJECTIONS, ids=lambda t: type(t).__name__)
def test_bijections_have_inverses_and_jacobians(transform: Any) -> None:
    x = f64(0.3, 0.7, 0.2)
    y = transform(x)
    np.testing.assert_allclose(transform.inv(y).tolist(), x.tolist(), rtol=1e-6)
    found = transform.log_abs_det_jacobian(x, y)
    steps = np.eye(3) * 1e-6
    columns = [
        (np.array(transform(x + f64(*s)).tolist()) - np.array(transform(x - f64(*s)).tolist())).ravel() / 2e-6
        for s in steps
    ]
    jacobian = np.stack(columns, -1)
    if transform.domain.event_dim == 0:
        np.testing.assert_allclose(found.tolist(), np.log(np.abs(np.diag(jacobian))), rtol=1e-5)
    elif isinstance(transform, D.StickBreakingTransform):
        assert found.item() == pytest.approx(np.log(abs(np.linalg.det(jacobian[:-1]))), rel=1e-5)
    else:  # the elements below the diagonal of a 3 x 3 matrix
        assert found.item() == pytest.approx(np.log(abs(np.linalg.det(jacobian[[3, 6, 7]]))), rel=1e-5)


def test_caches_return_the_source() -> None:
    transform = D.SigmoidTransform(cache_size=1)
    x = torch.tensor([100.0])
    assert transform.inv(transform(x)) is x and D.SigmoidTransform().inv(transform(x)).item() < 100


# --- samples that follow their parameters -------------------------------------------------------------------


def test_gamma_samples_follow_their_parameter() -> None:
    """At a fixed value of the distribution function, found by bisection."""
    special = pytest.importorskip("scipy.special")
    for a in (0.05, 0.7, 3.0, 40.0, 2000.0):
        for share in (0.05, 0.5, 0.99):
            x = special.gammaincinv(a, share)
            step = a * 1e-5
            expected = (special.gammaincinv(a + step, share) - special.gammaincinv(a - step, share)) / (2 * step)
            assert gamma_gradient(np.array([a]), np.array([x]))[0] == pytest.approx(expected, rel=2e-6), (a, share)


def test_beta_samples_follow_their_parameter() -> None:
    special = pytest.importorskip("scipy.special")
    for a, b in ((0.3, 0.6), (2.0, 3.0), (50.0, 4.0), (0.5, 200.0)):
        for share in (0.05, 0.5, 0.99):
            x = special.betaincinv(a, b, share)
            step = a * 1e-5
            expected = (special.betaincinv(a + step, b, share) - special.betaincinv(a - step, b, share)) / (2 * step)
            found = dirichlet_gradient(np.array([x]), np.array([a]), np.array([a + b]))[0]
            assert found * (1 - x) == pytest.approx(expected, rel=1e-5), (a, b, share)


def test_gradient_of_a_mean() -> None:
    """The mean of gamma samples grows with the parameter as the parameter itself."""
    torch.manual_seed(0)
    concentration = f64(2.0).requires_grad_()
    D.Gamma(concentration, f64(4.0)).rsample((20_000,)).mean().backward()
    assert concentration.grad.item() == pytest.approx(0.25, rel=0.02)


def test_own_divergences_can_be_registered() -> None:
    class Mine(D.Normal):
        pass

    @D.register_kl(Mine, Mine)
    def _divergence(p: Any, q: Any) -> str:
        return "mine"

    try:
        assert D.kl_divergence(Mine(0.0, 1.0), Mine(0.0, 1.0)) == "mine"
        assert D.kl_divergence(Mine(0.0, 1.0), D.Normal(0.0, 1.0)).item() == 0.0
    finally:
        del D.kl._KL_REGISTRY[Mine, Mine]
        D.kl._KL_MEMOIZE.clear()
    with pytest.raises(TypeError, match="Expected type_p to be a Distribution subclass"):
        D.register_kl(3, Mine)


def test_subclasses_with_an_init_of_their_own_say_how_they_expand() -> None:
    class Standard(D.Normal):
        def __init__(self) -> None:
            super().__init__(0.0, 1.0)

    with pytest.raises(NotImplementedError, match="that defines a custom __init__ method must also define a custom"):
        Standard().expand((3,))
