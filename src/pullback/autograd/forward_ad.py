"""Forward mode by PyTorch's names: dual numbers at a level.

Matches https://docs.pytorch.org/docs/2.13/autograd.html#module-torch.autograd.forward_ad.
"""

from __future__ import annotations

from collections import namedtuple
from typing import Any

from pullback.graph import forward_mode
from pullback.graph.tensor_base import TensorBase

_UnpackedDualTensor = namedtuple("_UnpackedDualTensor", ["primal", "tangent"])


class UnpackedDualTensor(_UnpackedDualTensor):
    """The primal and the tangent of a dual tensor."""

    __slots__ = ()


def enter_dual_level() -> int:
    """Open a forward-mode level and return its number."""
    return forward_mode.enter_level()


def exit_dual_level(*, level: int | None = None) -> None:
    """Close the level; every tangent at it is forgotten."""
    forward_mode.exit_level(level)


class dual_level:
    """A forward-mode level for the length of a ``with`` block.

    >>> import pullback as torch
    >>> from pullback.autograd import forward_ad as fwAD
    >>> with fwAD.dual_level():
    ...     x = fwAD.make_dual(torch.tensor(2.), torch.tensor(1.))
    ...     fwAD.unpack_dual(x ** 3).tangent
    tensor(12.)
    """

    def __enter__(self) -> int:
        self.level = enter_dual_level()
        return self.level

    def __exit__(self, *exception: object) -> None:
        exit_dual_level(level=self.level)


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """A view of `tensor` with which `tangent` (of its shape) travels. ``RuntimeError`` if no level is open."""
    if forward_mode.current_level() < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for value, name in ((tensor, "primal"), (tangent, "tangent")):
        if not isinstance(value, TensorBase):
            raise TypeError(f"make_dual(): {name} must be a Tensor, not {type(value).__name__}")
        if value._array.dtype.kind in "biu":
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {value.dtype}")  # type: ignore[attr-defined]
    if tensor._array.shape != tangent._array.shape:
        raise RuntimeError(
            f"Expected tangent to have the same size as primal: {tuple(tensor._array.shape)}, got {tuple(tangent._array.shape)}"
        )
    if tensor._array.dtype != tangent._array.dtype:
        raise RuntimeError(f"Expected tangent to have dtype {tensor.dtype}, but got {tangent.dtype}")
    dual = tensor.view_as(tensor)
    forward_mode.set_tangent(dual, tangent)
    return dual


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The primal and the tangent of `tensor`; the tangent is `None` for an ordinary tensor."""
    if forward_mode.current_level() < 0:
        return UnpackedDualTensor(tensor, None)
    tangent = forward_mode.tangent_of(tensor)
    if tangent is None:
        return UnpackedDualTensor(tensor, None)
    primal = tensor.view_as(tensor)
    primal._tangent = None
    return UnpackedDualTensor(primal, tangent)
