"""GradScaler: losses are scaled up so that small gradients survive in 16 bits, and steps with infinities are left out."""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import pullback
from pullback.device import device as device_type_of
from pullback.optim import Optimizer
from pullback.tensor import Tensor

__all__ = ["GradScaler"]

READY, UNSCALED, STEPPED = 0, 1, 2
"""How far an optimizer is in this iteration."""


def _new_state() -> dict[str, Any]:
    return {"stage": READY, "found_inf_per_device": {}}


class GradScaler:
    """Scales losses, takes the scale out of gradients, and adapts it. ::

        scaler.scale(loss).backward()
        scaler.step(optimizer)          # leaves the step out if a gradient is infinite
        scaler.update()

    Args:
        device: ``"cpu"``; for another device, which is not here, it warns and does nothing.
        init_scale: the scale at first.
        growth_factor: what it is multiplied by after `growth_interval` good steps.
        backoff_factor: what it is multiplied by after a step with an infinity.
        growth_interval: good steps in a row until it grows.
        enabled: `False` lets all methods do what they would without a scale.

    >>> import pullback as torch
    >>> weight = torch.ones(1, requires_grad=True)
    >>> optimizer, scaler = torch.optim.SGD([weight], lr=0.5), GradScaler("cpu")
    >>> scaler.scale(weight * 3).backward()
    >>> _ = scaler.step(optimizer)
    >>> scaler.update()
    >>> weight, scaler.get_scale()
    (tensor([-0.5000], requires_grad=True), 65536.0)
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device = device
        self._enabled = enabled
        if enabled and device_type_of(device).type != "cpu":
            name = device_type_of(device).type
            warnings.warn(
                f"torch.{name}.amp.GradScaler is enabled, but {name.upper()} is not available.  Disabling.",
                stacklevel=2,
            )
            self._enabled = False
        if not self._enabled:
            return
        if not growth_factor > 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if not backoff_factor < 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale = init_scale
        self._scale: Tensor | None = None
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._init_growth_tracker = 0
        self._growth_tracker: Tensor | None = None
        self._per_optimizer_states: defaultdict[int, dict[str, Any]] = defaultdict(_new_state)

    # --- scaling ------------------------------------------------------------------------------------------------

    def scale(self, outputs: Any) -> Any:
        """A tensor, or the tensors in sequences, times the scale.

        Raises:
            ValueError: for anything else.
        """
        if not self._enabled:
            return outputs
        if self._scale is None:
            self._scale = pullback.full((), self._init_scale, dtype=pullback.float32)
            self._growth_tracker = pullback.full((), self._init_growth_tracker, dtype=pullback.int32)
        if isinstance(outputs, Tensor):
            return outputs * self._scale
        if not isinstance(outputs, Iterable):
            raise ValueError("outputs must be a Tensor or an iterable of Tensors")
        scaled = [self.scale(each) for each in outputs]
        return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else iter(scaled)

    def unscale_(self, optimizer: Optimizer) -> None:
        """Take the scale out of the gradients, for instance to clip them before the step.

        Raises:
            RuntimeError: a second time in one iteration, or for float16 gradients.
        """
        if not self._enabled:
            return
        self._require_scale("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] == UNSCALED:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        if state["stage"] == STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        inverse = 1.0 / self._scale.double().item()  # type: ignore[union-attr]
        gradients = _gradients(optimizer)
        if any(grad.dtype is pullback.float16 for grad in gradients):
            raise ValueError("Attempting to unscale FP16 gradients.")
        state["found_inf_per_device"] = {device_type_of("cpu"): _has_infinity(gradients)}
        with pullback.no_grad():
            for grad in gradients:
                grad.mul_(inverse)
        state["stage"] = UNSCALED

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """Let `optimizer` make its step, unless a gradient is infinite.

        Returns:
            What ``optimizer.step(*args, **kwargs)`` returns, or `None` where it was left out.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._require_scale("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] == STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if getattr(optimizer, "_step_supports_amp_scaling", False):
            return self._let_unscale(optimizer, state, args, kwargs)
        if state["stage"] == READY:
            self.unscale_(optimizer)
        if not state["found_inf_per_device"]:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        result = None
        if not any(found.item() for found in state["found_inf_per_device"].values()):
            result = optimizer.step(*args, **kwargs)
        state["stage"] = STEPPED
        return result

    def _let_unscale(self, optimizer: Any, state: dict[str, Any], args: Any, kwargs: Any) -> Any:
        """The step of an optimizer that takes out the scale itself, told by `grad_scale` and `found_inf`."""
        if state["stage"] == READY:
            state["found_inf_per_device"] = {device_type_of("cpu"): _has_infinity(_gradients(optimizer))}
        optimizer.grad_scale = self._scale if state["stage"] == READY else None
        (optimizer.found_inf,) = state["found_inf_per_device"].values()
        result = optimizer.step(*args, **kwargs)
        state["stage"] = STEPPED
        del optimizer.grad_scale, optimizer.found_inf
        return result

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Adapt the scale: at the end of every iteration, after all steps.

        Args:
            new_scale: the new scale, instead of the one that follows from the steps.
        """
        if not self._enabled:
            return
        self._require_scale("update")
        if new_scale is not None:
            self._scale.fill_(float(new_scale))  # type: ignore[union-attr]
        else:
            self._adapt()
        self._per_optimizer_states = defaultdict(_new_state)

    def _adapt(self) -> None:
        found = [
            value.item()
            for state in self._per_optimizer_states.values()
            for value in state["found_inf_per_device"].values()
        ]
        if not found:
            raise AssertionError("No inf checks were recorded prior to update.")
        scale, tracker = self._scale, self._growth_tracker
        if any(found):
            scale.mul_(self._backoff_factor)  # type: ignore[union-attr]
            tracker.fill_(0)  # type: ignore[union-attr]
            return
        good = int(tracker) + 1  # type: ignore[arg-type]
        if good == self._growth_interval:
            grown = scale * self._growth_factor  # type: ignore[operator]
            if grown.isfinite():
                scale.copy_(grown)  # type: ignore[union-attr]
            good = 0
        tracker.fill_(good)  # type: ignore[union-attr]

    def _require_scale(self, name: str) -> None:
        if self._scale is None:
            raise AssertionError(
                f"Attempted {name} but _scale is None.  "
                "This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration."
            )

    # --- settings and state -------------------------------------------------------------------------------------

    def get_scale(self) -> float:
        """The scale."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def get_growth_factor(self) -> float:
        """What the scale is multiplied by to grow."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set it."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """What the scale is multiplied by after an infinity."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set it."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """Good steps in a row until the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set it."""
        self._growth_interval = new_interval

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else int(self._growth_tracker.item())

    def is_enabled(self) -> bool:
        """Whether there is a scale at all."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """Scale and settings; empty if it is not enabled."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what another scaler's `state_dict` returned.

        Raises:
            RuntimeError: for that of one that was not enabled.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._init_scale = state_dict["scale"]
        if self._scale is not None:
            self._scale.fill_(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._growth_tracker is not None:
            self._growth_tracker.fill_(state_dict["_growth_tracker"])


def _gradients(optimizer: Optimizer) -> list[Tensor]:
    return [p.grad for group in optimizer.param_groups for p in group["params"] if p.grad is not None]


def _has_infinity(gradients: list[Tensor]) -> Tensor:
    """1.0 if an entry is infinite or NaN, else 0.0."""
    return pullback.full((), float(not all(bool(grad.detach().isfinite().all()) for grad in gradients)))
