"""Whether the running backward pass was asked for some inputs only, as by ``autograd.grad``.

A node that starts a pass of its own (a reentrant checkpoint) would store gradients that nobody asked for there.
"""

from __future__ import annotations

from contextvars import ContextVar

_partial: ContextVar[bool] = ContextVar("backward pass for some inputs only", default=False)
is_partial = _partial.get
begin = _partial.set
end = _partial.reset
