"""Rows of the reduction family."""

from __future__ import annotations

import numpy as np

from tests.op_table import FLOATS, Row, S

inf, nan = float("inf"), float("nan")
HALF_UP = ("float16", "bfloat16", "float32")
WIDE = ("float32",)


def plain(d):
    """All of it, one axis, several, kept axes, a 0-d tensor, an empty one."""
    return [
        S(d(3, 4)),
        S(d(3, 4), 0),
        S(d(2, 3, 2), (0, -1)),
        S(d(2, 3), -1, True),
        S(d()),
        S(d(), 0),
        S(d(0, 3), 0),
    ]


def one_axis(d):
    return [S(d.distinct(3, 4), 0), S(d.distinct(2, 3, 2), -1), S(d.distinct(5), 0), S(d.distinct(1), 0), S(d(), 0)]


def selecting(d):
    return [S(d.distinct(3, 4), 1), S(d.distinct(2, 3), dim=0, keepdim=True), S(d.distinct(5), 0), S(d(), 0)]


def with_nan(d):
    values = d(3, 4)
    values[0, 1] = values[2, 2] = nan
    return values


def bad_dims(d):
    return [(S(d(2, 3), 2), IndexError), (S(d(2, 3), -3), IndexError), (S(d(2, 3), "a"), TypeError)]


def bad_lists(d):
    return [*bad_dims(d), (S(d(2, 3), (0, 0)), RuntimeError)]


def empty_axis(d):
    return [*bad_dims(d), (S(d(0, 3), 0), IndexError)]


INTS = np.array([[1, 2, 2], [3, 0, 1]])
FLAGS = np.array([[True, False], [True, True]])
BYTES = np.array([[250, 9], [0, 1]], np.uint8)

SUMS = [
    Row("sum", lambda d: [*plain(d), S(d.complex(2, 3), 1)], dtypes=FLOATS, errors=bad_lists),
    Row("sum", lambda d: [S(INTS), S(FLAGS, 0), S(BYTES), S(np.int32(INTS), 1)], False, label="integers"),
    Row("sum", lambda d: [S(d(2, 3), 0)], out=True, label="out"),
    Row("mean", lambda d: [*plain(d)[:6], S(d.complex(2, 3), 1)], dtypes=FLOATS, errors=bad_lists),
    Row("mean", lambda d: [], errors=lambda d: [(S(INTS), RuntimeError), (S(FLAGS), RuntimeError)], label="integers"),
    Row("nansum", lambda d: [S(with_nan(d)), S(with_nan(d), 1), S(with_nan(d), 0, True)], dtypes=HALF_UP),
    Row("nanmean", lambda d: [S(with_nan(d)), S(with_nan(d), 1), S(with_nan(d), 0, True)], dtypes=WIDE),
    Row("Tensor.sum_to_size", lambda d: [S(d(2, 3), 1, 3), S(d(2, 3), (3,)), S(d(2, 3), 2, 3), S(d(2, 3), 1, 1)]),
    Row(
        "prod", lambda d: [S(d(4)), S(d(3, 4), 0), S(d(2, 3), -1, True), S(d()), S(d(0))], dtypes=WIDE, errors=bad_dims
    ),
    Row("prod", lambda d: [S(d(4) * np.array(k)) for k in ([1, 0, 1, 1], [0, 1, 0, 1])], label="zeros"),
    Row(
        "prod", lambda d: [S(d(3, 2) * np.array([[1, 0], [0, 1], [1, 0]]), 0), S(d.complex(3), 0)], label="zeros_along"
    ),
]

MOMENTS = [
    Row(
        name,
        lambda d: [
            S(d(4)),
            S(d(3, 4), 0),
            S(d(3, 4), (0, 1), keepdim=True),
            S(d(3, 4), 1, correction=0),
            S(d(3, 4), 0, False),
            S(d(5), unbiased=False),
            S(d(3, 4), False),
            S(d(3, 4), 1, correction=1.5),
            S(d.complex(4)),
        ],
        dtypes=WIDE,
        errors=lambda d: [*bad_lists(d), (S(INTS), RuntimeError), (S(d(2), 0, None), TypeError)],
    )
    for name in ("var", "std", "var_mean", "std_mean")
]

EXTREMA = [
    *(
        Row(
            name,
            lambda d: [S(d.distinct(3, 4)), S(d.distinct(3, 4), 0), S(d.distinct(2, 3, 2), (0, 2), True), S(d(), 0)],
            dtypes=HALF_UP,
            errors=lambda d: [*bad_lists(d), (S(d(0, 3), 0), IndexError), (S(d(0)), RuntimeError)],
        )
        for name in ("amax", "amin")
    ),
    *(Row(name, lambda d: [S(INTS), S(FLAGS, 0), S(BYTES, 1)], False, label="integers") for name in ("amax", "amin")),
    *(
        Row(
            name,
            lambda d: [S(d.distinct(3, 4)), *selecting(d), S(d.distinct(3), d.distinct(3) + 0.01)],
            dtypes=HALF_UP,
            errors=lambda d: [*empty_axis(d), (S(d(0)), RuntimeError), (S(d(2), keepdim=True), TypeError)],
        )
        for name in ("max", "min")
    ),
    Row(
        "aminmax", lambda d: [S(d.distinct(3, 4)), S(d.distinct(3, 4), dim=0), S(d.distinct(3, 2), dim=1, keepdim=True)]
    ),
    *(
        Row(
            name,
            lambda d: [S(d(3, 4)), S(d(3, 4), 0), S(d(3, 4), -1, True), S(d(3, 4), keepdim=True), S(d()), S(INTS, 1)],
            False,
            errors=lambda d: [*empty_axis(d), (S(d(0)), IndexError), (S(FLAGS), RuntimeError)],
        )
        for name in ("argmax", "argmin")
    ),
]

TRUTH = [
    *(
        Row(
            name,
            lambda d: [
                S(FLAGS),
                S(FLAGS, 0),
                S(INTS, (0, 1)),
                S(BYTES),
                S(BYTES, 1, True),
                S(d(2)),
                S(FLAGS, ()),
                S(d(0)),
            ],
            False,
            errors=bad_dims,
        )
        for name in ("all", "any")
    ),
    Row("count_nonzero", lambda d: [S(INTS), S(INTS, 0), S(d(2, 3), (0, 1)), S(FLAGS, dim=1), S(d())], False),
]

EXPONENTIAL = [
    Row(
        "logsumexp",
        lambda d: [
            S(d(3, 4), 0),
            S(d(3, 4) * 300, (0, 1)),
            S(d(2, 3), -1, True),
            S(d(), 0),
            S(d.complex(3), 0),
            S(INTS, 1),
        ],
        dtypes=HALF_UP,
        errors=lambda d: [(S(d(2), 2), IndexError), (S(d(2), None), TypeError)],
    ),
    *(
        Row(
            name,
            lambda d: [S(d(3, 4), 0), S(d(3, 4) * 90, -1), S(d(2, 3, 2), 1), S(d(), 0), S(d(0, 3), 1)],
            dtypes=WIDE,
            errors=lambda d: [
                (S(d(2, 3), 2), IndexError),
                (S(INTS, 0), NotImplementedError),
                (S(d(2), "a"), TypeError),
            ],
        )
        for name in ("softmax", "log_softmax", "nn.functional.softmax", "nn.functional.log_softmax")
    ),
    Row("nn.functional.softmin", lambda d: [S(d(3, 4), 0), S(d(3, 4), -1)], dtypes=WIDE),
]

RUNNING = [
    Row("cumsum", one_axis, dtypes=HALF_UP, in_place="cumsum_", out=True, errors=bad_dims),
    Row("cumsum", lambda d: [S(INTS, 0), S(FLAGS, 1), S(BYTES, 0), S(d.complex(3), 0)], False, label="integers"),
    Row("cumprod", one_axis, dtypes=WIDE, in_place="cumprod_", out=True, errors=bad_dims),
    Row("cumprod", lambda d: [S(d(5) * np.array(k), 0) for k in ([1, 0, 1, 1, 1], [0, 1, 0, 1, 1])], label="zeros"),
    Row("cummax", one_axis, dtypes=HALF_UP, errors=bad_dims),
    Row("cummin", one_axis, dtypes=HALF_UP, errors=bad_dims),
    Row("cummax", lambda d: [S(np.array([1, 3, 3, 2]), 0), S(np.array([1.0, nan, 2, nan]), 0)], False, label="ties"),
    Row("cummin", lambda d: [S(np.array([3, 1, 1, 2]), 0), S(np.array([1.0, nan, 2, nan]), 0)], False, label="ties"),
    Row("logcumsumexp", lambda d: [*one_axis(d), S(d.complex(4), 0), S(d(2, 3) * 300, 1)], errors=bad_dims),
    Row("diff", lambda d: [S(d(5)), S(d(3, 4), 2), S(d(3, 4), 1, 0), S(d(3), 9), S(d(2, 3), 1, 1, d(2, 1), d(2, 2))]),
    Row("diff", lambda d: [S(INTS), S(FLAGS), S(d(4), 0)], False, label="integers"),
    Row("trapezoid", lambda d: [S(d(4)), S(d(3, 4), dx=0.5), S(d(3, 4), d(4)), S(d(3, 4), d(3, 4), dim=0), S(INTS)]),
    Row("trapz", lambda d: [S(d(4)), S(d(3, 4), d(4))]),
    Row("cumulative_trapezoid", lambda d: [S(d(4)), S(d(3, 4), d(4)), S(d(3, 4), dx=2, dim=0), S(INTS)]),
]

SORTED = [
    Row("sort", lambda d: [*one_axis(d), S(d.distinct(3, 4), 0, True)], dtypes=WIDE, errors=bad_dims),
    Row("sort", lambda d: [S(INTS, stable=True), S(BYTES, 0), S(FLAGS, dim=0, stable=True)], False, label="integers"),
    Row("sort", lambda d: [S(d.distinct(3, 4), stable=True, dim=1), S(d.distinct(4), stable=False)], label="stable"),
    Row(
        "argsort", lambda d: [*one_axis(d), S(d.distinct(3, 4), 0, True), S(INTS, stable=True)], False, errors=bad_dims
    ),
    Row("msort", lambda d: [S(d.distinct(3, 4)), S(d.distinct(5)), S(d())], dtypes=WIDE),
    Row(
        "topk",
        lambda d: [S(d.distinct(3, 4), 2), S(d.distinct(3, 4), 2, 0, False), S(d.distinct(4), 0), S(d(), 1)],
        dtypes=WIDE,
        errors=lambda d: [(S(d(3), 4), RuntimeError), (S(d(3), -1), RuntimeError), (S(d(3), 1, 2), IndexError)],
    ),
    Row(
        "kthvalue",
        lambda d: [S(d.distinct(3, 4), 2), S(d.distinct(3, 4), 3, 0, True), S(d(), 1)],
        dtypes=WIDE,
        errors=lambda d: [(S(d(3), 0), RuntimeError), (S(d(3), 4), RuntimeError), (S(d(0, 3), 1, 0), IndexError)],
    ),
    Row("sort", lambda d: [S(with_nan(d), 0), S(with_nan(d), 1, True)], False, label="nan"),
    Row("median", lambda d: [S(d.distinct(3, 4)), *selecting(d)], dtypes=WIDE, errors=empty_axis),
    Row("median", lambda d: [S(with_nan(d), 1), S(with_nan(d))], False, label="nan"),
    Row("nanmedian", lambda d: [S(d.distinct(3, 4)), *selecting(d)], dtypes=WIDE, errors=empty_axis),
    Row("nanmedian", lambda d: [S(with_nan(d), 1), S(with_nan(d), 0, True), S(with_nan(d))], False, label="nan"),
    Row("mode", lambda d: [S(INTS, 1), S(np.array([2, 1, 2, 1, 0])), S(FLAGS, 0, True)], False, errors=empty_axis),
    Row("mode", lambda d: [S(d.distinct(3, 4)), S(d.distinct(3, 4), 0, True), S(d(), 0)], label="floats"),
    Row(
        "quantile",
        lambda d: [
            S(d.distinct(7), 0.4),
            S(d.distinct(3, 4), 0.5, 0),
            S(d.distinct(3, 4), np.array([0.1, 0.77]), 1, True),
            *(S(d.distinct(6), 0.37, interpolation=k) for k in ("lower", "higher", "nearest", "midpoint")),
        ],
        dtypes=WIDE,
        errors=lambda d: [
            (S(d(3), 1.5), RuntimeError),
            (S(d(0), 0.5), RuntimeError),
            (S(INTS, 0.5), RuntimeError),
            (S(d(3), 0.5, 1), IndexError),
            (S(d(3), 0.5, interpolation="other"), RuntimeError),
        ],
    ),
    Row("nanquantile", lambda d: [S(d.distinct(7), 0.4), S(d.distinct(3, 4), 0.5, 0)], dtypes=WIDE),
    Row("nanquantile", lambda d: [S(with_nan(d), 0.3), S(with_nan(d), 0.3, 1)], False, label="nan"),
]


def norm_samples(d):
    orders = (2, 1, 3, 0.5, 1.5, -1, inf, -inf)
    return [
        *(S(d.distinct(3, 4), order) for order in orders),
        *(S(d.distinct(3, 4), order, 1) for order in orders),
        S(d.distinct(2, 3, 2), 2, (0, 2), True),
        S(d.complex(3), 2),
        S(d.complex(3), 3),
        S(d(), 2),
    ]


NORMS = [
    Row(
        "linalg.vector_norm",
        norm_samples,
        dtypes=WIDE,
        errors=lambda d: [(S(INTS), RuntimeError), (S(d(0), inf), RuntimeError)],
    ),
    Row("norm", lambda d: [S(d(3, 4)), S(d(3, 4), 1, 0), S(d(3, 4), "fro", (0, 1)), S(d(3, 3), "nuc"), S(d(4), dim=0)]),
    Row(
        "norm",
        lambda d: [],
        errors=lambda d: [(S(d(2, 2), "abc"), RuntimeError), (S(d(2), 2, 3), IndexError)],
        label="bad",
    ),
    Row("linalg.matrix_norm", lambda d: [S(d.distinct(3, 4), k) for k in ("fro", "nuc", 1, -1, 2, -2, inf, -inf)]),
    Row(
        "linalg.norm", lambda d: [S(d(3, 4)), S(d(3, 4), 2), S(d(3, 4), None, 0), S(d(3), 3), S(d(2, 3, 4), 1, (0, 2))]
    ),
    Row("dist", lambda d: [S(d(3, 4), d(3, 4), p) for p in (2, 1, 3, 1.5)], dtypes=WIDE),
    Row("renorm", lambda d: [S(d(3, 4), p, 0, 1.0) for p in (1, 2, 3)] + [S(d(3, 4), 2, 1, 50.0)], in_place="renorm_"),
    Row("nn.functional.normalize", lambda d: [S(d(3, 4)), S(d(3, 4), 1.0, 0), S(d(4), dim=0)], dtypes=WIDE),
    Row("nn.functional.cosine_similarity", lambda d: [S(d(3, 4), d(3, 4)), S(d(3, 4), d(4), 1)], dtypes=WIDE),
    Row("cosine_similarity", lambda d: [S(d(3, 4), d(3, 4), 0)]),
]

COUNTED = [
    Row("unique", lambda d: [S(INTS, return_inverse=True, return_counts=True), S(INTS, dim=1), S(FLAGS)], False),
    Row(
        "unique_consecutive",
        lambda d: [S(INTS, return_counts=True), S(INTS, return_inverse=True), S(INTS, dim=0)],
        False,
    ),
    Row("bincount", lambda d: [S(INTS[0]), S(INTS[0], d(3)), S(INTS[0], minlength=7)], False, portable=False),
    Row("histc", lambda d: [S(d(20), 4), S(d(20), 5, -1, 1), S(np.array([1.0, nan]), 3, 0, 2)], False, portable=False),
    Row("histogram", lambda d: [S(d(20), 4), S(d(20), np.array([-1.0, 0, 2]), density=True)], False, portable=False),
    Row("histogramdd", lambda d: [S(d(20, 2), [3, 2]), S(d(20, 2), 2, range=[-1.0, 1, 0, 2])], False, portable=False),
    Row("bucketize", lambda d: [S(d(2, 3), np.array([-1.0, 0, 1])), S(INTS, np.array([1, 2]), right=True)], False),
    Row(
        "searchsorted",
        lambda d: [
            S(np.array([1.0, 2, 3]), d(2, 3)),
            S(np.array([[1, 2, 2], [0, 4, 5]]), INTS, right=True),
            S(np.array([3.0, 1, 2]), d(4), sorter=np.array([1, 2, 0])),
            S(np.array([1.0, nan]), np.array([nan, 0.0])),
            S(np.zeros((2, 0)), d(2, 3), sorter=np.zeros((2, 0), int)),
        ],
        False,
        errors=lambda d: [(S(np.array(1.0), d(2)), RuntimeError), (S(np.array([1.0]), d(2), side="up"), RuntimeError)],
    ),
    Row(
        "cov",
        lambda d: [
            S(d(3, 5)),
            S(d(5)),
            S(d(3, 5), correction=0),
            S(d.complex(2, 4)),
            S(d(2, 3), aweights=d.positive(3)),
        ],
    ),
    Row("corrcoef", lambda d: [S(d(3, 5)), S(d.complex(2, 4)), S(d(4))]),
    Row(
        "gradient",
        lambda d: [
            S(d(4)),
            S(d(3, 4), spacing=0.5, dim=0, edge_order=2),
            S(d(3, 4), spacing=[2.0, 0.5]),
            S(d(3, 4), spacing=(np.array([0.0, 1.0, 4.0]), np.array([0.0, 0.5, 2.0, 3.0])), edge_order=2),
            S(d.complex(3)),
        ],
        portable=False,  # a composite of tensors
        errors=lambda d: [
            (S(d(3), edge_order=3), RuntimeError),
            (S(d(1)), RuntimeError),
            (S(d(3), spacing=[1.0, 2.0]), RuntimeError),
            (S(d(3), dim=2), IndexError),
        ],
    ),
    Row(
        "isin",
        lambda d: [S(INTS, np.array([1, 2])), S(INTS, 2, invert=True), S(d(3), np.array([nan, 1.0])), S(d(0), d(2))],
        False,
        out=True,
        errors=lambda d: [(S(FLAGS, FLAGS), RuntimeError), (S(d.complex(2), d(2)), RuntimeError), (S(1, 2), TypeError)],
    ),
    Row(
        "hash_tensor",
        lambda d: [S(d(3, 4)), S(d(3, 4), 0), S(INTS, (0, 1), keepdim=True), S(FLAGS), S(d())],
        False,
        out=True,
        errors=lambda d: [(S(d.complex(2)), NotImplementedError), (S(d(2), mode=1), RuntimeError)],
    ),
]

ROWS: list[Row] = [*SUMS, *MOMENTS, *EXTREMA, *TRUTH, *EXPONENTIAL, *RUNNING, *SORTED, *NORMS, *COUNTED]
