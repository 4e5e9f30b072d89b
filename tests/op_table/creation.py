"""Rows of the creation family: casts and complex numbers."""

from __future__ import annotations

from tests.op_table import Row, S

ROWS: list[Row] = [
    Row("Tensor.float", lambda d: [S(d(2, 3)), S(d()), S(d.integers(0, 9, 3))], differentiable=False),
    Row("Tensor.double", lambda d: [S(d(2, 3)), S(d())], dtypes=("float32", "float16", "bfloat16")),
    Row("Tensor.half", lambda d: [S(d(2, 3))], differentiable=False),
    Row("Tensor.bfloat16", lambda d: [S(d(2, 3))], differentiable=False),
    Row("Tensor.long", lambda d: [S(d.away(0, 4) * 5)], differentiable=False),
    Row("Tensor.int", lambda d: [S(d.away(0, 4) * 5)], differentiable=False),
    Row("Tensor.bool", lambda d: [S(d.integers(0, 2, 4)), S(d(3))], differentiable=False),
    Row("Tensor.cdouble", lambda d: [S(d(3)), S(d.complex(2))]),
    Row(
        "complex",
        lambda d: [S(d(2, 3), d(3)), S(d(), d())],
        out=True,
        errors=lambda d: [(S(d(2), d.integers(0, 3, 2)), RuntimeError)],
    ),
    Row("polar", lambda d: [S(d.positive(2, 3), d(3))], out=True),
]
