"""What is checked on which dtype. A check is named ``grad``, or ``grad:complex128`` on a dtype of its own."""

from __future__ import annotations

from typing import Any

import torch

from . import entries
from .checks import CHECKS, Check
from .convert import name_of
from .variants import FORMS

ERRORS = "errors"
KINDS: dict[str, Check] = {**CHECKS, **FORMS}
OTHER_DTYPES = ("float32", "float16", "bfloat16", "int64", "bool")
ALL_CHECKS = (
    *CHECKS,
    *(f"{name}:complex128" for name in CHECKS),
    *(f"forward:{dtype}" for dtype in OTHER_DTYPES),
    *FORMS,
    ERRORS,
)


def parts(name: str) -> tuple[str, str | None]:
    """``"grad:complex128"`` as kind and dtype; without a dtype, None.

    Raises:
        ValueError: there is no such kind or dtype.
    """
    kind, _, dtype = name.partition(":")
    if kind not in KINDS and name != ERRORS:
        raise ValueError(f"no such check: {name}; there are {', '.join((*KINDS, ERRORS))}")
    if dtype and not isinstance(getattr(torch, dtype, None), torch.dtype):
        raise ValueError(f"no such dtype: {dtype}")
    return kind, dtype or None


def dtype_of(name: str, entry: Any) -> torch.dtype | None:
    """The dtype that check `name` samples `entry` on; None where the check does not apply.

    A check with a dtype of its own does not apply where the plain one has that dtype already.
    """
    kind, asked = parts(name)
    plain = entries.dtype_for(entry, None)
    if kind == ERRORS:
        return plain or torch.float32 if entry.error_inputs_func is not None else None
    dtype = entries.dtype_for(entry, asked)
    if dtype is None or not KINDS[kind].applies(entry) or (asked and name_of(plain) == asked):
        return None
    if kind in CHECKS and kind != "forward" and not entries.is_differentiable(entry, dtype):
        return None
    return dtype
