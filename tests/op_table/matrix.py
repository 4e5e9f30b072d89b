"""Rows of the matrix family: products, systems of equations, factorizations."""

from __future__ import annotations

import numpy as np

from tests.op_table import Draw, Row, S

SINGLE = ("float32",)
HALVES = ("float16", "bfloat16", "float32")


def hermitian(d: Draw, *shape: int) -> np.ndarray:
    """A Hermitian matrix with eigenvalues far apart."""
    array = d.complex(*shape)
    return array + array.conj().swapaxes(-1, -2) + np.diag(7.0 * np.arange(shape[-1]))


def regular(d: Draw, *shape: int) -> np.ndarray:
    """Square matrices far from singular."""
    return d(*shape) + 3 * np.eye(shape[-1])


def lower(d: Draw, n: int) -> np.ndarray:
    """A lower triangular matrix far from singular."""
    return np.tril(d(n, n)) + 3 * np.eye(n)


PRODUCTS = [
    Row(
        "mm",
        lambda d: [S(d(2, 3), d(3, 4)), S(d(2, 0), d(0, 3)), S(d(1, 1), d(1, 2))],
        out=True,
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 3), d(2, 3)), RuntimeError),
            (S(d(3), d(3, 3)), RuntimeError),
            (S(d(2, 3), d.integers(0, 9, 3, 2)), RuntimeError),
            (S(d.booleans(2, 2), d.booleans(2, 2)), NotImplementedError),
        ],
    ),
    Row("mm", lambda d: [S(d.complex(2, 3), d.complex(3, 4))], dtypes=("complex64",), label="complex"),
    Row("mm", lambda d: [S(d.integers(-9, 9, 2, 3), d.integers(-9, 9, 3, 2))], differentiable=False, label="integer"),
    Row(
        "bmm",
        lambda d: [S(d(2, 3, 4), d(2, 4, 2)), S(d(0, 3, 4), d(0, 4, 2)), S(d(1, 1, 3), d(1, 3, 1))],
        out=True,
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 3, 4), d(2, 3, 4)), RuntimeError),
            (S(d(2, 3), d(2, 3, 4)), RuntimeError),
            (S(d(2, 3, 4), d(3, 4, 2)), RuntimeError),
        ],
    ),
    Row("bmm", lambda d: [S(d.complex(2, 2, 3), d.complex(2, 3, 2))], label="complex"),
    Row(
        "mv",
        lambda d: [S(d(2, 3), d(3)), S(d(2, 0), d(0))],
        out=True,
        dtypes=HALVES,
        errors=lambda d: [(S(d(2, 3), d(2)), RuntimeError), (S(d(2, 3), d(3, 1)), RuntimeError)],
    ),
    Row(
        "dot",
        lambda d: [S(d(3), d(3)), S(d(0), d(0))],
        out=True,
        dtypes=HALVES,
        errors=lambda d: [(S(d(3), d(2)), RuntimeError), (S(d(3, 3), d(3)), RuntimeError)],
    ),
    Row("dot", lambda d: [S(d.complex(3), d.complex(3))], label="complex"),
    Row("vdot", lambda d: [S(d(3), d(3))], out=True, errors=lambda d: [(S(d(3), d(2)), RuntimeError)]),
    Row("vdot", lambda d: [S(d.complex(3), d.complex(3))], label="complex"),
    Row(
        "matmul",
        lambda d: [
            S(d(3), d(3)),
            S(d(2, 3), d(3)),
            S(d(3), d(3, 2)),
            S(d(2, 3), d(3, 2)),
            S(d(4, 2, 3), d(3)),
            S(d(3), d(4, 3, 2)),
            S(d(4, 2, 3), d(3, 2)),
            S(d(2, 3), d(4, 3, 2)),
            S(d(4, 2, 3), d(4, 3, 2)),
            S(d(4, 1, 2, 3), d(2, 3, 2)),
            S(d(0, 2, 3), d(3, 2)),
        ],
        out=True,
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(), d(3)), RuntimeError),
            (S(d(2, 3), d(2, 3)), RuntimeError),
            (S(d(4, 2, 3), d(5, 3, 2)), RuntimeError),
            (S(d(2, 3), [1.0, 2.0]), TypeError),
        ],
    ),
    Row("matmul", lambda d: [S(d.complex(2, 2, 3), d.complex(3, 2))], label="complex"),
    Row("linalg.matmul", lambda d: [S(d(2, 3), d(3, 2))]),
    Row(
        "addmm",
        lambda d: [
            S(d(2, 4), d(2, 3), d(3, 4)),
            S(d(4), d(2, 3), d(3, 4), beta=0.5, alpha=2),
            S(d(1), d(2, 3), d(3, 4), alpha=-1),
        ],
        in_place="addmm_",
        out=True,
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(5), d(2, 3), d(3, 4)), RuntimeError),
            (S(d(2, 4), d(2, 3), d(2, 4)), RuntimeError),
            (S(d(2, 4), d(2, 3), d(3)), RuntimeError),
        ],
    ),
    Row("addmm", lambda d: [S(np.full(4, np.nan), d(2, 3), d(3, 4), beta=0)], differentiable=False, label="nan"),
    Row(
        "addmm",
        lambda d: [S(d.integers(0, 9, 2), d.integers(0, 9, 2, 2), d.integers(0, 9, 2, 2), beta=3, alpha=2)],
        differentiable=False,
        label="integer",
    ),
    Row(
        "addmv",
        lambda d: [S(d(2), d(2, 3), d(3)), S(d(1), d(2, 3), d(3), beta=2, alpha=0.5)],
        in_place="addmv_",
        out=True,
        dtypes=HALVES,
        errors=lambda d: [(S(d(3), d(2, 3), d(3)), RuntimeError), (S(d(2), d(2, 3), d(2)), RuntimeError)],
    ),
    Row(
        "addr",
        lambda d: [S(d(2, 3), d(2), d(3)), S(d(3), d(2), d(3), beta=2, alpha=0.5)],
        in_place="addr_",
        out=True,
        dtypes=SINGLE,
        errors=lambda d: [(S(d(2), d(2), d(3)), RuntimeError), (S(d(2, 3), d(2, 1), d(3)), RuntimeError)],
    ),
    Row(
        "baddbmm",
        lambda d: [S(d(2, 3, 2), d(2, 3, 4), d(2, 4, 2)), S(d(2), d(2, 3, 4), d(2, 4, 2), beta=2, alpha=0.5)],
        in_place="baddbmm_",
        out=True,
        dtypes=SINGLE,
        errors=lambda d: [(S(d(2, 3, 3), d(2, 3, 4), d(2, 4, 2)), RuntimeError)],
    ),
    Row(
        "addbmm",
        lambda d: [S(d(3, 2), d(2, 3, 4), d(2, 4, 2)), S(d(2), d(2, 3, 4), d(2, 4, 2), beta=2, alpha=0.5)],
        in_place="addbmm_",
        out=True,
        dtypes=SINGLE,
        errors=lambda d: [(S(d(3, 2), d(2, 3, 4), d(3, 4, 2)), RuntimeError)],
    ),
]

CONTRACTIONS = [
    Row(
        "outer",
        lambda d: [S(d(3), d(2)), S(d(0), d(2))],
        out=True,
        dtypes=HALVES,
        errors=lambda d: [(S(d(3, 1), d(2)), RuntimeError), (S(d(3), 2.0), TypeError)],
    ),
    Row("ger", lambda d: [S(d(3), d(2))]),
    Row(
        "inner",
        lambda d: [S(d(3), d(3)), S(d(2, 3), d(4, 3)), S(d(), d(2, 3)), S(d(2, 3), d(2, 2, 3))],
        out=True,
        dtypes=SINGLE,
        errors=lambda d: [(S(d(2, 3), d(2, 2)), RuntimeError)],
    ),
    Row(
        "tensordot",
        lambda d: [
            S(d(2, 3, 2), d(3, 2, 2)),
            S(d(2, 3), d(3, 2), dims=1),
            S(d(2, 3), d(2), dims=0),
            S(d(2, 3, 2), d(2, 2, 3), dims=([1, 2], [2, 0])),
            S(d(2, 1), d(3, 2), dims=1),
        ],
        dtypes=SINGLE,
        errors=lambda d: [
            (S(d(2, 3), d(4, 5), dims=1), RuntimeError),
            (S(d(2, 3), d(3, 5), dims=([0, 1], [0])), RuntimeError),
            (S(d(2, 3), d(3, 5), dims=-1), RuntimeError),
        ],
    ),
    Row("kron", lambda d: [S(d(2, 3), d(3, 2)), S(d(2), d(3, 2)), S(d(), d(2))], out=True, dtypes=HALVES),
    Row(
        "einsum",
        lambda d: [
            S("ij,jk->ik", d(2, 3), d(3, 2)),
            S("ij,jk", d(2, 3), d(3, 2)),
            S("ii->i", d(3, 3)),
            S("ij->", d(2, 3)),
            S("ij->ji", d(2, 3)),
            S("...ij,...jk->...ik", d(2, 2, 3), d(3, 2)),
            S("i,j->ij", d(2), d(3)),
            S("ij,ij->i", d(2, 3), d(2, 3)),
            S("ij,jk,kl->il", d(2, 3), d(3, 2), d(2, 2)),
            S("bhqd,bkhd->bhqk", d(1, 2, 2, 3), d(1, 2, 2, 3)),
            S("ijj,jk->ik", d(2, 3, 3), d(3, 2)),
            S(d(2, 3), [0, 1], d(3, 2), [1, 2], [0, 2]),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S("ij,jk->ik", d(2, 3), d(4, 3)), RuntimeError),
            (S("ij->ik", d(2, 3)), RuntimeError),
            (S("ij->ii", d(2, 3)), RuntimeError),
            (S("i.j->ij", d(2, 3)), RuntimeError),
            (S("ij,jk->ik", d(2, 3)), RuntimeError),
            (S("ij$->i", d(2, 3)), RuntimeError),
            (S("ij"), ValueError),
            (S(3, d(2)), TypeError),
            (S(d(2), [60]), ValueError),
        ],
    ),
    Row("einsum", lambda d: [S("ij,jk->ik", d.complex(2, 3), d.complex(3, 2))], label="complex"),
    Row(
        "linalg.multi_dot",
        lambda d: [S([d(2, 3), d(3, 2), d(2, 2)]), S([d(3), d(3, 2), d(2)])],
        errors=lambda d: [(S([d(3)]), RuntimeError), (S([d(2, 3), d(2, 3)]), RuntimeError)],
    ),
    Row(
        "matrix_power",
        lambda d: [S(regular(d, 2, 2), n) for n in (-2, 1, 2, 3, 5)] + [S(d(2, 2, 2), 3)],
        errors=lambda d: [(S(d(2, 3), 2), RuntimeError), (S(d(3), 2), RuntimeError)],
    ),
    Row("linalg.matrix_exp", lambda d: [S(d(2, 2)), S(4 * d(2, 2, 2)), S(d(0, 0))], dtypes=SINGLE, tolerance=1e-9),
    Row(
        "linalg.cross",
        lambda d: [S(d(2, 3), d(2, 3)), S(d(2, 3), d(1, 3)), S(d(3, 2), d(3, 2), dim=0)],
        out=True,
        dtypes=HALVES,
        errors=lambda d: [(S(d(2, 2), d(2, 2)), RuntimeError), (S(d(2, 3), d(3)), RuntimeError)],
    ),
    Row("linalg.cross", lambda d: [S(d.complex(2, 3), d.complex(2, 3))], label="complex"),
    Row("cross", lambda d: [S(d(3, 2), d(3, 2), 0)], errors=lambda d: [(S(d(2, 2), d(2, 2), 0), RuntimeError)]),
    Row("linalg.vecdot", lambda d: [S(d(2, 3), d(2, 3)), S(d(2, 3), d(3)), S(d(2, 3), d(2, 3), dim=0)]),
    Row("linalg.vecdot", lambda d: [S(d.complex(2, 3), d.complex(2, 3))], label="complex"),
    Row(
        "nn.functional.linear",
        lambda d: [
            S(d(2, 3), d(4, 3), d(4)),
            S(d(2, 3), d(4, 3)),
            S(d(3), d(4, 3), d(4)),
            S(d(2, 2, 3), d(4, 3), d(4)),
            S(d(2, 2, 3), d(4, 3)),
            S(d(3), d(3)),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 3), d(4, 2), d(4)), RuntimeError),
            (S(d(2, 3), d(4, 3), d(3)), RuntimeError),
            (S([1.0], d(4, 3)), TypeError),
        ],
    ),
    Row("nn.functional.linear", lambda d: [S(d.complex(2, 3), d.complex(4, 3), d.complex(4))], label="complex"),
    Row(
        "nn.functional.bilinear",
        lambda d: [
            S(d(2, 3), d(2, 4), d(2, 3, 4), d(2)),
            S(d(3), d(4), d(2, 3, 4)),
            S(d(2, 1, 3), d(2, 1, 2), d(2, 3, 2)),
        ],
        dtypes=SINGLE,
        errors=lambda d: [(S(d(2, 3), d(2, 4), d(5, 3, 3)), RuntimeError)],
    ),
]

SYSTEMS = [
    Row(
        "linalg.inv",
        lambda d: [S(regular(d, 3, 3)), S(regular(d, 2, 2, 2)), S(d(0, 0))],
        out=True,
        dtypes=SINGLE,
        errors=lambda d: [
            (S(np.zeros((2, 2))), RuntimeError),
            (S(d(2, 3)), RuntimeError),
            (S(d(3)), RuntimeError),
            (S(d.integers(0, 9, 2, 2)), RuntimeError),
        ],
    ),
    Row("linalg.inv", lambda d: [S(d.complex(2, 2))], label="complex"),
    Row("linalg.inv_ex", lambda d: [S(regular(d, 3, 3))]),
    Row("inverse", lambda d: [S(regular(d, 3, 3))]),
    Row(
        "linalg.solve",
        lambda d: [
            S(regular(d, 3, 3), d(3, 2)),
            S(regular(d, 3, 3), d(3)),
            S(regular(d, 2, 3, 3), d(2, 3)),
            S(regular(d, 3, 3), d(2, 3), left=False),
            S(regular(d, 2, 2, 2), d(2, 3)),
        ],
        out=True,
        dtypes=SINGLE,
        errors=lambda d: [
            (S(np.zeros((3, 3)), d(3, 2)), RuntimeError),
            (S(d(3, 3), d(4, 2)), RuntimeError),
            (S(d(3, 2), d(3, 2)), RuntimeError),
        ],
    ),
    Row("linalg.solve", lambda d: [S(d.complex(2, 2), d.complex(2, 1))], label="complex"),
    Row("linalg.solve_ex", lambda d: [S(regular(d, 3, 3), d(3, 2))]),
    Row(
        "linalg.solve_triangular",
        lambda d: [
            S(lower(d, 3), d(3, 2), upper=False),
            S(lower(d, 3).T, d(3, 2), upper=True),
            S(lower(d, 3), d(2, 3), upper=False, left=False),
            S(lower(d, 3), d(3, 2), upper=False, unitriangular=True),
            S(lower(d, 3), d(2, 3, 1), upper=False),
        ],
        out=True,
        dtypes=SINGLE,
        errors=lambda d: [(S(d(3, 3), d(4, 2), upper=True), RuntimeError), (S(d(3, 3), d(3, 2)), TypeError)],
    ),
    Row("linalg.solve_triangular", lambda d: [S(d.complex(2, 2), d.complex(2, 1), upper=True)], label="complex"),
    Row("linalg.det", lambda d: [S(d(3, 3)), S(d(2, 2, 2)), S(d(0, 0))], dtypes=SINGLE),
    Row("linalg.det", lambda d: [S(d.complex(2, 2))], label="complex"),
    Row("det", lambda d: [S(d(3, 3))], errors=lambda d: [(S(d(2, 3)), RuntimeError)]),
    Row("linalg.slogdet", lambda d: [S(d(3, 3)), S(d(2, 2, 2))], dtypes=SINGLE),
    Row("linalg.slogdet", lambda d: [S(d.complex(2, 2))], label="complex"),
    Row("logdet", lambda d: [S(d.spd(3))], dtypes=SINGLE),
    Row(
        "linalg.cholesky",
        lambda d: [S(d.spd(3)), S(d.spd(3), upper=True), S(np.stack([d.spd(2), d.spd(2)])), S(d(0, 0))],
        differentiable=False,  # of symmetric matrices only: tests/ops/matrix/test_symmetric.py
        out=True,
        dtypes=SINGLE,
        errors=lambda d: [
            (S(-d.spd(3)), RuntimeError),
            (S(np.stack([d.spd(2), -d.spd(2)])), RuntimeError),
            (S(d(2, 3)), RuntimeError),
            (S(d(3)), RuntimeError),
        ],
    ),
    Row("linalg.cholesky_ex", lambda d: [S(d.spd(3))], differentiable=False),
    Row(
        "cholesky_solve",
        lambda d: [S(d(3, 2), lower(d, 3)), S(d(3, 2), lower(d, 3).T, upper=True)],
        differentiable=False,
    ),
    Row("cholesky_inverse", lambda d: [S(lower(d, 3)), S(lower(d, 3).T, upper=True)], differentiable=False),
    Row(
        "linalg.lstsq",
        lambda d: [S(d(4, 2), d(4, 3)), S(d(2, 4), d(2, 3)), S(d(4, 2), d(4))],
        portable=False,
        tolerance=1e-9,
        errors=lambda d: [(S(d(4, 3), d(3, 2)), RuntimeError)],
    ),
    Row(
        "linalg.pinv",
        lambda d: [S(d(3, 2)), S(d(2, 3)), S(d(2, 2, 3))],
        dtypes=SINGLE,
        tolerance=1e-9,
        errors=lambda d: [(S(d(3)), RuntimeError)],
    ),
    Row("linalg.tensorinv", lambda d: [S(d(4, 2, 2), ind=1)], tolerance=1e-9),
    Row("linalg.tensorsolve", lambda d: [S(regular(d, 6, 6).reshape(2, 3, 6), d(2, 3))]),
]

FACTORIZATIONS = [
    Row(
        "linalg.qr",
        lambda d: [S(d(4, 3)), S(d(3, 3)), S(d(3, 4)), S(d(2, 3, 2)), S(d(2, 3), "complete")],
        dtypes=SINGLE,
        tolerance=1e-9,
        errors=lambda d: [(S(d(3)), RuntimeError), (S(d(3, 3), "whole"), RuntimeError)],
    ),
    Row("linalg.svdvals", lambda d: [S(d(3, 2)), S(d(2, 3)), S(d(2, 2, 3))], dtypes=SINGLE, tolerance=1e-9),
    Row(
        "linalg.eigvalsh",
        lambda d: [S(d.spd(3)), S(d.spd(2), "U")],
        differentiable=False,
        dtypes=SINGLE,
        tolerance=1e-9,
    ),
    Row("linalg.eigvalsh", lambda d: [S(hermitian(d, 3, 3))], differentiable=False, label="complex", tolerance=1e-9),
    Row("linalg.eigvals", lambda d: [S(d(3, 3) + np.diag([0.0, 9.0, 20.0]))], portable=False, tolerance=1e-8),
    Row(
        "linalg.lu",
        lambda d: [S(d(3, 3)), S(d(4, 2)), S(d(2, 4)), S(d(2, 3, 3))],
        dtypes=SINGLE,
        tolerance=1e-9,
        errors=lambda d: [(S(d(3)), RuntimeError)],
    ),
    Row(
        "linalg.lu_factor",
        lambda d: [S(d(3, 3)), S(d(4, 2)), S(d(2, 4))],
        tolerance=1e-9,
        errors=lambda d: [(S(np.zeros((2, 2))), RuntimeError)],
    ),
    Row("linalg.lu_factor_ex", lambda d: [S(d(3, 3))], tolerance=1e-9),
    Row(
        "linalg.householder_product",
        lambda d: [S(d(3, 2), d(2)), S(d(2, 3, 3), d(2, 2))],
        errors=lambda d: [(S(d(2, 3), d(2)), RuntimeError), (S(d(3, 2), d(3)), RuntimeError)],
    ),
    Row("geqrf", lambda d: [S(d(3, 2))], differentiable=False, portable=False),
    Row("linalg.cond", lambda d: [S(regular(d, 3, 3))], tolerance=1e-8),
    Row("linalg.matrix_rank", lambda d: [S(d(3, 3)), S(np.ones((2, 3, 3)))], differentiable=False, portable=False),
    Row("linalg.vander", lambda d: [S(d(3)), S(d(2, 2), N=3)], dtypes=SINGLE),
    Row("vander", lambda d: [S(d.integers(1, 5, 3)), S(d(3), 2)], differentiable=False),
]

ROWS = [*PRODUCTS, *CONTRACTIONS, *SYSTEMS, *FACTORIZATIONS]
