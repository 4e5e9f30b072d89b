"""pullback: PyTorch's automatic differentiation, in plain Python on NumPy.

``import pullback as torch`` and write torch. The names here are PyTorch's; the namespaces (``nn``, ``optim``,
``autograd``, ``utils`` …) are loaded when first used. See ARCHITECTURE.md for the map.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pullback.arrays.dtypes import (
    bfloat16 as bfloat16, bool as bool, cdouble as cdouble, cfloat as cfloat, complex128 as complex128,
    complex64 as complex64, double as double, dtype as dtype, float as float, float16 as float16,
    float32 as float32, float64 as float64, half as half, int as int, int16 as int16, int32 as int32,
    int64 as int64, int8 as int8, long as long, short as short, uint16 as uint16, uint32 as uint32,
    uint64 as uint64, uint8 as uint8,
)
from pullback.arrays.limits import finfo as finfo, iinfo as iinfo
from pullback.autograd.grad_mode import (
    enable_grad as enable_grad, inference_mode as inference_mode, is_grad_enabled as is_grad_enabled,
    is_inference_mode_enabled as is_inference_mode_enabled, no_grad as no_grad,
    set_grad_enabled as set_grad_enabled,
)
from pullback.device import (
    channels_last as channels_last, channels_last_3d as channels_last_3d, contiguous_format as contiguous_format,
    device as device, layout as layout, memory_format as memory_format, preserve_format as preserve_format,
    sparse_coo as sparse_coo, sparse_csr as sparse_csr, strided as strided,
)
from pullback.facts import (
    are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled, can_cast as can_cast,
    get_default_device as get_default_device, get_default_dtype as get_default_dtype,
    get_num_interop_threads as get_num_interop_threads, get_num_threads as get_num_threads,
    is_complex as is_complex, is_conj as is_conj, is_floating_point as is_floating_point,
    is_inference as is_inference, is_neg as is_neg, is_nonzero as is_nonzero, is_same_size as is_same_size,
    is_signed as is_signed, is_storage as is_storage, is_tensor as is_tensor, numel as numel,
    promote_types as promote_types, result_type as result_type, set_default_device as set_default_device,
    set_default_dtype as set_default_dtype, set_default_tensor_type as set_default_tensor_type,
    set_num_interop_threads as set_num_interop_threads, set_num_threads as set_num_threads, typename as typename,
    use_deterministic_algorithms as use_deterministic_algorithms,
)
from pullback.ops.creation.complexes import complex as complex, polar as polar
from pullback.ops.creation.data import as_tensor as as_tensor, asarray as asarray, tensor as tensor
from pullback.ops.creation.filled import (
    empty as empty, empty_like as empty_like, empty_permuted as empty_permuted, empty_strided as empty_strided,
    eye as eye, full as full,
    full_like as full_like, ones as ones, ones_like as ones_like, scalar_tensor as scalar_tensor, zeros as zeros,
    zeros_like as zeros_like,
)
from pullback.ops.creation.ranges import arange as arange, linspace as linspace, logspace as logspace, range_ as range
from pullback.ops.creation.shared import from_dlpack as from_dlpack, from_numpy as from_numpy, frombuffer as frombuffer
from pullback.ops.index.advanced import index_put as index_put, index_put_ as index_put_
from pullback.ops.index.fill import fill as fill, fill_ as fill_, zero_ as zero_
from pullback.ops.index.masks import (
    masked_fill as masked_fill, masked_scatter as masked_scatter, masked_select as masked_select,
)
from pullback.ops.matrix.addition import (
    addbmm as addbmm, addmm as addmm, addmv as addmv, addr as addr, baddbmm as baddbmm,
)
from pullback.ops.matrix.contraction import (
    ger as ger, inner as inner, kron as kron, outer as outer, tensordot as tensordot,
)
from pullback.ops.matrix.matmul import matmul as matmul
from pullback.ops.matrix.products import bmm as bmm, dot as dot, mm as mm, mv as mv, vdot as vdot
from pullback.ops.pointwise.activation import hardshrink as hardshrink, relu as relu, threshold as threshold
from pullback.ops.pointwise.arithmetic import (
    add as add, addcdiv as addcdiv, addcmul as addcmul, mul as mul, mul as multiply, neg as neg, neg as negative,
    positive as positive, reciprocal as reciprocal, rsub as rsub, sub as sub, sub as subtract,
    true_divide as true_divide,
)
from pullback.ops.pointwise.choice import lerp as lerp, nan_to_num as nan_to_num, where as where
from pullback.ops.pointwise.comparison import (
    allclose as allclose, eq as eq, equal as equal, ge as ge, gt as greater, ge as greater_equal, gt as gt,
    isclose as isclose, isfinite as isfinite, isinf as isinf, isnan as isnan, isneginf as isneginf,
    isposinf as isposinf, isreal as isreal, le as le, lt as less, le as less_equal, lt as lt, ne as ne,
    ne as not_equal,
)
from pullback.ops.pointwise.complexes import (
    _conj as _conj, _neg_view as _neg_view, angle as angle, conj as conj, conj_physical as conj_physical, imag as imag, real as real,
    resolve_conj as resolve_conj, resolve_neg as resolve_neg,
)
from pullback.ops.pointwise.division import (
    div as div, div as divide, floor_divide as floor_divide, fmod as fmod, remainder as remainder,
)
from pullback.ops.pointwise.exponential import (
    exp as exp, exp2 as exp2, expm1 as expm1, frexp as frexp, ldexp as ldexp, log as log, log10 as log10,
    log1p as log1p, log2 as log2,
)
from pullback.ops.pointwise.extrema import (
    clamp as clamp, clamp_max as clamp_max, clamp_min as clamp_min, clamp as clip, fmax as fmax, fmin as fmin,
    maximum as maximum, minimum as minimum,
)
from pullback.ops.pointwise.hyperbolic import (
    acosh as acosh, acosh as arccosh, asinh as arcsinh, atanh as arctanh, asinh as asinh, atanh as atanh,
    cosh as cosh, sinh as sinh, tanh as tanh,
)
from pullback.ops.pointwise.inplace import (
    abs_ as abs_, acos_ as acos_, acosh_ as acosh_, arccos_ as arccos_, arccosh_ as arccosh_, arcsin_ as arcsin_,
    arcsinh_ as arcsinh_, arctan_ as arctan_, arctanh_ as arctanh_, asin_ as asin_, asinh_ as asinh_,
    atan_ as atan_, atanh_ as atanh_, ceil_ as ceil_, clamp_ as clamp_, clamp_max_ as clamp_max_,
    clamp_min_ as clamp_min_, clip_ as clip_, conj_physical_ as conj_physical_, cos_ as cos_, cosh_ as cosh_,
    deg2rad_ as deg2rad_, exp2_ as exp2_, exp_ as exp_, expm1_ as expm1_,
    fix_ as fix_, floor_ as floor_, frac_ as frac_, ldexp_ as ldexp_,
    log10_ as log10_, log1p_ as log1p_, log2_ as log2_, log_ as log_, nan_to_num_ as nan_to_num_,
    neg_ as neg_, negative_ as negative_, rad2deg_ as rad2deg_, reciprocal_ as reciprocal_, relu_ as relu_,
    round_ as round_, rsqrt_ as rsqrt_, sigmoid_ as sigmoid_, sin_ as sin_,
    sinc_ as sinc_, sinh_ as sinh_, sqrt_ as sqrt_, square_ as square_, tan_ as tan_, tanh_ as tanh_,
    trunc_ as trunc_,
)
from pullback.ops.pointwise.logic import (
    bitwise_and as bitwise_and, bitwise_left_shift as bitwise_left_shift, bitwise_not as bitwise_not,
    bitwise_or as bitwise_or, bitwise_right_shift as bitwise_right_shift, bitwise_xor as bitwise_xor, gcd as gcd,
    lcm as lcm, logical_and as logical_and, logical_not as logical_not, logical_or as logical_or,
    logical_xor as logical_xor,
)
from pullback.ops.pointwise.powers import (
    float_power as float_power, pow as pow, rsqrt as rsqrt, sqrt as sqrt, square as square,
)
from pullback.ops.pointwise.rounding import (
    ceil as ceil, trunc as fix, floor as floor, frac as frac, round as round, trunc as trunc,
)
from pullback.ops.pointwise.signs import (
    abs as abs, abs as absolute, copysign as copysign, heaviside as heaviside, nextafter as nextafter, sgn as sgn,
    sign as sign, signbit as signbit,
)
from pullback.ops.pointwise.smooth import celu as celu, selu as selu, sigmoid as sigmoid
from pullback.ops.pointwise.trigonometry import (
    acos as acos, acos as arccos, asin as arcsin, atan as arctan, atan2 as arctan2, asin as asin, atan as atan,
    atan2 as atan2, cos as cos, deg2rad as deg2rad, hypot as hypot, rad2deg as rad2deg, sin as sin, sinc as sinc,
    tan as tan,
)
from pullback.ops.reduction.exponential import (
    _softmax_backward_data as _softmax_backward_data, log_softmax as log_softmax, logsumexp as logsumexp,
    softmax as softmax,
)
from pullback.ops.reduction.extrema import amax as amax, amin as amin, aminmax as aminmax, max as max, min as min
from pullback.ops.reduction.moments import std as std, std_mean as std_mean, var as var, var_mean as var_mean
from pullback.ops.reduction.positions import argmax as argmax, argmin as argmin
from pullback.ops.reduction.products import prod as prod
from pullback.ops.reduction.sums import mean as mean, nanmean as nanmean, nansum as nansum, sum as sum
from pullback.ops.reduction.truth import all as all, any as any, count_nonzero as count_nonzero
from pullback.ops.shape.axes import (
    adjoint as adjoint, moveaxis as moveaxis, movedim as movedim, permute_function as permute, swapaxes as swapaxes,
    swapdims as swapdims, t as t, transpose as transpose,
)
from pullback.ops.shape.broadcasting import (
    broadcast_shapes as broadcast_shapes, broadcast_tensors as broadcast_tensors, broadcast_to as broadcast_to,
)
from pullback.ops.shape.joining import (
    block_diag as block_diag, cat as cat, column_stack as column_stack, concat as concat,
    concatenate as concatenate, dstack as dstack, hstack as hstack, row_stack as row_stack, stack as stack,
    vstack as vstack,
)
from pullback.ops.shape.memory import clone as clone
from pullback.ops.shape.reshape import (
    flatten as flatten, ravel as ravel, reshape_function as reshape, unflatten as unflatten,
)
from pullback.ops.shape.singletons import (
    atleast_1d as atleast_1d, atleast_2d as atleast_2d, atleast_3d as atleast_3d, squeeze as squeeze,
    unsqueeze as unsqueeze,
)
from pullback.ops.shape.splitting import (
    chunk as chunk, dsplit as dsplit, hsplit as hsplit, split_function as split,
    split_with_sizes as split_with_sizes, tensor_split as tensor_split, unbind as unbind,
    unsafe_chunk as unsafe_chunk, unsafe_split as unsafe_split, unsafe_split_with_sizes as unsafe_split_with_sizes,
    vsplit as vsplit,
)
from pullback.ops.shape.windows import as_strided as as_strided, narrow as narrow, select as select
from pullback.size import Size as Size
from pullback.tensor import Tensor as Tensor

from math import e as e, inf as inf, nan as nan, pi as pi  # isort: skip

if TYPE_CHECKING:
    from pullback.printing import set_printoptions as set_printoptions
    from pullback.rarer import *
    from pullback.torch_version import __version__ as __version__

newaxis = None

_NAMESPACES = frozenset(
    (
        "_C", "_VF", "_ops", "mtia", "_subclasses", "_tensor_str", "library", "nested", "quantization", "quasirandom", "_inductor", "_logging", "_prims", "_prims_common", "_refs", "_utils", "_utils_internal", "_vmap_internals", "onnx", "hub",
        "futures", "_dynamo", "__config__", "accelerator", "amp", "autograd", "backends", "compiler", "cpu", "cuda", "distributed",
        "distributions", "export", "fft", "func", "functional", "fx", "jit", "linalg", "masked", "mps", "multiprocessing", "nn",
        "optim", "overrides", "profiler", "random", "return_types", "serialization", "signal", "sparse", "special",
        "storage", "testing", "torch_version", "types", "utils", "version", "xpu", "ao", "__future__",
    )
)  # fmt: skip

_LAZY: dict[str, str] = {
    "__version__": "pullback.torch_version",
    "set_printoptions": "pullback.printing",
    "Generator": "pullback.random",
    "default_generator": "pullback.random",
    "fork_rng": "pullback.random",
    "get_rng_state": "pullback.random",
    "initial_seed": "pullback.random",
    "manual_seed": "pullback.random",
    "seed": "pullback.random",
    "set_rng_state": "pullback.random",
    "is_anomaly_check_nan_enabled": "pullback.autograd.anomaly_mode",
    "vmap": "pullback.func",
    "is_anomaly_enabled": "pullback.autograd.anomaly_mode",
    "is_warn_always_enabled": "pullback.graph.once",
    "set_warn_always": "pullback.graph.once",
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
    "autocast": "pullback.amp",
    "_disable_dynamo": "pullback.compiler",
    "compile": "pullback.compiler",
    "clear_autocast_cache": "pullback.amp.autocast_mode",
    "get_autocast_cpu_dtype": "pullback.amp.autocast_mode",
    "get_autocast_dtype": "pullback.amp.autocast_mode",
    "get_autocast_gpu_dtype": "pullback.amp.autocast_mode",
    "is_autocast_cache_enabled": "pullback.amp.autocast_mode",
    "is_autocast_cpu_enabled": "pullback.amp.autocast_mode",
    "is_autocast_enabled": "pullback.amp.autocast_mode",
    "set_autocast_dtype": "pullback.amp.autocast_mode",
    "compiled_with_cxx11_abi": "pullback.switches",
    "get_deterministic_debug_mode": "pullback.switches",
    "get_device_module": "pullback.switches",
    "get_float32_matmul_precision": "pullback.switches",
    "is_deterministic_algorithms_warn_only_enabled": "pullback.switches",
    "is_vulkan_available": "pullback.switches",
    "set_deterministic_debug_mode": "pullback.switches",
    "set_float32_matmul_precision": "pullback.switches",
    "set_flush_denormal": "pullback.switches",
    "_sample_dirichlet": "pullback.ops.random.gamma",
    "_dirichlet_grad": "pullback.ops.random.gamma",
    "_standard_gamma": "pullback.ops.random.gamma",
    **dict.fromkeys("sparse_coo_tensor sparse_csr_tensor sparse_csc_tensor sparse_compressed_tensor hspmm smm sspaddmm".split(), "pullback.sparse"),
    **dict.fromkeys(("dsmm", "hsmm", "spmm", "saddmm"), "pullback.sparse.products"),
    **dict.fromkeys(("eig", "lstsq", "matrix_rank", "solve", "symeig"), "pullback.removed"),
    **dict.fromkeys(
        (
            "binary_cross_entropy_with_logits", "cosine_embedding_loss", "ctc_loss", "hinge_embedding_loss", "kl_div",
            "margin_ranking_loss", "poisson_nll_loss", "triplet_margin_loss",
        ),
        "pullback.nn.functional._numbered",
    ),
    **dict.fromkeys(
        (
            "addmv_", "as_strided_", "dequantize", "detach", "detach_", "frobenius_norm", "get_device", "is_distributed",
            "native_channel_shuffle", "nuclear_norm", "slice_inverse",
        ),
        "pullback.ops.rare_forms",
    ),
    **dict.fromkeys(
        "_check _check_index _check_is_size _check_not_implemented _check_tensor_all _check_tensor_all_with _check_type "
        "_check_value _check_with _assert _assert_async _cast_Long _shape_as_tensor SymBool SymFloat SymInt sym_float sym_int "
        "sym_ite sym_max sym_min sym_not sym_sqrt sym_sum".split(),
        "pullback.conditions",
    ),
    "norm_except_dim": "pullback.nn.utils._norms",
    "_weight_norm": "pullback.nn.utils._norms",
    **dict.fromkeys(
        (
            "autocast_decrement_nesting", "autocast_increment_nesting", "set_autocast_cache_enabled",
            "set_autocast_cpu_dtype", "set_autocast_cpu_enabled", "set_autocast_enabled", "set_autocast_gpu_dtype",
        ),
        "pullback.amp.autocast_mode",
    ),
    **dict.fromkeys(("fork", "wait"), "pullback.jit"),
    **dict.fromkeys(("cond", "while_loop"), "pullback._higher_order_ops"),
    "load": "pullback.serialization",
    "save": "pullback.serialization",
    "ScriptModule": "pullback.jit",
    "Future": "pullback.futures",
    "FileCheck": "pullback.testing",
    "GradScaler": "pullback.amp",
    **dict.fromkeys(
        (
            "DeviceObjType", "DisableTorchFunction", "DisableTorchFunctionSubclass", "DispatchKey", "DispatchKeySet",
            "ScriptDict", "ScriptFunction", "ScriptList", "ScriptMethod", "has_lapack", "has_spectral",
        ),
        "pullback._C",
    ),
    "PyTorchFileReader": "pullback.serialization.records",
    "PyTorchFileWriter": "pullback.serialization.records",
    "UntypedStorage": "pullback.storage",
    "TypedStorage": "pullback.storage",
    "FloatStorage": "pullback.storage",
    "DoubleStorage": "pullback.storage",
    "HalfStorage": "pullback.storage",
    "BFloat16Storage": "pullback.storage",
    "ByteStorage": "pullback.storage",
    "CharStorage": "pullback.storage",
    "ShortStorage": "pullback.storage",
    "IntStorage": "pullback.storage",
    "LongStorage": "pullback.storage",
    "BoolStorage": "pullback.storage",
    "ComplexFloatStorage": "pullback.storage",
    "ComplexDoubleStorage": "pullback.storage",
}


def __getattr__(name: str) -> Any:
    from importlib import import_module
    from importlib.util import find_spec

    if name in _LAZY:
        value = getattr(import_module(_LAZY[name]), name)
    elif name in _NAMESPACES and find_spec(f"pullback.{name}") is not None:
        value = import_module(f"pullback.{name}")
    elif not name.startswith("__") and name in (rarer := vars(import_module("pullback.rarer"))):
        value = rarer[name]
    else:
        raise AttributeError(f"module 'torch' has no attribute '{name}'")
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    from pullback import rarer

    return sorted({*globals(), *_LAZY, *_NAMESPACES, *vars(rarer)})
