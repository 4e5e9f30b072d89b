"""Slow mode: every entry of the Jacobians is compared."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from pullback.autograd.gradcheck import numerical, reports
from pullback.autograd.gradcheck.analytical import backward_jacobians, forward_jacobians
from pullback.autograd.gradcheck.problem import Problem
from pullback.autograd.gradcheck.reports import GradcheckError
from pullback.graph.tensor_base import TensorBase


class Part(NamedTuple):
    """A real half of the derivatives: what an error says first, which half, its unit."""

    prefix: str
    half: Callable[[Any], Any]
    unit: complex


_PLAIN = (Part("", np.real, 1),)
_OF_OUTPUTS = (Part(reports.IMAGINARY_OUTPUTS, np.imag, 1j), Part(reports.REAL_OUTPUTS, np.real, 1))
_OF_INPUTS = (Part(reports.IMAGINARY_INPUTS, np.imag, 1j), Part(reports.REAL_INPUTS, np.real, 1))


def is_complex(tensor: Any) -> bool:
    """Whether `tensor` is complex."""
    return bool(tensor._array.dtype.kind == "c")


def output_parts(problem: Problem) -> tuple[Part, ...]:
    """The parts of the outputs that reverse mode is checked on."""
    return _OF_OUTPUTS if any(map(is_complex, problem.outputs)) else _PLAIN


def input_parts(problem: Problem) -> tuple[Part, ...]:
    """The parts of the inputs that forward mode is checked on."""
    return _OF_INPUTS if any(map(is_complex, problem.tensors)) else _PLAIN


def expected(derivative: numerical.Derivative, part: Part) -> np.ndarray:
    """The gradient that follows from differences, as PyTorch writes it: along 1, plus i times along i."""
    real, imaginary = derivative
    half = part.half if np.iscomplexobj(real) else np.real
    return half(real) if imaginary is None else half(real) + 1j * half(imaginary)


def close(found: np.ndarray, wanted: np.ndarray, rtol: float, atol: float) -> bool:
    """Whether no entry differs by more than ``atol + rtol * |wanted|``; NaN differs from everything."""
    return bool(np.all(np.abs(found - wanted) <= atol + rtol * np.abs(wanted)))


def check_backward(problem: Problem) -> None:
    """Compare reverse mode with differences."""
    tensors = problem.tensors
    differences = [_differences(problem, tensor) for tensor in tensors]
    for part in output_parts(problem):
        for nr, output in enumerate(problem.outputs):
            unit = part.unit if is_complex(output) else 1
            found = backward_jacobians(output, tensors, unit)
            again = backward_jacobians(output, tensors, unit)
            for first, second in zip(found, again):
                check_same_twice(first, second, problem.nondet_tol)
            for number, matrix in enumerate(found):
                wanted = expected(differences[number][nr], part)
                if not close(matrix, wanted, problem.rtol, problem.atol):
                    raise GradcheckError(reports.mismatch(matrix, wanted, nr, number, part.prefix))


def check_same_twice(first: np.ndarray, second: np.ndarray, tolerance: float) -> None:
    """Raise unless two runs of a backward gave the same."""
    if not np.all((np.abs(first - second) <= tolerance) | (np.isnan(first) & np.isnan(second)) | (first == second)):
        raise GradcheckError(reports.FAILED_NONDET_MSG.format(reports.NOT_REENTRANT, tolerance))


def check_forward(problem: Problem) -> None:
    """Compare forward mode with differences."""
    for part in input_parts(problem):
        for number, position in enumerate(differentiated(problem)):
            tensor = problem.inputs[position]
            imaginary = part.unit == 1j and is_complex(tensor)
            differences = _differences(problem, tensor)
            found = forward_jacobians(problem, position, part.unit if is_complex(tensor) else 1)
            for nr, matrix in enumerate(found):
                wanted = differences[nr][1 if imaginary else 0]
                assert wanted is not None
                if not close(matrix, wanted, problem.rtol, problem.atol):
                    raise GradcheckError(reports.mismatch(matrix, wanted, nr, number, part.prefix, forward=True))


def _differences(problem: Problem, tensor: Any) -> list[numerical.Derivative]:
    return numerical.jacobians(problem.run, problem.inputs, tensor, problem.outputs, problem.eps)


def differentiated(problem: Problem) -> list[int]:
    """The positions of the inputs that are differentiated by."""
    return [
        position
        for position, each in enumerate(problem.inputs)
        if isinstance(each, TensorBase) and each.requires_grad  # type: ignore[attr-defined]
    ]


def both_backward(problem: Problem, part: Part, number: int, nr: int) -> tuple[np.ndarray, np.ndarray]:
    """What reverse mode and differences say of one output by one input."""
    tensor, output = problem.tensors[number], problem.outputs[nr]
    unit = part.unit if is_complex(output) else 1
    return backward_jacobians(output, [tensor], unit)[0], expected(_differences(problem, tensor)[nr], part)


def both_forward(problem: Problem, part: Part, position: int, nr: int) -> tuple[np.ndarray, np.ndarray]:
    """What forward mode and differences say of one output by one input."""
    tensor = problem.inputs[position]
    unit = part.unit if is_complex(tensor) else 1
    wanted = _differences(problem, tensor)[nr][1 if unit == 1j else 0]
    assert wanted is not None
    return forward_jacobians(problem, position, unit)[nr], wanted
