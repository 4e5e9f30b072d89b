"""Small questions about tensors, dtypes and the process, by PyTorch's names."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from pullback.arrays import dtypes, promotion
from pullback.arrays.fresh import state as fresh
from pullback.device import choose, chosen, device as device_type
from pullback.graph.tensor_base import TensorBase
from pullback.later import later


def is_tensor(obj: Any) -> bool:
    """Whether `obj` is a tensor."""
    return isinstance(obj, TensorBase)


def is_storage(obj: Any) -> bool:
    """Whether `obj` is a storage."""
    return type(obj).__module__ == "pullback.storage"


def _need_tensor(name: str, value: Any) -> Any:
    if not isinstance(value, TensorBase):
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {type(value).__name__}")
    return value


def is_floating_point(input: Any) -> bool:
    """Whether the dtype of `input` is a floating one."""
    return dtypes.from_numpy(_need_tensor("is_floating_point", input)._array.dtype).is_floating_point


def is_complex(input: Any) -> bool:
    """Whether the dtype of `input` is complex."""
    return bool(_need_tensor("is_complex", input)._array.dtype.kind in "cW")


def is_signed(input: Any) -> bool:
    """Whether the dtype of `input` has negative numbers."""
    return dtypes.from_numpy(_need_tensor("is_signed", input)._array.dtype).is_signed


def is_conj(input: Any) -> bool:
    """Whether `input` is a view of its memory's conjugate."""
    return bool(_need_tensor("is_conj", input).is_conj())


def is_neg(input: Any) -> bool:
    """Whether `input` is a view of its memory's negative."""
    return bool(_need_tensor("is_neg", input).is_neg())


def is_inference(input: Any) -> bool:
    """Whether `input` was made in inference mode."""
    return bool(_need_tensor("is_inference", input)._inference)


def is_nonzero(input: Any) -> bool:
    """Whether the one element of `input` is not zero."""
    return bool(input)


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have the same shape."""
    return bool(input._array.shape == other._array.shape)


def numel(input: Any) -> int:
    """The number of elements."""
    return int(_need_tensor("numel", input)._array.size)


def promote_types(type1: dtypes.dtype, type2: dtypes.dtype) -> dtypes.dtype:
    """The smallest dtype that both convert to.

    >>> import pullback as torch
    >>> torch.promote_types(torch.int32, torch.float32)
    torch.float32
    """
    return dtypes.from_numpy(promotion.meet(type1.numpy, type2.numpy))


def result_type(tensor1: Any, tensor2: Any) -> dtypes.dtype:
    """The dtype in which two tensors or numbers are combined."""
    for each in (tensor1, tensor2):
        if not isinstance(each, (TensorBase, int, float, complex, np.generic)):
            got = ", ".join(type(v).__name__ for v in (tensor1, tensor2))
            raise TypeError(f"result_type() received an invalid combination of arguments - got ({got})")
    operands = [v._array if isinstance(v, TensorBase) else v for v in (tensor1, tensor2)]
    return dtypes.from_numpy(promotion.result_dtype(*operands))


def can_cast(from_: dtypes.dtype, to: dtypes.dtype) -> bool:
    """Whether a value of one dtype may be stored as another in place."""
    for place, (name, kind) in enumerate((("from_", from_), ("to", to)), 1):
        if not isinstance(kind, dtypes.dtype):
            raise TypeError(
                f"can_cast(): argument '{name}' (position {place}) must be torch.dtype, not {type(kind).__name__}"
            )
    return from_.category <= to.category


def get_default_dtype() -> dtypes.dtype:
    """What Python floats become."""
    return dtypes.from_numpy(promotion.default.real)


def set_default_dtype(d: dtypes.dtype) -> None:
    """Choose what Python floats become; ``TypeError`` unless `d` is a floating dtype."""
    if not isinstance(d, dtypes.dtype):
        raise TypeError("invalid dtype object: only floating-point types are supported as the default type")
    if not d.is_floating_point:
        raise TypeError("only floating-point types are supported as the default type")
    promotion.set_default(d)


def set_default_tensor_type(t: Any) -> None:
    """Choose the default dtype by a legacy tensor type or its name."""
    from pullback.ops.creation.casts import _TYPE_NAMES

    warnings.warn(
        "torch.set_default_tensor_type() is deprecated as of PyTorch 2.1, please use torch.set_default_dtype() and "
        "torch.set_default_device() as alternatives.",
        UserWarning,
        stacklevel=2,
    )
    if isinstance(t, str) and ".cuda." in t:
        raise TypeError(f"type {t} not available. Torch not compiled with CUDA enabled.")
    kind = _TYPE_NAMES.get(t) if isinstance(t, str) else getattr(t, "dtype", None)
    if kind is None:
        raise TypeError("invalid type object: only floating-point types are supported as the default type")
    set_default_dtype(kind)


def get_default_device() -> device_type:
    """Where new tensors live."""
    return chosen()


def set_default_device(device: Any) -> None:
    """Choose where new tensors live: on the CPU, or, without values, on ``meta``."""
    choose(device)


(threads,) = later("pullback.arrays", "threads")
_interop: list[int] = []


def get_num_threads() -> int:
    """How many threads an operation on large arrays may use."""
    return threads.get_num_threads()  # type: ignore[no-any-return]


def set_num_threads(n: int) -> None:
    """Set how many threads an operation on large arrays, matrix products among them, may use."""
    threads.set_num_threads(_positive("set_num_threads", n))


def get_num_interop_threads() -> int:
    """How many operations PyTorch would run side by side; here they run one after the other."""
    return _interop[0] if _interop else get_num_threads()


def set_num_interop_threads(n: int) -> None:
    """Noted, once, for `get_num_interop_threads`."""
    _positive("set_num_interop_threads", n)
    if _interop:
        raise RuntimeError(
            "Error: cannot set number of interop threads after parallel work has started or "
            "set_num_interop_threads called"
        )
    _interop.append(int(n))


def _positive(function: str, n: Any) -> int:
    if not isinstance(n, int):
        raise RuntimeError(f"{function} expects an int, but got {type(n).__name__}")
    if n <= 0:
        raise RuntimeError(f"{function} expects a positive integer")
    return int(n)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Every algorithm here is deterministic; new memory that nobody has written is filled with NaN from now on."""
    for name, value in ((" 'mode' (position 1)", mode), (" 'warn_only'", warn_only)):
        if type(value) is not bool:
            raise TypeError(f"_set_deterministic_algorithms(): argument{name} must be bool, not {type(value).__name__}")
    fresh.update(deterministic=mode, warn_only=warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What `use_deterministic_algorithms` was told."""
    return fresh["deterministic"]


def typename(obj: Any) -> str:
    """The qualified name of the type of `obj`."""
    if isinstance(obj, TensorBase):
        return obj.type()  # type: ignore[attr-defined,no-any-return]
    kind = obj if hasattr(obj, "__qualname__") and getattr(obj, "__module__", None) else type(obj)
    module = kind.__module__
    return f"{module}.{kind.__qualname__}" if module not in ("builtins", "") else kind.__qualname__


_ = np
