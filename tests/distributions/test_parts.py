"""Constraints, transforms, registries and errors: what PyTorch's give and say."""

from __future__ import annotations

import warnings
from math import inf
from typing import Any

import pytest

import pullback

CASES = [  # D is torch.distributions, C its constraints
    "D.Normal(x,x)",
    "D.Normal(torch.zeros(3),1.)",
    "D.Categorical(torch.ones(3))",
    "D.Independent(D.Normal(torch.zeros(3),1.),1)",
    "D.TransformedDistribution(D.Normal(0.,1.),[D.ExpTransform()])",
    "D.MultivariateNormal(torch.zeros(2),torch.eye(2))",
    "D.LKJCholesky(3)",
    "D.LogNormal(0.,1.)",
    "D.MixtureSameFamily(D.Categorical(torch.ones(2)),D.Normal(torch.zeros(2),1.))",
    "D.Bernoulli(.5)",
    "D.Bernoulli(logits=.5).probs",
    "D.Uniform(0,1)",
    "D.StudentT(3.)",
    "D.VonMises(0.,1.)",
    "D.Kumaraswamy(1.,2.)",
    "D.Normal(torch.zeros(2),torch.tensor([1.,-1.]))",
    "D.Normal(0.,-1.)",
    "D.Normal(0.,1.).log_prob(torch.tensor(float('nan')))",
    "D.Normal(0.,1.).log_prob(3.)",
    "D.Bernoulli(.5).log_prob(torch.tensor([.3]))",
    "D.Normal(torch.zeros(2),1.).log_prob(torch.zeros(3))",
    "D.Normal(torch.zeros(2),1.).sample(3)",
    "D.Bernoulli(.5).rsample()",
    "D.Bernoulli(.5).cdf(torch.tensor(1.))",
    "D.Normal(0.,1.).enumerate_support()",
    "D.Bernoulli()",
    "D.Bernoulli(probs=.3,logits=.3)",
    "D.Uniform(1.,0.)",
    "D.Uniform(0.,1.).log_prob(torch.tensor(2.))",
    "D.Categorical(torch.ones(3)).log_prob(torch.tensor(5))",
    "D.Categorical(torch.tensor(1.))",
    "D.Categorical(torch.tensor([-1.,2.]))",
    "D.Categorical(torch.ones(3)).mean",
    "D.Dirichlet(torch.tensor(1.))",
    "D.Independent(D.Normal(0.,1.),1)",
    "D.kl_divergence(D.Normal(0.,1.),D.Gamma(1.,1.))",
    "D.kl_divergence(D.Normal(0.,1.),D.StudentT(1.))",
    "D.MultivariateNormal(torch.zeros(2))",
    "D.MultivariateNormal(torch.zeros(2),torch.eye(2),torch.eye(2))",
    "D.MultivariateNormal(torch.tensor(0.),torch.eye(2))",
    "D.MultivariateNormal(torch.zeros(2),-torch.eye(2))",
    "D.MultivariateNormal(torch.zeros(2),torch.zeros(2))",
    "D.Normal(0.,1.).expand([3]).scale",
    "D.Normal('a',1.)",
    "D.Normal(0.,1.).mode",
    "D.Normal(0.,1.).stddev",
    "D.Normal(0.,1.).perplexity()",
    "D.Distribution(validate_args=False).batch_shape",
    "D.Distribution(validate_args=False).mean",
    "D.Distribution(validate_args=False).mode",
    "D.ExpTransform().inv",
    "D.ExpTransform()",
    "D.ComposeTransform([D.ExpTransform(),D.AffineTransform(1.,2.)])",
    "D.ComposeTransform([D.ExpTransform(),D.AffineTransform(1.,2.)]).inv",
    "D.AffineTransform(1.,2.)==D.AffineTransform(1.,2.)",
    "D.AffineTransform(torch.tensor([1.,2.]),2.)==D.AffineTransform(torch.tensor([1.,3.]),2.)",
    "D.ExpTransform()==D.ExpTransform()",
    "D.ExpTransform()==D.AbsTransform()",
    "D.PowerTransform(torch.tensor(2.))==D.PowerTransform(torch.tensor(2.))",
    "D.biject_to(C.positive)",
    "D.transform_to(C.positive)",
    "D.biject_to(C.real)",
    "D.transform_to(C.simplex)",
    "D.biject_to(C.simplex)",
    "D.biject_to(C.real_vector)",
    "D.transform_to(C.dependent)",
    "D.transform_to(C.interval(0,2))",
    "D.transform_to(C.interval(0,1))",
    "D.transform_to(C.interval(0.,1.))",
    "D.transform_to(C.unit_interval)",
    "D.biject_to(C.greater_than(3.))",
    "D.biject_to(C.less_than(3.))",
    "D.biject_to(C.lower_cholesky)",
    "D.transform_to(C.lower_cholesky)",
    "D.biject_to(C.corr_cholesky)",
    "D.transform_to(C.positive_definite)",
    "D.biject_to(C.positive_definite)",
    "D.transform_to(C.half_open_interval(0,2))",
    "D.transform_to(C.nonnegative)",
    "D.transform_to(C.boolean)",
    "D.biject_to(C.cat([C.real,C.positive],dim=-1,lengths=[1,2]))",
    "D.biject_to(C.stack([C.real,C.positive]))",
    "D.transform_to(C.independent(C.positive,1))",
    "D.AbsTransform().log_abs_det_jacobian(1,2)",
    "D.Transform(cache_size=2)",
    "D.Wishart(torch.tensor(1.),torch.eye(3))",
    "D.Wishart(torch.tensor(5.),torch.eye(3),torch.eye(3))",
    "D.Wishart(5.,torch.eye(3))",
    "D.Binomial(3,torch.tensor(.5)).log_prob(torch.tensor(4.))",
    "D.Multinomial(3,torch.ones(2)).log_prob(torch.tensor([1.,1.]))",
    "D.Multinomial(3,torch.ones(2)).log_prob(torch.tensor([3.,1.]))",
    "D.StudentT(1.).mean",
    "D.Cauchy(0.,1.).mean",
    "D.MixtureSameFamily(D.Categorical(torch.ones(3)),D.Normal(torch.zeros(2),1.))",
    "D.MixtureSameFamily(D.Normal(0.,1.),D.Normal(torch.zeros(2),1.))",
    "D.MixtureSameFamily(D.Categorical(torch.ones(2)),3)",
    "D.MixtureSameFamily(D.Categorical(torch.ones(4,2)),D.Normal(torch.zeros(3,2),1.))",
    "D.LKJCholesky(1)",
    "D.Geometric(torch.tensor(0.))",
    "D.Normal(0.,1.,validate_args=False).log_prob(torch.tensor(float('nan')))",
    "D.Pareto(1.,1.).mean",
    "D.Multinomial(torch.tensor([3]),torch.ones(2))",
    "D.RelaxedOneHotCategorical(torch.tensor(1.),torch.ones(2)).log_prob(torch.tensor([.5,.6]))",
    "D.LowRankMultivariateNormal(torch.zeros(2),torch.zeros(3,1),torch.ones(2))",
    "D.LowRankMultivariateNormal(torch.zeros(2),torch.zeros(2),torch.ones(2))",
    "D.LowRankMultivariateNormal(torch.zeros(2,2),torch.zeros(3,2,1),torch.ones(2))",
    "D.Binomial(torch.tensor([1,2]),torch.tensor(.5)).entropy()",
    "D.Binomial(torch.tensor([1,2]),torch.tensor(.5)).enumerate_support()",
    "D.TransformedDistribution(D.Normal(0.,1.),3)",
    "D.TransformedDistribution(D.Normal(0.,1.),[3])",
    "D.TransformedDistribution(D.Normal(0.,1.),D.StickBreakingTransform())",
    "D.Independent(D.Bernoulli(torch.ones(2)*.5),1).enumerate_support()",
    "D.Normal(torch.zeros(2),1.).expand([3])",
    "D.Normal.support",
    "D.Uniform.support",
    "D.Binomial.support",
    "C.interval(0,1)",
    "C.integer_interval(0,3).check(torch.tensor([0.,1.5,4.]))",
    "C.simplex.check(torch.tensor([[.5,.5],[.5,.6]]))",
    "C.one_hot.check(torch.tensor([[0,1],[1,1]]))",
    "C.lower_cholesky.check(torch.eye(2))",
    "C.corr_cholesky.check(torch.eye(2))",
    "C.positive_definite.check(torch.stack([torch.eye(2),-torch.eye(2)]))",
    "C.positive_semidefinite.check(torch.stack([torch.zeros(2,2),-torch.eye(2)]))",
    "C.symmetric.check(torch.tensor([[1.,2.],[3.,4.]]))",
    "C.square.check(torch.ones(2,3))",
    "C.lower_triangular.check(torch.ones(2,2))",
    "C.multinomial(3).check(torch.tensor([[1.,2.],[3.,4.]]))",
    "C.independent(C.real,1).check(torch.ones(2,3))",
    "C.independent(C.real,1).check(torch.tensor(1.))",
    "C.dependent.check(1)",
    "C.dependent.event_dim",
    "C.dependent.is_discrete",
    "C.is_dependent(C.dependent)",
    "C.is_dependent(D.Uniform.support)",
    "C.cat([C.real,C.positive],dim=0,lengths=[1,2]).check(torch.tensor([1.,-1.,2.]))",
    "C.stack([C.real,C.positive],dim=0).check(torch.tensor([-1.,-1.]))",
    "C.real_vector",
    "C.nonnegative_integer",
    "C.independent(C.positive,2)",
    "C.cat([C.real])",
    "C.less_than(2.)",
    "C.boolean.is_discrete",
    "D.CorrCholeskyTransform()(torch.tensor([.1,.2,.3]))",
    "D.CorrCholeskyTransform().inv(D.CorrCholeskyTransform()(torch.tensor([.1,.2,.3])))",
    "D.CorrCholeskyTransform().forward_shape((4,))",
    "D.CorrCholeskyTransform().forward_shape((3,))",
    "D.CorrCholeskyTransform().inverse_shape((3,2))",
    "D.StickBreakingTransform()(torch.tensor([.1,.2,.3]))",
    "D.StickBreakingTransform().log_abs_det_jacobian(torch.tensor([.1,.2,.3]),D.StickBreakingTransform()(torch.tensor([.1,.2,.3])))",
    "D.CatTransform([D.ExpTransform(),D.SigmoidTransform()],dim=0,lengths=[1,2])(torch.tensor([.1,.2,.3]))",
    "D.StackTransform([D.ExpTransform(),D.SigmoidTransform()])(torch.tensor([.1,.2]))",
    "D.StackTransform([D.ExpTransform(),D.SigmoidTransform()]).domain",
    "D.ReshapeTransform((2,3),(6,))(torch.ones(4,2,3)).shape",
    "D.ReshapeTransform((2,3),(5,))",
    "D.ReshapeTransform((2,3),(6,)).forward_shape((3,2))",
    "D.CumulativeDistributionTransform(D.Normal(0.,1.))(torch.tensor(0.3))",
    "D.IndependentTransform(D.ExpTransform(),1)",
    "D.IndependentTransform(D.ExpTransform(),1).log_abs_det_jacobian(torch.ones(2,3),torch.ones(2,3))",
    "D.LowerCholeskyTransform()(torch.tensor([[1.,2.],[3.,4.]]))",
    "D.PositiveDefiniteTransform()(torch.tensor([[1.,2.],[3.,4.]]))",
    "D.SoftmaxTransform()(torch.tensor([1.,2.]))",
    "D.SoftplusTransform().inv(torch.tensor([1.,2.]))",
    "D.TanhTransform().log_abs_det_jacobian(torch.tensor(.3),torch.tensor(.3))",
    "D.SigmoidTransform().inv(torch.tensor([0.,.5,1.]))",
    "D.AffineTransform(0.,torch.tensor([2.,3.]),event_dim=1).log_abs_det_jacobian(torch.ones(4,2),torch.ones(4,2))",
    "D.ExpTransform().event_dim",
    "D.StickBreakingTransform().event_dim",
    "D.StickBreakingTransform().domain",
    "D.CorrCholeskyTransform().event_dim",
    "D.ComposeTransform([D.StickBreakingTransform()]).codomain",
    "D.ComposeTransform([]).sign",
    "D.AffineTransform(0.,-2.).sign",
    "D.SoftmaxTransform().bijective",
    "D.SoftmaxTransform().sign",
    "D.ExpTransform(cache_size=1).with_cache(0)",
    "D.ExpTransform().inv.inv",
    "D.ExpTransform().inv==D.ExpTransform().inv",
    "D.identity_transform(3)",
    "D.utils.tril_matrix_to_vec(torch.arange(9.).reshape(3,3),-1)",
    "D.utils.vec_to_tril_matrix(torch.arange(6.))",
    "D.utils.vec_to_tril_matrix(torch.arange(5.))",
    "D.utils.tril_matrix_to_vec(torch.ones(2,2),5)",
    "D.utils.broadcast_all(1,torch.ones(2))",
    "D.utils.broadcast_all('a')",
    "D.utils.probs_to_logits(torch.tensor([.2,.8]))",
    "D.utils.logits_to_probs(torch.tensor([.2,.8]),True)",
    "D.utils.clamp_probs(torch.tensor([0.,1.]))",
    "D.Distribution.set_default_validate_args(3)",
    "D.Beta(1.,2.).concentration1",
    "D.Chi2(3.).df",
    "D.Gamma(1.,1.).cdf(torch.tensor(2.))",
    "D.HalfNormal(1.).icdf(torch.tensor(.3))",
    "D.MultivariateNormal(torch.zeros(3,2),torch.eye(2)).precision_matrix.shape",
    "D.Categorical(logits=torch.tensor([0.,-inf])).entropy()",
    "D.Normal(0,1).sample().dtype",
    "D.Normal(torch.tensor(0),torch.tensor(1.)).loc.dtype",
    "D.Normal(torch.zeros(2),torch.ones(3))",
    "D.RelaxedBernoulli(torch.tensor(1.),.3).temperature",
    "D.OneHotCategorical(torch.ones(3)).log_prob(torch.tensor([1.,1.,0.]))",
    "D.Dirichlet(torch.ones(3)).log_prob(torch.tensor([.3,.3,.5]))",
    "type(D.Normal(0.,1.)).__mro__[1].__name__",
    "D.Normal(0.,1.).has_rsample",
    "D.LogNormal(0.,1.).has_rsample",
    "D.Gumbel(0.,1.).cdf(torch.tensor(.3))",
    "D.Weibull(1.,2.).icdf(torch.tensor(.3))",
    "D.TransformedDistribution(D.Uniform(0.,1.),[D.AffineTransform(0.,-1.)]).cdf(torch.tensor(-.3))",
    "D.Poisson(0.).log_prob(torch.tensor(0.))",
    "D.NegativeBinomial(0.,torch.tensor(.3)).log_prob(torch.tensor(0.))",
    "D.Kumaraswamy(.5,2.).mode",
    "D.Dirichlet(torch.tensor([.5,.6])).mode",
    "D.Bernoulli(torch.tensor([.5,.6])).mode",
    "D.Normal(0.,1.).sample_n(2).shape",
    "D.InverseGamma(.5,1.).mean",
]


def outcome(torch: Any, case: str) -> str:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = repr(
                eval(
                    case,
                    {
                        "torch": torch,
                        "D": torch.distributions,
                        "C": torch.distributions.constraints,
                        "inf": inf,
                        "x": torch.tensor(0.5),
                    },
                )
            )
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
    return result.replace("pullback", "torch")


@pytest.mark.parametrize("case", CASES)
def test_outcome_is_that_of_pytorch(case: str) -> None:
    torch = pytest.importorskip("torch")
    torch.manual_seed(0)
    pullback.manual_seed(0)
    assert outcome(pullback, case) == outcome(torch, case)


def test_a_wishart_distribution_keeps_the_dtype_of_its_matrix() -> None:
    torch = pullback
    wishart = torch.distributions.Wishart(torch.tensor(5.0), torch.eye(3, dtype=torch.float64) * 2)
    assert wishart.precision_matrix.dtype is torch.float64
    torch.testing.assert_close(wishart.precision_matrix, torch.eye(3, dtype=torch.float64) / 2)
    assert torch.distributions.kl_divergence(wishart, wishart).item() == pytest.approx(0.0, abs=1e-12)
    point = torch.eye(3, dtype=torch.float64)
    wide = wishart.expand((2,)).log_prob(point)
    assert (
        wide.dtype is torch.float64 and wide.tolist() == [pytest.approx(wishart.log_prob(point).item(), abs=1e-6)] * 2
    )


def test_constraints_refuse_what_they_cannot_check() -> None:
    constraints, x = pullback.distributions.constraints, pullback.ones(2, 2)
    with pytest.raises(AssertionError, match="base_constraint must be a Constraint, got int"):
        constraints.independent(3, 1)
    with pytest.raises(AssertionError, match="All elements of cseq must be Constraint instances"):
        constraints.cat([1])
    with pytest.raises(AssertionError, match="dim 2 out of range for value with 2 dimensions"):
        constraints.stack([constraints.real], 2).check(x)
    with pytest.raises(RuntimeError, match="tril: input tensor must have at least 2 dimensions"):
        constraints.lower_cholesky.check(x[0])
    assert constraints.cat([constraints.positive]).check(x).tolist() == [[True, True]]
