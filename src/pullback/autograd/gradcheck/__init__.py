"""gradcheck and gradgradcheck: derivatives against central differences.

The derivative of y by x is compared as a matrix, a row per element of x and a column per element of y. A complex x has
two directions, 1 and i; PyTorch's gradient holds both in one number, the derivative along 1 plus i times that along i.
A complex y is checked twice, its imaginary part and its real part alone, so that every column is real in reverse mode.

- `problem`: what is checked: a function, its inputs and outputs, how closely
- `numerical`: central differences
- `analytical`: rows of cotangents pulled back, columns of tangents pushed forward
- `elementwise`: every entry compared (slow mode); `projected`: random projections compared (fast mode)
- `obligations`: what else a backward owes: nothing in, nothing out; the same twice; one by one or in a batch
- `reports`: what an error says
- `steps`: what the two functions here do, in order
- `deprecated`: Jacobians by their old private names

All of these are loaded at the first check: a program that only computes does without.

Match https://docs.pytorch.org/docs/2.13/generated/torch.autograd.gradcheck.gradcheck.html.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

_ELSEWHERE = {
    "FAILED_BATCHED_GRAD_MSG": "reports",
    "FAILED_BATCHED_GRAD_MSG_FWD_AD": "reports",
    "FAILED_NONDET_MSG": "reports",
    "FAST_FAIL_SLOW_OK_MSG": "reports",
    "GradcheckError": "reports",
    "_adjusted_atol": "projected",
    "_get_analytical_jacobian": "deprecated",
    "_get_numerical_jacobian": "deprecated",
    "_iter_tensors": "deprecated",
    "get_analytical_jacobian": "deprecated",
    "get_numerical_jacobian": "deprecated",
}

__all__ = [*_ELSEWHERE, "gradcheck", "gradgradcheck"]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name in _ELSEWHERE:
        return getattr(import_module(f"{__name__}.{_ELSEWHERE[name]}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Whether the derivatives of ``func(*inputs)`` agree with central differences of step `eps`.

    `inputs` is a tensor or a sequence; those that require grad should be of double precision. Entries may differ by
    ``atol + rtol * |difference|``, two runs of a backward by `nondet_tol`. `fast_mode` compares random projections of
    the Jacobians. `check_undefined_grad` also asks that absent cotangents count as zeros, `check_grad_dtypes` that
    gradients have their inputs' dtypes, `check_batched_grad` and `check_batched_forward_grad` that many at once are the
    same as one by one. With `masked` the values of sparse inputs alone are varied, without it
    the zeros between them too.

    Returns true. Raises `GradcheckError`, which names output, input and the worst entry with what was expected and
    found; with ``raise_exception=False`` returns false instead. Other errors of `func` are passed on.

    >>> import pullback as torch
    >>> x = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.sin, (x,), check_forward_ad=True)
    True
    """
    from pullback.autograd.gradcheck import obligations, steps
    from pullback.autograd.gradcheck.problem import as_tuple, check_inputs
    from pullback.autograd.gradcheck.reports import GradcheckError

    steps.require(
        check_forward_ad or check_backward_ad,
        "Expected at least one of check_forward_ad or check_backward_ad to be True",
    )
    steps.require(
        check_backward_ad or not check_batched_grad,
        "Setting check_batched_grad=True requires check_backward_ad to be True",
    )
    steps.require(
        check_forward_ad or not check_batched_forward_grad,
        "Setting check_batched_forward_grad=True requires check_forward_ad to be True",
    )
    given = as_tuple(inputs)
    if any(getattr(getattr(each, "_array", None), "layout", None) for each in given):
        from pullback.sparse.gradients import by_values  # sparse programs only

        func, given = by_values(steps.of_dense(func), given, bool(masked))
    try:
        check_inputs(given)
        problem = steps.posed(func, given, eps, atol, rtol, nondet_tol)
        if not problem.positions:
            obligations.check_constant(problem, every_entry=not fast_mode)
            return True
        steps.check_derivatives(problem, fast_mode, check_forward_ad, check_backward_ad, check_undefined_grad)
        if check_batched_forward_grad:
            obligations.check_batched_forward(problem)
        if check_backward_ad:
            steps.check_backward_owes(problem, check_batched_grad, check_grad_dtypes, check_undefined_grad)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Whether the derivatives of the gradient of ``func(*inputs)`` agree with central differences.

    `grad_outputs` are the cotangents the gradient is taken with, drawn at random if not given (with gaps in memory if
    `gen_non_contig_grad_outputs`); they are differentiated by too. `check_fwd_over_rev` checks forward mode over the
    gradient, `check_rev_over_rev` reverse mode; the other arguments are those of `gradcheck`.

    >>> import pullback as torch
    >>> x = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradgradcheck(lambda x: x ** 3, (x,))
    True
    """
    from pullback.autograd.gradcheck import steps
    from pullback.autograd.gradcheck.problem import as_tuple

    steps.require(
        check_fwd_over_rev or check_rev_over_rev,
        "Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True",
    )
    for name, wanted in (("check_undefined_grad", check_undefined_grad), ("check_batched_grad", check_batched_grad)):
        steps.require(check_rev_over_rev or not wanted, f"Setting {name}=True requires check_rev_over_rev to be True")
    given = as_tuple(inputs)
    if grad_outputs is None:
        outputs = [each for each in as_tuple(func(*given)) if each.requires_grad]
        cotangents = tuple(steps.drawn_like(each, gen_non_contig_grad_outputs) for each in outputs)
    else:
        cotangents = as_tuple(grad_outputs)
    return gradcheck(
        steps.gradient_of(func, given, len(cotangents)),
        given + cotangents,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        fast_mode=fast_mode,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        masked=masked,
    )
