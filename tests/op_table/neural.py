"""Rows of the neural family: losses, normalisation, attention, distances.

What takes tensors that must not require grad (class weights, running statistics) is tested in ``tests/ops/neural``.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from tests.op_table import Draw, Row, S, Sample

HALVES = ("float32", "float16", "bfloat16")
LOSS = "nn.functional."
REDUCTIONS = ("mean", "sum", "none")


def each_reduction(*args: Any, **kwargs: Any) -> list[Sample]:
    """The same call with every reduction."""
    return [S(*args, **kwargs, reduction=reduction) for reduction in REDUCTIONS]


def _cross_entropy(d: Draw) -> Iterable[Sample]:
    yield from each_reduction(d(4, 5), d.integers(0, 5, 4))
    yield from each_reduction(d(2, 3, 2), d.integers(0, 3, 2, 2), label_smoothing=0.2)
    yield from each_reduction(d(2, 3, 2, 2), d.integers(0, 3, 2, 2, 2))
    yield from each_reduction(d(3, 4), d.between(0.1, 0.5, 3, 4), label_smoothing=0.1)
    yield from each_reduction(d(3, 4), np.array([1, -100, 3]), label_smoothing=0.3)
    yield S(d(5), np.array(3))
    yield S(d(3, 4), np.array([1, 2, 3]), ignore_index=2)


def _cross_entropy_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    yield S(d(2, 3), np.array([0, 3])), IndexError
    yield S(d(2, 3), np.array([0, -1])), IndexError
    yield S(d(2, 3), np.array([0])), ValueError
    yield S(d(2, 3), np.array([0, 1], np.int32)), RuntimeError
    yield S(d(2, 3), np.array([[0], [1]])), RuntimeError
    yield S(d(2, 3, 2), np.zeros((2, 3), np.int64)), RuntimeError
    yield S(d(2, 3, 2, 2), np.zeros((2, 3, 2), np.int64)), RuntimeError
    yield S(d(2, 3), np.zeros((2, 3), np.int64)), RuntimeError
    yield S(d(2, 3), np.array([0, 1]), label_smoothing=1.5), RuntimeError
    yield S(d(2, 3), np.array([0, 1]), reduction="all"), ValueError
    yield S(d(2, 3), None), TypeError


def _nll(d: Draw) -> Iterable[Sample]:
    yield from each_reduction(d(4, 5), d.integers(0, 5, 4))
    yield from each_reduction(d(2, 3, 2, 2), d.integers(0, 3, 2, 2, 2))
    yield from each_reduction(d(2, 3, 2), d.integers(0, 3, 2, 2))
    yield from each_reduction(d(5), np.array(2))
    yield from each_reduction(d(3, 4), np.array([0, 3, 0]), ignore_index=0)
    yield S(d(2, 3), np.array([0, 2], np.uint8))


def _triplet(d: Draw) -> Iterable[Sample]:
    yield from each_reduction(d(3, 4), d(3, 4), d(3, 4))
    yield S(d(3, 4), d(3, 4), d(3, 4), swap=True, p=1.0, margin=2.0)
    yield S(d(4), d(4), d(4), margin=3.0, p=3.0)


def _attention(d: Draw) -> Iterable[Sample]:
    q, k, v = d(1, 2, 3, 4), d(1, 2, 5, 4), d(1, 2, 5, 4)
    mask = np.array([[True, False, True, False, True], [False] * 5, [True] * 5])
    yield S(q, k, v)
    yield S(q, k, v, is_causal=True)
    yield S(q, k, v, attn_mask=mask, scale=0.7)
    yield S(q, k, v, attn_mask=d(3, 5))
    yield S(q[0], k[0], v[0], is_causal=True)
    yield S(q[0, 0], k[0, 0], d(5, 2), attn_mask=mask)
    yield S(d(1, 4, 2, 3), d(1, 2, 3, 3), d(1, 2, 3, 3), enable_gqa=True)
    yield S(d(1, 4, 2, 3), d(1, 2, 3, 3), d(1, 2, 3, 3), enable_gqa=True, is_causal=True)


def _attention_errors(d: Draw) -> Iterable[tuple[Sample, type[BaseException]]]:
    q = d(1, 2, 3, 4)
    yield S(q, q.astype(np.float32), q), RuntimeError
    yield S(d(4), d(4), d(4)), RuntimeError
    yield S(q, q, q, np.zeros((3, 3), np.int64)), RuntimeError
    yield S(q, q, q, np.zeros((2, 4), bool)), RuntimeError
    yield S(q[0], q[0], q[0], np.zeros((3, 3), bool), is_causal=True), RuntimeError
    yield S(q, q, q, dropout_p=2.0), RuntimeError


DIFFERENCES = [
    Row(
        LOSS + "mse_loss",
        lambda d: [*each_reduction(d(3, 2), d(3, 2)), S(d(), d())],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2), d(2), reduction="all"), ValueError),
            (S(np.arange(2), np.arange(2)), NotImplementedError),
        ],
    ),
    Row(LOSS + "l1_loss", lambda d: [*each_reduction(d(3, 2), d(3, 2)), S(d(), d())], dtypes=HALVES),
    Row(
        LOSS + "smooth_l1_loss",
        lambda d: [*each_reduction(d(3, 2), d(3, 2)), S(d(3), d(3), beta=0.3), S(d(3), d(3), beta=0.0)],
        dtypes=HALVES,
        errors=lambda d: [(S(d(2), d(2), beta=-1.0), RuntimeError)],
    ),
    Row(
        LOSS + "huber_loss",
        lambda d: [*each_reduction(d(3, 2), d(3, 2)), S(d(3), d(3), delta=0.3)],
        dtypes=HALVES,
        errors=lambda d: [(S(d(2), d(2), delta=0.0), RuntimeError)],
    ),
    Row(
        LOSS + "kl_div",
        lambda d: [
            S(d(3, 4), d.positive(3, 4), reduction=reduction, log_target=log)
            for reduction in ("sum", "none", "batchmean")
            for log in (False, True)
        ],
        dtypes=("float32",),
        errors=lambda d: [(S(d(2), np.arange(2), reduction="sum"), RuntimeError)],
    ),
    Row(
        LOSS + "poisson_nll_loss",
        lambda d: [
            *each_reduction(d(3), d.positive(3)),
            S(d.positive(3), d.positive(3), log_input=False),
            S(d(4), np.array([0.5, 1.5, 2.0, 7.0]), full=True),
        ],
        dtypes=("float32",),
    ),
    Row(
        LOSS + "gaussian_nll_loss",
        lambda d: [
            *each_reduction(d(3, 2), d(3, 2), d.positive(3, 2)),
            S(d(3, 2), d(3, 2), d.positive(3), full=True),
            S(d(3, 2), d(3, 2), d.positive(3, 1)),
            S(d(3, 2), d(3, 2), 2.0),
        ],
        dtypes=("float32",),
        portable=False,  # looks whether a variance is negative
        errors=lambda d: [
            (S(d(2), d(2), -d.positive(2)), ValueError),
            (S(d(2, 3), d(2, 3), d.positive(4)), ValueError),
        ],
    ),
]

ENTROPIES = [
    Row(LOSS + "cross_entropy", _cross_entropy, dtypes=HALVES, errors=_cross_entropy_errors),
    Row(LOSS + "nll_loss", _nll, dtypes=HALVES),
    Row(
        LOSS + "binary_cross_entropy",
        lambda d: each_reduction(d.between(0.1, 0.9, 3, 2), d.between(0.1, 0.9, 3, 2)),
        dtypes=HALVES,
        errors=lambda d: [
            (S(np.array([1.5]), np.array([1.0])), RuntimeError),
            (S(np.array([0.5]), np.array([[1.0]])), ValueError),
            (S(np.array([0.5]), np.array([1])), RuntimeError),
        ],
    ),
    Row(
        LOSS + "binary_cross_entropy_with_logits",
        lambda d: [
            *each_reduction(d(3, 2), d.between(0.1, 0.9, 3, 2)),
            S(np.array([-800.0, 0.0, 800.0]), np.array([1.0, 0.3, 0.0])),
        ],
        dtypes=("float32",),
        errors=lambda d: [(S(d(2), d(3)), ValueError), (S(d(2), np.array([0, 1])), RuntimeError)],
    ),
    Row(
        LOSS + "soft_margin_loss",
        lambda d: each_reduction(d(3, 2), np.array([[1, -1], [1, 1], [-1, 1]])),
        dtypes=("float32",),
        errors=lambda d: [(S(d(2), np.ones((3, 2), np.int64)), RuntimeError)],
    ),
]

ALIGNMENTS = [
    Row(
        LOSS + "ctc_loss",
        lambda d: [
            *each_reduction(-d.positive(5, 2, 4), np.array([[1, 2], [3, 3]]), (5, 4), (2, 2)),
            S(-d.positive(5, 2, 4), np.array([1, 2, 3]), (5, 4), (1, 2), 0, "none"),
            S(-d.positive(4, 3), np.array([0, 1]), np.array(4), np.array(2), blank=2),
            S(-d.positive(3, 2, 4), np.array([[1, 1], [2, 0]]), (2, 3), (2, 0), reduction="none", zero_infinity=True),
        ],
        differentiable=False,  # its gradient is that of the logits behind: see test_loss
        dtypes=("float32",),
        portable=False,  # lays out the labels one by one
        errors=lambda d: [
            (S(d(3, 1, 2), np.array([[1]]), (4,), (1,)), RuntimeError),
            (S(d(3, 1, 2), np.array([[1]]), (3, 3), (1,)), RuntimeError),
            (S(d(3, 1, 2), np.array([[1]]), (3,), (2,)), RuntimeError),
            (S(d(3, 1, 2), np.array([[1]]), (3,), (1,), blank=2), RuntimeError),
        ],
    ),
]

MARGINS = [
    Row(
        LOSS + "multi_margin_loss",
        lambda d: [*each_reduction(d(3, 4), np.array([1, 0, 3])), S(d(4), np.array(2), p=2, margin=0.7)],
        dtypes=("float32",),
        twice=False,  # PyTorch's gradient has none; ours is checked in test_loss
        errors=lambda d: [
            (S(d(2, 3), np.array([0, 3])), RuntimeError),
            (S(d(2, 3), np.array([0])), RuntimeError),
            (S(d(2, 3), np.array([0, 1]), p=3), ValueError),
        ],
    ),
    Row(
        LOSS + "multilabel_margin_loss",
        lambda d: [
            *each_reduction(d(2, 4), np.array([[3, 0, -1, 1], [1, -1, 2, 0]])),
            S(d(3), np.array([0, 2, -1])),
        ],
        dtypes=("float32",),
        twice=False,  # as above; it would be zero
        errors=lambda d: [(S(d(2), np.array([0, 2])), RuntimeError), (S(d(2), np.array([0])), RuntimeError)],
    ),
    Row(
        LOSS + "multilabel_soft_margin_loss",
        lambda d: [*each_reduction(d(3, 4), d.between(0, 1, 3, 4)), S(d(3, 4), d.between(0, 1, 3, 4), d.positive(4))],
        dtypes=("float32",),
    ),
    Row(LOSS + "hinge_embedding_loss", lambda d: each_reduction(d(4), np.array([1, -1, 1, -1])), dtypes=("float32",)),
    Row(
        LOSS + "cosine_embedding_loss",
        lambda d: [
            *each_reduction(d(3, 4), d(3, 4), np.array([1, -1, -1]), margin=-0.9),
            S(d(4), d(4), np.array(1)),
        ],
        dtypes=("float32",),
        errors=lambda d: [
            (S(d(3, 4), d(3, 4), np.array([[1]])), RuntimeError),
            (S(d(4), d(4), np.array([1])), RuntimeError),
        ],
    ),
    Row(
        LOSS + "margin_ranking_loss",
        lambda d: each_reduction(d(4), d(4), np.array([1, -1, 1, -1]), margin=0.5),
        dtypes=("float32",),
        errors=lambda d: [(S(d(4), d(4, 1), np.array([1])), RuntimeError)],
    ),
    Row(
        LOSS + "triplet_margin_loss",
        _triplet,
        dtypes=("float32",),
        errors=lambda d: [
            (S(d(2), d(2), d(2), margin=0.0), ValueError),
            (S(d(2), d(2, 2), d(2)), RuntimeError),
        ],
    ),
    Row(
        LOSS + "triplet_margin_with_distance_loss",
        lambda d: [*each_reduction(d(3, 4), d(3, 4), d(3, 4)), S(d(3, 4), d(3, 4), d(3, 4), swap=True, margin=2.0)],
    ),
]

NORMALISATION = [
    Row(
        "layer_norm",
        lambda d: [
            S(d(3, 4), (4,)),
            S(d(2, 3, 2), (3, 2), d(3, 2), d(3, 2)),
            S(d(2, 3), (3,), d(3), None, 0.1),
            S(d(2, 3), (3,), None, d(3)),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 3), (2,)), RuntimeError),
            (S(d(2, 3), ()), RuntimeError),
            (S(d(2, 3), (3,), d(2)), RuntimeError),
            (S(d(2, 3), 3), TypeError),
            (S(np.ones((2, 3), np.int64), (3,)), NotImplementedError),
        ],
    ),
    Row(
        "rms_norm",
        lambda d: [S(d(3, 4), (4,)), S(d(2, 3, 2), (3, 2), d(3, 2), 0.1)],
        dtypes=HALVES,
        errors=lambda d: [(S(d(2, 3), (2,)), RuntimeError), (S(np.ones((2, 3), np.int64), (3,)), NotImplementedError)],
    ),
    Row("rms_norm", lambda d: [S(d.complex(2, 3), (3,))], label="complex"),
    Row(
        "group_norm",
        lambda d: [
            S(d(2, 4), 2),
            S(d(2, 4, 3), 2, d(4), d(4)),
            S(d(2, 2, 2, 2), 1, d(2), None, 0.1),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 4), 3), RuntimeError),
            (S(d(4), 2), RuntimeError),
            (S(d(2, 4), 2, d(3)), RuntimeError),
            (S(np.ones((2, 4), np.int64), 2), NotImplementedError),
        ],
    ),
    Row(
        LOSS + "batch_norm",
        lambda d: [
            S(d(4, 3), None, None, training=True),
            S(d(2, 3, 4), None, None, d(3), d(3), training=True, eps=0.1),
            S(d(3, 2, 2, 2), None, None, d(2), None, True),
            S(d(3, 2), None, None, None, d(2), True),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(1, 3), None, None, training=True), ValueError),
            (S(d(2, 3), None, None), RuntimeError),
            (S(d(2, 3), None, None, d(2), training=True), RuntimeError),
        ],
    ),
    Row(
        LOSS + "instance_norm",
        lambda d: [S(d(2, 3, 4)), S(d(2, 2, 2, 3), weight=d(2), bias=d(2), eps=0.1)],
        dtypes=("float32",),
        errors=lambda d: [
            (S(d(2, 3, 1)), ValueError),
            (S(d(2, 3, 4), use_input_stats=False), RuntimeError),
        ],
    ),
    Row(
        LOSS + "local_response_norm",
        lambda d: [S(d(2, 4, 3), 2), S(d(1, 4, 2, 2), 3, 0.1, 0.5, 2.0), S(d(1, 3, 2, 2, 2), 2, alpha=0.3)],
        dtypes=("float32",),
        errors=lambda d: [(S(d(2, 3), 2), ValueError)],
    ),
]


def _heads(d: Draw) -> Iterable[Sample]:
    x, keys = d(3, 2, 4), d(2, 2, 4)
    weights = (d(12, 4), d(12))
    yield S(x, keys, keys, 4, 2, *weights, None, None, False, 0.0, d(4, 4), d(4))
    yield S(x, keys, d(2, 2, 4), 4, 1, *weights, d(1, 1, 4), d(1, 1, 4), True, 0.0, d(4, 4), None, need_weights=False)


OTHERS = [
    Row(LOSS + "multi_head_attention_forward", _heads, dtypes=("float32",), tolerance=1e-9),
    Row(
        LOSS + "scaled_dot_product_attention",
        _attention,
        dtypes=HALVES,
        errors=_attention_errors,
    ),
    Row(
        "pairwise_distance",
        lambda d: [
            S(d(3, 4), d(3, 4)),
            S(d(3, 4), d(4), p=1.0, keepdim=True),
            S(d(3, 4), d(3, 4), float("inf")),
            S(d(4), d(4), 3.0, 0.1),
            S(d(2, 4), d(2, 4), -1.5),
        ],
        dtypes=HALVES,
        broadcasts=False,  # integers become floats, empty rows have no largest element
        errors=lambda d: [(S(d(3, 4), d(3, 5)), RuntimeError)],
    ),
    Row("dropout", lambda d: [S(d(3), 0.0, True), S(d(3), 1.0, True), S(d(3), 0.5, False)], dtypes=HALVES),
    Row("feature_dropout", lambda d: [S(d(2, 3, 4), 1.0, True), S(d(2, 3), 0.5, False)]),
    Row("alpha_dropout", lambda d: [S(d(3), 1.0, True), S(d(3), 0.5, False)]),
    Row("feature_alpha_dropout", lambda d: [S(d(2, 3), 1.0, True), S(d(2, 3), 0.5, False)]),
]

ROWS: list[Row] = [*DIFFERENCES, *ENTROPIES, *ALIGNMENTS, *MARGINS, *NORMALISATION, *OTHERS]
