"""When PyTorch's own derivative is wrong: it fails `gradcheck`, and ours passes it.

A difference from a derivative that does not agree with finite differences says nothing; such a sample counts neither
way. Asked for only where the two libraries differ, in double precision.
"""

from __future__ import annotations

import warnings
from typing import Any

from .checks import Side, settled

_CHECKS = {
    "grad": ("gradcheck", {"check_backward_ad": True, "check_forward_ad": False}),
    "jvp": ("gradcheck", {"check_backward_ad": False, "check_forward_ad": True}),
    "gradgrad": ("gradgradcheck", {"check_rev_over_rev": True, "check_fwd_over_rev": False}),
    "fwdrev": (
        "gradgradcheck",
        {"check_rev_over_rev": False, "check_fwd_over_rev": True, "check_undefined_grad": False},
    ),
}
# Which of them find the faults of a check here: a wrong first derivative may have a second one that agrees with it.
_FIND = {
    "grad": ("grad",),
    "jvp": ("jvp",),
    "gradgrad": ("grad", "gradgrad"),
    "fwdrev": ("grad", "jvp", "fwdrev"),
}
DOUBLE = ("float64", "complex128")
FEW = 200
# Gradcheck's own tolerance, then one that finds errors in the sixth digit (the differences are good to nine).
_EXACTNESS: tuple[dict[str, float], ...] = ({}, {"eps": 1e-5, "atol": 1e-7, "rtol": 1e-6})


def excused(kind: str, ours: Side, theirs: Side, sample: Any) -> bool:
    """Whether `sample` says nothing in a check of that kind."""
    if kind not in _FIND:
        return False
    _, _, _, inputs = theirs.rebuilt(sample)
    if not inputs or any(str(t.dtype).rpartition(".")[2] not in DOUBLE or t.numel() > 2000 for t in inputs):
        return False
    return any(
        not _passes(each, theirs, sample, exactness) and _passes(each, ours, sample, exactness)
        for exactness in _EXACTNESS
        for each in _FIND[kind]
    )


def _passes(kind: str, side: Side, sample: Any, exactness: dict[str, float]) -> bool:
    name, options = _CHECKS[kind]
    options = {**options, **exactness}
    _, _, _, inputs = side.rebuilt(sample)
    fast = not exactness or sum(t.numel() for t in inputs) > FEW  # the fast mode checks a random direction only

    def function(*values: Any) -> Any:
        left = iter(values)
        output, _ = side.differentiable(sample, lambda tensor: next(left))
        found = [t for t in side.tensors(settled(sample, output)) if t.is_floating_point() or t.is_complex()]
        return tuple(t for t in found if t.requires_grad)

    inputs = [t.detach().clone().requires_grad_() for t in inputs]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return bool(
                getattr(side.autograd, name)(function, inputs, raise_exception=False, fast_mode=fast, **options)
            )
        except Exception:
            return False
