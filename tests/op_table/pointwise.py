"""Rows of the pointwise family."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from tests.op_table import Draw, Row, S, Sample, special

REALS = ("float16", "bfloat16", "float32")
INF, NAN = float("inf"), float("nan")


def unary(
    name: str,
    draw: Callable[[Draw], np.ndarray] = lambda d: d.away(0, 3, 4),
    *args: Any,
    dtypes: tuple[str, ...] = REALS,
    written: bool = True,
    complexes: bool = False,
    label: str = "",
    **options: Any,
) -> list[Row]:
    """A function of one tensor: a matrix, a 0-d and an empty tensor; a row of its own for complex numbers."""
    shown = name.rpartition(".")[2]
    options |= {"in_place": f"{shown}_", "out": True} if written else {}

    def samples(d: Draw) -> Iterable[Sample]:
        yield S(draw(d), *args)
        yield S(np.array(draw(d)[0, 0]), *args)
        yield S(draw(d)[:0], *args)

    rows = [Row(name, samples, dtypes=dtypes, label=label, **options)]
    if complexes:
        options.pop("errors", None)
        rows.append(Row(name, lambda d: [S(d.complex(2, 3))], dtypes=("complex64",), label="complex", **options))
    return rows


def binary(
    name: str,
    draw: Callable[..., np.ndarray] = Draw.__call__,
    *,
    dtypes: tuple[str, ...] = REALS,
    written: bool = True,
    complexes: bool = False,
    numbers: tuple[Any, ...] = (),
    **options: Any,
) -> list[Row]:
    """A function of two tensors: equal shapes, broadcast ones, 0-d with 0-d, and numbers if it takes them."""
    options |= {"in_place": f"{name}_" if written else None, "out": True}

    def samples(d: Draw) -> Iterable[Sample]:
        yield S(draw(d, 3, 2), draw(d, 3, 2))
        yield S(draw(d, 3, 2), draw(d, 2))
        yield S(draw(d), draw(d))
        for number in numbers:
            yield S(draw(d, 3), number)

    rows = [Row(name, samples, broadcasts=True, dtypes=dtypes, **options)]
    if complexes:
        options.pop("errors", None)
        mixed = lambda d: [S(d.complex(2, 3), d.complex(3)), S(d.complex(2, 3), d.complex(3))]
        rows.append(Row(name, mixed, dtypes=("complex64",), label="complex", **options))
    return rows


def between(low: float, high: float) -> Callable[[Draw], np.ndarray]:
    return lambda d: d.between(low, high, 3, 4)


def positive(d: Draw) -> np.ndarray:
    return d.positive(3, 4)


def integers(d: Draw) -> Iterable[Sample]:
    yield S(d.integers(-9, 9, 3, 4), d.integers(1, 5, 4))
    yield S(d.integers(-9, 9, 5), 3)


def raising(*cases: Callable[[Draw], tuple[Sample, type[BaseException]]]) -> Callable[[Draw], Any]:
    return lambda d: [case(d) for case in cases]


def mismatch(d: Draw) -> tuple[Sample, type[BaseException]]:
    return S(d(3), d(4)), RuntimeError


def not_a_tensor(d: Draw) -> tuple[Sample, type[BaseException]]:
    return S(d(3), "a"), TypeError


def two_bools(d: Draw) -> tuple[Sample, type[BaseException]]:
    return S(d.booleans(3), d.booleans(3)), RuntimeError


def bools(kind: type[BaseException]) -> Callable[[Draw], tuple[Sample, type[BaseException]]]:
    return lambda d: (S(d.booleans(3)), kind)


def whole_by_zero(d: Draw) -> tuple[Sample, type[BaseException]]:
    return S(d.integers(1, 5, 3), 0), RuntimeError


def complex_refused(kind: type[BaseException]) -> Callable[[Draw], tuple[Sample, type[BaseException]]]:
    return lambda d: (S(d.complex(3), d.complex(3)), kind)


ARITHMETIC = [
    *binary("add", complexes=True, numbers=(2, -0.5), errors=raising(mismatch, not_a_tensor)),
    Row("add", lambda d: [S(d(3), d(3), alpha=2), S(d(3), 4, alpha=-0.5)], label="alpha"),
    *binary("sub", complexes=True, numbers=(2, -0.5), errors=raising(mismatch, two_bools)),
    Row("sub", lambda d: [S(d(3), d(3), alpha=2.5), S(d.complex(3), d(3), alpha=1j)], label="alpha"),
    Row("rsub", lambda d: [S(d(3), d(3)), S(d(3), 2.5), S(d(3), d(3), alpha=2)], dtypes=REALS),
    Row("rsub", lambda d: [S(d.complex(2), 1j), S(d.complex(2), d(2))], dtypes=("complex64",), label="complex"),
    *binary("mul", complexes=True, numbers=(2, -0.5), errors=raising(mismatch, not_a_tensor)),
    *binary("true_divide", Draw.positive, complexes=True, numbers=(2, -0.5)),
    *binary("div", Draw.positive, complexes=True, numbers=(2, -0.5), errors=raising(mismatch)),
    Row(
        "div",
        lambda d: (
            [S(d.away(0, 3), d.away(0, 3), rounding_mode=mode) for mode in ("floor", "trunc")]
            + [S(d.integers(-9, 9, 5), d.integers(1, 4, 5), rounding_mode=mode) for mode in ("floor", "trunc")]
        ),
        in_place="div_",
        dtypes=REALS,
        errors=lambda d: [
            (S(d.integers(1, 9, 3), 0, rounding_mode="trunc"), RuntimeError),
            (S(d(3), 2, rounding_mode="up"), RuntimeError),
        ],
        label="rounded",
    ),
    Row("floor_divide", integers, differentiable=False, in_place="floor_divide_", errors=raising(whole_by_zero)),
    Row("remainder", integers, in_place="remainder_", errors=raising(whole_by_zero), label="integers"),
    Row("remainder", lambda d: [S(d(3, 2), d.away(0, 2)), S(d(3), 0.7), S(d(3), -0.7)], out=True, dtypes=REALS),
    Row("fmod", integers, in_place="fmod_", errors=raising(whole_by_zero), label="integers"),
    Row("fmod", lambda d: [S(d(3, 2), d.away(0, 2)), S(d(3), 0.7), S(d(3), -0.7)], out=True, dtypes=REALS),
    *unary("neg", complexes=True, errors=raising(bools(RuntimeError))),
    Row("positive", lambda d: [S(d(3))], errors=raising(bools(RuntimeError))),
    *unary("reciprocal", complexes=True),
    Row(
        "addcmul",
        lambda d: [S(d(3, 2), d(2), d(3, 1)), S(d(3), d(3), d(3), value=2)],
        in_place="addcmul_",
        out=True,
        dtypes=REALS,
    ),
    Row(
        "addcdiv",
        lambda d: [S(d(3, 2), d(2), d.positive(3, 1)), S(d(3), d(3), d.away(0, 3), value=2)],
        in_place="addcdiv_",
        out=True,
        dtypes=REALS,
        errors=lambda d: [(S(d(3), d.integers(1, 9, 3), d.integers(1, 9, 3)), RuntimeError)],
    ),
    Row(
        "lerp",
        lambda d: [S(d(3, 2), d(2), 0.3), S(d(3), d(3), 0.8), S(d(3), d(3), d(3))],
        in_place="lerp_",
        out=True,
        dtypes=REALS,
    ),
    Row("lerp", lambda d: [S(d.complex(2), d.complex(2), 1j), S(d.complex(2), d.complex(2), 0.3)], label="complex"),
    Row("addcmul", lambda d: [S(d.complex(2), d.complex(2), d.complex(2), value=1j)], label="complex"),
]

POWERS = [
    Row(
        "pow",
        lambda d: [S(d.away(0, 3), n) for n in (0, 1, 2, 3, -1, -2)] + [S(d.positive(3), p) for p in (0.5, -0.5, 2.5)],
        in_place="pow_",
        out=True,
        dtypes=REALS,
        errors=lambda d: [(S(d.integers(1, 9, 3), -1), RuntimeError), (S(2, 3), TypeError)],
        label="number",
    ),
    Row("pow", lambda d: [S(2.5, d(3)), S(0, d.positive(3))], dtypes=REALS, label="of number"),
    Row("pow", lambda d: [S(2, d.complex(3)), S(-2, d.complex(3)), S(1j, d(3))], label="of number, complex"),
    *binary("pow", Draw.positive, dtypes=("float32",), complexes=True),
    Row("pow", lambda d: [S(d.integers(-3, 4, 9), d.integers(-2, 4, 9)), S(d.integers(-3, 4, 5), 3)], label="integers"),
    Row("float_power", lambda d: [S(d.positive(3), 2), S(2, d(3)), S(d.positive(3), d(3)), S(d.integers(1, 5, 3), -1)]),
    *unary("square", complexes=True),
    *unary("sqrt", positive, complexes=True),
    *unary("rsqrt", positive, complexes=True),
]

EXPONENTIAL = [
    *unary("exp", complexes=True),
    *unary("exp2", complexes=True),
    *unary("expm1", complexes=True),
    *unary("log", positive, complexes=True),
    *unary("log2", positive, complexes=True),
    *unary("log10", positive, complexes=True),
    *unary("log1p", positive, complexes=True),
    *binary("logaddexp", complexes=True, written=False),
    *binary("logaddexp2", written=False, errors=raising(complex_refused(NotImplementedError))),
    Row("ldexp", lambda d: [S(d(3, 2), d(2)), S(d(3), d.integers(0, 4, 3))], in_place="ldexp_", out=True),
    Row(
        "xlogy",
        lambda d: [S(d(3), d.positive(3)), S(d(3), 2.5), S(np.zeros(2), d.positive(2))],
        in_place="xlogy_",
        out=True,
        dtypes=REALS,
    ),
    Row("xlogy", lambda d: [S(1.5, d.positive(3))], label="of number"),
]

ANGLES = [
    *unary("sin", complexes=True),
    *unary("cos", complexes=True),
    *unary("tan", between(-1, 1), complexes=True),
    *unary("asin", between(-0.9, 0.9), complexes=True),
    *unary("acos", between(-0.9, 0.9), complexes=True),
    *unary("atan", complexes=True),
    *unary("sinh", complexes=True),
    *unary("cosh", complexes=True),
    *unary("tanh", complexes=True),
    *unary("asinh", complexes=True),
    *unary("acosh", between(1.1, 3), complexes=True),
    *unary("atanh", between(-0.9, 0.9), complexes=True),
    *unary("sinc", complexes=True),
    *unary("deg2rad"),
    *unary("rad2deg"),
    *binary("atan2", errors=raising(complex_refused(NotImplementedError))),
    *binary("hypot", errors=raising(complex_refused(NotImplementedError))),
]

ROUNDING = [
    row
    for name in ("floor", "ceil", "trunc", "round", "frac")
    for row in unary(name, between(0.1, 0.4), errors=raising(bools(NotImplementedError)))
] + [
    Row(
        "round",
        lambda d: [S(d(3), decimals=n) for n in (1, 3, -1)],
        twice=False,
        dtypes=REALS,
        label="decimals",
        differentiable=False,
    ),
    *unary("abs", complexes=True, errors=raising(bools(NotImplementedError))),
    *unary("sign"),
    *unary("sgn", differentiable=False),
    Row("sgn", lambda d: [S(d.complex(2, 3))], in_place="sgn_", dtypes=("complex64",), label="complex"),
    Row("signbit", lambda d: [S(d(3)), S(np.array([-0.0, 0.0, -NAN])), S(d.integers(-3, 3, 5))], differentiable=False),
    Row(
        "copysign",
        lambda d: [S(d.away(0, 3, 2), d.away(0, 2)), S(d.away(0, 3), -1.0), S(d.away(0, 3), -0.0)],
        in_place="copysign_",
        out=True,
        dtypes=REALS,
    ),
    Row("nextafter", lambda d: [S(d(3), d(3))], twice=False, differentiable=False, in_place="nextafter_", out=True),
    Row(
        "heaviside",
        lambda d: [S(np.array([-1.0, 0.0, 2.0, NAN]), np.array(0.5)), S(d.integers(-2, 2, 5), d.integers(3, 9, 5))],
        differentiable=False,
        in_place="heaviside_",
        errors=lambda d: [(S(d(3), d.integers(1, 3, 3)), RuntimeError)],
    ),
]

BOUNDS = [
    Row(
        "clamp",
        lambda d: [
            S(d.away(0.5, 3, 4), -0.5, 0.5),
            S(d.away(0.5, 5), 0.5),
            S(d.away(0.5, 5), max=0.5),
            S(d.away(0, 5), 1, -1),
            S(d(3, 2), d(2)),
            S(d(3, 2), max=d(2)),
            S(d(3, 2), d(2), d(3, 1)),
            S(d.integers(-5, 5, 5), -1, 2.5),
        ],
        in_place="clamp_",
        out=True,
        dtypes=REALS,
        errors=lambda d: [(S(d(3)), RuntimeError), (S(d.complex(3), 0), NotImplementedError)],
    ),
    Row("clamp_min", lambda d: [S(d.away(0.5, 5), 0.5), S(d(5), d(5))], in_place="clamp_min_", out=True, dtypes=REALS),
    Row("clamp_max", lambda d: [S(d.away(0.5, 5), 0.5), S(d(5), d(5))], in_place="clamp_max_", out=True, dtypes=REALS),
    *(
        row
        for name in ("maximum", "minimum", "fmax", "fmin")
        for row in binary(name, written=False, errors=raising(complex_refused(RuntimeError), mismatch))
    ),
    Row(
        "where",
        lambda d: [
            S(d.booleans(3, 2), d(3, 2), d(2)),
            S(d.booleans(3), d(3), 2.5),
            S(d.booleans(3), 1, d(3)),
            S(d.booleans(3), 1, 2.5),
            S(d.booleans(3, 2)),
        ],
        dtypes=REALS,
        portable=False,
        errors=lambda d: [(S(d(3), d(3), d(3)), RuntimeError)],
    ),
    Row(
        "nan_to_num",
        lambda d: [S(np.array([1.5, NAN, INF, -INF])), S(np.array([1.5, NAN, INF, -INF]), 1.0, 2.0, 3.0)],
        differentiable=False,
        in_place="nan_to_num_",
        out=True,
    ),
    Row("nan_to_num", lambda d: [S(d(3)), S(d.integers(0, 9, 3))], dtypes=REALS, label="finite"),
]

COMPLEX_PARTS = [
    Row("real", lambda d: [S(d.complex(2, 3)), S(d(3))], portable=False),
    Row("imag", lambda d: [S(d.complex(2, 3))], portable=False, errors=lambda d: [(S(d(3)), RuntimeError)]),
    Row("conj", lambda d: [S(d.complex(2, 3)), S(d(3))]),
    Row("conj_physical", lambda d: [S(d.complex(2, 3)), S(d(3))], in_place="conj_physical_"),
    Row("angle", lambda d: [S(d.away(0, 3)), S(d.integers(-3, 3, 4))], out=True, dtypes=REALS),
    Row("angle", lambda d: [S(d.complex(2, 3))], out=True, dtypes=("complex64",), label="complex"),
]


def activation(
    name: str, *args: Any, draw: Any = lambda d: d.away(0, 3, 4), dtypes: Any = REALS, **options: Any
) -> list[Row]:
    """A nonlinearity of `nn.functional`."""
    label = ",".join(map(str, args))
    return unary(f"nn.functional.{name}", draw, *args, dtypes=dtypes, written=False, label=label, **options)


def far(d: Draw) -> np.ndarray:
    """Both flat sides, the middle, nothing near a corner at 1, 3 or 6."""
    return np.array([[-9.0, -4.5, -2.2, -0.6], [-0.2, 0.4, 0.7, 2.3], [3.7, 5.1, 8.0, 21.0]])


def only_floats(d: Draw) -> Any:
    return [(S(d.integers(1, 5, 4)), NotImplementedError)]


ACTIVATIONS = [
    *activation("relu", errors=raising(bools(RuntimeError))),
    *activation("relu6", draw=far),
    *activation("leaky_relu", errors=only_floats),
    *activation("leaky_relu", 0.3),
    *activation("elu", errors=only_floats),
    *activation("elu", 0.5),
    *activation("selu"),
    *activation("celu"),
    *activation("celu", 0.5),
    *activation("gelu", draw=far, errors=only_floats),
    Row("nn.functional.gelu", lambda d: [S(d(3, 4), approximate="tanh")], label="tanh", dtypes=REALS),
    *activation("silu", draw=far, errors=only_floats),
    *activation("mish", draw=far, errors=only_floats),
    *activation("softplus", draw=far, errors=only_floats),
    *activation("softplus", 2, 5, draw=far),
    *activation("softsign"),
    *activation("hardtanh", draw=far),
    *activation("hardtanh", -0.3, 2, draw=far),
    *activation("hardswish", draw=far, errors=only_floats),
    *activation("hardsigmoid", draw=far, errors=only_floats, tolerance=1e-8),  # PyTorch's 1/6 is a float32
    *activation("sigmoid", draw=far, complexes=True),
    *activation("tanh", draw=far, complexes=True),
    *activation("threshold", 0.5, 3.0, draw=far),
    *activation("tanhshrink"),
    *activation("softshrink", draw=far),
    *activation("hardshrink", 0.3, draw=far),
    *activation("logsigmoid", draw=far),
    *activation("rrelu", 0.1, 0.3),
    Row(
        "nn.functional.prelu",
        lambda d: [S(d(3, 2, 4), d(2)), S(d(3), d(1)), S(d(3, 2), d(1))],
        dtypes=REALS,
        errors=lambda d: [(S(d(3, 2), d(3)), RuntimeError)],
    ),
    Row(
        "nn.functional.glu",
        lambda d: [S(d(3, 4)), S(d(4, 3), 0), S(d(2, 4, 3), 1)],
        dtypes=REALS,
        errors=lambda d: [(S(d(3, 3)), RuntimeError), (S(d()), RuntimeError)],
    ),
]


def comparison(name: str, *more: Sample, in_place: bool = True, errors: Any = lambda d: ()) -> Row:
    """A comparison of tensors and of a tensor with a number."""
    return Row(
        name,
        lambda d: [
            S(d.integers(0, 3, 3, 4), d.integers(0, 3, 4)),
            S(d.integers(0, 3, 5), 1.0),
            S(d(3), d(3)),
            S(np.array([1.0, NAN, INF]), NAN),
            S(d.booleans(4), d.booleans(4)),
            *more,
        ],
        differentiable=False,
        in_place=f"{name}_" if in_place else None,
        out=True,
        broadcasts=True,
        errors=errors,
    )


def bitwise(name: str, *more: Any) -> Row:
    """An operation on bits."""
    return Row(
        name,
        lambda d: (
            [
                S(d.integers(0, 9, 3, 4), d.integers(0, 9, 4)),
                S(d.integers(-9, 9, 5), 3),
            ]
            + ([S(d.booleans(4), d.booleans(4))] if "shift" not in name else [])
        ),
        differentiable=False,
        in_place=f"{name}_",
        out=True,
        errors=lambda d: [(S(d(3), d(3)), NotImplementedError)],
    )


SPECIAL_VALUES = np.array([1.0, -0.0, NAN, INF, -INF, 2.5])


def question(name: str) -> Row:
    """A question about each element."""
    return Row(name, lambda d: [S(SPECIAL_VALUES), S(d.integers(-2, 2, 4)), S(d.booleans(3))], differentiable=False)


TRUTH = [
    comparison("eq"),
    comparison("ne"),
    *(comparison(name, errors=raising(complex_refused(NotImplementedError))) for name in ("lt", "le", "gt", "ge")),
    *map(question, ("isnan", "isinf", "isfinite", "isposinf", "isneginf", "isreal", "logical_not")),
    Row(
        "isclose",
        lambda d: [
            S(SPECIAL_VALUES, SPECIAL_VALUES),
            S(SPECIAL_VALUES, SPECIAL_VALUES, equal_nan=True),
            S(np.array([1.0, 2.0]), np.array([1.000001, 2.1])),
            S(d.integers(0, 9, 5), d.integers(0, 9, 5), rtol=0.3),
        ],
        differentiable=False,
        errors=lambda d: [(S(d(3), d.integers(0, 3, 3)), RuntimeError), (S(d(3), d(3), rtol=-1.0), RuntimeError)],
    ),
    *(
        Row(
            name,
            lambda d: [S(d.booleans(4), d.booleans(4)), S(d.integers(0, 2, 3, 4), d.integers(0, 2, 4)), S(d(3), d(3))],
            differentiable=False,
            in_place=f"{name}_",
            out=True,
            broadcasts=True,
        )
        for name in ("logical_and", "logical_or", "logical_xor")
    ),
    Row("bitwise_or", lambda d: [S(5, d.integers(0, 9, 4))], differentiable=False, label="of number"),
    Row("bitwise_left_shift", lambda d: [S(5, d.integers(0, 9, 4))], differentiable=False, label="of number"),
    *map(bitwise, ("bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift")),
    Row(
        "bitwise_not",
        lambda d: [S(d.integers(-9, 9, 4)), S(d.booleans(4))],
        differentiable=False,
        in_place="bitwise_not_",
        errors=lambda d: [(S(d(3)), NotImplementedError)],
    ),
]

ROWS: list[Row] = [
    *ARITHMETIC, *POWERS, *EXPONENTIAL, *ANGLES, *ROUNDING, *BOUNDS, *COMPLEX_PARTS, *special.ROWS, *ACTIVATIONS, *TRUTH,
]  # fmt: skip
