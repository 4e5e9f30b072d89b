"""NumPy's linear algebra beyond products and systems, on tensors."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from pullback.ops.matrix import chains, conditioning, contraction, spectra, tensor_systems
from pullback.ops.matrix.least_squares import lstsq
from pullback.ops.reduction import norms
from pullback.ops.shape import axes, diagonals
from pullback.protocol.lifting import floating, tensor


class EigResult(NamedTuple):
    """What `numpy.linalg.eig` gives."""

    eigenvalues: Any
    eigenvectors: Any


def _norm(x: Any, ord: Any = None, axis: Any = None, keepdims: bool = False) -> Any:
    return norms.linalg_norm(floating(x), ord, axis, keepdims)


_REAL_AT_TIMES = np.linalg.eigvals(np.eye(1)).dtype.kind != "c"


def _real_where_it_is(value: Any, like: Any) -> Any:
    """NumPy before 2.5 gives real eigenvalues of a real matrix as real numbers."""
    return (
        value.real
        if _REAL_AT_TIMES and like._array.dtype.kind != "c" and not np.imag(value.detach().numpy()).any()
        else value
    )


def _eig(a: Any) -> EigResult:
    values, vectors = spectra.eig(floating(a))
    real = _real_where_it_is(values, a)
    return EigResult(real, vectors if real is values else vectors.real)


def _lstsq(a: Any, b: Any, rcond: Any = None) -> tuple[Any, Any, int, Any]:
    a, b = floating(tensor(a)), floating(tensor(b))
    right = b if b.ndim == 2 else b[:, None]
    _, _, rank, s = np.linalg.lstsq(a.detach().numpy(), right.detach().numpy(), rcond)
    solution = lstsq(a, right)[0] if rank == min(a.shape) else np.linalg.pinv(a) @ right
    apart = right - a @ solution
    residuals = (abs(apart) ** 2).sum(0) if rank == a.shape[1] < a.shape[0] else b.new_zeros(0)
    return solution if b.ndim == 2 else solution[:, 0], residuals, int(rank), tensor(np.asarray(s))


def _cross(a: Any, b: Any, axisa: int = -1, axisb: int = -1, axisc: int = -1, axis: int | None = None) -> Any:
    axisa, axisb, axisc = (axisa, axisb, axisc) if axis is None else (axis, axis, axis)
    a, b = tensor(a).movedim(axisa, -1), tensor(b).movedim(axisb, -1)
    if {a.shape[-1], b.shape[-1]} - {2, 3}:
        raise ValueError("incompatible dimensions for cross product (dimension must be 2 or 3)")
    if a.shape[-1] == b.shape[-1] == 2:
        return a[..., 0] * b[..., 1] - a[..., 1] * b[..., 0]
    a, b = (np.concatenate([v, v[..., :1] * 0], -1) if v.shape[-1] == 2 else v for v in (a, b))
    turned = [a[..., n - 2] * b[..., n - 1] - a[..., n - 1] * b[..., n - 2] for n in range(3)]
    found: Any = np.stack(turned, -1)
    return found.movedim(-1, axisc)


def _vdot(a: Any, b: Any) -> Any:
    return (np.conj(tensor(a).reshape(-1)) * tensor(b).reshape(-1)).sum()


def _vecdot(x1: Any, x2: Any, /, *, axis: int = -1) -> Any:
    return (np.conj(tensor(x1)) * tensor(x2)).sum(axis)


linalg = np.linalg
UFUNCS: dict[Any, Any] = {np.vecdot: _vecdot} if hasattr(np, "vecdot") else {}
if hasattr(np, "matvec"):
    UFUNCS |= {
        np.matvec: lambda x1, x2: (tensor(x1) @ tensor(x2)[..., None])[..., 0],
        np.vecmat: lambda x1, x2: (np.conj(tensor(x1))[..., None, :] @ tensor(x2))[..., 0, :],
    }
FUNCTIONS: dict[Any, Any] = {
    linalg.cond: lambda x, p=None: conditioning.cond(floating(x), p),
    linalg.cross: lambda x1, x2, /, *, axis=-1: _cross(x1, x2, axis=axis),
    linalg.diagonal: lambda x, /, *, offset=0: diagonals.diagonal(x, offset, -2, -1),
    linalg.eig: _eig,
    linalg.eigvals: lambda a: _real_where_it_is(spectra.eigvals(floating(a)), a),
    linalg.lstsq: _lstsq,
    linalg.matmul: lambda x1, x2, /: tensor(x1) @ tensor(x2),
    linalg.matrix_norm: lambda x, /, *, keepdims=False, ord="fro": norms.matrix_norm(
        floating(x), ord, (-2, -1), keepdims
    ),
    linalg.matrix_power: lambda a, n: chains.matrix_power(a, n),
    linalg.matrix_transpose: lambda x, /: axes.transpose(x, -1, -2),
    linalg.multi_dot: lambda arrays: chains.multi_dot([tensor(each) for each in arrays]),
    linalg.norm: _norm,
    linalg.outer: lambda x1, x2, /: contraction.outer(tensor(x1), tensor(x2)),
    linalg.tensordot: lambda x1, x2, /, *, axes=2: contraction.tensordot(tensor(x1), tensor(x2), axes),
    linalg.tensorinv: lambda a, ind=2: tensor_systems.tensorinv(a, ind),
    linalg.tensorsolve: lambda a, b, axes=None: tensor_systems.tensorsolve(tensor(a), tensor(b), axes),
    linalg.trace: lambda x, /, *, offset=0: diagonals.diagonal(x, offset, -2, -1).sum(-1),
    linalg.vecdot: _vecdot,
    linalg.vector_norm: lambda x, /, *, axis=None, keepdims=False, ord=2: norms.vector_norm(
        floating(x), ord, axis, keepdims
    ),
    np.cross: _cross,
    np.vdot: _vdot,
}
