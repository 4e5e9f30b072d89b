"""What parametrizations may return. Every check raises ``ValueError`` and says what it got."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.tensor import Tensor


def check_several(new: Any) -> None:
    """An inverse gives a tensor or several."""
    if isinstance(new, Tensor):
        return
    expected = "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...)."
    if not isinstance(new, Sequence):
        raise ValueError(f"{expected} Got {type(new).__name__}")
    for number, part in enumerate(new):
        if not isinstance(part, Tensor):
            raise ValueError(f"{expected} Got element {number} of the sequence with type {type(part).__name__}.")


def check_original(original: Tensor, new: Tensor) -> None:
    """A single original keeps its dtype and device."""
    for fact in ("dtype", "device"):
        if getattr(original, fact) != getattr(new, fact):
            raise ValueError(
                f"When `right_inverse` outputs one tensor, it may not change the {fact}.\n"
                f"original.{fact}: {getattr(original, fact)}\nright_inverse(original).{fact}: {getattr(new, fact)}"
            )


def check_result(result: Any, shape: Any, dtype: Any) -> None:
    """The functions give a tensor like the one they replace."""
    if not isinstance(result, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
    for fact, expected in (("dtype", dtype), ("shape", shape)):
        if getattr(result, fact) != expected:
            raise ValueError(
                f"Registering a parametrization may not change the {fact} of the tensor, unless `unsafe` flag is "
                f"enabled.\nunparametrized {fact}: {expected}\nparametrized {fact}: {getattr(result, fact)}"
            )


def check_stacked(parametrization: Any, value: Tensor, name: str) -> None:
    """One function more gives a tensor like the present one, and so does its inverse."""
    result = parametrization(value)
    if not isinstance(result, Tensor):
        raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
    for fact in ("dtype", "shape"):
        if getattr(result, fact) != getattr(value, fact):
            raise ValueError(
                f"Registering a parametrization may not change the {fact} of the tensor, unless the `unsafe` flag is "
                f"enabled.\nmodule.{name}.{fact}: {getattr(value, fact)}\n"
                f"parametrization(module.{name}).{fact}: {getattr(result, fact)}"
            )
    if not hasattr(parametrization, "right_inverse"):
        return
    try:
        back = parametrization.right_inverse(result)
    except NotImplementedError:
        return
    if not isinstance(back, Tensor):
        raise ValueError(f"parametrization.right_inverse must return a tensor. Got: {type(back).__name__}")
    for fact in ("dtype", "shape"):
        if getattr(back, fact) != getattr(value, fact):
            raise ValueError(
                f"The tensor returned by parametrization.right_inverse must have the same {fact} as module.{name}, "
                f"unless the `unsafe` flag is enabled.\nmodule.{name}.{fact}: {getattr(value, fact)}\n"
                f"returned {fact}: {getattr(back, fact)}"
            )


def check_one(value: Any, originals: list[Tensor], is_tensor: bool) -> None:
    """An assigned value, undone, fits the originals."""
    if is_tensor:
        if not isinstance(value, Tensor):
            raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
        if value.dtype != originals[0].dtype:
            raise ValueError(
                f"The tensor returned by `right_inverse` has dtype {value.dtype} while `original` has dtype "
                f"{originals[0].dtype}"
            )
        return
    expected = "'right_inverse' must return a sequence of tensors"
    if not isinstance(value, Sequence):
        raise ValueError(f"{expected}. Got {type(value).__name__}.")
    if len(value) != len(originals):
        raise ValueError(f"{expected} of length {len(originals)}. Got a sequence of length {len(value)}.")
    for number, (part, original) in enumerate(zip(value, originals)):
        if not isinstance(part, Tensor):
            raise ValueError(
                f"`right_inverse` must return a sequence of tensors. Got element {number} of type {type(part).__name__}"
            )
        if part.dtype != original.dtype:
            raise ValueError(
                f"Tensor {number} returned by `right_inverse` has dtype {part.dtype} while `original{number}` has "
                f"dtype {original.dtype}"
            )
