"""What all schedulers share: counting epochs, setting rates, saving."""

from __future__ import annotations

import functools
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from weakref import ref

from pullback.optim.optimizer import Optimizer
from pullback.tensor import Tensor

__all__ = ["LRScheduler"]

EPOCH_DEPRECATION_WARNING = (
    "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use "
    "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed "
    "form is used instead of the new chainable form, where available. Please open an issue if you are unable to "
    "replicate your use case: https://github.com/pytorch/pytorch/issues/new/choose."
)
_ADVICE = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate"


def copy_rate(value: Any) -> Any:
    """A rate that does not change with `value`, which may be a tensor."""
    return value.clone() if isinstance(value, Tensor) else value


def set_entry(group: dict[str, Any], key: str, value: Any) -> None:
    """Set a setting of a group; one that is a tensor is written to."""
    if isinstance(group[key], Tensor):
        group[key].fill_(value.item() if isinstance(value, Tensor) else value)
    else:
        group[key] = value


class LRScheduler:
    """Base class of schedulers; a subclass says in `get_lr` what the rates of an epoch are.

    Args:
        optimizer: whose groups' learning rates are set.
        last_epoch: the epoch before, when training is resumed; the groups then hold their ``initial_lr``.

    Raises:
        TypeError: if `optimizer` is none.
        KeyError: if a group lacks ``initial_lr`` although training is resumed.
    """

    _get_lr_called_within_step: bool = False
    _is_initial: bool = False

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", copy_rate(group["lr"]))
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{i}] when resuming scheduler with "
                    "last_epoch >= 0.\nThis typically happens when:\n"
                    "1. You're trying to resume training from a checkpoint but haven't properly loaded the "
                    "optimizer state\n"
                    "2. You're using last_epoch >= 0 for a fresh training run (not recommended)"
                )
        self.base_lrs = [copy_rate(group["initial_lr"]) for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        _note_steps(optimizer)
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the rates of the first epoch."""
        self._step_count = 0
        with _raised(self, "_is_initial"):
            self.step()

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer."""
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what another scheduler's `state_dict` returned."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The rates that were set last, one a group."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rates of the epoch `last_epoch`, one a group; to be called by `step` only."""
        raise NotImplementedError

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next epoch, or to `epoch`, and set its rates."""
        if self._step_count == 1:
            self._warn_about_order()
        self._step_count += 1
        if epoch is not None:
            warnings.warn(EPOCH_DEPRECATION_WARNING, UserWarning, stacklevel=2)
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        with _raised(self, "_get_lr_called_within_step"):
            if epoch is None:
                self.last_epoch += 1
                rates = self.get_lr()
            else:
                self.last_epoch = epoch
                closed_form = getattr(self, "_get_closed_form_lr", self.get_lr)
                rates = closed_form()
        for group, rate in zip(self.optimizer.param_groups, rates):
            set_entry(group, "lr", rate)
        self._last_lr = [copy_rate(group["lr"]) for group in self.optimizer.param_groups]

    def _warn_outside_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
                UserWarning,
                stacklevel=3,
            )

    def _warn_about_order(self) -> None:
        if not hasattr(self.optimizer.step, "_wrapped_by_lr_sched"):
            warnings.warn(
                "Seems like `optimizer.step()` has been overridden after learning rate scheduler "
                "initialization. Please, make sure to call `optimizer.step()` before "
                f"`lr_scheduler.step()`. {_ADVICE}",
                UserWarning,
                stacklevel=3,
            )
        elif not getattr(self.optimizer, "_opt_called", False):
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`. "
                "In PyTorch 1.1.0 and later, you should call them in the opposite order: "
                "`optimizer.step()` before `lr_scheduler.step()`.  Failure to do this "
                f"will result in PyTorch skipping the first value of the learning rate schedule. {_ADVICE}",
                UserWarning,
                stacklevel=3,
            )


class _LRScheduler(LRScheduler):
    """The former name of :class:`LRScheduler`."""


class RuleScheduler(LRScheduler):
    """A scheduler given by a rule for one group."""

    def get_lr(self) -> list[Any]:
        """The rates of the epoch `last_epoch`, one a group."""
        self._warn_outside_step()
        return [
            self._next(copy_rate(group["lr"]), base) for group, base in zip(self.optimizer.param_groups, self.base_lrs)
        ]

    def _next(self, lr: Any, base: Any) -> Any:
        """The rate of the epoch `last_epoch`.

        Args:
            lr: the rate of the epoch before, or at the very first the optimizer's.
            base: the optimizer's rate at first.
        """
        raise NotImplementedError


class ClosedRuleScheduler(RuleScheduler):
    """A rule that also gives the rate of any epoch at once."""

    def _at(self, base: Any) -> Any:
        """The rate of the epoch `last_epoch`, without the one before."""
        raise NotImplementedError

    def _get_closed_form_lr(self) -> list[Any]:
        return [self._at(base) for base in self.base_lrs]


@contextmanager
def _raised(scheduler: LRScheduler, flag: str) -> Iterator[None]:
    """Hold an attribute true."""
    setattr(scheduler, flag, True)
    try:
        yield
    finally:
        setattr(scheduler, flag, False)


def _note_steps(optimizer: Optimizer) -> None:
    """Let the optimizer remember that a step was made, so that a wrong order can be told."""
    step = optimizer.step
    if hasattr(step, "_wrapped_by_lr_sched"):
        return
    # A weak reference: the optimizer holds this function.
    optimizer_ref = ref(optimizer)
    unbound = step.__func__  # type: ignore[attr-defined]

    @functools.wraps(unbound)
    def noting_step(*args: Any, **kwargs: Any) -> Any:
        self = optimizer_ref()
        self._opt_called = True  # type: ignore[union-attr]
        return unbound(self, *args, **kwargs)

    noting_step._wrapped_by_lr_sched = True  # type: ignore[attr-defined]
    optimizer.step = noting_step  # type: ignore[method-assign]
