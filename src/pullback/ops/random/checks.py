"""What is wrong with the arguments of a random function, said in PyTorch's words before anything is drawn."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.dtypes import from_numpy
from pullback.graph.inplace import spoken
from pullback.graph.once import outside
from pullback.graph.tensor_base import TensorBase

DType = np.dtype[Any]

# C++'s names of the types, which some of PyTorch's messages use
_IN_C = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "uint16": "short unsigned int", "uint32": "unsigned int",
    "uint64": "long unsigned int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float",
    "float64": "double", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip
_MANTISSA_BITS = {"float16": 11, "bfloat16": 8, "float32": 24, "float64": 53}
_LARGEST = {"float16": 65504.0, "bfloat16": 3.3895313892515355e38, "float32": 3.4028234663852886e38}
_LARGEST["float64"] = 1.7976931348623157e308

COMPLEX = dtypes.numpy_dtypes(lambda each: each.is_complex)
CREATION = (
    "torch.Generator generator = None, Tensor out = None, torch.dtype dtype = None, "
    "torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False"
)
"""What every function that makes a tensor accepts."""

FLOATING = dtypes.numpy_dtypes(lambda each: each.is_floating_point)
WIDE_UNSIGNED = frozenset(map(np.dtype, (np.uint16, np.uint32, np.uint64)))


def in_c(dtype: DType) -> str:
    """The name of `dtype` in C++."""
    return _IN_C[from_numpy(dtype).name]


def unsupported(kernel: str, dtype: DType) -> NotImplementedError:
    """PyTorch's error for a dtype that an operator is not written for."""
    return NotImplementedError(f"\"{kernel}\" not implemented for '{spoken(dtype)}'")


def real_number(value: Any, name: str, argument: str, position: int) -> float:
    """`value` as a float; a tensor without axes is a number too. Raises ``TypeError`` for what is none."""
    if value.__class__ is float:
        return value
    if isinstance(value, TensorBase) and value._array.ndim == 0:
        value = value._array.item()
    if isinstance(value, (int, float, np.integer, np.floating)):
        return float(value)
    raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be float, not {_kind(value)}")


def whole_number(value: Any, name: str, argument: str, position: int) -> int:
    """`value` as an int of 64 bits. Raises ``TypeError`` for what is none, ``ValueError`` if it is larger."""
    if isinstance(value, TensorBase) and value._array.ndim == 0 and value._array.dtype.kind in "iu":
        value = value._array.item()
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be int, not {_kind(value)}")
    if not -(1 << 63) <= value < 1 << 63:
        raise ValueError(f"Overflow when unpacking long long: {argument} = {value} does not fit in 64 bits")
    return int(value)


def _kind(value: Any) -> str:
    return "Tensor" if isinstance(value, TensorBase) else type(value).__name__


def check_tensor(value: Any, name: str, argument: str = "input", position: int = 1) -> None:
    """Raise ``TypeError`` unless `value` is a tensor."""
    if not isinstance(value, TensorBase):
        raise TypeError(f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {_kind(value)}")


def no_such_form(name: str, given: Any, named: dict[str, Any], forms: tuple[str, ...]) -> TypeError:
    """The error for arguments that fit none of the `forms` in which a function is called."""
    got = [_kind(each) for each in given] + [f"{word}={_kind(each)}" for word, each in named.items()]
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(got)}), "
        "but expected one of:\n" + "".join(f" * ({form})\n" for form in forms)
    )


def check_uniform(dtype: DType, low: float, high: float) -> None:
    """Raise unless numbers of `dtype` can be uniform on ``[low, high)``."""
    kind = from_numpy(dtype).to_real()
    largest = _LARGEST.get(kind.name)
    if largest is None:
        raise unsupported("check_uniform_bounds", dtype)
    for bound, value in (("from", low), ("to", high)):
        if not -largest <= value <= largest:
            raise RuntimeError(f"{bound} is out of bounds for {_IN_C[kind.name]}")
    if low > high:
        raise RuntimeError(f"uniform_ expects to return a [from, to) range, but found from={low:g} > to={high:g}")
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{spoken(kind.numpy)}>::max(), "
            f"but found to={high:g} and from={low:g} which result in to-from to exceed the limit"
        )


def check_drawn(dtype: DType, kernel: str) -> None:
    """Raise in the words of PyTorch's `kernel` unless `dtype` is one of continuous numbers."""
    if dtype not in FLOATING and dtype not in COMPLEX:
        raise unsupported(kernel, dtype)


def check_normal(dtype: DType, std: float) -> None:
    """Raise unless numbers of `dtype` can be normal with standard deviation `std`."""
    if not std >= 0.0:
        raise RuntimeError(f"normal expects std >= 0.0, but found std {std:g}")
    check_drawn(dtype, "normal_kernel_cpu")


def check_integers(dtype: DType, low: int, high: int) -> None:
    """Raise unless integers of ``[low, high)`` exist and `dtype` holds them."""
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    if dtype in COMPLEX:
        raise RuntimeError("check_random_bounds handles only integral, floating-point and boolean types")
    check_holds(dtype, low, "from")
    check_holds(dtype, high - 1, "to - 1")


def check_holds(dtype: DType, number: int, bound: str) -> None:
    """Raise unless the real `dtype` holds `number`; warn where it does not hold every number up to there."""
    name = from_numpy(dtype).name
    bits = _MANTISSA_BITS.get(name)
    if bits is None:
        least, most = (0, 1) if dtype.kind == "b" else (np.iinfo(dtype).min, np.iinfo(dtype).max)
    else:
        least, most = -int(_LARGEST[name]), int(_LARGEST[name])
    if not least <= number <= most:
        raise RuntimeError(f"{bound} is out of bounds for {_IN_C[name]}")
    if bits is not None and abs(number) > 1 << bits:
        _warn_imprecise(name, bits, bound)


def _warn_imprecise(name: str, bits: int, bound: str) -> None:
    import warnings

    warnings.warn(
        f"{bound} is out of bounds [-(2^{bits}), 2^{bits}]. Due to precision limitations {_IN_C[name]} can "
        "support discrete uniform distribution only within this range. This warning will become an error in "
        "version 1.7 release, please fix the code in advance",
        UserWarning,
        stacklevel=outside(),
    )


def check_weights(weights: Any, replacement: bool) -> None:
    """Raise unless the rows of `weights` are finite, not negative, and have something to draw."""
    usable = bool(((weights >= 0) & np.isfinite(weights)).all())
    if not usable and not replacement:
        raise RuntimeError("probability tensor contains either `inf`, `nan` or element < 0")
    if not usable:
        infinite = bool((weights == np.inf).any())
        what = "= infinity or NaN" if infinite else "< 0"
        raise RuntimeError(f"invalid multinomial distribution (encountering probability entry {what})")
    if weights.size and not bool((weights.astype(np.float64).sum(-1) > 0).all()):
        raise RuntimeError("invalid multinomial distribution (sum of probabilities <= 0)")


def common_shape(first: tuple[int, ...], second: tuple[int, ...]) -> tuple[int, ...]:
    """The shape to which both broadcast, or PyTorch's error."""
    for axis in range(1, min(len(first), len(second)) + 1):
        a, b = first[-axis], second[-axis]
        if a != b and 1 not in (a, b):
            raise RuntimeError(
                f"The size of tensor a ({a}) must match the size of tensor b ({b}) "
                f"at non-singleton dimension {max(len(first), len(second)) - axis}"
            )
    return np.broadcast_shapes(first, second)
