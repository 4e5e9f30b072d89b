"""Forward mode by PyTorch's names: dual numbers at a level.

A dual tensor is a value (the primal) with a direction in which it moves (the tangent); what is computed from it moves
along. Matches https://docs.pytorch.org/docs/2.13/autograd.html#module-torch.autograd.forward_ad.
"""

from __future__ import annotations

import sys
from typing import Any, NamedTuple

from pullback.autograd.function import Function
from pullback.autograd.grad_mode import _Switch
from pullback.graph import forward_mode
from pullback.graph.modes import FORWARD, INFERENCE, current_mode, switched

_APPLY = Function.apply.__func__.__code__  # type: ignore[attr-defined]

__all__ = ["UnpackedDualTensor", "dual_level", "enter_dual_level", "exit_dual_level", "make_dual", "unpack_dual"]


class UnpackedDualTensor(NamedTuple):
    """The primal of a dual tensor, and its tangent or `None`."""

    primal: Any
    tangent: Any


def enter_dual_level() -> int:
    """Open a forward-mode level and return its number; ``RuntimeError`` if one is open."""
    return forward_mode.enter_level()


def exit_dual_level(*, level: int | None = None) -> None:
    """Close the level; every tangent at it is forgotten. ``RuntimeError`` if `level` is not the open one."""
    forward_mode.exit_level(level)


class dual_level(_Switch):
    """A forward-mode level for the length of a ``with`` block, or of a decorated function.

    >>> import pullback as torch
    >>> from pullback.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(torch.tensor(2.), torch.tensor(1.))
    ...     fwAD.unpack_dual(x ** 3).tangent
    tensor(12.)
    """

    def __enter__(self) -> int:  # type: ignore[override]
        self.level = enter_dual_level()
        return self.level

    def __exit__(self, *exception: object) -> None:
        exit_dual_level(level=self.level)


def _at(level: int | None) -> int:
    return forward_mode.current_level() if level is None else level


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """A view of `tensor` with which `tangent`, of the same shape, travels.

    The tangent is taken as it is where its memory is laid out like the tensor's, and copied otherwise.

    Raises:
        RuntimeError: if no level is open, the shapes differ, or one of the two is itself dual.
        ValueError: for dtypes that are not floating or complex.

    >>> import pullback as torch
    >>> from pullback.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     fwAD.make_dual(torch.tensor([1., 2.]), torch.tensor([0., 1.]))
    tensor([1., 2.], tangent=tensor([0., 1.]))
    """
    level = _at(level)
    if level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for value, name in ((tensor, "primal"), (tangent, "tangent")):
        if not (value.is_floating_point() or value.is_complex()):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {value.dtype}")
    if level != forward_mode.current_level():
        raise RuntimeError("Invalid level given to _make_dual")
    if forward_mode.tangent_of(tensor) is not None:
        raise RuntimeError(
            "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level "
            f"{level} is not supported."
        )
    if current_mode() & INFERENCE:
        return tensor.view_as(tensor)
    forward_mode.check_tangent(tensor, tangent)
    with switched(off=FORWARD):
        dual = tensor.view_as(tensor)
    forward_mode.set_tangent(dual, forward_mode.laid_out_as(tensor, tangent))
    return dual


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The primal and the tangent of `tensor`; the tangent is `None` for an ordinary tensor.

    >>> import pullback as torch
    >>> from pullback.autograd import forward_ad as fwAD
    >>> fwAD.unpack_dual(torch.tensor(1.))
    UnpackedDualTensor(primal=tensor(1.), tangent=None)
    """
    level = _at(level)
    if level < 0:
        return UnpackedDualTensor(tensor, None)
    if level != forward_mode.current_level():
        raise RuntimeError("Invalid level given to _fw_primal")
    with switched(off=FORWARD):
        primal = tensor.view_as(tensor)
    forward_mode.set_tangent(primal, None)
    return UnpackedDualTensor(primal, forward_mode.tangent_of(tensor))


class _set_fwd_grad_enabled(_Switch):
    """Let tangents travel in this thread, or not: at once when called, and back at the end of a ``with`` block."""

    def __init__(self, mode: bool) -> None:
        super().__init__()
        self.mode = mode
        self.before = forward_mode.is_enabled()
        forward_mode.set_enabled(mode)

    def clone(self) -> _set_fwd_grad_enabled:
        return _set_fwd_grad_enabled(self.mode)

    def __call__(self, function: Any) -> Any:
        forward_mode.set_enabled(self.before)
        return super().__call__(function)

    def __enter__(self) -> None:
        forward_mode.set_enabled(self.mode)

    def __exit__(self, *exception: Any) -> None:
        forward_mode.set_enabled(self.before)


def _is_fwd_grad_enabled() -> bool:
    """Whether tangents travel in this thread while a level is open; not in the ``forward`` of a custom function."""
    frame: Any = sys._getframe(1)
    while frame is not None and frame.f_code is not _APPLY:
        frame = frame.f_back
    return frame is None and forward_mode.is_enabled()


def __getattr__(name: str) -> Any:
    if name == "_current_level":
        return forward_mode.current_level()
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
