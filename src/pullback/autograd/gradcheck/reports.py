"""What gradcheck says of a derivative that is wrong."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.graph.tensor_base import wrap


class GradcheckError(RuntimeError):
    """Raised by `gradcheck` and `gradgradcheck`: a derivative differs from its finite difference, or owes something."""


FAILED_NONDET_MSG = (
    "{}The tolerance for nondeterminism was {}.\n\n"
    "NOTE: if the operator is meant to be nondeterministic, pass `nondet_tol=<tol>` to gradcheck or gradgradcheck."
)
NOT_REENTRANT = (
    "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives different "
    "values, although analytical gradient matches numerical gradient."
)
FAST_FAIL_SLOW_OK_MSG = (
    "Fast gradcheck failed but element-wise differences are small. This means that the test might've passed in "
    "slow_mode!\n\n"
    "The random projections of the two Jacobians differ by more than the tolerance allows, though no entry does. Pass "
    "`fast_mode=False`, or a larger `atol` if the function amplifies errors of rounding."
)
FAILED_BATCHED_GRAD_MSG = (
    "gradcheck or gradgradcheck failed while testing batched gradient computation: a batch of cotangents pulled back at "
    "once (`is_grads_batched=True`) differs from the cotangents pulled back one by one. Pass "
    "`check_batched_grad=False` to skip this test."
)
FAILED_BATCHED_GRAD_MSG_FWD_AD = (
    "gradcheck failed while testing batched gradient computation with forward-mode AD: tangents pushed forward together "
    "differ from the tangents pushed forward one by one. Pass `check_batched_forward_grad=False` to skip this test."
)
UNDEFINED_NOT_HANDLED = (
    "Expected backward function to handle undefined output grads. Please look at "
    '"Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
)
UNDEFINED_NOT_ZERO = (
    "Expected all input grads to be undefined or zero when all output grads are undefined or zero. Please look at "
    '"Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
)
UNDEFINED_WARNING = (
    "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may break "
    "existing callers of this function. If this is true for you, you can call this function with "
    '"check_undefined_grad=False" to disable the feature'
)

IMAGINARY_OUTPUTS = "While considering the imaginary part of complex outputs only, "
REAL_OUTPUTS = "While considering the real part of complex outputs only, "
IMAGINARY_INPUTS = "While considering the imaginary part of complex inputs only, "
REAL_INPUTS = "While considering the real part of complex inputs only, "


def mismatch(
    analytical: np.ndarray, numerical: np.ndarray, nr: int, position: int, prefix: str = "", forward: bool = False
) -> str:
    """The two matrices (input element, output element) side by side, and their worst entry."""
    return _headline(nr, position, prefix, forward) + (
        f"numerical:{wrap(numerical)}\nanalytical:{wrap(analytical)}\n{worst_entry(analytical, numerical)}\n"
    )


def projected_mismatch(
    analytical: Any, numerical: Any, slow: tuple[np.ndarray, np.ndarray], nr: int, position: int, prefix: str,
    forward: bool,
) -> str:  # fmt: skip
    """The two projections, and below them what slow mode says of the same pair of output and input."""
    shown = [wrap(each) if getattr(each, "ndim", 0) else each.item() for each in (numerical, analytical)]
    matrix_analytical, matrix_numerical = slow
    gap = np.abs(matrix_analytical - matrix_numerical).max() if matrix_numerical.size else 0.0
    return _headline(nr, position, prefix, forward) + (
        f"numerical:{shown[0]}\nanalytical:{shown[1]}\n\n"
        "These quantities are random projections of the Jacobians, computed in fast mode. In slow mode the Jacobians are\n\n"
        f"Numerical:\n {wrap(matrix_numerical)}\nAnalytical:\n{wrap(matrix_analytical)}\n\n"
        f"The max per-element difference (slow mode) is: {gap}.\n{worst_entry(matrix_analytical, matrix_numerical)}\n"
    )


def _headline(nr: int, position: int, prefix: str, forward: bool) -> str:
    what = "Jacobian computed with forward mode mismatch" if forward else "Jacobian mismatch"
    return f"{prefix}{what} for output {nr} with respect to input {position},\n"


def worst_entry(analytical: np.ndarray, numerical: np.ndarray) -> str:
    """Where two matrices differ most, with what was expected and what was found there."""
    gap = np.abs(analytical - numerical)
    if not gap.size:
        return ""
    place = np.unravel_index(int(np.argmax(np.where(np.isnan(gap), np.inf, gap))), gap.shape)
    return (
        f"The worst entry is that of input element {place[0]} and output element {place[1]}: expected "
        f"{numerical[place].item()}, found {analytical[place].item()}."
    )
