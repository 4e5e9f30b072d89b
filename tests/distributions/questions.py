"""What distributions are asked, as functions of a module, a distribution and its parameters; and comparing answers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tests.distributions.cases import make


def gradients(torch: Any, result: Any, parameters: list[Any]) -> list[Any]:
    """Gradients of a weighted sum of `result`."""
    if not parameters or not result.requires_grad:
        return []
    weights = torch.arange(1, result.numel() + 1).to(result.dtype).reshape(result.shape) / result.numel()
    found = torch.autograd.grad((result * weights).sum(), parameters, allow_unused=True)
    return [torch.zeros(1) if grad is None else grad for grad in found]


def expanded(d: Any) -> Any:
    larger = d.expand((2, *d.batch_shape))
    sample = larger.sample()
    return repr(larger), tuple(larger.batch_shape), sample, larger.log_prob(sample)


def supported(d: Any) -> Any:
    text = repr(d.support)
    return "" if "tensor" in text else text, d.support.check(d.sample((2,))), d.support.event_dim, d.support.is_discrete


QUESTIONS: dict[str, Callable[[Any, Any, list[Any]], Any]] = {
    "text": lambda t, d, ps: repr(d),
    "shapes": lambda t, d, ps: (tuple(d.batch_shape), tuple(d.event_shape), d.has_rsample, d.has_enumerate_support),
    "moments": lambda t, d, ps: (d.mean, d.variance, d.stddev),
    "mode": lambda t, d, ps: d.mode,
    "sample": lambda t, d, ps: (d.sample((3,)), d.sample(), t.rand(2)),
    "rsample": lambda t, d, ps: d.rsample((2,)),
    "log_prob": lambda t, d, ps: d.log_prob(d.sample((3,))),
    "gradients of log_prob": lambda t, d, ps: gradients(t, d.log_prob(d.sample((3,))), ps),
    "gradients of rsample": lambda t, d, ps: gradients(t, d.rsample((2,)), ps),
    "entropy": lambda t, d, ps: (d.entropy(), d.perplexity()),
    "gradients of entropy": lambda t, d, ps: gradients(t, d.entropy(), ps),
    "cdf": lambda t, d, ps: d.cdf(d.sample((3,))),
    "gradients of cdf": lambda t, d, ps: gradients(t, d.cdf(d.sample((3,))), ps),
    "icdf": lambda t, d, ps: d.icdf(t.rand((3, *d.batch_shape, *d.event_shape))),
    "enumerate_support": lambda t, d, ps: (d.enumerate_support(), d.enumerate_support(expand=False)),
    "expand": lambda t, d, ps: expanded(d),
    "support": lambda t, d, ps: supported(d),
    "wrong value": lambda t, d, ps: d.log_prob(t.full((1,) * len(d.batch_shape) + tuple(d.event_shape), float("nan"))),
    "wrong shape": lambda t, d, ps: d.log_prob(t.zeros((7, 7, 7))),
}
TOLERANCES = {"gradients of rsample": 2e-3}
"""PyTorch computes derivatives of gamma and beta samples by formulas that are right to three or four digits."""


def error_text(error: Exception) -> str:
    text = str(error).replace("pullback", "torch").split(" (shapes")[0]
    return f"{type(error).__name__}: {' '.join(text.split())}"


def ask(torch: Any, question: str, name: str, arguments: str) -> Any:
    """The answer, or the text of the error."""
    torch.manual_seed(1)
    torch.set_default_dtype(torch.float64)
    try:
        distribution, parameters = make(torch, name, arguments)
        return QUESTIONS[question](torch, distribution, parameters)
    except Exception as error:
        return error_text(error)
    finally:
        torch.set_default_dtype(torch.float32)


def agree(a: Any, b: Any, tolerance: float = 1e-9) -> bool:
    """Whether two answers are equal, numbers to rounding."""
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(agree(x, y, tolerance) for x, y in zip(a, b))
    if hasattr(a, "detach") and hasattr(b, "detach"):
        if (str(a.dtype), tuple(a.shape)) != (str(b.dtype), tuple(b.shape)):
            return False
        ours, theirs = (np.asarray(each.detach().tolist()) for each in (a, b))
        return np.allclose(ours, theirs, rtol=tolerance, atol=tolerance, equal_nan=True)
    return str(a) == str(b)
