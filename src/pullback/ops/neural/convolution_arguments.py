"""How `conv1d` and its kin are called: numbers or sequences, padding by name, and what PyTorch refuses.

Everything that shapes and parameters decide is decided in `plan`, once for each combination: a network calls with the
same ones again and again.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from operator import index
from typing import Any

from pullback.arrays.dtypes import from_numpy
from pullback.arrays.windows import Ints
from pullback.graph.inplace import spoken
from pullback.graph.tensor_base import TensorBase
from pullback.ops.matrix.checks import cpp_name, times

_FORMS = (
    " * (Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1, tuple of ints padding = 0, "
    "tuple of ints dilation = 1, int groups = 1)\n"
    ' * (Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1, str padding = "valid", '
    "tuple of ints dilation = 1, int groups = 1)\n"
)
_TRANSPOSED_FORMS = (
    "(Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1, tuple of ints padding = 0, "
    "tuple of ints output_padding = 0, int groups = 1, tuple of ints dilation = 1)\n"
)


@dataclass(frozen=True, slots=True)
class Plan:
    """A convolution's parameters, one number per spatial axis, and what is done around it."""

    single: bool
    """Whether the input lacks the batch axis."""
    longer: Ints
    """What ``padding="same"`` adds beforehand, as `constant_pad_nd` takes it, where the two sides differ."""
    stride: Ints
    padding: Ints
    dilation: Ints
    output_padding: Ints


def frozen(value: Any) -> Any:
    """A list as a tuple, so that it can be looked up."""
    return tuple(value) if isinstance(value, list) else value


@lru_cache(maxsize=2048, typed=True)
def plan(
    name: str,
    transposed: bool,
    shape: Ints,
    weight: Ints,
    bias: Ints | None,
    stride: Any,
    padding: Any,
    dilation: Any,
    output_padding: Any,
    groups: int,
) -> Plan:
    """Check shapes and parameters and bring them into one form. The last letter but one of `name` counts the axes.

    Raises ``RuntimeError`` for what does not fit, ``TypeError`` for what is no size.
    """
    rank = int(name[-2])
    check_rank(name, shape, rank)
    if len(weight) < 3:
        raise RuntimeError("weight should have at least three dimensions")
    if isinstance(padding, str) and len(weight) < rank + 2 <= len(shape):
        raise RuntimeError(
            f"Expected {len(weight)}-dimensional input for {len(weight)}-dimensional weight{list(weight)}, but got "
            f"{len(shape)}-dimensional input of size {list(shape)} instead"
        )
    rank = min(rank, len(weight) - 2) if len(weight) > 2 else rank
    steps, spacing = int_tuple(stride, rank, "stride"), int_tuple(dilation, rank, "dilation")
    single = len(shape) == rank + 1
    shape = (1, *shape) if single else shape
    longer: Ints = ()
    if isinstance(padding, str):
        around, longer = _named_padding(padding, weight[2:], steps, spacing)
        shape = (*shape[:2], *[n + more for n, more in zip(shape[2:], reversed(longer[1::2]))]) if longer else shape
    else:
        around = int_tuple(padding, rank, "padding")
    extra = int_tuple(output_padding, rank, "output_padding")
    check_shapes(transposed, shape, weight, bias, steps, around, spacing, extra, groups)
    check_sizes(transposed, shape[2:], weight[2:], steps, around, spacing, extra)
    return Plan(single, longer, steps, around, spacing, extra)


def check_shapes(
    transposed: bool,
    shape: Ints,
    weight: Ints,
    bias: Ints | None,
    stride: Ints,
    padding: Ints,
    dilation: Ints,
    output_padding: Ints,
    groups: int,
) -> None:
    """Raise unless a batch, a weight and a bias of these shapes can be convolved so."""
    check_parameters(stride, padding, dilation, groups, output_padding)
    if len(weight) != len(shape):
        raise RuntimeError(f"expected a weight of {len(shape)} dimensions, but got weight of size {list(weight)}")
    if transposed:
        check_transposed_channels(shape, weight, bias, groups)
        check_output_padding(output_padding, stride, dilation)
    else:
        check_channels(shape, weight, bias, groups)
        check_fits(shape[2:], weight[2:], padding, dilation)
    if 0 in shape[2:]:
        raise RuntimeError(f"Only zero batch or zero channel inputs are supported, but got input shape: {list(shape)}")


def _named_padding(padding: str, kernel: Ints, stride: Ints, dilation: Ints) -> tuple[Ints, Ints]:
    """``"valid"`` or ``"same"`` as numbers, and what is added beforehand where the two sides differ."""
    if padding == "valid":
        return (0,) * len(kernel), ()
    if padding != "same":
        raise RuntimeError(f"Invalid padding string: '{padding}'")
    if any(step != 1 for step in stride):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    before, after = same_padding(kernel, dilation)
    if before == after:
        return before, ()
    return before, tuple([n for b, a in zip(reversed(before), reversed(after)) for n in (0, a - b)])


def int_tuple(value: Any, rank: int, name: str) -> Ints:
    """One number for all axes, or one for each of `rank`; ``RuntimeError`` for another count.

    >>> int_tuple(2, 3, "stride"), int_tuple((1, 2), 2, "stride")
    ((2, 2, 2), (1, 2))
    """
    if isinstance(value, (tuple, list)):
        found = tuple([index(each) for each in value])
        if len(found) == 1:
            return found * rank
        if len(found) != rank:
            raise RuntimeError(
                f"expected {name} to be a single integer value or a list of {rank} values to match the convolution "
                f"dimensions, but got {name}={list(found)}"
            )
        return found
    return (index(value),) * rank


def same_padding(kernel: Ints, dilation: Ints) -> tuple[Ints, Ints]:
    """What is added before and after each axis so that ``padding="same"`` keeps its length."""
    total = [d * (k - 1) for k, d in zip(kernel, dilation)]
    return tuple([n // 2 for n in total]), tuple([n - n // 2 for n in total])


def check_types(name: str, transposed: bool, input: Any, weight: Any, bias: Any, **sizes: Any) -> None:
    """Raise ``TypeError`` for what is no tensor, or no integer where a size is expected."""
    tensors = [input, weight] if bias is None else [input, weight, bias]
    good = all(isinstance(each, TensorBase) for each in tensors)
    wrong = {key: value for key, value in sizes.items() if not _is_size(value)}
    if good and not wrong:
        return
    given = ["Tensor" if isinstance(each, TensorBase) else type(each).__name__ for each in tensors]
    given += [f"{key}={type(value).__name__}" for key, value in wrong.items()]
    forms = _TRANSPOSED_FORMS if transposed else "one of:\n" + _FORMS
    raise TypeError(
        f"{name}() received an invalid combination of arguments - got ({', '.join(given)}), but expected {forms}"
    )


def _is_size(value: Any) -> bool:
    values = value if isinstance(value, (tuple, list)) else (value,)
    return isinstance(value, str) or all(hasattr(each, "__index__") and not isinstance(each, bool) for each in values)


def check_rank(name: str, shape: Ints, rank: int) -> None:
    """Raise unless the input has `rank` spatial axes, with or without a batch."""
    if len(shape) not in (rank + 1, rank + 2):
        raise RuntimeError(
            f"Expected {rank + 1}D (unbatched) or {rank + 2}D (batched) input to {name}, but got input of size: "
            f"{list(shape)}"
        )


def check_parameters(stride: Ints, padding: Ints, dilation: Ints, groups: int, output_padding: Ints) -> None:
    """Raise for strides, dilations and groups below 1, and for negative padding."""
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(output_padding) < 0:
        raise RuntimeError("negative output_padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    if min(dilation) <= 0:
        told = f", but got {list(dilation)}" if min(dilation) == 0 else ""
        raise RuntimeError(f"dilation should be greater than zero{told}")
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")


def check_dtypes(input: Any, weight: Any, bias: Any) -> None:
    """Raise unless the operands are of one dtype, of which there are convolutions."""
    if bias is not None and bias.dtype != input.dtype:
        raise RuntimeError(
            f"Input type ({cpp_name(input.dtype)}) and bias type ({cpp_name(bias.dtype)}) should be the same"
        )
    if input.dtype != weight.dtype:
        if input.dtype.itemsize > 2 and input.dtype.kind != "c":
            raise RuntimeError(f"expected scalar type {spoken(input.dtype)} but found {spoken(weight.dtype)}")
        more = " or input should be a MKLDNN tensor and weight is a dense tensor" if input.dtype.kind != "c" else ""
        raise RuntimeError(
            f"Input type ({_type_name(input)}) and weight type ({_type_name(weight)}) should be the same{more}"
        )
    if input.dtype.kind == "b":
        raise NotImplementedError("\"slow_conv2d_cpu\" not implemented for 'Bool'")


def _type_name(array: Any) -> str:
    if from_numpy(array.dtype).is_complex or array.dtype.name == "bfloat16":
        return f"CPU{spoken(array.dtype)}Type"
    return f"torch.{spoken(array.dtype)}Tensor"


def check_sizes(
    transposed: bool, sizes: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, extra: Ints
) -> None:
    """Raise for a kernel without elements, and a transposed convolution that gives none."""
    if 0 in kernel:
        if len(kernel) > 2:
            raise RuntimeError(f"kernel size should be greater than zero, but got: {_times(kernel)} (TxHxW)")
        height, width = (1, *kernel)[-2:]
        raise RuntimeError(
            f"kernel size should be greater than zero, but got kernel_height: {height} kernel_width: {width}"
        )
    if transposed:
        rows = zip(sizes, kernel, stride, padding, dilation, extra)
        result = tuple([(n - 1) * s - 2 * p + d * (k - 1) + o + 1 for n, k, s, p, d, o in rows])
        if min(result) < 1:
            ones = (1,) * (2 - len(sizes))
            raise RuntimeError(
                f"Given input size per channel: ({_times(ones + sizes)}). Calculated output size per channel: "
                f"({_times(ones + result)}). Output size is too small"
            )


def _times(sizes: Ints) -> str:
    return " x ".join(map(str, sizes))


def check_channels(shape: Ints, weight: Ints, bias: Ints | None, groups: int) -> None:
    """Raise unless the channels of a convolution's operands fit."""
    if weight[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size "
            f"{list(weight)} instead"
        )
    if weight[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(weight)}] instead"
        )
    if shape[1] != weight[1] * groups:
        raise RuntimeError(
            f"Given groups={groups}, weight of size {list(weight)}, expected input{list(shape)} to have "
            f"{weight[1] * groups} channels, but got {shape[1]} channels instead"
        )
    if bias is not None and bias != (weight[0],):
        raise RuntimeError(
            f"Given weight of size {list(weight)}, expected bias to be 1-dimensional with {weight[0]} elements, but "
            f"got bias of size {list(bias)} instead"
        )


def check_transposed_channels(shape: Ints, weight: Ints, bias: Ints | None, groups: int) -> None:
    """Raise unless the channels of a transposed convolution's operands fit."""
    if weight[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of "
            f"size [{list(weight)}] instead"
        )
    if shape[1] != weight[0]:
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(weight)}, expected input{list(shape)} to have {weight[0]} "
            f"channels, but got {shape[1]} channels instead"
        )
    if bias is not None and bias != (weight[1] * groups,):
        raise RuntimeError(
            f"Given transposed=1, weight of size {list(weight)}, expected bias to be 1-dimensional with "
            f"{weight[1] * groups} elements, but got bias of size {list(bias)} instead"
        )


def check_fits(sizes: Ints, kernel: Ints, padding: Ints, dilation: Ints) -> None:
    """Raise if a window is larger than the padded input."""
    padded = [n + 2 * p for n, p in zip(sizes, padding)]
    reach = [d * (k - 1) + 1 for k, d in zip(kernel, dilation)]
    if any(n < k for n, k in zip(padded, reach)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({times_spaced(padded)}). Kernel size: "
            f"({times_spaced(reach)}). Kernel size can't be greater than actual input size"
        )


def check_output_padding(output_padding: Ints, stride: Ints, dilation: Ints) -> None:
    """Raise unless the output padding is smaller than a step or the spacing inside a window."""
    if all(o < s or o < d for o, s, d in zip(output_padding, stride, dilation)):
        return
    names = {1: ("width",), 2: ("height", "width"), 3: ("depth", "height", "width")}[len(stride)]
    told = [
        f"{what}_{name}: {value}"
        for what, values in (("output_padding", output_padding), ("stride", stride), ("dilation", dilation))
        for name, value in zip(names, values)
    ]
    raise RuntimeError(f"output padding must be smaller than either stride or dilation, but got {' '.join(told)}")


def times_spaced(sizes: Any) -> str:
    """Sizes as ``2 x 5``."""
    return times(sizes).replace("x", " x ")
