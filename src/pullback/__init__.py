"""pullback: PyTorch's automatic differentiation, in plain Python on NumPy.

``import pullback as torch`` and write torch. The names here are PyTorch's; the namespaces (``nn``, ``optim``,
``autograd``, ``utils`` …) are loaded when first used. See ARCHITECTURE.md for the map.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays.dtypes import (
    bfloat16 as bfloat16,
    bool as bool,
    cdouble as cdouble,
    cfloat as cfloat,
    complex64 as complex64,
    complex128 as complex128,
    double as double,
    dtype as dtype,
    float as float,
    float16 as float16,
    float32 as float32,
    float64 as float64,
    half as half,
    int as int,
    int8 as int8,
    int16 as int16,
    int32 as int32,
    int64 as int64,
    long as long,
    short as short,
    uint8 as uint8,
    uint16 as uint16,
    uint32 as uint32,
    uint64 as uint64,
)
from pullback.arrays.limits import finfo as finfo, iinfo as iinfo
from pullback.autograd.grad_mode import (
    enable_grad as enable_grad,
    inference_mode as inference_mode,
    is_grad_enabled as is_grad_enabled,
    is_inference_mode_enabled as is_inference_mode_enabled,
    no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
)
from pullback.device import (
    channels_last as channels_last,
    channels_last_3d as channels_last_3d,
    contiguous_format as contiguous_format,
    device as device,
    layout as layout,
    memory_format as memory_format,
    preserve_format as preserve_format,
    sparse_coo as sparse_coo,
    sparse_csr as sparse_csr,
    strided as strided,
)
from pullback.facts import (
    are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled,
    can_cast as can_cast,
    get_default_device as get_default_device,
    get_default_dtype as get_default_dtype,
    get_num_interop_threads as get_num_interop_threads,
    get_num_threads as get_num_threads,
    is_complex as is_complex,
    is_conj as is_conj,
    is_floating_point as is_floating_point,
    is_inference as is_inference,
    is_neg as is_neg,
    is_nonzero as is_nonzero,
    is_same_size as is_same_size,
    is_signed as is_signed,
    is_storage as is_storage,
    is_tensor as is_tensor,
    numel as numel,
    promote_types as promote_types,
    result_type as result_type,
    set_default_device as set_default_device,
    set_default_dtype as set_default_dtype,
    set_default_tensor_type as set_default_tensor_type,
    set_num_interop_threads as set_num_interop_threads,
    set_num_threads as set_num_threads,
    typename as typename,
    use_deterministic_algorithms as use_deterministic_algorithms,
)
from pullback.ops.creation.complexes import complex_ as complex, polar as polar
from pullback.ops.creation.data import (
    as_tensor as as_tensor,
    asarray as asarray,
    from_dlpack as from_dlpack,
    from_numpy as from_numpy,
    frombuffer as frombuffer,
    tensor as tensor,
)
from pullback.ops.creation.filled import (
    empty as empty,
    empty_like as empty_like,
    empty_strided as empty_strided,
    eye as eye,
    full as full,
    full_like as full_like,
    ones as ones,
    ones_like as ones_like,
    scalar_tensor as scalar_tensor,
    zeros as zeros,
    zeros_like as zeros_like,
)
from pullback.ops.creation.ranges import (
    arange as arange,
    linspace as linspace,
    logspace as logspace,
    range_ as range,
)

# pointwise

# reduction

# shape

# index

# matrix

# random

from pullback.printing import (
    set_printoptions as set_printoptions,
)
from pullback.size import Size as Size
from pullback.tensor import Tensor as Tensor
from pullback.version import __version__ as __version__

from math import e as e, inf as inf, nan as nan, pi as pi  # isort: skip

newaxis = None

_NAMESPACES = frozenset(
    (
        "__config__", "accelerator", "amp", "autograd", "backends", "compiler", "cpu", "cuda", "distributed",
        "distributions", "fft", "func", "functional", "jit", "linalg", "masked", "mps", "multiprocessing", "nn",
        "optim", "overrides", "profiler", "random", "return_types", "serialization", "sparse", "special", "storage",
        "testing", "torch_version", "types", "utils", "version", "xpu",
    )
)  # fmt: skip

_LAZY: dict[str, str] = {
    "Generator": "pullback.random",
    "default_generator": "pullback.random",
    "fork_rng": "pullback.random",
    "get_rng_state": "pullback.random",
    "initial_seed": "pullback.random",
    "manual_seed": "pullback.random",
    "seed": "pullback.random",
    "set_rng_state": "pullback.random",
    "FloatTensor": "pullback.legacy",
    "DoubleTensor": "pullback.legacy",
    "HalfTensor": "pullback.legacy",
    "BFloat16Tensor": "pullback.legacy",
    "ByteTensor": "pullback.legacy",
    "CharTensor": "pullback.legacy",
    "ShortTensor": "pullback.legacy",
    "IntTensor": "pullback.legacy",
    "LongTensor": "pullback.legacy",
    "BoolTensor": "pullback.legacy",
    "UntypedStorage": "pullback.storage",
    "TypedStorage": "pullback.storage",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module
    from importlib.util import find_spec

    if name in _LAZY:
        value = getattr(import_module(_LAZY[name]), name)
    elif name in _NAMESPACES and find_spec(f"pullback.{name}") is not None:
        value = import_module(f"pullback.{name}")
    else:
        raise AttributeError(f"module 'torch' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *_LAZY, *_NAMESPACES})
