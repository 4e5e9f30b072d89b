"""Rows of the index family."""

from __future__ import annotations

import numpy as np

from tests.op_table import COMPLEX, FLOATS, Row, S

ALL = (*FLOATS, *COMPLEX)
I = np.array  # noqa: E741  short for the many index arrays below


def _row(name, samples, *errors, **kwargs):  # type: ignore[no-untyped-def]
    """A row that keeps the dtype, with its wrong calls."""
    kwargs.setdefault("dtypes", ALL)
    return Row(name, samples, errors=lambda d: [(make(d), kind) for make, kind in errors], **kwargs)


def _get(d):  # type: ignore[no-untyped-def]
    """Every form of index."""
    row, mask = I([0, 2, 2]), I([True, False, True])
    keys = [
        0, -1, slice(None), slice(1, None), slice(0, 3, 2), None, ..., (), (0, 1), (slice(None), 1), (..., 0),
        (0, None, slice(1, 3)), (slice(None), slice(1, 2)), True, False, [0, 1, 1], (slice(None), [0, 1]), row,
        (slice(None), row), (row, slice(None), row), (row, row), (0, slice(None), row), (row, None), mask,
        (slice(None), slice(None), mask[[0, 1, 0, 2]]), I([[0, 1], [2, 0]]), (I([[0], [1]]), I([0, 1])), I(1), I([-1]),
        I([], int),
    ]  # fmt: skip
    return [S(d(3, 3, 4), key) for key in keys] + [S(d(), None), S(d(), ...), S(d(4), I([[1, 1], [0, 3]]))]


BRACKETS = [
    _row(
        "Tensor.__getitem__",
        _get,
        (lambda d: S(d(3, 3), 3), IndexError),
        (lambda d: S(d(3, 3), (0, 0, 0)), IndexError),
        (lambda d: S(d(3, 3), I([3])), IndexError),
        (lambda d: S(d(3, 3), I([True, False])), IndexError),
        (lambda d: S(d(3, 3), I([0.5])), IndexError),
        (lambda d: S(d(3, 3), 1.0), IndexError),
        (lambda d: S(d(3, 3), "a"), TypeError),
        (lambda d: S(d(3, 3), slice(None, None, -1)), ValueError),
        (lambda d: S(d(3, 3), (I([0, 1]), I([0, 1, 2]))), IndexError),
        (lambda d: S(d(), 0), IndexError),
        (lambda d: S(d(), slice(None)), IndexError),
        portable=False,  # masks decide shapes
    ),
    Row(
        "Tensor.__getitem__",
        lambda d: [
            S(d(3, 4), 1),
            S(d(3, 4), (slice(None), 1)),
            S(d(3, 4), (..., None)),
            S(d(3, 4), I([0, 2, 2])),
        ],
        label="portable",
    ),
]

ROWS_AND_PLACES = [
    _row(
        "index_select",
        lambda d: [S(d(3, 2), 0, I([0, 2, 2])), S(d(3, 2), -1, I([1])), S(d(), 0, I([0])), S(d(3), 0, I(1))],
        (lambda d: S(d(3, 2), 0, I([3])), IndexError),
        (lambda d: S(d(3, 2), 0, I([-1])), IndexError),
        (lambda d: S(d(3, 2), 0, I([[0]])), IndexError),
        (lambda d: S(d(3, 2), 0, I([0.0])), RuntimeError),
        (lambda d: S(d(3, 2), 5, I([0])), IndexError),
        out=True,
    ),
    _row(
        "index_add",
        lambda d: [
            S(d(3, 2), 0, I([0, 2, 2]), d(3, 2)),
            S(d(3, 2), 1, I([1]), d(3, 1), alpha=2),
            S(d(), 0, I([0]), d()),
            S(d(3), 0, I([1, 1]), d(2)),
        ],
        (lambda d: S(d(3, 2), 0, I([0, 1]), d(3, 2)), RuntimeError),
        (lambda d: S(d(3, 2), 0, I([3]), d(1, 2)), RuntimeError),
        (lambda d: S(d(3, 2), 0, I([0]), d(1, 3)), RuntimeError),
        in_place="index_add_",
        out=True,
        dtypes=("float32", "complex64", "complex128"),
    ),
    _row(
        "index_copy",
        lambda d: [S(d(3, 2), 0, I([2, 0]), d(2, 2)), S(d(3, 2), 1, I([1]), d(3, 1)), S(d(), 0, I([0]), d())],
        (lambda d: S(d(3, 2), 0, I([0, 1]), d(3, 2)), IndexError),
        (lambda d: S(d(3, 2), 0, I([3]), d(1, 2)), IndexError),
        (lambda d: S(d(3, 2), 0, I([0]), d(1, 3)), RuntimeError),
        in_place="index_copy_",
        out=True,
    ),
    _row(
        "index_fill",
        lambda d: [S(d(3, 2), 0, I([2, 0]), 1.5), S(d(3, 2), 1, I([1, 1]), d()), S(d(), 0, I([0]), 2.0)],
        (lambda d: S(d(3, 2), 0, I([3]), 1.0), IndexError),
        (lambda d: S(d(3, 2), 0, I([0]), d(2)), RuntimeError),
        (lambda d: S(d(3, 2), 0, I([[0]]), 1.0), RuntimeError),
        in_place="index_fill_",
    ),
    _row(
        "index_put",
        lambda d: [
            S(d(3, 2), (I([0, 2]),), d(2, 2)),
            S(d(3, 2), (I([0, 2]), I([1, 0])), d()),
            S(d(3, 2), (I([1, 1]),), d(2, 2), accumulate=True),
            S(d(3), (I([True, False, True]),), d(2)),
            S(d(3, 2), (I([1, 1]), I([0, 0])), d(2), True),
        ],
        (lambda d: S(d(3, 2), (I([3]),), d(2)), IndexError),
        (lambda d: S(d(3, 2), (I([0, 1]),), d(3, 2)), RuntimeError),
        (lambda d: S(d(3, 2), I([0]), d(2)), TypeError),
        in_place="index_put_",
        portable=False,  # masks decide shapes
    ),
    _row(
        "gather",
        lambda d: [
            S(d(2, 3), 1, I([[0, 0], [2, 1]])),
            S(d(2, 3), 0, I([[1, 0]])),
            S(d(), 0, I(0)),
            S(d(3), 0, I([2, 2])),
            S(d(2, 3), -1, I([[2]])),
        ],
        (lambda d: S(d(2, 3), 0, I([0])), RuntimeError),
        (lambda d: S(d(2, 3), 1, I([[3]])), RuntimeError),
        (lambda d: S(d(2, 3), 1, I([[0.0]])), RuntimeError),
        (lambda d: S(d(2, 3), 1, I([[0], [0], [0]])), RuntimeError),
        out=True,
    ),
    _row(
        "take_along_dim",
        lambda d: [
            S(d(2, 3), I([[0], [2]]), 1),
            S(d(2, 3), I([[1, 0, 1]]), 0),
            S(d(2, 3), I([5, 0])),
            S(d(1, 3), I([[-1], [0]]), 1),
        ],
        (lambda d: S(d(2, 3), I([0]), 1), RuntimeError),
        out=True,
    ),
    _row(
        "scatter",
        lambda d: [
            S(d(2, 3), 1, I([[2, 0], [1, 0]]), d(2, 2)),
            S(d(2, 3), 0, I([[1]]), d(1, 1)),
            S(d(2, 3), 1, I([[2], [0]]), 1.5),
            S(d(3), 0, I([1]), d(1)),
            S(d(), 0, I(0), d()),
            S(d(2, 3), 1, I([[2], [0]]), value=2.0),
        ],
        (lambda d: S(d(2, 3), 1, I([[3]]), d(1, 1)), RuntimeError),
        (lambda d: S(d(2, 3), 1, I([[0], [0], [0]]), d(3, 1)), RuntimeError),
        (lambda d: S(d(2, 3), 1, I([[0, 1]]), d(1, 1)), RuntimeError),
        (lambda d: S(d(2, 3), 1, I([[0]]), d(1, 1), reduce="no"), RuntimeError),
        in_place="scatter_",
        out=True,
    ),
    _row(
        "scatter",
        lambda d: [
            S(d(2, 3), 1, I([[2, 2], [1, 0]]), 1.5, reduce="add"),
            S(d(3), 0, I([1, 1]), 2.0, reduce="multiply"),
        ],
        differentiable=False,
        in_place="scatter_",
        label="reduce",
        dtypes=("float32",),
    ),
    _row(
        "scatter_add",
        lambda d: [S(d(2, 3), 1, I([[2, 2], [1, 0]]), d(2, 2)), S(d(3), 0, I([1, 1]), d(2)), S(d(), 0, I(0), d())],
        (lambda d: S(d(3), 0, I([3]), d(1)), RuntimeError),
        (lambda d: S(d(3), 0, I([0]), 1.0), TypeError),
        in_place="scatter_add_",
        out=True,
        dtypes=("float32", "complex64", "complex128"),
    ),
    *[
        _row(
            "scatter_reduce",
            lambda d, how=how: [
                S(d.distinct(4), 0, I([0, 2, 2, 2]), d.distinct(4) * 1.01 + 0.007, how),
                S(d.distinct(2, 3), 1, I([[2, 2], [1, 0]]), d.distinct(2, 2) + 0.11, how, include_self=False),
            ],
            (lambda d: S(d(3), 0, I([0]), d(1), "no"), RuntimeError),
            in_place="scatter_reduce_",
            label=how,
            dtypes=("float32",),
        )
        for how in ("sum", "prod", "mean", "amax", "amin")
    ],
    _row(
        "take",
        lambda d: [S(d(2, 3), I([0, 5, 5])), S(d(2, 3), I([[-1]])), S(d(3), I(1))],
        (lambda d: S(d(3), I([3])), IndexError),
        (lambda d: S(d(3), I([0.5])), RuntimeError),
        out=True,
    ),
    _row(
        "put",
        lambda d: [S(d(2, 3), I([0, 5]), d(2)), S(d(2, 3), I([[1, 1]]), d(1, 2), True)],
        (lambda d: S(d(3), I([3]), d(1)), IndexError),
        (lambda d: S(d(3), I([1, 2]), d(1)), IndexError),
        in_place="put_",
    ),
]

MASKS = [
    _row(
        "masked_fill",
        lambda d: [
            S(d(2, 3), d.booleans(2, 3), 1.5),
            S(d(2, 3), d.booleans(3), d()),
            S(d(3), d.booleans(2, 1), 0),
            S(d(), I(True), 2.0),
        ],
        (lambda d: S(d(3), I([0, 1, 0]), 1.0), RuntimeError),
        (lambda d: S(d(3), d.booleans(3), d(2)), RuntimeError),
        (lambda d: S(d(3), d.booleans(2), 1.0), RuntimeError),
        in_place="masked_fill_",
    ),
    _row(
        "masked_select",
        lambda d: [
            S(d(2, 3), d.booleans(2, 3)),
            S(d(2, 3), I([True, False, True])),
            S(d(3), d.booleans(2, 1)),
            S(d(), I(True)),
        ],
        (lambda d: S(d(3), I([0, 1, 0])), RuntimeError),
        out=True,
        portable=False,  # a mask decides the shape
    ),
    _row(
        "masked_scatter",
        lambda d: [
            S(d(2, 3), d.booleans(2, 3), d(6)),
            S(d(2, 3), I([True, False, True]), d(2, 4)),
            S(d(3), I([False] * 3), d(0)),
        ],
        (lambda d: S(d(3), I([True] * 3), d(2)), RuntimeError),
        in_place="masked_scatter_",
        portable=False,  # a mask decides how much of the source is used
    ),
]

TABLES = [
    _row(
        "nn.functional.embedding",
        lambda d: [
            S(I([[0, 2], [2, 1]]), d(3, 2)),
            S(I(1), d(3, 2)),
            S(I([0, 2, 2]), d(3, 2)),
            S(I([], int), d(3, 2)),
        ],
        (lambda d: S(I([3]), d(3, 2)), IndexError),
        (lambda d: S(I([-1]), d(3, 2)), IndexError),
        (lambda d: S(I([0]), d(3)), RuntimeError),
        (lambda d: S(I([0.5]), d(3, 2)), RuntimeError),
        (lambda d: S(I([0]), d(3, 2), padding_idx=5), AssertionError),
        dtypes=FLOATS,
    ),
    *[
        _row(
            "nn.functional.embedding_bag",
            lambda d, mode=mode: [
                S(I([[0, 2], [2, 1]]), d.distinct(3, 2), mode=mode),
                S(I([0, 2, 2, 1]), d.distinct(3, 2), I([0, 1, 1]), mode=mode, padding_idx=1),
                S(I([0, 2, 1]), d.distinct(3, 2), I([0, 2, 3]), mode=mode, include_last_offset=True),
            ],
            (lambda d: S(I([0, 1]), d(3, 2)), ValueError),
            (lambda d: S(I([0, 5]), d(3, 2), I([0])), RuntimeError),
            label=mode,
            dtypes=("float32",),
            portable=False,  # offsets decide the shape
        )
        for mode in ("sum", "mean", "max")
    ],
    Row(
        "nn.functional.embedding_bag",
        lambda d: [S(I([0, 2, 2]), d(3, 2), I([0, 1]), mode="sum", per_sample_weights=d(3))],
        label="weighted",
        portable=False,
    ),
    Row("nn.functional.one_hot", lambda d: [S(I([0, 2])), S(I([[1]]), 3), S(I(1), 2)], False, portable=False),
    Row("nonzero", lambda d: [S(I([[0, 1], [2, 0]])), S(d.booleans(3)), S(I(1))], False, portable=False, out=True),
    Row("argwhere", lambda d: [S(I([[0, 1], [2, 0]]))], False, portable=False),
    Row("unravel_index", lambda d: [S(I([3, 5]), (2, 3)), S(I(3), 7)], False),
    Row("fill", lambda d: [S(d(2, 3), 1.5), S(d(2, 3), d())], dtypes=ALL, in_place="fill_"),
    Row(
        "Tensor.copy_",
        lambda d: [S(np.zeros((2, 3)), np.ones(3)), S(np.zeros(2, int), I([1.9, -1.9]))],
        False,
        portable=False,
    ),
]

SEGMENTS = [
    *[
        Row(
            "segment_reduce",
            lambda d, how=how: [  # type: ignore[misc]
                S(d.distinct(6, 2), how, lengths=I([2, 3, 1])),
                S(d.distinct(2, 5), how, lengths=I([[2, 3], [1, 4]]), axis=1),
                S(d.distinct(4), how, offsets=I([0, 1, 4]), initial=0.5),
            ],
            label=how,
            twice=False,  # PyTorch has none
            errors=lambda d, how=how: [  # type: ignore[misc]
                (S(d(3), how, lengths=I([1, 1])), RuntimeError),
                (S(d(3), how), RuntimeError),
                (S(d.integers(0, 3, 3), how, lengths=I([3])), NotImplementedError),
            ],
        )
        for how in ("sum", "mean", "max", "min", "prod")
    ],
    Row(
        "segment_reduce",
        lambda d: [S(d(3), how, lengths=I([2, 0, 1])) for how in ("sum", "mean", "max", "min", "prod")],
        False,
        label="empty",
    ),
    Row(
        "_unsafe_masked_index",
        lambda d: [S(d(3, 3), np.array([[True, False], [True, True]]), [I([[0], [2]]), I([[1, 9]])], 0.5)],
    ),
    Row(
        "_unsafe_masked_index_put_accumulate",
        lambda d: [S(d(3, 3), np.array([[True, False], [True, True]]), [I([[0], [2]]), I([[1, 1]])], d(2, 2))],
    ),
    Row("_chunk_cat", lambda d: [S([d(3, 2), d(4, 1)], 0, 2), S([d(2, 3), d(2, 5)], 1, 3)], False, portable=False),
    Row(
        "Tensor.fill_diagonal_",
        lambda d: [S(np.zeros((5, 2)), 1.5, wrap=True), S(np.zeros((2, 2, 2)), 3)],
        False,
        portable=False,  # writes into memory
    ),
]

ROWS: list[Row] = [*SEGMENTS, *BRACKETS, *ROWS_AND_PLACES, *MASKS, *TABLES]
