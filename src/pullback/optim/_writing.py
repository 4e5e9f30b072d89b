"""Names of ``torch.optim.optimizer`` that those who write optimizers import; the optimizers here need none of them."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import pullback as torch
from pullback.tensor import Tensor

_params_doc = "params (iterable): the tensors to optimize, pairs of name and tensor, or dictionaries of groups"
_foreach_doc = "foreach (bool, optional): accepted; every parameter is updated in one pass over its memory"
_fused_doc = "fused (bool, optional): accepted; every update is one pass over memory"
_maximize_doc = "maximize (bool, optional): maximize instead of minimize (default: False)"
_capturable_doc = "capturable (bool, optional): for graphs of accelerators, which are not here (default: False)"
_differentiable_doc = (
    "differentiable (bool, optional): whether the step is recorded for a backward pass (default: False)"
)
_foreach_supported_types = [Tensor, torch.nn.Parameter]


def _use_grad_for_differentiable(func: Callable[..., Any]) -> Callable[..., Any]:
    """A method ``step`` that records only if the optimizer is told to be differentiable."""

    @functools.wraps(func)
    def step(self: Any, *args: Any, **kwargs: Any) -> Any:
        with torch.set_grad_enabled(self.defaults["differentiable"]):
            return func(self, *args, **kwargs)

    return step


def _get_value(x: Any) -> Any:
    """`x` as a number."""
    return x.item() if isinstance(x, Tensor) else x


def _stack_if_compiling(x: Any) -> Any:
    """`x`: nothing is compiled."""
    return x


def _to_scalar(x: Any) -> Any:
    """A tensor of one element without its axes; a number as it is."""
    return x.squeeze() if isinstance(x, Tensor) and x.dim() != 0 else x


def _get_scalar_dtype(is_fused: bool | None = None) -> torch.dtype:
    """The dtype of counters of steps."""
    return torch.float64 if not is_fused and torch.get_default_dtype() is torch.float64 else torch.float32


def _view_as_real(params: list[Tensor], *state_and_grads: list[Tensor]) -> None:
    """Put real views in the place of complex parameters, and of their states, in the lists."""
    for i, param in enumerate(params):
        if param.is_complex():
            for each in (params, *state_and_grads):
                each[i] = torch.view_as_real(each[i])


def _default_to_fused_or_foreach(
    params: list[Tensor], differentiable: bool, use_fused: bool = False
) -> tuple[bool, bool]:
    """Which of the two forms PyTorch would take on the CPU: the fused one if wished, for floating parameters."""
    return not differentiable and use_fused and all(p is None or p.is_floating_point() for p in params), False


def _disable_dynamo_if_unsupported(single_tensor_fn: Any = None) -> Callable[[Any], Any]:
    """Functions stay as they are."""
    return lambda func: func


def _get_capturable_supported_devices(supports_xla: bool = True) -> list[str]:
    """The devices of PyTorch whose steps can be part of a graph."""
    return ["cuda", "xpu", "hpu", "privateuseone"] + ["xla"] * supports_xla


def _get_foreach_kernels_supported_devices() -> list[str]:
    """The devices on which PyTorch updates lists of parameters at once."""
    return ["cuda", "xpu", "mtia", "privateuseone"]


def _get_fused_kernels_supported_devices() -> list[str]:
    """The devices on which PyTorch has fused updates."""
    return ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]
