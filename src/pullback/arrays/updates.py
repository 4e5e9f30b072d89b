"""The arithmetic of optimizers: one pass over a parameter's array, in place.

Every function takes raw arrays of one shape and writes into all but the gradient. A large parameter is gone through in
blocks that stay in cache, so that a step costs one trip to memory however many operations it has. Operations and
their order are PyTorch's, so results agree to rounding. For 16-bit floats numbers and intermediate results are
float32 and are rounded where PyTorch's kernels round; in bfloat16 even ``0.999 * x`` is ``x`` again, so it matters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from math import sqrt
from typing import Any, TypeAlias

import numpy as np

from pullback.later import later

Array: TypeAlias = "np.ndarray[Any, Any]"

BLOCK = 1 << 17
"""Elements in a block. A step of AdamW over 2^18 numbers takes 1.6 ms in blocks of 2^14, 1.3 of 2^15, 1.2 of 2^16 and 2^17;
on two threads 2.6, 1.4, 1.0 and 0.8."""


PARALLEL = 1 << 17
"""Elements from which blocks of a parameter go to all cores."""

compiled, threads = later("pullback.arrays", "compiled threads")

quiet = partial(np.errstate, over="ignore", divide="ignore", invalid="ignore")
"""Context for updates: what overflows or divides zero by zero becomes inf or nan without a warning, as in PyTorch."""


def blocks(first: Array, *others: Array | None) -> Iterator[tuple[Any, ...]]:
    """Matching slices of the arrays, each of at most about `BLOCK` elements; ``None`` stays ``None``.

    >>> x = np.zeros((3, BLOCK))
    >>> [a.shape for a, _ in blocks(x, None)] == [(BLOCK,)] * 3
    True
    """
    arrays = (first, *others)
    if first.ndim == 0:  # operations on 0-d arrays return scalars, which cannot be written into
        yield tuple(None if array is None else array.reshape(1) for array in arrays)
        return
    if first.size <= BLOCK:
        yield arrays
        return
    rows, width = first.shape[0], first.size // first.shape[0]
    if all(array is None or array.flags.c_contiguous for array in arrays):
        arrays = tuple(None if array is None else array.reshape(-1) for array in arrays)
        rows, width = first.size, 1
    step = max(1, BLOCK // width)
    for start in range(0, rows, step):
        yield tuple(None if array is None else array[start : start + step] for array in arrays)


def over_threads(update: Callable[..., None], arrays: Sequence[Array | None], settings: dict[str, Any]) -> None:
    """``update(*arrays, **settings)`` by blocks over all cores."""
    update = compiled.twin(update.__name__, *arrays) or update
    threads.each(lambda parts: update(*parts, **settings), list(blocks(*arrays)))  # type: ignore[arg-type]


def real_parts(*arrays: Array | None) -> list[tuple[Any, ...]]:
    """The arrays themselves, or for complex ones their real and their imaginary parts: both are updated alone."""
    if not np.iscomplexobj(arrays[0]):
        return [arrays]
    return [
        tuple(None if array is None else array.real for array in arrays),
        tuple(None if array is None else array.imag for array in arrays),
    ]


def exact(array: Array, value: float) -> Any:
    """`value` as it meets elements of `array`: in float32 for 16-bit floats, in their own precision otherwise."""
    return np.float32(value) if array.dtype.itemsize == 2 else value


def rounded(array: Array, value: float) -> Any:
    """`value` as PyTorch's ``add(..., alpha=value)`` takes it: rounded to the precision of the elements first."""
    return np.float32(array.dtype.type(value)) if array.dtype.itemsize == 2 else value


def sgd(
    param: Array,
    grad: Array,
    velocity: Array | None,
    *,
    lr: float,
    momentum: float = 0.0,
    dampening: float = 0.0,
    weight_decay: float = 0.0,
    nesterov: bool = False,
    maximize: bool = False,
    first: bool = False,
) -> None:
    """Gradient descent, with momentum where there is a `velocity`.

    ::

        g = grad + weight_decay * param
        velocity = momentum * velocity + (1 - dampening) * g      (the first time: g)
        param -= lr * (velocity, or with Nesterov: g + momentum * velocity)
    """
    if param.size > PARALLEL and len(param) > 1:
        settings = {"lr": lr, "momentum": momentum, "dampening": dampening, "weight_decay": weight_decay}
        settings |= {"nesterov": nesterov, "maximize": maximize, "first": first}
        return over_threads(sgd, (param, grad, velocity), settings)
    dtype = param.dtype
    if velocity is None and not maximize and not weight_decay and dtype.itemsize != 2 and param.size <= BLOCK:
        np.subtract(param, lr * grad, out=param)
        return
    rate = rounded(param, lr)
    for p, g, v in blocks(param, grad, velocity):
        if maximize:
            g = np.negative(g)
        if weight_decay:
            g = (g + rounded(p, weight_decay) * p).astype(dtype, copy=False)
        if v is not None:
            if first:
                np.copyto(v, g)
            else:
                v *= exact(p, momentum)
                v += g if dampening == 0 else rounded(p, 1 - dampening) * g
            g = (g + rounded(p, momentum) * v).astype(dtype, copy=False) if nesterov else v
        p -= rate * g


def adam(
    param: Array,
    grad: Array,
    mean: Array,
    square: Array,
    largest_square: Array | None,
    *,
    step: float,
    lr: float,
    beta1: float,
    beta2: float,
    eps: float,
    weight_decay: float = 0.0,
    decoupled: bool = False,
    maximize: bool = False,
) -> None:
    """Adam, and with `decoupled` weight decay AdamW; with `largest_square` AMSGrad.

    ::

        g = grad + weight_decay * param          (decoupled: param *= 1 - lr * weight_decay)
        mean   += (1 - beta1) * (g - mean)
        square  = beta2 * square + (1 - beta2) * g²
        param  -= lr / (1 - beta1^step) * mean / (√square / √(1 - beta2^step) + eps)
    """
    if param.size > PARALLEL and len(param) > 1:
        settings = {"step": step, "lr": lr, "beta1": beta1, "beta2": beta2, "eps": eps, "weight_decay": weight_decay}
        settings |= {"decoupled": decoupled, "maximize": maximize}
        return over_threads(adam, (param, grad, mean, square, largest_square), settings)
    dtype = param.dtype
    wide = np.float32 if dtype.itemsize == 2 else dtype
    rate, correction = exact(param, lr / (1 - beta1**step)), exact(param, sqrt(1 - beta2**step))
    new_mean, new_square = exact(param, 1 - beta1), exact(param, 1 - beta2)
    keep, eps = exact(param, beta2), exact(param, eps)
    for p, g, m, s, largest in blocks(param, grad, mean, square, largest_square):
        if maximize:
            g = np.negative(g)
        if weight_decay and decoupled:
            p *= exact(p, 1 - lr * weight_decay)
        elif weight_decay:
            g = (g + rounded(p, weight_decay) * p).astype(dtype, copy=False)
        g = g.astype(wide, copy=False)
        t = g - m
        t *= new_mean
        m += t
        t = np.multiply(g, g, out=t)
        t *= new_square
        s *= keep
        s += t
        if largest is not None:
            s = np.maximum(largest, s, out=largest)
        root = np.sqrt(s, out=t) if wide is dtype else np.sqrt(s)
        root /= correction
        root += eps
        t = np.divide(m.astype(wide, copy=False), root, out=t)
        t *= rate
        p -= t
