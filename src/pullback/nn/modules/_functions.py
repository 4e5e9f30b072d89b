"""The identity node that a module's full backward hooks hang on."""

from __future__ import annotations

from typing import Any

from pullback.autograd import Function
from pullback.tensor import Tensor


class BackwardHookFunction(Function):
    """Hands its tensors on, and their gradients back, as they are."""

    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        ctx.mark_non_differentiable(*(arg for arg in args if not arg.requires_grad))
        return args

    @staticmethod
    def backward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        return args
