"""NumPy's functions on tensors give NumPy's values, and gradients that equal finite differences."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck
from pullback.protocol import FUNCTIONS, fill_tables

V = np.array([0.3, -1.2, 2.5, 0.7, -0.4, 1.1])
W = np.array([1.5, 0.2, -0.7, 2.2, 0.9, -1.3])
P = np.array([0.1, 0.6, 1.3, 1.9, 2.6, 3.0])
M = np.array([[0.5, -1.0, 2.0], [1.5, 0.3, -0.7], [0.2, 2.2, 1.1]])
S = M @ M.T + np.eye(3)
T = np.arange(24.0).reshape(2, 3, 4) % 7 - 2.5
N = np.where(V > 2, np.nan, V)
Z = np.array([1 + 2j, 0.5 - 1j, -0.3 + 0.2j])

CASES: dict[str, tuple[Callable[..., Any], tuple[Any, ...]]] = {
    # statistics
    "std": (lambda a: np.std(a, axis=0, ddof=1), (M,)),
    "std all": (lambda a: np.std(a), (T,)),
    "var": (lambda a: np.var(a, axis=(0, 2), keepdims=True), (T,)),
    "average": (lambda a, w: np.average(a, weights=w), (V, P)),
    "average of rows": (lambda a, w: np.average(a, axis=1, weights=w), (M, P[:3])),
    "average without weights": (lambda a: np.average(a, axis=0, returned=True)[0], (M,)),
    "median": (lambda a: np.median(a, axis=0), (M,)),
    "median of even count": (lambda a: np.median(a), (V,)),
    "quantile": (lambda a: np.quantile(a, [0.1, 0.5], axis=1, keepdims=True), (M,)),
    "percentile": (lambda a: np.percentile(a, 30, axis=(0, 1)), (T,)),
    "nanmean": (lambda a: np.nanmean(a), (N,)),
    "nanvar": (lambda a: np.nanvar(a, ddof=1), (N,)),
    "nanstd": (lambda a: np.nanstd(a), (N,)),
    "nanmax": (lambda a: np.nanmax(a), (N,)),
    "nanmin": (lambda a: np.nanmin(a, axis=0), (N,)),
    "nanprod": (lambda a: np.nanprod(a), (N,)),
    "nancumsum": (lambda a: np.nancumsum(a), (N,)),
    "nanmedian": (lambda a: np.nanmedian(a), (N,)),
    "nanpercentile": (lambda a: np.nanpercentile(a, [20, 70]), (N,)),
    "ptp": (lambda a: np.ptp(a, axis=1), (M,)),
    "prod": (lambda a: np.prod(a, axis=1), (M,)),
    "amax": (lambda a: np.amax(a, axis=0), (M,)),
    "cov": (lambda a: np.cov(a), (M,)),
    "cov of two": (lambda a, b: np.cov(a, b, bias=True), (V, W)),
    "corrcoef": (lambda a: np.corrcoef(a, rowvar=False), (M,)),
    # differences, integrals, polynomials
    "diff": (lambda a: np.diff(a, 2, axis=0), (M,)),
    "diff with ends": (lambda a: np.diff(a, prepend=0, append=[[1.0], [2.0], [3.0]]), (M,)),
    "ediff1d": (lambda a: np.ediff1d(a, to_end=[9.0]), (V,)),
    "gradient": (lambda a: np.gradient(a, 0.5), (V,)),
    "gradient of rows": (lambda a: np.stack(np.gradient(a, 1.0, 2.0, edge_order=2)), (M,)),
    "gradient at places": (lambda a: np.gradient(a, P), (V,)),
    "trapezoid": (lambda y, x: np.trapezoid(y, x), (V, P)),
    "trapezoid dx": (lambda y: np.trapezoid(y, dx=0.3, axis=0), (M,)),
    "interp": (lambda x, xp, fp: np.interp(x, xp, fp), (np.array([0.05, 0.7, 2.0, 3.5]), P, V)),
    "interp with ends": (lambda x, fp: np.interp(x, P, fp, left=-1.0, right=4.0), (np.array([0.0, 0.7, 5.0]), V)),
    "interp of a period": (lambda x, fp: np.interp(x, P, fp, period=3.2), (np.array([-0.3, 0.7, 7.1]), V)),
    "convolve": (np.convolve, (V, W[:3])),
    "convolve same": (lambda a, v: np.convolve(a, v, "same"), (V, W[:4])),
    "convolve valid": (lambda a, v: np.convolve(v, a, "valid"), (V, W[:3])),
    "correlate": (lambda a, v: np.correlate(a, v), (V, W[:3])),
    "correlate full": (lambda a, v: np.correlate(a, v, "full"), (V[:2], W)),
    "correlate same": (lambda a, v: np.correlate(a, v, "same"), (V, W[:4])),
    "correlate with a longer one": (lambda a, v: np.correlate(a, v, "same"), (V[:2], W)),
    "polyval": (np.polyval, (V[:3], W)),
    "polyadd": (np.polyadd, (V[:3], W)),
    "polysub": (np.polysub, (V, W[:2])),
    "polymul": (np.polymul, (V[:3], W[:2])),
    "polyder": (lambda p: np.polyder(p, 2), (V,)),
    "polyint": (lambda p: np.polyint(p, 2, [1.0, 2.0]), (V,)),
    "polyfit": (lambda x, y: np.polyfit(x, y, 2), (P, V)),
    "polyfit weighted": (lambda y: np.polyfit(P, y, 1, w=P), (V,)),
    "vander": (lambda x: np.vander(x, 3), (V,)),
    "vander increasing": (lambda x: np.vander(x, increasing=True), (V[:3],)),
    "unwrap": (np.unwrap, (np.array([0.0, 3.0, -3.0, 0.5, 6.0]),)),
    "i0": (np.i0, (V,)),
    # choosing, ordering, joining
    "sort": (lambda a: np.sort(a, axis=0), (M,)),
    "sort flat": (lambda a: np.sort(a, axis=None), (M,)),
    "append": (lambda a, b: np.append(a, b), (M, V)),
    "append rows": (lambda a, b: np.append(a, b, axis=0), (M, M[:1])),
    "delete": (lambda a: np.delete(a, [0, 2], axis=1), (M,)),
    "delete slice": (lambda a: np.delete(a, slice(1, 3)), (V,)),
    "insert": (lambda a, b: np.insert(a, 2, b), (V, W[:1])),
    "insert several": (lambda a, b: np.insert(a, [1, 4], b), (V, W[:2])),
    "insert a row": (lambda a, b: np.insert(a, 1, b, axis=0), (M, V[:3])),
    "array_split": (lambda a: np.array_split(a, 4)[1], (V,)),
    "hsplit": (lambda a: np.hsplit(a, [1])[1], (M,)),
    "vsplit": (lambda a: np.vsplit(a, 3)[2], (M,)),
    "dsplit": (lambda a: np.dsplit(a, 2)[1], (T,)),
    "pad": (lambda a: np.pad(a, ((1, 2), (0, 1)), constant_values=3.0), (M,)),
    "pad edge": (lambda a: np.pad(a, 2, mode="edge"), (M,)),
    "pad reflect": (lambda a: np.pad(a, (1, 2), mode="reflect"), (V,)),
    "pad wrap": (lambda a: np.pad(a, 4, mode="wrap"), (M,)),
    "resize": (lambda a: np.resize(a, (2, 5)), (V,)),
    "rollaxis": (lambda a: np.rollaxis(a, 2, 1), (T,)),
    "rollaxis to the end": (lambda a: np.rollaxis(a, 0, 3), (T,)),
    "meshgrid": (lambda a, b: np.stack(np.meshgrid(a, b)), (V, W[:2])),
    "meshgrid sparse": (lambda a, b: np.meshgrid(a, b, sparse=True)[0] * 2, (V, W[:2])),
    "meshgrid sparse ij": (lambda a, b: np.meshgrid(a, b, sparse=True, indexing="ij")[1], (V, W[:2])),
    "block": (lambda a, b: np.block([[a, b], [b, a]]), (M, S)),
    "block of rows": (lambda a, b: np.block([a, b]), (V, W)),
    "extract": (lambda a: np.extract(V > 0, a), (V,)),
    "choose": (lambda a, b: np.choose([0, 1, 1], [a, b]), (V[:3], W[:3])),
    "select": (lambda a, b: np.select([V > 1, V > 0], [a, b], 7.0), (V, W)),
    "piecewise": (lambda a: np.piecewise(a, [V < 0, V > 1], [lambda x: x**2, 3.0, lambda x: 2 * x]), (V,)),
    "apply_along_axis": (lambda a: np.apply_along_axis(lambda r: r * r[0], 0, a), (M,)),
    "apply_along_axis to numbers": (lambda a: np.apply_along_axis(lambda r: r.sum(), 1, a), (T,)),
    "bincount": (lambda w: np.bincount([0, 2, 2, 1, 0, 4], weights=w, minlength=6), (V,)),
    "unique": (lambda a: np.unique(a), (M,)),
    "linspace": (lambda a, b: np.linspace(a, b, 4), (V, W)),
    "linspace open": (lambda a: np.linspace(a, 2.0, 3, endpoint=False, axis=-1), (V,)),
    "logspace": (lambda a: np.logspace(a, 1.0, 3), (V,)),
    "geomspace": (lambda a: np.geomspace(a, 8.0, 4), (P,)),
    "full_like": (lambda a: np.full_like(M, 2.0) * a + np.full_like(a, 3.0), (M,)),
    "around": (lambda a: np.around(a, 1) + a, (V,)),
    "split": (lambda a: np.split(a, 3)[1], (V,)),
    "partition": (lambda a: np.sort(np.partition(a, 2)), (V,)),
    "concatenate with arrays": (lambda a: np.concatenate([a, V, a]), (W,)),
    "where with arrays": (lambda a: np.where(V > 0, a, W), (V,)),
    "einsum with arrays": (lambda a: np.einsum("ij,jk->ik", a, M), (M,)),
    # linear algebra
    "norm": (np.linalg.norm, (V,)),
    "norm of rows": (lambda a: np.linalg.norm(a, axis=1, keepdims=True), (M,)),
    "norm fro": (lambda a: np.linalg.norm(a), (M,)),
    "norm 1": (lambda a: np.linalg.norm(a, 1), (M,)),
    "norm nuc": (lambda a: np.linalg.norm(a, "nuc"), (M,)),
    "vector_norm": (lambda a: np.linalg.vector_norm(a, axis=0, ord=3), (M,)),
    "matrix_norm": (lambda a: np.linalg.matrix_norm(a, ord=2), (M,)),
    "cond": (np.linalg.cond, (M,)),
    "eig": (lambda a: np.sort(np.linalg.eig(a).eigenvalues.real), (S,)),
    "eigvals": (lambda a: np.sort(np.linalg.eigvals(a).real), (S,)),
    "lstsq": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[0], (M[:, :2], V[:3])),
    "lstsq residuals": (lambda a, b: np.linalg.lstsq(a, b, rcond=None)[1], (M[:, :2], M)),
    "matrix_power": (lambda a: np.linalg.matrix_power(a, -2), (S,)),
    "multi_dot": (lambda a, b: np.linalg.multi_dot([a, b, M]), (M, S)),
    "tensorinv": (lambda a: np.linalg.tensorinv(a.reshape(3, 1, 3), ind=2), (S,)),
    "tensorsolve": (lambda a, b: np.linalg.tensorsolve(a, b), (S, V[:3])),
    "cross": (np.cross, (M, S)),
    "cross along": (lambda a, b: np.cross(a, b, axis=0), (M, S)),
    "linalg.cross": (lambda a, b: np.linalg.cross(a, b), (M, S)),
    "linalg.diagonal": (lambda a: np.linalg.diagonal(a, offset=1), (M,)),
    "linalg.trace": (lambda a: np.linalg.trace(a), (M,)),
    "linalg.outer": (lambda a, b: np.linalg.outer(a, b), (V, W)),
    "linalg.matmul": (lambda a: np.linalg.matmul(a, M), (M,)),
    "linalg.tensordot": (lambda a, b: np.linalg.tensordot(a, b, axes=1), (M, S)),
    "matrix_transpose": (lambda a: np.linalg.matrix_transpose(a) * M, (M,)),
    "vdot": (np.vdot, (M, S)),
    "vdot complex": (lambda a: np.vdot(a, a * 1j).imag, (Z,)),
    "vecdot": (lambda a, b: np.vecdot(a, b, axis=0), (M, S)),
    # ufuncs
    "cbrt": (np.cbrt, (V,)),
    "modf": (lambda a: np.modf(a)[0], (V,)),
    "divmod": (lambda a: np.divmod(a, 0.53)[1], (V,)),
    "outer of a ufunc": (lambda a, b: np.multiply.outer(a, b), (V, M)),
    "accumulate": (lambda a: np.add.accumulate(a), (M,)),
    "accumulated product": (lambda a: np.multiply.accumulate(a, 1), (M,)),
    "accumulated maximum": (lambda a: np.maximum.accumulate(a), (V,)),
}


@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients(name: str) -> None:
    function, arrays = CASES[name]
    expected = np.array(function(*arrays))
    found = function(*[pullback.from_numpy(np.array(each)) for each in arrays])
    assert isinstance(found, pullback.Tensor)
    assert found.dtype == pullback.from_numpy(np.asarray(expected)).dtype
    np.testing.assert_allclose(found.numpy(), expected, rtol=1e-12, atol=1e-13)
    leaves = [pullback.from_numpy(np.array(each)).requires_grad_() for each in arrays]
    if not any(np.isnan(each).any() for each in arrays):
        assert gradcheck(function, leaves)
    else:  # finite differences of NaN are NaN
        function(*leaves).sum().backward()
        assert bool((leaves[0].grad[np.isnan(arrays[0])] == 0).all()) and bool(leaves[0].grad.isfinite().all())


def test_writes_reach_tensors() -> None:
    for write in (
        lambda a: np.copyto(a, W, where=V > 0),
        lambda a: np.put(a, [0, 2], [5.0, 6.0]),
        lambda a: np.putmask(a, V > 0, [7.0, 8.0]),
        lambda a: np.put_along_axis(a, np.array([1, 3]), np.array([4.0, 5.0]), 0),
    ):
        array, tensor = V.copy(), pullback.tensor(V)
        write(array)
        write(tensor)
        assert tensor.tolist() == array.tolist()
    array, tensor = M.copy(), pullback.tensor(M)
    np.fill_diagonal(array, 9.0)
    np.fill_diagonal(tensor, 9.0)
    assert tensor.tolist() == array.tolist()


def test_bad_arguments_raise_numpys_errors() -> None:
    t = pullback.tensor(V, requires_grad=True)
    with pytest.raises(ValueError, match="equal division"):
        np.split(t, 4)
    with pytest.raises(ZeroDivisionError, match="sum to zero"):
        np.average(t, weights=np.zeros(6))
    with pytest.raises(ValueError, match="not of the same length"):
        np.interp(t, P, V[:3])
    with pytest.raises(NotImplementedError, match="mode='linear_ramp'"):
        np.pad(t, 1, mode="linear_ramp")
    with pytest.raises(NotImplementedError, match=r"numpy\.histogram has no derivative"):
        np.histogram(t)


def test_tables_name_functions_of_numpy() -> None:
    fill_tables()
    assert len([each for each in FUNCTIONS if each.__module__.startswith("numpy")]) > 180
