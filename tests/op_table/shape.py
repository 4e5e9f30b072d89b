"""Rows of the shape family."""

from __future__ import annotations

import numpy as np

from tests.op_table import COMPLEX, FLOATS, INTEGERS, Row, S

ALL = (*FLOATS, *COMPLEX)


def _row(name, samples, *errors, **kwargs):  # type: ignore[no-untyped-def]
    """A row that keeps the dtype, with its wrong calls."""
    kwargs.setdefault("dtypes", ALL)
    return Row(name, samples, errors=lambda d: [e(d) for e in errors], **kwargs)


def _fails(make, kind):  # type: ignore[no-untyped-def]
    return lambda d: (make(d), kind)


VIEWS = [
    _row(
        "Tensor.view",
        lambda d: [S(d(2, 3), 6), S(d(2, 3), -1, 2), S(d(2, 3), (3, 2)), S(d(), 1), S(d(0, 3), 3, -1), S(d(4), [2, 2])],
        _fails(lambda d: S(d(2, 3), 7), RuntimeError),
        _fails(lambda d: S(d(2, 3), -1, -1), RuntimeError),
        _fails(lambda d: S(d(2, 3), 2.0), TypeError),
        _fails(lambda d: S(d(2, 3)), TypeError),
    ),
    _row("Tensor.view_as", lambda d: [S(d(2, 3), d(3, 2))], _fails(lambda d: S(d(2, 3), d(4)), RuntimeError)),
    _row(
        "reshape",
        lambda d: [S(d(2, 3), (6,)), S(d(2, 3), (-1, 2)), S(d(), (1, 1)), S(d(0, 3), (0,))],
        _fails(lambda d: S(d(2, 3), (7,)), RuntimeError),
        _fails(lambda d: S(d(2, 3), 6), TypeError),
    ),
    _row("Tensor.reshape", lambda d: [S(d(2, 3), 6), S(d(2, 3), -1, 2), S(d(2, 3), [3, 2])]),
    _row("Tensor.reshape_as", lambda d: [S(d(2, 3), d(3, 2))]),
    _row(
        "flatten",
        lambda d: [S(d(2, 3, 4)), S(d(2, 3, 4), 1), S(d(2, 3, 4), 0, 1), S(d(3)), S(d())],
        _fails(lambda d: S(d(2, 3), 1, 0), RuntimeError),
        _fails(lambda d: S(d(2, 3), 5), IndexError),
    ),
    _row(
        "unflatten",
        lambda d: [S(d(2, 12), 1, (3, 4)), S(d(2, 12), -1, (-1, 2)), S(d(4), 0, [2, 2])],
        _fails(lambda d: S(d(2, 12), 1, (5, 2)), RuntimeError),
        _fails(lambda d: S(d(2, 12), 1, ()), RuntimeError),
    ),
    _row("ravel", lambda d: [S(d(2, 3)), S(d())]),
    _row(
        "squeeze",
        lambda d: [S(d(1, 2, 1)), S(d(1, 2, 1), 0), S(d(1, 2, 1), 1), S(d(1, 2, 1), (0, -1)), S(d()), S(d(), 0)],
        _fails(lambda d: S(d(1, 2), 5), IndexError),
        _fails(lambda d: S(d(1, 2), (0, 0)), RuntimeError),
    ),
    _row(
        "unsqueeze",
        lambda d: [S(d(2, 3), 0), S(d(2, 3), -1), S(d(2, 3), 1), S(d(), 0)],
        _fails(lambda d: S(d(2, 3), 5), IndexError),
    ),
    _row(
        "Tensor.expand",
        lambda d: [S(d(1, 3), 2, 3), S(d(3), 2, 3), S(d(2, 1), -1, 3), S(d(), 2), S(d(1, 3), (0, 3)), S(d(2), 2)],
        _fails(lambda d: S(d(2, 3), 2, 4), RuntimeError),
        _fails(lambda d: S(d(2, 3), 3), RuntimeError),
        _fails(lambda d: S(d(2, 3), -1, 2, 3), RuntimeError),
    ),
    _row("Tensor.expand_as", lambda d: [S(d(1, 3), d(2, 3))]),
    _row("broadcast_to", lambda d: [S(d(3), (2, 3)), S(d(), (2,))]),
    _row(
        "broadcast_tensors",
        lambda d: [S(d(3), d(2, 1)), S(d(2, 3), d(2, 3))],
        _fails(lambda d: S(d(3), d(2)), RuntimeError),
    ),
    _row(
        "permute",
        lambda d: [S(d(2, 3, 4), (2, 0, 1)), S(d(2, 3), (-1, 0)), S(d(), ())],
        _fails(lambda d: S(d(2, 3), (0, 0)), RuntimeError),
        _fails(lambda d: S(d(2, 3), (0,)), RuntimeError),
        _fails(lambda d: S(d(2, 3), (0, 5)), IndexError),
    ),
    _row(
        "transpose",
        lambda d: [S(d(2, 3, 4), 0, 2), S(d(2, 3), -1, -2), S(d(2), 0, 0), S(d(), 0, -1)],
        _fails(lambda d: S(d(2, 3), 0, 2), IndexError),
    ),
    _row("swapaxes", lambda d: [S(d(2, 3, 4), 0, 1)]),
    _row("swapdims", lambda d: [S(d(2, 3, 4), 0, -1)]),
    _row("t", lambda d: [S(d(2, 3)), S(d(3)), S(d())], _fails(lambda d: S(d(2, 3, 4)), RuntimeError)),
    _row(
        "adjoint",
        lambda d: [S(d(2, 3)), S(d.complex(2, 2, 3))],
        _fails(lambda d: S(d(2)), RuntimeError),
        dtypes=COMPLEX,
    ),
    _row(
        "movedim",
        lambda d: [S(d(2, 3, 4), 0, 2), S(d(2, 3, 4), (0, 1), (2, 0)), S(d(2, 3), -1, 0)],
        _fails(lambda d: S(d(2, 3), (0, 1), (0,)), RuntimeError),
        _fails(lambda d: S(d(2, 3), (0, 0), (0, 1)), RuntimeError),
    ),
    _row("moveaxis", lambda d: [S(d(2, 3, 4), 0, 2)]),
    _row(
        "select",
        lambda d: [S(d(2, 3), 0, 1), S(d(2, 3), -1, -2), S(d(3), 0, 0)],
        _fails(lambda d: S(d(2, 3), 0, 2), IndexError),
        _fails(lambda d: S(d(), 0, 0), IndexError),
    ),
    _row(
        "narrow",
        lambda d: [S(d(4, 3), 0, 1, 2), S(d(4, 3), -1, -2, 2), S(d(4), 0, 4, 0)],
        _fails(lambda d: S(d(4), 0, 2, 3), RuntimeError),
        _fails(lambda d: S(d(4), 0, 5, 0), IndexError),
        _fails(lambda d: S(d(4), 0, 0, -1), RuntimeError),
    ),
    _row(
        "Tensor.unfold",
        lambda d: [S(d(5), 0, 3, 2), S(d(2, 5), 1, 2, 1), S(d(4, 3), 0, 2, 2), S(d(), 0, 1, 1), S(d(5), 0, 2, 3)],
        _fails(lambda d: S(d(3), 0, 4, 1), RuntimeError),
        _fails(lambda d: S(d(3), 0, 2, 0), RuntimeError),
    ),
    _row(
        "diagonal",
        lambda d: [S(d(3, 3)), S(d(2, 4), 1), S(d(4, 2), -1), S(d(2, 3, 4), 0, 0, 2), S(d(2, 2), 5)],
        _fails(lambda d: S(d(2, 3), 0, 1, 1), RuntimeError),
        _fails(lambda d: S(d(3)), IndexError),
    ),
    _row(
        "view_as_real",
        lambda d: [S(d.complex(2, 3)), S(d.complex())],
        _fails(lambda d: S(d(2)), RuntimeError),
        dtypes=COMPLEX,
    ),
]

CUTS = [
    _row(
        "split",
        lambda d: [S(d(5, 2), 2), S(d(5, 2), [1, 4]), S(d(2, 5), 3, -1), S(d(3), 3), S(d(0, 2), 2), S(d(3), 5)],
        _fails(lambda d: S(d(3), 0), RuntimeError),
        _fails(lambda d: S(d(3), [1, 1]), RuntimeError),
        _fails(lambda d: S(d(), 1), RuntimeError),
    ),
    _row("split_with_sizes", lambda d: [S(d(5, 2), [1, 4]), S(d(2, 5), [2, 0, 3], 1), S(d(3), [3])]),
    _row("unsafe_split", lambda d: [S(d(5, 2), 2), S(d(3), 3)]),
    _row("unsafe_split_with_sizes", lambda d: [S(d(5, 2), [1, 4])]),
    _row("unsafe_chunk", lambda d: [S(d(5, 2), 2)]),
    _row(
        "chunk",
        lambda d: [S(d(5), 3), S(d(4, 5), 2, 1), S(d(2), 5), S(d(3), 1)],
        _fails(lambda d: S(d(3), 0), RuntimeError),
    ),
    _row(
        "tensor_split",
        lambda d: [S(d(5), 3), S(d(5), (1, 3)), S(d(2, 5), [2], 1), S(d(2), 4), S(d(5), np.array([1, 4]))],
        _fails(lambda d: S(d(3), 0), RuntimeError),
        _fails(lambda d: S(d(), 2), RuntimeError),
        portable=False,  # a tensor of positions decides the shapes
    ),
    _row("hsplit", lambda d: [S(d(2, 4), 2), S(d(4), [1])], _fails(lambda d: S(d(2, 3), 2), RuntimeError)),
    _row("vsplit", lambda d: [S(d(4, 2), 2)], _fails(lambda d: S(d(4), 2), RuntimeError)),
    _row("dsplit", lambda d: [S(d(2, 2, 4), 2)], _fails(lambda d: S(d(4, 4), 2), RuntimeError)),
    _row(
        "unbind",
        lambda d: [S(d(3, 2)), S(d(3, 2), 1), S(d(1, 2)), S(d(3))],
        _fails(lambda d: S(d()), IndexError),
    ),
]

JOINS = [
    _row(
        "cat",
        lambda d: [S([d(2, 3), d(1, 3)]), S((d(2, 3), d(2, 1)), 1), S([d(2), d(0), d(1)]), S([d(2, 3)], dim=-1)],
        _fails(lambda d: S([d(2, 3), d(2, 2)]), RuntimeError),
        _fails(lambda d: S([d(2, 3), d(2)]), RuntimeError),
        _fails(lambda d: S([]), ValueError),
        _fails(lambda d: S([d(), d()]), RuntimeError),
        _fails(lambda d: S(d(2, 3)), TypeError),
        _fails(lambda d: S([d(2), d(2)], 3), IndexError),
        out=True,
    ),
    _row("concat", lambda d: [S([d(2, 3), d(1, 3)])], out=True),
    _row("concatenate", lambda d: [S([d(2, 3), d(1, 3)])], out=True),
    _row(
        "stack",
        lambda d: [S([d(2, 3), d(2, 3)]), S([d(2), d(2)], -1), S([d(), d()]), S([d(2, 3)], 1)],
        _fails(lambda d: S([d(2), d(3)]), RuntimeError),
        _fails(lambda d: S([]), RuntimeError),
        _fails(lambda d: S([d(2)], 4), IndexError),
        out=True,
    ),
    _row("hstack", lambda d: [S([d(2), d(3)]), S([d(2, 1), d(2, 2)]), S([d(), d()])], out=True),
    _row("vstack", lambda d: [S([d(2), d(2)]), S([d(1, 2), d(3, 2)])], out=True),
    _row("row_stack", lambda d: [S([d(2), d(2)])], out=True),
    _row("dstack", lambda d: [S([d(2), d(2)]), S([d(2, 3), d(2, 3)])], out=True),
    _row("column_stack", lambda d: [S([d(2), d(2, 3)]), S([d(), d()])], out=True),
    _row("block_diag", lambda d: [S(d(2, 3), d(), d(2))], _fails(lambda d: S(d(2, 2, 2)), RuntimeError)),
    _row("atleast_1d", lambda d: [S(d()), S(d(2)), S(d(), d(2))]),
    _row("atleast_2d", lambda d: [S(d()), S(d(2)), S(d(2, 3))]),
    _row("atleast_3d", lambda d: [S(d()), S(d(2)), S(d(2, 3)), S([d(2), d()])]),
]

COPIES = [
    _row("clone", lambda d: [S(d(2, 3)), S(d())]),
    _row("Tensor.contiguous", lambda d: [S(d(2, 3))]),
    _row(
        "Tensor.repeat",
        lambda d: [S(d(2, 3), 2, 1), S(d(2), 2, 3), S(d(), 2), S(d(2), (0,)), S(d(2, 1), 1, 1)],
        _fails(lambda d: S(d(2, 3), 2), RuntimeError),
        _fails(lambda d: S(d(2), -1), RuntimeError),
    ),
    _row("tile", lambda d: [S(d(2, 3), (2,)), S(d(2), (2, 2)), S(d(2), ())]),
    _row(
        "repeat_interleave",
        lambda d: [S(d(2, 3), 2), S(d(2, 3), 2, 1), S(d(2, 3), np.array([1, 2]), 0), S(d(3), np.array([0, 2, 1]))],
        _fails(lambda d: S(d(3), -1), RuntimeError),
        _fails(lambda d: S(d(3), np.array([1, 2]), 0), RuntimeError),
        portable=False,  # repeats decide the shape
    ),
    _row(
        "meshgrid",
        lambda d: [S(d(2), d(3), indexing="ij"), S(d(2), d(3), d(2), indexing="xy"), S(d(2), d(), indexing="ij")],
        _fails(lambda d: S(d(2, 2), indexing="ij"), RuntimeError),
        _fails(lambda d: S(d(2), d(2), indexing="no"), RuntimeError),
    ),
    _row("cartesian_prod", lambda d: [S(d(2), d(3)), S(d(2))], _fails(lambda d: S(d(2, 2)), RuntimeError)),
    _row(
        "combinations",
        lambda d: [S(d(4)), S(d(3), 3), S(d(3), 2, True), S(d(3), 1)],
        _fails(lambda d: S(d(2, 2)), RuntimeError),
        portable=False,  # a mask decides the shape
    ),
    _row("diag", lambda d: [S(d(3)), S(d(3), -1), S(d(2, 3)), S(d(2, 3), 1)], _fails(lambda d: S(d()), RuntimeError)),
    _row("diag_embed", lambda d: [S(d(2, 3)), S(d(3), 1), S(d(2, 3), -1, 0, 1)]),
    _row("diagflat", lambda d: [S(d(2, 2)), S(d(3), 1)]),
    _row("trace", lambda d: [S(d(3, 3)), S(d(2, 4))], _fails(lambda d: S(d(3)), RuntimeError), dtypes=COMPLEX),
    _row("triu", lambda d: [S(d(3, 3)), S(d(2, 3, 4), 1), S(d(3, 2), -1)], _fails(lambda d: S(d(3)), RuntimeError)),
    _row("tril", lambda d: [S(d(3, 3)), S(d(2, 3, 4), 1), S(d(3, 2), -1)], in_place="tril_"),
    _row(
        "flip",
        lambda d: [S(d(2, 3), (0,)), S(d(2, 3), (0, -1)), S(d(2, 3), ())],
        _fails(lambda d: S(d(2, 3), (0, 0)), RuntimeError),
        _fails(lambda d: S(d(2, 3), 0), TypeError),
    ),
    _row("fliplr", lambda d: [S(d(2, 3))], _fails(lambda d: S(d(3)), RuntimeError)),
    _row("flipud", lambda d: [S(d(2, 3))], _fails(lambda d: S(d()), RuntimeError)),
    _row(
        "roll",
        lambda d: [S(d(5), 2), S(d(2, 3), 1), S(d(2, 3), (1, -1), (0, 1)), S(d(), 1), S(d(0, 2), 1, 0)],
        _fails(lambda d: S(d(3), (1, 2)), RuntimeError),
    ),
    _row(
        "rot90",
        lambda d: [S(d(2, 3)), S(d(2, 3), 2), S(d(2, 3), -1), S(d(2, 3), 0), S(d(2, 3, 4), 1, (1, 2))],
        _fails(lambda d: S(d(2, 3), 1, (0, 0)), RuntimeError),
        _fails(lambda d: S(d(3)), RuntimeError),
    ),
    _row(
        "select_scatter",
        lambda d: [S(d(2, 3), d(3), 0, 1), S(d(2, 3), d(2), 1, -1)],
        _fails(lambda d: S(d(2, 3), d(2), 0, 1), RuntimeError),
        dtypes=FLOATS,
    ),
    _row("slice_scatter", lambda d: [S(d(4, 2), d(2, 2), 0, 0, 4, 2), S(d(4), d(2), 0, 2)], dtypes=FLOATS),
    _row("diagonal_scatter", lambda d: [S(d(3, 3), d(3)), S(d(2, 4), d(2), 1)], dtypes=FLOATS),
    *[
        _row(f"{name}_copy", samples)
        for name, samples in {
            "alias": lambda d: [S(d(2, 3))],
            "expand": lambda d: [S(d(1, 3), (2, 3))],
            "permute": lambda d: [S(d(2, 3), (1, 0))],
            "select": lambda d: [S(d(2, 3), 0, 1)],
            "split": lambda d: [S(d(4), 2)],
            "squeeze": lambda d: [S(d(1, 2))],
            "t": lambda d: [S(d(2, 3))],
            "transpose": lambda d: [S(d(2, 3), 0, 1)],
            "unbind": lambda d: [S(d(2, 3))],
            "unfold": lambda d: [S(d(4), 0, 2, 1)],
            "unsqueeze": lambda d: [S(d(2), 0)],
            "view": lambda d: [S(d(4), (2, 2))],
            "diagonal": lambda d: [S(d(3, 3))],
        }.items()
    ],
]

IMAGES = [
    _row(
        "nn.functional.pad",
        lambda d: [
            S(d(2, 3), (1, 2)),
            S(d(2, 3), (1, 0, 2, 1), value=1.5),
            S(d(2, 4), (-1, 2)),
            S(d(2, 5), (2, 1), "reflect"),
            S(d(1, 2, 4, 4), (1, 2, 0, 3), "reflect"),
            S(d(2, 3), (2, 4), "replicate"),
            S(d(1, 3, 3), (1, 2, 2, 0), "replicate"),
            S(d(1, 1, 2, 3, 2), (1, 1, 1, 0, 0, 1), "replicate"),
            S(d(2, 4), (1, 3), "circular"),
            S(d(1, 4, 4), (1, -1, -2, 1), "circular"),
            S(d(2, 4), (-1, 2), "reflect"),
            S(d(2, 3), ()),
        ],
        _fails(lambda d: S(d(2, 3), (1,)), RuntimeError),
        _fails(lambda d: S(d(3), (1, 1, 1, 1)), RuntimeError),
        _fails(lambda d: S(d(2, 3), (3, 0), "reflect"), RuntimeError),
        _fails(lambda d: S(d(2, 3), (4, 0), "circular"), RuntimeError),
        _fails(lambda d: S(d(2, 3), (1, 1), "no"), NotImplementedError),
        _fails(lambda d: S(d(3), (1, 1), "reflect"), NotImplementedError),
        dtypes=FLOATS,
    ),
    _row("constant_pad_nd", lambda d: [S(d(2, 3), (1, 2), 2.5), S(d(2, 3), (-1, -1))]),
    _row(
        "nn.functional.pixel_shuffle",
        lambda d: [S(d(1, 4, 2, 3), 2), S(d(9, 1, 2), 3)],
        _fails(lambda d: S(d(3, 2, 2), 2), RuntimeError),
    ),
    _row(
        "nn.functional.pixel_unshuffle",
        lambda d: [S(d(1, 2, 4, 2), 2)],
        _fails(lambda d: S(d(1, 3, 3), 2), RuntimeError),
    ),
    _row("nn.functional.channel_shuffle", lambda d: [S(d(2, 6, 2), 3), S(d(1, 4, 2, 2), 2)], dtypes=FLOATS),
    _row(
        "nn.functional.unfold",
        lambda d: [
            S(d(1, 2, 4, 5), 2),
            S(d(2, 1, 5, 5), (3, 2), stride=2),
            S(d(1, 1, 5, 6), (2, 2), dilation=(2, 3), padding=1),
            S(d(1, 3, 3), 2),
        ],
        _fails(lambda d: S(d(1, 1, 2, 2), 3), RuntimeError),
        _fails(lambda d: S(d(2, 2), 1), IndexError),
        dtypes=("float32", "complex128"),
    ),
    _row(
        "nn.functional.fold",
        lambda d: [
            S(d(1, 8, 12), (4, 5), 2),
            S(d(2, 6, 4), (5, 5), (3, 2), stride=2),
            S(d(1, 4, 25), (5, 6), 2, dilation=(2, 3), padding=1),
            S(d(4, 4), (3, 3), 2),
        ],
        _fails(lambda d: S(d(1, 8, 11), (4, 5), 2), RuntimeError),
        _fails(lambda d: S(d(1, 7, 12), (4, 5), 2), RuntimeError),
        dtypes=("float32", "complex128"),
    ),
]

INTEGER = [
    Row("cat", lambda d: [S([d.integers(0, 9, 2), d.integers(0, 9, 3)])], False, label="int", dtypes=INTEGERS),
    Row("trace", lambda d: [S(d.integers(0, 9, 3, 3))], False, label="int"),
]

ROWS: list[Row] = [*VIEWS, *CUTS, *JOINS, *COPIES, *IMAGES, *INTEGER]
