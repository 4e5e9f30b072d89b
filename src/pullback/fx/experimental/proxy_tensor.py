"""Tracing below the operators, which is not here."""

from pullback.absent import absent

globals().update(absent("make_fx", "pullback traces modules only, by torch.fx.symbolic_trace"))


def get_proxy_mode() -> None:
    """`None`: nothing is being traced."""
