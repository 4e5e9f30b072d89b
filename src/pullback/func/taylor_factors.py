"""Matrix factorizations on Taylor series: the differential of each, ``(result, tangents by name, **operands)``.

Each follows from the equation that the factors fulfil, differentiated: ``A = Q R`` gives ``Qᴴ A' R⁻¹ = Qᴴ Q' + R' R⁻¹``,
whose first part is skew and whose second is triangular. The sources are named at the reverse rules.
"""

from __future__ import annotations

from typing import Any

from pullback.ops.matrix.lu import linalg_lu
from pullback.ops.matrix.solving import inv_ex, solve_ex, solve_triangular
from pullback.ops.shape.joining import cat

_UNKNOWN = "jet: no Taylor series is known for {}() of this shape or mode"


def _inverse(matrix: Any) -> Any:
    return inv_ex(matrix)[0]


def _off_diagonal(matrix: Any) -> Any:
    return matrix.tril(-1) + matrix.triu(1)


def _gaps(values: Any) -> Any:
    """``v_j - v_i``, 1 on the diagonal."""
    count = values.shape[-1]
    return values.unsqueeze(-2) - values.unsqueeze(-1) + values.detach().new_ones(count).diag()


def _scaled(columns: Any, factors: Any) -> Any:
    return columns * factors.unsqueeze(-2)


def qr(result: Any, moved: Any, A: Any, mode: str) -> Any:
    """``A = Q R``, the diagonal of R real."""
    q, r = result
    rows, columns = A.shape[-2:]
    if mode == "r" or (mode == "complete" and rows > columns):
        raise NotImplementedError(_UNKNOWN.format("qr"))
    k, d_a = min(rows, columns), moved["A"]
    back = _inverse(r[..., :k])
    inner = q.mH @ d_a[..., :k] @ back
    low = inner.tril(-1)
    turned = low - low.mH
    if A.is_complex():
        turned = turned + (inner.diagonal(dim1=-2, dim2=-1).imag * 1j).diag_embed()
    d_r = q.mH @ d_a - turned @ r
    return (d_a[..., :k] - q @ d_r[..., :k]) @ back, d_r


def svd(result: Any, moved: Any, A: Any, full_matrices: bool) -> Any:
    """``A = U S Vᴴ``; the phases of complex vectors turn as little as can be."""
    left, values, right = result
    if full_matrices and A.shape[-2] != A.shape[-1]:
        raise NotImplementedError(_UNKNOWN.format("svd"))
    right, d_a = right.mH, moved["A"]
    inner = left.mH @ d_a @ right
    moves = inner.diagonal(dim1=-2, dim2=-1)
    gaps = _gaps(values * values)
    turn_left = _off_diagonal((_scaled(inner, values) + _scaled(inner, values).mH) / gaps)
    turn_right = _off_diagonal((values.unsqueeze(-1) * inner + (values.unsqueeze(-1) * inner).mH) / gaps)
    if A.is_complex():
        phase = (moves.imag / values / 2 * 1j).diag_embed()
        turn_left, turn_right, moves = turn_left + phase, turn_right - phase, moves.real
    outside_left = _scaled(d_a @ right - left @ inner, 1 / values)
    outside_right = _scaled(d_a.mH @ left - right @ inner.mH, 1 / values)
    return left @ turn_left + outside_left, moves, (right @ turn_right + outside_right).mH


def eig(result: Any, moved: Any, A: Any) -> Any:
    """``A V = V diag(λ)``, the vectors of length 1."""
    values, vectors = result
    inner = _inverse(vectors) @ moved["A"].to(vectors.dtype) @ vectors
    turned = vectors @ _off_diagonal(inner / _gaps(values))
    length = (vectors.conj() * turned).sum(-2).real
    return inner.diagonal(dim1=-2, dim2=-1), turned - _scaled(vectors, length.to(vectors.dtype))


def _lower_and_upper(lower: Any, upper: Any, moved: Any) -> tuple[Any, Any]:
    """The differentials of L and U from that of ``L U``."""
    rows, columns = moved.shape[-2:]
    k = min(rows, columns)
    inner = _inverse(lower[..., :k, :]) @ moved[..., :k, :k] @ _inverse(upper[..., :k])
    if rows > columns:
        d_upper = inner.triu() @ upper
        return (moved - lower @ d_upper) @ _inverse(upper), d_upper
    d_lower = lower @ inner.tril(-1)
    return d_lower, _inverse(lower) @ (moved - d_lower @ upper)


def lu(result: Any, moved: Any, A: Any) -> Any:
    """``A = P L U``."""
    order, lower, upper = result
    return None, *_lower_and_upper(lower, upper, order.mT @ moved["A"])


def lu_factor(result: Any, moved: Any, A: Any) -> Any:
    """L and U in one matrix."""
    if A.shape[-2] != A.shape[-1]:
        raise NotImplementedError(_UNKNOWN.format("lu_factor"))
    order, lower, upper = linalg_lu(A)
    d_lower, d_upper = _lower_and_upper(lower, upper, order.mT @ moved["A"])
    return d_lower + d_upper, None, None


def solve_triangle(
    result: Any, moved: Any, A: Any, B: Any, upper: bool, left: bool, unitriangular: bool
) -> Any:  # fmt: skip
    """``A X = B`` or ``X A = B``."""
    rest = moved.get("B")
    if "A" in moved:
        side = int(unitriangular)
        matrix = moved["A"].triu(side) if upper else moved["A"].tril(-side)
        taken = matrix @ result if left else result @ matrix
        rest = -taken if rest is None else rest - taken
    return solve_triangular(A, rest, upper=upper, left=left, unitriangular=unitriangular)


def inverse(result: Any, moved: Any, **arguments: Any) -> Any:
    """``A⁻¹``."""
    found = result[0]
    return (-found @ next(iter(moved.values())) @ found, *[None] * (len(result) - 1))


def solve(result: Any, moved: Any, A: Any, B: Any, left: bool, vector: bool) -> Any:
    """``A Y = B`` gives ``A Y' = B' - A' Y``."""
    solution, rest = result[0], moved.get("B")
    if vector:
        solution, rest = solution.unsqueeze(-1), None if rest is None else rest.unsqueeze(-1)
    if "A" in moved:
        taken = moved["A"] @ solution if left else solution @ moved["A"]
        rest = -taken if rest is None else rest - taken
    found = solve_ex(A, rest, left=left)[0]
    return found.squeeze(-1) if vector else found, None


def pseudo_inverse(result: Any, moved: Any, A: Any, **_: Any) -> Any:
    """Moore and Penrose's, of constant rank."""
    d_a, second = moved["A"], result @ result.mH @ moved["A"].mH
    third = moved["A"].mH @ result.mH @ result
    return second - second @ A @ result + third - result @ A @ third - result @ d_a @ result


def _trace(A: Any, moved: Any) -> Any:
    """The derivative of the logarithm of the determinant of a regular matrix."""
    return (_inverse(A).mT * moved["A"]).sum((-2, -1))


def slogdet(result: Any, moved: Any, A: Any) -> Any:
    """The logarithm of the determinant's modulus, of real matrices."""
    if A.is_complex():
        raise NotImplementedError("jet: no Taylor series is known for slogdet() of complex matrices")
    return (None, _trace(A, moved), *[None] * (len(result) - 2))


def det(result: Any, moved: Any, A: Any) -> Any:
    """The determinant of a regular matrix."""
    return result * _trace(A, moved)


def exponential(point: Any, x: list[Any]) -> list[Any]:
    """The terms of ``exp A(t)``: series of matrices multiply as block matrices that repeat along their diagonals do. ::

    exp [A₀ A₁ A₂]     [E₀ E₁ E₂]
        [   A₀ A₁]  =  [   E₀ E₁]
        [      A₀]     [      E₀]
    """
    start, order, n = x[0], len(x), point.shape[-1]
    zeros = start.new_zeros(start.shape)
    terms = [zeros if each is None else each for each in x]
    rows = [cat([zeros] * k + terms[: order - k], -1) for k in range(order)]
    found = cat(rows, -2).matrix_exp()[..., :n, :]
    return list(found.split(n, -1))
