"""gradcheck and gradgradcheck: derivatives against central differences.

A complex number counts as two real ones: for the cotangent v of an output y, PyTorch's gradient is that of
Re(conj(v) y) with respect to the real and the imaginary part of the input. So a real Jacobian, its rows the real and
imaginary parts of the outputs and its columns those of the input, serves every dtype.

Match https://docs.pytorch.org/docs/2.13/generated/torch.autograd.gradcheck.gradcheck.html.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from pullback.graph import forward_mode
from pullback.graph.requests import grad
from pullback.graph.tensor_base import TensorBase, solid, wrap


class GradcheckError(RuntimeError):
    """A derivative that differs from its finite difference."""


def _tensors(values: Any) -> list[Any]:
    return [v for v in values if isinstance(v, TensorBase)]


def _checked(values: Any) -> list[Any]:
    return [v for v in _tensors(values) if v._requires_grad]


def _as_outputs(value: Any) -> tuple[Any, ...]:
    outputs = value if isinstance(value, (tuple, list)) else (value,)
    return tuple(o for o in outputs if isinstance(o, TensorBase) and o._array.dtype.kind in "fc")


def _flat_real(array: Any) -> np.ndarray:
    """The numbers of `array` as a flat vector of reals, complex ones as two."""
    flat = np.ascontiguousarray(array).reshape(-1)
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _unit(like: np.ndarray, number: int) -> Any:
    """A cotangent or tangent that is 1 at one real position of `like`."""
    flat = np.zeros(like.size, like.dtype)
    _flat_view(flat)[number] = 1
    return wrap(flat.reshape(like.shape))


def _flat_view(flat: np.ndarray) -> np.ndarray:
    return flat.view(flat.real.dtype) if flat.dtype.kind == "c" else flat


def _real_size(array: np.ndarray) -> int:
    return array.size * (2 if array.dtype.kind == "c" else 1)


def _evaluate(func: Callable[..., Any], inputs: Sequence[Any]) -> list[np.ndarray]:
    return [np.array(o._array) for o in _as_outputs(func(*inputs))]


def _numerical(func: Callable[..., Any], inputs: Sequence[Any], tensor: Any, eps: float) -> list[np.ndarray]:
    """Central differences of every output by every real number of `tensor`: matrices (real output, real input)."""
    memory = solid(tensor)
    kind = memory.real.dtype
    columns: list[list[np.ndarray]] = []
    original = memory.copy()
    for position in range(memory.size):
        index = np.unravel_index(position, memory.shape)
        for step in (eps, 1j * eps) if memory.dtype.kind == "c" else (eps,):
            memory[index] = original[index] + step
            above = _evaluate(func, inputs)
            memory[index] = original[index] - step
            below = _evaluate(func, inputs)
            memory[index] = original[index]
            columns.append([(_flat_real(a) - _flat_real(b)) / (2 * eps) for a, b in zip(above, below)])
    if not columns:
        return [np.zeros((_real_size(o), 0), kind) for o in _evaluate(func, inputs)]
    return [np.stack(rows, axis=1) for rows in zip(*columns)]


def _backward_jacobian(output: Any, tensors: Sequence[Any], retain: bool = True) -> list[np.ndarray]:
    """Rows from reverse mode, one per real number of the output; a matrix per input."""
    rows: list[list[np.ndarray]] = []
    for position in range(_real_size(np.asarray(output._array))):
        cotangent = _unit(np.asarray(output._array), position)
        found = grad(output, tensors, cotangent, retain_graph=retain, allow_unused=True)
        rows.append(
            [
                np.zeros(_real_size(np.asarray(t._array))) if g is None else _flat_real(g._array)
                for g, t in zip(found, tensors)
            ]
        )
    if not rows:
        return [np.zeros((0, _real_size(np.asarray(t._array)))) for t in tensors]
    return [np.stack(columns) for columns in zip(*rows)]


def _forward_jacobian(func: Callable[..., Any], inputs: Sequence[Any], tensor: Any) -> list[np.ndarray]:
    """Columns from forward mode; a matrix per output."""
    columns: list[list[np.ndarray]] = []
    for position in range(_real_size(np.asarray(tensor._array))):
        columns.append(
            [_flat_real(t) for t in _push(func, inputs, {id(tensor): _unit(np.asarray(tensor._array), position)})]
        )
    if not columns:
        return [np.zeros((_real_size(np.asarray(o._array)), 0)) for o in _as_outputs(func(*inputs))]
    return [np.stack(rows, axis=1) for rows in zip(*columns)]


def _push(func: Callable[..., Any], inputs: Sequence[Any], tangents: dict[int, Any]) -> list[np.ndarray]:
    """Tangents of the outputs for tangents of some inputs (by identity)."""
    level = forward_mode.enter_level()
    try:
        duals = []
        for each in inputs:
            if id(each) in tangents:
                dual = each.view_as(each)
                forward_mode.set_tangent(dual, tangents[id(each)])
                each = dual
            duals.append(each)
        found = []
        for output in _as_outputs(func(*duals)):
            tangent = forward_mode.tangent_of(output)
            found.append(
                np.zeros(output._array.shape, output._array.dtype) if tangent is None else np.asarray(tangent._array)
            )
        return found
    finally:
        forward_mode.exit_level(level)


def _compare(expected: np.ndarray, found: np.ndarray, what: str, rtol: float, atol: float) -> None:
    """Raise, naming the worst entry, unless two Jacobians agree."""
    if expected.shape == found.shape and np.allclose(found, expected, rtol, atol, equal_nan=True):
        return
    gap = np.abs(found - expected)
    worst = np.unravel_index(int(np.nanargmax(gap)), gap.shape) if gap.size else ()
    raise GradcheckError(
        f"Jacobian mismatch for {what},\nnumerical:{wrap(expected.T.copy())}\nanalytical:{wrap(found.T.copy())}\n"
        f"The worst entry is at {tuple(map(int, reversed(worst)))}: expected {expected[worst]}, found {found[worst]}."
    )


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

    `inputs` that require grad should be of double precision. Returns true, or raises `GradcheckError` that names the
    worst entry with what was expected and found (returns false if not `raise_exception`). `fast_mode` compares random
    projections of the Jacobians instead of every entry.

    >>> import pullback as torch
    >>> x = torch.tensor([0.5, -1.0], dtype=torch.float64, requires_grad=True)
    >>> torch.autograd.gradcheck(torch.sin, (x,))
    True
    """
    if not (check_backward_ad or check_forward_ad):
        raise AssertionError("Expected at least one of check_forward_ad or check_backward_ad to be True")
    given = (inputs,) if isinstance(inputs, TensorBase) else tuple(inputs)
    try:
        tensors = _check_inputs(given)
        outputs = _as_outputs(func(*given))
        if not any(o.requires_grad for o in outputs):
            _all_zero(func, given, tensors, eps, atol)
            return True
        check = _check_fast if fast_mode else _check_slow
        check(func, given, tensors, outputs, eps, atol, rtol, check_forward_ad, check_backward_ad)
        if check_backward_ad:
            _check_repeatable(outputs, tensors, nondet_tol)
            if check_undefined_grad:
                _check_undefined(func, given, tensors)
            if check_grad_dtypes:
                _check_dtypes(outputs, tensors)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _check_inputs(given: Sequence[Any]) -> list[Any]:
    tensors = _checked(given)
    if not tensors:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of the them have "
            "requires_grad=True."
        )
    for number, tensor in enumerate(given):
        if isinstance(tensor, TensorBase) and tensor._requires_grad:
            if tensor._array.dtype not in (np.float64, np.complex128):
                import warnings

                warnings.warn(
                    f"Input #{number} requires gradient and is not a double precision floating point or complex. This "
                    "check will likely fail if all the inputs are not of double precision floating point or complex. ",
                    stacklevel=3,
                )
            tensor.retain_grad()  # type: ignore[attr-defined]
    return tensors


def _all_zero(func: Any, given: Any, tensors: Any, eps: float, atol: float) -> None:
    """Outputs that need no gradient must not change with the inputs."""
    for number, tensor in enumerate(tensors):
        for matrix in _numerical(func, given, tensor, eps):
            if np.abs(matrix).max(initial=0) > atol:
                raise GradcheckError(
                    f"Numerical gradient for function expected to be zero, but the Jacobian for input {number} is not"
                )


def _check_slow(
    func: Any,
    given: Any,
    tensors: Any,
    outputs: Any,
    eps: float,
    atol: float,
    rtol: float,
    forward: bool,
    backward: bool,
) -> None:
    numerical = [_numerical(func, given, tensor, eps) for tensor in tensors]
    for nr, output in enumerate(outputs):
        if backward and output.requires_grad:
            found = _backward_jacobian(output, tensors)
        elif backward:
            found = [np.zeros_like(matrix[nr]) for matrix in numerical]
        for number in range(len(tensors) if backward else 0):
            what = f"output {nr} with respect to input {number}"
            _compare(numerical[number][nr], found[number], what, rtol, atol)
    if forward:
        for number, tensor in enumerate(tensors):
            for nr, matrix in enumerate(_forward_jacobian(func, given, tensor)):
                what = f"output {nr} with respect to input {number} in forward mode"
                _compare(numerical[number][nr], matrix, what, rtol, atol)


def _check_fast(
    func: Any,
    given: Any,
    tensors: Any,
    outputs: Any,
    eps: float,
    atol: float,
    rtol: float,
    forward: bool,
    backward: bool,
) -> None:
    """Compare uᵀ J v for random unit vectors u, v; the numerical J v is one difference along v."""
    draw = np.random.default_rng(0)

    def direction(array: Any) -> np.ndarray:
        array = np.asarray(array)
        flat = np.zeros(array.size, array.dtype)
        view = _flat_view(flat)
        view[...] = draw.standard_normal(view.size)
        view /= np.linalg.norm(view) or 1
        return flat.reshape(array.shape)

    for number, tensor in enumerate(tensors):
        v = direction(tensor._array)
        memory = solid(tensor)
        original = memory.copy()
        memory[...] = original + eps * v
        above = _evaluate(func, given)
        memory[...] = original - eps * v
        below = _evaluate(func, given)
        memory[...] = original
        pushed = _push(func, given, {id(tensor): wrap(v)}) if forward else None
        for nr, output in enumerate(outputs):
            u = direction(output._array)
            expected = float(_flat_real(u) @ (_flat_real(above[nr]) - _flat_real(below[nr]))) / (2 * eps)
            what = f"output {nr} with respect to input {number}"
            if backward:
                pulled = (
                    grad(output, tensor, wrap(u), retain_graph=True, allow_unused=True)[0]
                    if output.requires_grad
                    else None
                )
                value = 0.0 if pulled is None else float(_flat_real(pulled._array) @ _flat_real(v))
                _compare(np.array([[expected]]), np.array([[value]]), what, rtol, atol)
            if pushed is not None:
                value = float(_flat_real(pushed[nr]) @ _flat_real(u))
                _compare(np.array([[expected]]), np.array([[value]]), what + " in forward mode", rtol, atol)


def _check_repeatable(outputs: Any, tensors: Any, nondet_tol: float) -> None:
    for nr, output in enumerate(outputs):
        if not output.requires_grad:
            continue
        cotangent = wrap(np.ones(output._array.shape, output._array.dtype))
        pairs = [grad(output, tensors, cotangent, retain_graph=True, allow_unused=True) for _ in range(2)]
        for first, second in zip(*pairs):
            if first is not None and not np.allclose(
                first._array, second._array, rtol=0, atol=nondet_tol, equal_nan=True
            ):
                raise GradcheckError(
                    f"Backward is not reentrant, i.e., running backward with same input and grad_output multiple times "
                    f"gives different values, although analytical gradient matches numerical gradient (output {nr}). "
                    f"The tolerance for nondeterminism was {nondet_tol}."
                )


def _check_undefined(func: Any, given: Any, tensors: Any) -> None:
    """With several outputs, leaving one unused must not break the gradients."""
    outputs = [o for o in _as_outputs(func(*given)) if o.requires_grad]
    for output in outputs if len(outputs) > 1 else ():
        cotangent = wrap(np.zeros(output._array.shape, output._array.dtype))
        for pulled in grad(output, tensors, cotangent, retain_graph=True, allow_unused=True):
            if pulled is not None and np.any(pulled._array != 0):
                raise GradcheckError(
                    "Expected backward function to handle undefined output grads: got non-zero gradients"
                )


def _check_dtypes(outputs: Any, tensors: Any) -> None:
    for output in outputs:
        cotangent = wrap(np.ones(output._array.shape, output._array.dtype))
        for pulled, tensor in zip(grad(output, tensors, cotangent, retain_graph=True, allow_unused=True), tensors):
            if pulled is not None and pulled._array.dtype != tensor._array.dtype:
                raise GradcheckError(f"Gradient has dtype {pulled.dtype}, the input {tensor.dtype}")


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
    """Whether second derivatives agree with central differences of the first; arguments as for `gradcheck`.

    `grad_outputs` are the cotangents at which to differentiate (random ones by default).
    """
    given = (inputs,) if isinstance(inputs, TensorBase) else tuple(inputs)
    outputs = [o for o in _as_outputs(func(*given)) if o.requires_grad]
    if grad_outputs is None:
        draw = np.random.default_rng(0)
        cotangents = tuple(_random_like(o, draw, gen_non_contig_grad_outputs) for o in outputs)
    else:
        cotangents = (grad_outputs,) if isinstance(grad_outputs, TensorBase) else tuple(grad_outputs)
    count = len(cotangents)

    def first_derivative(*values: Any) -> Any:
        arguments, starts = values[: len(values) - count], values[len(values) - count :]
        arguments = tuple(_alias(a) if isinstance(a, TensorBase) and a._requires_grad else a for a in arguments)
        found = [o for o in _as_outputs(func(*arguments)) if o.requires_grad]
        tracked = [a for a in arguments if isinstance(a, TensorBase) and a.requires_grad]  # type: ignore[attr-defined]
        return tuple(g for g in grad(found, tracked, starts, create_graph=True, allow_unused=True) if g is not None)

    return gradcheck(
        first_derivative,
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


def _alias(tensor: Any) -> Any:
    return tensor.view_as(tensor)


def _random_like(output: Any, draw: Any, strided: bool) -> Any:
    array = np.asarray(output._array)
    values = draw.standard_normal(array.shape)
    if array.dtype.kind == "c":
        values = values + 1j * draw.standard_normal(array.shape)
    values = np.asarray(values, array.dtype)
    if strided and values.ndim:
        values = np.repeat(values[..., None], 2, axis=-1)[..., 0]
    return wrap(values, requires_grad=True)
