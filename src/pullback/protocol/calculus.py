"""NumPy's differences, integrals, interpolation, convolution and polynomials on tensors."""

from __future__ import annotations

from itertools import accumulate
from typing import Any

import numpy as np

from pullback.graph.tensor_base import wrap
from pullback.ops.pointwise.bessel import i0
from pullback.ops.reduction import differences, finite_differences
from pullback.ops.shape.windows import unfold
from pullback.protocol.lifting import given, tensor


def _diff(a: Any, n: int = 1, axis: int = -1, prepend: Any = None, append: Any = None) -> Any:
    def ends(value: Any) -> Any:
        if value is None or tensor(value).ndim:
            return None if value is None else tensor(value).to(a.dtype)
        shape = list(a.shape)
        shape[axis] = 1
        return tensor(value).to(a.dtype).expand(shape)

    return differences.diff(a, n, axis, ends(prepend), ends(append))


def _ediff1d(ary: Any, to_end: Any = None, to_begin: Any = None) -> Any:
    parts = [to_begin, differences.diff(tensor(ary).reshape(-1)), to_end]
    return np.concatenate([tensor(each).reshape(-1) for each in parts if each is not None])


def _gradient(f: Any, *varargs: Any, axis: Any = None, edge_order: int = 1) -> Any:
    axes = tuple(range(f.ndim)) if axis is None else (axis,) if isinstance(axis, int) else tuple(axis)
    if len(varargs) > 1 and len(varargs) != len(axes):
        raise TypeError("invalid number of arguments")
    steps = list(varargs) * (len(axes) if len(varargs) == 1 else 1) or [1.0] * len(axes)
    f = f.double() if f._array.dtype.kind in "iu" else f
    found: list[Any] = []
    for place, step in zip(axes, steps):
        spacing = [tensor(step).to(f.dtype)] if tensor(step).ndim else float(step)
        found += finite_differences.gradient(f, spacing=spacing, dim=place, edge_order=edge_order)
    return found[0] if len(found) == 1 else tuple(found)


def _trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Any:
    y = tensor(y)
    return differences.trapezoid(y, dx=dx, dim=axis) if x is None else differences.trapezoid(y, tensor(x), dim=axis)


def _interp(x: Any, xp: Any, fp: Any, left: Any = None, right: Any = None, period: Any = None) -> Any:
    x, xp, fp = tensor(x), tensor(xp), tensor(fp)
    if xp.ndim != 1 or xp.shape != fp.shape:
        raise ValueError("fp and xp are not of the same length.")
    if period is not None:
        x, xp = x % abs(period), xp % abs(period)
        order = np.argsort(xp.detach().numpy())
        xp, fp = xp[order], fp[order]
        xp = np.concatenate([xp[-1:] - abs(period), xp, xp[:1] + abs(period)])
        fp = np.concatenate([fp[-1:], fp, fp[:1]])
    if len(xp) == 1:
        inside = fp[0] + 0 * x
    else:
        place = np.searchsorted(xp.detach().numpy(), x.detach().numpy(), side="right") - 1
        low = wrap(np.asarray(np.clip(place, 0, len(xp) - 2)))
        slope = (fp[low + 1] - fp[low]) / (xp[low + 1] - xp[low])
        inside = fp[low] + slope * (x - xp[low])
    inside = np.where(x < xp[0], fp[0] if left is None else tensor(left), inside)
    return np.where(x > xp[-1], fp[-1] if right is None else tensor(right), inside)


def _slid(a: Any, v: Any, mode: str) -> Any:
    """The sums of products of `v` with what it covers of `a`, which is at least as long."""
    m = len(v)
    if mode not in ("full", "same", "valid"):
        raise ValueError(f"mode must be one of 'valid', 'same', or 'full' (got '{mode}')")
    around = m - 1 if mode == "full" else m // 2 if mode == "same" else 0
    behind = m - 1 if mode == "full" else m - 1 - around if mode == "same" else 0
    padded = np.concatenate([a.new_zeros(around), a, a.new_zeros(behind)])
    return unfold(padded, 0, m, 1) @ v


def _convolve(a: Any, v: Any, mode: str = "full") -> Any:
    a, v = np.atleast_1d(tensor(a)), np.atleast_1d(tensor(v))
    if not len(a) or not len(v):
        raise ValueError("a cannot be empty" if not len(a) else "v cannot be empty")
    kind = np.result_type(a._array, v._array)
    a, v = (v, a) if len(v) > len(a) else (a, v)
    return _slid(a.to(wrap(np.empty(0, kind)).dtype), np.flip(v).to(wrap(np.empty(0, kind)).dtype), mode)


def _correlate(a: Any, v: Any, mode: str = "valid") -> Any:
    a, v = np.atleast_1d(tensor(a)), np.conj(np.atleast_1d(tensor(v)))
    return _convolve(a, np.flip(v), mode) if len(a) >= len(v) else np.flip(_convolve(v, np.flip(a), mode))


def _polyval(p: Any, x: Any) -> Any:
    p, x = tensor(p), tensor(x)
    y = 0 * x
    for each in p:
        y = y * x + each
    return y


def _aligned(sign: int) -> Any:
    def adapter(a1: Any, a2: Any) -> Any:
        a: Any = np.atleast_1d(tensor(a1))
        b: Any = np.atleast_1d(tensor(a2))
        length = max(len(a), len(b))
        a, b = (np.concatenate([each.new_zeros(length - len(each)), each]) for each in (a, b))
        return a + sign * b

    return adapter


def _polyder(p: Any, m: int = 1) -> Any:
    p = tensor(p)
    for _ in range(m):
        p = p[:-1] * wrap(np.arange(len(p) - 1, 0, -1))
    return p


def _polyint(p: Any, m: int = 1, k: Any = None) -> Any:
    p, constants = tensor(p), np.zeros(m) if k is None else np.broadcast_to(np.asarray(k), (m,))
    for constant in constants:
        p = np.concatenate([p / wrap(np.arange(len(p), 0, -1)), wrap(np.asarray([constant])).to(p.dtype)])
    return p


def _vander(x: Any, N: int | None = None, increasing: bool = False) -> Any:
    x = tensor(x)
    powers = list(accumulate([x] * (len(x) if N is None else N), lambda a, b: a * b, initial=x * 0 + 1))
    columns = powers[: len(x) if N is None else N]
    return np.stack(columns if increasing else columns[::-1], 1)


def _polyfit(x: Any, y: Any, deg: int, rcond: Any = None, full: bool = False, w: Any = None, cov: Any = False) -> Any:
    given("polyfit", rcond=rcond, full=full, cov=cov)
    left, right = _vander(tensor(x).double(), deg + 1), tensor(y).double()
    if w is not None:
        left, right = left * tensor(w)[:, None], right * (tensor(w) if right.ndim == 1 else tensor(w)[:, None])
    scale = np.sqrt((left * left).sum(0))
    found = np.linalg.lstsq(left / scale, right, rcond=None)[0]
    return found / (scale if found.ndim == 1 else scale[:, None])


def _unwrap(p: Any, discont: Any = None, axis: int = -1, *, period: float = 2 * np.pi) -> Any:
    values = p.detach().numpy()
    return p + wrap(np.asarray(np.unwrap(values, discont, axis, period=period) - values))


FUNCTIONS: dict[Any, Any] = {
    np.convolve: _convolve,
    np.correlate: _correlate,
    np.diff: _diff,
    np.ediff1d: _ediff1d,
    np.gradient: _gradient,
    np.i0: i0,
    np.interp: _interp,
    np.polyadd: _aligned(1),
    np.polyder: _polyder,
    np.polyfit: _polyfit,
    np.polyint: _polyint,
    np.polymul: lambda a1, a2: _convolve(a1, a2),
    np.polysub: _aligned(-1),
    np.polyval: _polyval,
    np.trapezoid: _trapezoid,
    np.unwrap: _unwrap,
    np.vander: _vander,
}
