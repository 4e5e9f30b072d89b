"""Fast mode: a random projection of the Jacobians is compared instead of every entry.

With unit vectors u for the inputs and v for the outputs, vᵀ J u is one number: one difference along u on one side, one
cotangent v pulled back on the other. Where it differs, slow mode says which entry is wrong.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.autograd.gradcheck import numerical, reports
from pullback.autograd.gradcheck.analytical import pulled, pushed
from pullback.autograd.gradcheck.elementwise import (
    Part,
    both_backward,
    both_forward,
    check_same_twice,
    close,
    differentiated,
    input_parts,
    is_complex,
    output_parts,
)
from pullback.autograd.gradcheck.problem import Problem
from pullback.autograd.gradcheck.reports import GradcheckError
from pullback.ops.random.creation import rand
from pullback.ops.random.generator import Generator


def _unit_vector(tensor: Any, generator: Generator) -> np.ndarray:
    """A unit vector of positive reals, as long as `tensor`, from the stream of `generator`."""
    kind = np.zeros((), tensor._array.dtype).real.dtype
    drawn = np.asarray(rand(tensor._array.size, generator=generator)._array).astype(kind)
    length = np.linalg.norm(drawn.astype(np.float64))
    return drawn / kind.type(length) if length else drawn


def _adjusted_atol(atol: float, u: Any, v: Any) -> float:
    """The tolerance for ``vᵀ J u`` where each entry of J may be off by `atol`."""
    u = u[0] if isinstance(u, tuple) else u
    return atol * float(u.sum()) * (1.0 if v is None else float(v.sum()))


def check_backward(problem: Problem) -> None:
    """Compare projections of reverse mode and of differences."""
    generator = Generator()
    tensors = problem.tensors
    us = [tuple(_unit_vector(t, generator) for _ in numerical.directions(t)) for t in tensors]
    vs = [_unit_vector(output, generator) for output in problem.outputs]
    moved = [_moved(problem, tensor, u) for tensor, u in zip(tensors, us)]
    for part in output_parts(problem):
        for nr, (output, v) in enumerate(zip(problem.outputs, vs)):
            cotangent = part.unit * v if is_complex(output) else v
            gradients = pulled(output, tensors, cotangent)
            for first, second in zip(gradients, pulled(output, tensors, cotangent)):
                check_same_twice(first, second, problem.nondet_tol)
            for number, (gradient, u) in enumerate(zip(gradients, us)):
                wanted = _combined([v @ _half(part, each[nr]) for each in moved[number]])
                parts = (np.real(gradient), np.imag(gradient)) if len(u) == 2 else (gradient,)
                found = _combined([half @ each for half, each in zip(parts, u)])
                if not close(found, wanted, problem.rtol, _adjusted_atol(problem.atol, u, v)):
                    slow = both_backward(problem, part, number, nr)
                    raise GradcheckError(_report(problem, found, wanted, slow, nr, number, part, False))


def check_forward(problem: Problem) -> None:
    """Compare forward mode along a random direction with the difference along it."""
    for part in input_parts(problem):
        generator = Generator()
        positions = differentiated(problem)
        us = [_unit_vector(problem.inputs[position], generator) for position in positions]
        for number, (position, u) in enumerate(zip(positions, us)):
            tensor = problem.inputs[position]
            step = (part.unit * u if is_complex(tensor) else u).astype(tensor._array.dtype)
            differences = _moved(problem, tensor, (u,), part.unit if is_complex(tensor) else 1)[0]
            for nr, (found, wanted) in enumerate(zip(pushed(problem, position, step), differences)):
                if not close(found, wanted, problem.rtol, _adjusted_atol(problem.atol, u, None)):
                    slow = both_forward(problem, part, position, nr)
                    raise GradcheckError(_report(problem, found, wanted, slow, nr, number, part, True))


def _moved(problem: Problem, tensor: Any, us: tuple[np.ndarray, ...], unit: complex = 1) -> list[list[np.ndarray]]:
    """The derivatives of all outputs along the first of `us`, and along i times the second."""
    shape, kind = tensor._array.shape, tensor._array.dtype
    return [
        numerical.along(problem.run, problem.inputs, tensor, (turn * u).astype(kind).reshape(shape), problem.eps, "")
        for turn, u in zip((unit, 1j), us)
    ]


def _half(part: Part, derivative: np.ndarray) -> np.ndarray:
    return part.half(derivative) if np.iscomplexobj(derivative) else derivative


def _combined(numbers: list[Any]) -> Any:
    return numbers[0] if len(numbers) == 1 else numbers[0] + 1j * numbers[1]


def _report(
    problem: Problem, found: Any, wanted: Any, slow: tuple[np.ndarray, np.ndarray], nr: int, number: int, part: Part,
    forward: bool,
) -> str:  # fmt: skip
    text = reports.projected_mismatch(found, wanted, slow, nr, number, part.prefix, forward)
    if close(*slow, problem.rtol, problem.atol):
        text += "\n" + reports.FAST_FAIL_SLOW_OK_MSG
    return text
