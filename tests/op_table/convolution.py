"""Rows of convolution, pooling and resizing."""

from __future__ import annotations

from tests.op_table import Row, S

SINGLE = ("float32",)
HALVES = ("float16", "bfloat16", "float32")

CONVOLUTIONS = [
    Row(
        "nn.functional.conv1d",
        lambda d: [
            S(d(2, 2, 5), d(3, 2, 3), d(3)),
            S(d(2, 2, 6), d(2, 1, 2), None, stride=2, padding=1, groups=2),
            S(d(2, 5), d(3, 2, 2), d(3), dilation=2),
            S(d(1, 2, 5), d(3, 2, 3), padding="same"),
            S(d(1, 2, 5), d(3, 2, 3), padding="valid"),
            S(d(0, 2, 5), d(3, 2, 3), d(3)),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 5), d(3, 3, 3)), RuntimeError),
            (S(d(2, 2, 5), d(3, 2, 3), stride=0), RuntimeError),
            (S(d(2, 2, 5), d(3, 2, 7)), RuntimeError),
            (S(d(2, 2, 5), d(3, 2, 3), padding="full"), RuntimeError),
            (S(d(2, 2, 5), d(3, 2, 3), stride=1.5), TypeError),
        ],
    ),
    Row("nn.functional.conv1d", lambda d: [S(d.complex(1, 2, 4), d.complex(2, 2, 2))], label="complex"),
    Row(
        "nn.functional.conv2d",
        lambda d: [
            S(d(2, 2, 4, 3), d(2, 2, 2, 2), d(2)),
            S(d(1, 2, 4, 5), d(2, 1, 2, 2), d(2), stride=2, padding=(1, 0), groups=2),
            S(d(1, 1, 4, 5), d(2, 1, 2, 3), dilation=(1, 2)),
            S(d(2, 4, 3), d(3, 2, 1, 1), d(3)),
            S(d(1, 2, 3, 4), d(2, 2, 3, 3), padding="same"),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 3, 5, 5), d(4, 2, 3, 3)), RuntimeError),
            (S(d(2, 3, 5, 5), d(4, 3, 3, 3), d(3)), RuntimeError),
            (S(d(2, 3, 5, 5), d(4, 3, 3, 3), padding=-1), RuntimeError),
            (S(d(2, 3, 5, 5), d(4, 3, 3, 3), groups=0), RuntimeError),
            (S(d(5, 5), d(4, 3, 3, 3)), RuntimeError),
            (S([1.0], d(4, 3, 3, 3)), TypeError),
            (S(d.booleans(1, 1, 3, 3), d.booleans(1, 1, 2, 2)), NotImplementedError),
        ],
    ),
    Row(
        "nn.functional.conv2d",
        lambda d: [S(d.integers(0, 9, 1, 1, 3, 3), d.integers(0, 9, 2, 1, 2, 2))],
        differentiable=False,
        label="integer",
    ),
    Row(
        "nn.functional.conv3d",
        lambda d: [
            S(d(1, 2, 3, 3, 2), d(2, 2, 2, 2, 1), d(2)),
            S(d(1, 3, 3, 3), d(2, 1, 2, 2, 2), stride=2, padding=1),
        ],
        dtypes=SINGLE,
    ),
    Row(
        "nn.functional.conv_transpose1d",
        lambda d: [
            S(d(2, 2, 3), d(2, 3, 3), d(3)),
            S(d(2, 2, 3), d(2, 2, 2), None, stride=2, padding=1, output_padding=1, groups=2),
            S(d(2, 3), d(2, 3, 2), dilation=2),
        ],
        dtypes=SINGLE,
        errors=lambda d: [
            (S(d(2, 3, 5), d(4, 3, 3)), RuntimeError),
            (S(d(2, 3, 5), d(3, 4, 3), output_padding=1), RuntimeError),
        ],
    ),
    Row(
        "nn.functional.conv_transpose2d",
        lambda d: [
            S(d(1, 2, 3, 2), d(2, 2, 2, 2), d(2)),
            S(d(1, 2, 2, 3), d(2, 1, 3, 2), stride=2, groups=2, dilation=2),
        ],
        dtypes=SINGLE,
    ),
    Row(
        "nn.functional.conv_transpose3d",
        lambda d: [S(d(1, 2, 2, 2, 2), d(2, 1, 2, 2, 2), d(1), stride=2)],
        dtypes=SINGLE,
    ),
    Row(
        "conv_tbc",
        lambda d: [S(d(4, 2, 3), d(2, 3, 2), d(2), 1)],
        errors=lambda d: [(S(d(4, 2, 3), d(2, 2, 2), d(2)), RuntimeError)],
    ),
]

POOLS = [
    Row(
        "nn.functional.max_pool1d",
        lambda d: [
            S(d.distinct(2, 2, 7), 2),
            S(d.distinct(2, 7), 3, stride=2, padding=1, ceil_mode=True),
            S(d.distinct(1, 2, 7), 2, dilation=2),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(6), 2), RuntimeError),
            (S(d(2, 6), 7), RuntimeError),
            (S(d(2, 6), 2, stride=0), RuntimeError),
        ],
    ),
    Row(
        "nn.functional.max_pool2d",
        lambda d: [
            S(d.distinct(1, 2, 4, 5), 2),
            S(d.distinct(2, 5, 5), 3, stride=2, padding=1),
            S(d.distinct(1, 1, 6, 5), (2, 1), stride=(1, 2), dilation=(2, 1), ceil_mode=True, return_indices=True),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 3, 6, 6), 7), RuntimeError),
            (S(d(2, 3, 6, 6), 2, padding=2), RuntimeError),
            (S(d(6, 6), 2), RuntimeError),
            (S(d.booleans(1, 1, 4, 4), 2), NotImplementedError),
        ],
    ),
    Row(
        "nn.functional.max_pool3d", lambda d: [S(d.distinct(1, 1, 4, 3, 4), 2), S(d.distinct(1, 4, 4, 3), 3, padding=1)]
    ),
    Row(
        "nn.functional.avg_pool1d",
        lambda d: [S(d(2, 2, 7), 2), S(d(2, 7), 3, stride=2, padding=1, ceil_mode=True, count_include_pad=False)],
        dtypes=HALVES,
        errors=lambda d: [(S(d(6), 2), RuntimeError)],
    ),
    Row(
        "nn.functional.avg_pool2d",
        lambda d: [
            S(d(1, 2, 4, 5), 2),
            S(d(2, 5, 5), 3, stride=2, padding=1),
            S(d(1, 1, 5, 4), 2, ceil_mode=True, count_include_pad=False),
            S(d(1, 1, 4, 4), 2, divisor_override=3),
        ],
        dtypes=HALVES,
        errors=lambda d: [
            (S(d(2, 3, 6, 6), 2, divisor_override=0), RuntimeError),
            (S(d(2, 3, 6, 6), 2, padding=2), RuntimeError),
            (S(d(6, 6), 2), IndexError),
        ],
    ),
    Row("nn.functional.avg_pool3d", lambda d: [S(d(1, 1, 4, 3, 4), 2), S(d(1, 4, 3, 3), 2, stride=1, padding=1)]),
    Row("nn.functional.adaptive_avg_pool1d", lambda d: [S(d(2, 5), 2), S(d(1, 2, 5), 1)], dtypes=HALVES),
    Row(
        "nn.functional.adaptive_avg_pool2d",
        lambda d: [S(d(1, 2, 4, 5), 2), S(d(2, 5, 4), (3, None)), S(d(1, 2, 3, 3), 1)],
        dtypes=HALVES,
        errors=lambda d: [(S(d(6, 6), 2), RuntimeError), (S(d(2, 3, 6, 6), -1), RuntimeError)],
    ),
    Row("nn.functional.adaptive_avg_pool3d", lambda d: [S(d(1, 1, 3, 4, 2), (2, 3, 1))]),
    Row("nn.functional.adaptive_max_pool1d", lambda d: [S(d.distinct(2, 5), 2)]),
    Row("nn.functional.adaptive_max_pool2d", lambda d: [S(d.distinct(1, 2, 4, 5), (3, 2)), S(d.distinct(2, 3, 4), 2)]),
    Row("nn.functional.adaptive_max_pool3d", lambda d: [S(d.distinct(1, 1, 3, 4, 2), 2)]),
    Row("nn.functional.lp_pool1d", lambda d: [S(d.positive(2, 6), 2, 2)]),
    Row("nn.functional.lp_pool2d", lambda d: [S(d.positive(1, 2, 4, 4), 3, 2)]),
    Row(
        "nn.functional.max_unpool2d",
        lambda d: [S(d(1, 2, 2), d.integers(0, 1, 1, 2, 2) + [[[0, 3], [9, 14]]], 2)],
        errors=lambda d: [(S(d(1, 2, 2), d.integers(90, 99, 1, 2, 2), 2), RuntimeError)],
    ),
]

IMAGES = [
    Row(
        "nn.functional.interpolate",
        lambda d: [
            S(d(1, 2, 3), size=5),
            S(d(1, 1, 3, 4), scale_factor=2),
            S(d(1, 1, 3, 4), size=(5, 2), mode="nearest-exact"),
            S(d(1, 2, 4), size=7, mode="linear", align_corners=True),
            S(d(1, 1, 3, 4), scale_factor=1.7, mode="bilinear"),
            S(d(1, 1, 4, 4), size=(3, 6), mode="bicubic", align_corners=False),
            S(d(1, 1, 2, 3, 2), size=(3, 2, 4), mode="trilinear"),
            S(d(1, 1, 5, 4), size=(2, 3), mode="area"),
            S(d(1, 1, 5, 6), size=(2, 3), mode="bilinear", antialias=True),
            S(d(1, 1, 5, 6), size=(2, 3), mode="bicubic", antialias=True),
        ],
        dtypes=SINGLE,
        tolerance=1e-9,
        errors=lambda d: [
            (S(d(1, 2, 3)), ValueError),
            (S(d(1, 2, 3), size=2, scale_factor=2), ValueError),
            (S(d(1, 2, 3), size=2, mode="bilinear"), NotImplementedError),
            (S(d(1, 2, 3), size=2, align_corners=True), ValueError),
            (S(d(1, 2, 3, 3), size=(2,)), ValueError),
            (S(d(1, 2, 3, 3), size=0), RuntimeError),
            (S(d(2, 3), size=2), NotImplementedError),
        ],
    ),
    Row(
        "nn.functional.grid_sample",
        lambda d: (
            [
                S(d(1, 2, 3, 4), d.between(-0.9, 0.9, 1, 2, 2, 2), mode, padding, corners)
                for mode in ("bilinear", "nearest", "bicubic")
                for padding, corners in (("zeros", False), ("border", True), ("reflection", False))
            ]
            + [S(d(1, 1, 2, 3, 2), d.between(-0.9, 0.9, 1, 1, 2, 2, 3), align_corners=True)]
        ),
        tolerance=1e-8,
        twice=False,
        errors=lambda d: [
            (S(d(1, 2, 3, 4), d(1, 2, 2, 3), align_corners=False), RuntimeError),
            (S(d(1, 2, 3, 4), d(1, 2, 2, 2), "cubic", align_corners=False), ValueError),
        ],
    ),
    Row(
        "nn.functional.affine_grid",
        lambda d: [S(d(1, 2, 3), (1, 1, 2, 3), False), S(d(1, 3, 4), (1, 1, 2, 3, 2), True)],
        errors=lambda d: [(S(d(1, 2, 3), (1, 1, 2), False), NotImplementedError)],
    ),
]

ROWS = [*CONVOLUTIONS, *POOLS, *IMAGES]
