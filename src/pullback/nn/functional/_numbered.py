"""Losses as functions of ``torch`` itself, where PyTorch's library numbers the reductions: 0 none, 1 mean, 2 sum."""

from __future__ import annotations

from collections.abc import Callable
from inspect import Parameter, Signature
from typing import Any

from pullback.nn import functional
from pullback.nn.functional._reduction import REDUCTIONS, reduced

_FORMS: dict[str, dict[str, Any]] = {
    "binary_cross_entropy_with_logits": {"input": ..., "target": ..., "weight": None, "pos_weight": None},
    "cosine_embedding_loss": {"input1": ..., "input2": ..., "target": ..., "margin": 0.0},
    "ctc_loss": {"log_probs": ..., "targets": ..., "input_lengths": ..., "target_lengths": ..., "blank": 0},
    "hinge_embedding_loss": {"input": ..., "target": ..., "margin": 1.0},
    "kl_div": {"input": ..., "target": ...},
    "margin_ranking_loss": {"input1": ..., "input2": ..., "target": ..., "margin": 0.0},
    "poisson_nll_loss": {"input": ..., "target": ..., "log_input": ..., "full": ..., "eps": ...},
    "triplet_margin_loss": {
        "anchor": ..., "positive": ..., "negative": ..., "margin": 1.0, "p": 2, "eps": 1e-06, "swap": False,
    },
}  # fmt: skip
"""The parameters before ``reduction`` in PyTorch's order, with their defaults; without a `reduction` there is none."""
_AFTER: dict[str, dict[str, Any]] = {"kl_div": {"log_target": False}, "ctc_loss": {"zero_infinity": False}}


def _numbered(name: str) -> Callable[..., Any]:
    loss = getattr(functional, name)
    defaults = {**_FORMS[name], "reduction": 0, **_AFTER.get(name, {})}
    signature = Signature(
        [
            Parameter(each, Parameter.POSITIONAL_OR_KEYWORD, default=Parameter.empty if value is ... else value)
            for each, value in defaults.items()
        ]
    )

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            bound = signature.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{name}(): {error}") from None
        bound.apply_defaults()
        number = bound.arguments["reduction"]
        if not isinstance(number, int):
            raise TypeError(
                f"{name}(): argument 'reduction' (position {[*defaults].index('reduction') + 1}) must be int, not {type(number).__name__}"
            )
        bound.arguments["reduction"] = REDUCTIONS[number if 0 <= number < 3 else 0]
        if name == "kl_div":  # the functional form warns of its mean
            return reduced(loss(**{**bound.arguments, "reduction": "none"}), bound.arguments["reduction"])
        return loss(**bound.arguments)

    call.__name__ = call.__qualname__ = name
    call.__signature__ = signature  # type: ignore[attr-defined]
    call.__doc__ = f"`torch.nn.functional.{name}`; `reduction` is 0 (none), 1 (mean) or 2 (sum)."
    return call


globals().update({name: _numbered(name) for name in _FORMS})
