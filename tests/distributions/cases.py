"""One or more instances of every distribution, as expressions for any module that speaks torch.

``P(…)`` makes a float64 parameter, ``M`` a positive definite matrix.
"""

from __future__ import annotations

from typing import Any

CASES = {
    "Bernoulli": ["P(0.3, 0.5, 0.9)", "logits=P(-1.0, 0.0, 2.0)"],
    "Beta": ["P(0.5, 2.0, 5.0), P(1.5, 0.7, 3.0)", "2.0, 3.0"],
    "Binomial": ["5, P(0.2, 0.7)", "T([3.0, 8.0]), logits=P(0.3, -1.0)"],
    "Categorical": ["P(0.2, 0.3, 0.5)", "logits=P([0.1, 2.0, -1.0], [1.0, 1.0, 1.0])"],
    "Cauchy": ["P(0.5, -1.0), P(2.0, 0.5)"],
    "Chi2": ["P(1.0, 3.5)"],
    "ContinuousBernoulli": ["P(0.2, 0.5, 0.8)", "logits=P(-2.0, 0.001, 1.0)"],
    "Dirichlet": ["P(0.5, 1.0, 2.0)", "P([0.5, 1.0, 2.0], [3.0, 4.0, 5.0])"],
    "Exponential": ["P(0.5, 2.0)"],
    "FisherSnedecor": ["P(2.5, 5.0), P(4.5, 10.0)"],
    "Gamma": ["P(0.5, 2.0, 30.0), P(1.5, 0.7, 3.0)"],
    "GeneralizedPareto": ["P(0.0, 1.0, 2.0), P(1.0, 2.0, 0.5), P(0.2, 0.0, -0.3)"],
    "Geometric": ["P(0.3, 0.8)", "logits=P(0.2, -1.0)"],
    "Gumbel": ["P(0.5, -1.0), P(2.0, 0.5)"],
    "HalfCauchy": ["P(2.0, 0.5)"],
    "HalfNormal": ["P(2.0, 0.5)"],
    "Independent": ["D.Normal(P(0.5, -1.0), P(2.0, 0.5)), 1"],
    "InverseGamma": ["P(3.0, 2.5), P(1.5, 0.7)"],
    "Kumaraswamy": ["P(1.5, 2.0), P(1.2, 3.0)"],
    "LKJCholesky": ["3, P(0.7, 2.0)"],
    "Laplace": ["P(0.5, -1.0), P(2.0, 0.5)"],
    "LogNormal": ["P(0.5, -1.0), P(0.7, 0.5)"],
    "LogisticNormal": ["P(0.5, -1.0), P(0.7, 0.5)"],
    "LowRankMultivariateNormal": ["P(0.5, -1.0, 2.0), P([1.0], [0.5], [-0.3]), P(0.7, 0.5, 1.0)"],
    "MixtureSameFamily": ["D.Categorical(P(0.3, 0.7)), D.Normal(P(0.5, -1.0), P(2.0, 0.5))"],
    "Multinomial": ["4, P(0.2, 0.3, 0.5)"],
    "MultivariateNormal": ["P(0.5, -1.0), M", "P(0.5, -1.0), precision_matrix=M", "P([0.5, -1.0], [1.0, 2.0]), scale_tril=L"],
    "NegativeBinomial": ["P(3.0, 0.5), P(0.3, 0.8)", "3.0, logits=P(-1.0, 0.5)"],
    "Normal": ["P(0.5, -1.0), P(2.0, 0.5)", "0.0, 1.0"],
    "OneHotCategorical": ["P(0.2, 0.3, 0.5)"],
    "OneHotCategoricalStraightThrough": ["P(0.2, 0.3, 0.5)"],
    "Pareto": ["P(1.0, 2.0), P(3.0, 2.5)"],
    "Poisson": ["P(0.5, 4.0, 30.0)"],
    "RelaxedBernoulli": ["T(0.7), P(0.3, 0.8)", "T(2.0), logits=P(0.3, -0.8)"],
    "RelaxedOneHotCategorical": ["T(0.7), P(0.2, 0.3, 0.5)"],
    "StudentT": ["P(3.0, 5.0), P(0.5, -1.0), P(2.0, 0.5)", "2.5"],
    "TransformedDistribution": [
        "D.Normal(P(0.5, -1.0), P(2.0, 0.5)), [D.AffineTransform(1.0, -2.0), D.SigmoidTransform()]",
        "D.Normal(P(0.5, -1.0), P(2.0, 0.5)), D.StickBreakingTransform()",
    ],
    "Uniform": ["P(0.5, -1.0), P(2.0, 0.5)"],
    "VonMises": ["P(0.5, -1.0), P(2.0, 0.5)"],
    "Weibull": ["P(1.5, 2.0), P(1.2, 3.0)"],
    "Wishart": ["T(4.0), M", "T([3.5, 6.0]), scale_tril=L"],
}  # fmt: skip
ALL = [(name, arguments) for name, each in CASES.items() for arguments in each]


def make(torch: Any, name: str, arguments: str) -> tuple[Any, list[Any]]:
    """A distribution and its parameters."""
    parameters: list[Any] = []

    def parameter(*values: Any) -> Any:
        parameters.append(torch.tensor(values, dtype=torch.float64, requires_grad=True))
        return parameters[-1]

    names = {
        "P": parameter,
        "T": lambda value: torch.tensor(value, dtype=torch.float64),
        "M": torch.tensor([[2.0, 0.3], [0.3, 1.0]], dtype=torch.float64),
        "L": torch.tensor([[1.5, 0.0], [0.3, 0.8]], dtype=torch.float64),
        "D": torch.distributions,
    }
    return eval(f"D.{name}({arguments})", names), parameters
