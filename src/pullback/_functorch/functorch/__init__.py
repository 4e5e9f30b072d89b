"""The name that ``torch.func`` had before: its transforms, each with PyTorch's warning."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

import pullback.func
from pullback._functorch import make_functional as _make_functional
from pullback._functorch.make_functional import (
    FunctionalModule as FunctionalModule,
    FunctionalModuleWithBuffers as FunctionalModuleWithBuffers,
)
from pullback.version import __version__ as __version__


def _deprecated(function: Callable[..., Any], name: str, instead: str) -> Callable[..., Any]:
    @functools.wraps(function)
    def warned(*args: Any, **kwargs: Any) -> Any:
        warnings.warn(
            "We've integrated functorch into PyTorch. As the final step of the integration, "
            f"`functorch.{name}` is deprecated as of PyTorch 2.0 and will be deleted in a future version of PyTorch >= 2.3. "
            f"Please use `{instead}` instead; see the PyTorch 2.0 release notes and/or the `torch.func` migration guide "
            "for more details https://pytorch.org/docs/main/func.migrating.html",
            FutureWarning,
            stacklevel=2,
        )
        return function(*args, **kwargs)

    return warned


def _transform(name: str) -> Callable[..., Any]:
    return _deprecated(getattr(pullback.func, name), name, "torch.vmap" if name == "vmap" else f"torch.func.{name}")


vmap, grad, grad_and_value = _transform("vmap"), _transform("grad"), _transform("grad_and_value")
vjp, jvp, functionalize = _transform("vjp"), _transform("jvp"), _transform("functionalize")
jacrev, jacfwd, hessian = _transform("jacrev"), _transform("jacfwd"), _transform("hessian")

make_functional = _deprecated(_make_functional.make_functional, "make_functional", "torch.func.functional_call")
make_functional_with_buffers = _deprecated(
    _make_functional.make_functional_with_buffers, "make_functional_with_buffers", "torch.func.functional_call"
)
combine_state_for_ensemble = _deprecated(
    _make_functional.combine_state_for_ensemble, "combine_state_for_ensemble", "torch.func.stack_module_state"
)
