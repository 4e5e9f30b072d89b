"""pullback: PyTorch's automatic differentiation, in plain Python on NumPy.

``import pullback as torch`` and write torch. The names here are PyTorch's; the namespaces (``nn``, ``optim``,
``autograd``, ``utils`` …) are loaded when first used. See ARCHITECTURE.md for the map.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays.dtypes import (
    bfloat16 as bfloat16,
)
from pullback.arrays.dtypes import (
    bool as bool,
)
from pullback.arrays.dtypes import (
    cdouble as cdouble,
)
from pullback.arrays.dtypes import (
    cfloat as cfloat,
)
from pullback.arrays.dtypes import (
    complex64 as complex64,
)
from pullback.arrays.dtypes import (
    complex128 as complex128,
)
from pullback.arrays.dtypes import (
    double as double,
)
from pullback.arrays.dtypes import (
    dtype as dtype,
)
from pullback.arrays.dtypes import (
    float as float,
)
from pullback.arrays.dtypes import (
    float16 as float16,
)
from pullback.arrays.dtypes import (
    float32 as float32,
)
from pullback.arrays.dtypes import (
    float64 as float64,
)
from pullback.arrays.dtypes import (
    half as half,
)
from pullback.arrays.dtypes import (
    int as int,
)
from pullback.arrays.dtypes import (
    int8 as int8,
)
from pullback.arrays.dtypes import (
    int16 as int16,
)
from pullback.arrays.dtypes import (
    int32 as int32,
)
from pullback.arrays.dtypes import (
    int64 as int64,
)
from pullback.arrays.dtypes import (
    long as long,
)
from pullback.arrays.dtypes import (
    short as short,
)
from pullback.arrays.dtypes import (
    uint8 as uint8,
)
from pullback.arrays.dtypes import (
    uint16 as uint16,
)
from pullback.arrays.dtypes import (
    uint32 as uint32,
)
from pullback.arrays.dtypes import (
    uint64 as uint64,
)
from pullback.arrays.limits import finfo as finfo
from pullback.arrays.limits import iinfo as iinfo
from pullback.autograd.grad_mode import (
    enable_grad as enable_grad,
)
from pullback.autograd.grad_mode import (
    inference_mode as inference_mode,
)
from pullback.autograd.grad_mode import (
    is_grad_enabled as is_grad_enabled,
)
from pullback.autograd.grad_mode import (
    is_inference_mode_enabled as is_inference_mode_enabled,
)
from pullback.autograd.grad_mode import (
    no_grad as no_grad,
)
from pullback.autograd.grad_mode import (
    set_grad_enabled as set_grad_enabled,
)
from pullback.device import (
    channels_last as channels_last,
)
from pullback.device import (
    channels_last_3d as channels_last_3d,
)
from pullback.device import (
    contiguous_format as contiguous_format,
)
from pullback.device import (
    device as device,
)
from pullback.device import (
    layout as layout,
)
from pullback.device import (
    memory_format as memory_format,
)
from pullback.device import (
    preserve_format as preserve_format,
)
from pullback.device import (
    sparse_coo as sparse_coo,
)
from pullback.device import (
    sparse_csr as sparse_csr,
)
from pullback.device import (
    strided as strided,
)
from pullback.facts import (
    are_deterministic_algorithms_enabled as are_deterministic_algorithms_enabled,
)
from pullback.facts import (
    can_cast as can_cast,
)
from pullback.facts import (
    get_default_device as get_default_device,
)
from pullback.facts import (
    get_default_dtype as get_default_dtype,
)
from pullback.facts import (
    get_num_interop_threads as get_num_interop_threads,
)
from pullback.facts import (
    get_num_threads as get_num_threads,
)
from pullback.facts import (
    is_complex as is_complex,
)
from pullback.facts import (
    is_conj as is_conj,
)
from pullback.facts import (
    is_floating_point as is_floating_point,
)
from pullback.facts import (
    is_inference as is_inference,
)
from pullback.facts import (
    is_neg as is_neg,
)
from pullback.facts import (
    is_nonzero as is_nonzero,
)
from pullback.facts import (
    is_same_size as is_same_size,
)
from pullback.facts import (
    is_signed as is_signed,
)
from pullback.facts import (
    is_storage as is_storage,
)
from pullback.facts import (
    is_tensor as is_tensor,
)
from pullback.facts import (
    numel as numel,
)
from pullback.facts import (
    promote_types as promote_types,
)
from pullback.facts import (
    result_type as result_type,
)
from pullback.facts import (
    set_default_device as set_default_device,
)
from pullback.facts import (
    set_default_dtype as set_default_dtype,
)
from pullback.facts import (
    set_default_tensor_type as set_default_tensor_type,
)
from pullback.facts import (
    set_num_interop_threads as set_num_interop_threads,
)
from pullback.facts import (
    set_num_threads as set_num_threads,
)
from pullback.facts import (
    typename as typename,
)
from pullback.facts import (
    use_deterministic_algorithms as use_deterministic_algorithms,
)
from pullback.ops.creation.complexes import complex_ as complex
from pullback.ops.creation.complexes import polar as polar
from pullback.ops.creation.data import (
    as_tensor as as_tensor,
)
from pullback.ops.creation.data import (
    asarray as asarray,
)
from pullback.ops.creation.data import (
    from_dlpack as from_dlpack,
)
from pullback.ops.creation.data import (
    from_numpy as from_numpy,
)
from pullback.ops.creation.data import (
    frombuffer as frombuffer,
)
from pullback.ops.creation.data import (
    tensor as tensor,
)
from pullback.ops.creation.filled import (
    empty as empty,
)
from pullback.ops.creation.filled import (
    empty_like as empty_like,
)
from pullback.ops.creation.filled import (
    empty_strided as empty_strided,
)
from pullback.ops.creation.filled import (
    eye as eye,
)
from pullback.ops.creation.filled import (
    full as full,
)
from pullback.ops.creation.filled import (
    full_like as full_like,
)
from pullback.ops.creation.filled import (
    ones as ones,
)
from pullback.ops.creation.filled import (
    ones_like as ones_like,
)
from pullback.ops.creation.filled import (
    scalar_tensor as scalar_tensor,
)
from pullback.ops.creation.filled import (
    zeros as zeros,
)
from pullback.ops.creation.filled import (
    zeros_like as zeros_like,
)
from pullback.ops.creation.ranges import (
    arange as arange,
)
from pullback.ops.creation.ranges import (
    linspace as linspace,
)
from pullback.ops.creation.ranges import (
    logspace as logspace,
)
from pullback.ops.creation.ranges import (
    range_ as range,
)

# index
from pullback.ops.index.advanced import index_put as index_put
from pullback.ops.index.advanced import index_put_ as index_put_
from pullback.ops.index.along import (
    gather as gather,
)
from pullback.ops.index.along import (
    scatter as scatter,
)
from pullback.ops.index.along import (
    scatter_add as scatter_add,
)
from pullback.ops.index.along import (
    take_along_dim as take_along_dim,
)
from pullback.ops.index.fill import fill as fill
from pullback.ops.index.fill import fill_ as fill_
from pullback.ops.index.fill import zero_ as zero_
from pullback.ops.index.masks import (
    masked_fill as masked_fill,
)
from pullback.ops.index.masks import (
    masked_scatter as masked_scatter,
)
from pullback.ops.index.masks import (
    masked_select as masked_select,
)
from pullback.ops.index.reducing import index_reduce as index_reduce
from pullback.ops.index.reducing import scatter_reduce as scatter_reduce
from pullback.ops.index.rows import (
    index_add as index_add,
)
from pullback.ops.index.rows import (
    index_copy as index_copy,
)
from pullback.ops.index.rows import (
    index_fill as index_fill,
)
from pullback.ops.index.rows import (
    index_select as index_select,
)
from pullback.ops.index.search import argwhere as argwhere
from pullback.ops.index.search import nonzero as nonzero
from pullback.ops.index.search import unravel_index as unravel_index
from pullback.ops.index.tables import embedding as embedding
from pullback.ops.index.tables import embedding_renorm_ as embedding_renorm_
from pullback.ops.index.take import put as put
from pullback.ops.index.take import take as take

# matrix
from pullback.ops.matrix.addition import (
    addbmm as addbmm,
)
from pullback.ops.matrix.addition import (
    addmm as addmm,
)
from pullback.ops.matrix.addition import (
    addmv as addmv,
)
from pullback.ops.matrix.addition import (
    addr as addr,
)
from pullback.ops.matrix.addition import (
    baddbmm as baddbmm,
)
from pullback.ops.matrix.cholesky import cholesky as cholesky
from pullback.ops.matrix.contraction import (
    ger as ger,
)
from pullback.ops.matrix.contraction import (
    inner as inner,
)
from pullback.ops.matrix.contraction import (
    kron as kron,
)
from pullback.ops.matrix.contraction import (
    outer as outer,
)
from pullback.ops.matrix.contraction import (
    tensordot as tensordot,
)
from pullback.ops.matrix.determinants import det as det
from pullback.ops.matrix.determinants import logdet as logdet
from pullback.ops.matrix.determinants import slogdet as slogdet
from pullback.ops.matrix.einsum import einsum as einsum
from pullback.ops.matrix.matmul import matmul as matmul
from pullback.ops.matrix.products import (
    bmm as bmm,
)
from pullback.ops.matrix.products import (
    dot as dot,
)
from pullback.ops.matrix.products import (
    mm as mm,
)
from pullback.ops.matrix.products import (
    mv as mv,
)
from pullback.ops.matrix.products import (
    vdot as vdot,
)
from pullback.ops.matrix.solving import inverse_function as inverse

# neural
from pullback.ops.neural.batch_norm import (
    batch_norm as batch_norm,
)
from pullback.ops.neural.batch_norm import (
    instance_norm as instance_norm,
)
from pullback.ops.neural.convolution import conv1d as conv1d
from pullback.ops.neural.convolution import conv2d as conv2d
from pullback.ops.neural.convolution import conv3d as conv3d
from pullback.ops.neural.distance import pairwise_distance as pairwise_distance
from pullback.ops.neural.dropout import (
    alpha_dropout as alpha_dropout,
)
from pullback.ops.neural.dropout import (
    alpha_dropout_ as alpha_dropout_,
)
from pullback.ops.neural.dropout import (
    dropout as dropout,
)
from pullback.ops.neural.dropout import (
    dropout_ as dropout_,
)
from pullback.ops.neural.dropout import (
    feature_alpha_dropout as feature_alpha_dropout,
)
from pullback.ops.neural.dropout import (
    feature_alpha_dropout_ as feature_alpha_dropout_,
)
from pullback.ops.neural.dropout import (
    feature_dropout as feature_dropout,
)
from pullback.ops.neural.dropout import (
    feature_dropout_ as feature_dropout_,
)
from pullback.ops.neural.dropout import (
    native_dropout as native_dropout,
)
from pullback.ops.neural.normalization import (
    group_norm as group_norm,
)
from pullback.ops.neural.normalization import (
    layer_norm as layer_norm,
)
from pullback.ops.neural.rms_norm import rms_norm as rms_norm
from pullback.ops.neural.transposed_convolution import (
    conv_transpose1d as conv_transpose1d,
)
from pullback.ops.neural.transposed_convolution import (
    conv_transpose2d as conv_transpose2d,
)
from pullback.ops.neural.transposed_convolution import (
    conv_transpose3d as conv_transpose3d,
)

# pointwise
from pullback.ops.pointwise.activation import hardshrink as hardshrink
from pullback.ops.pointwise.activation import relu as relu
from pullback.ops.pointwise.activation import threshold as threshold
from pullback.ops.pointwise.arithmetic import (
    add as add,
)
from pullback.ops.pointwise.arithmetic import (
    addcdiv as addcdiv,
)
from pullback.ops.pointwise.arithmetic import (
    addcmul as addcmul,
)
from pullback.ops.pointwise.arithmetic import (
    mul as mul,
)
from pullback.ops.pointwise.arithmetic import (
    mul as multiply,
)
from pullback.ops.pointwise.arithmetic import (
    neg as neg,
)
from pullback.ops.pointwise.arithmetic import (
    neg as negative,
)
from pullback.ops.pointwise.arithmetic import (
    positive as positive,
)
from pullback.ops.pointwise.arithmetic import (
    reciprocal as reciprocal,
)
from pullback.ops.pointwise.arithmetic import (
    rsub as rsub,
)
from pullback.ops.pointwise.arithmetic import (
    sub as sub,
)
from pullback.ops.pointwise.arithmetic import (
    sub as subtract,
)
from pullback.ops.pointwise.arithmetic import (
    true_divide as true_divide,
)
from pullback.ops.pointwise.bessel import i0 as i0
from pullback.ops.pointwise.choice import lerp as lerp
from pullback.ops.pointwise.choice import nan_to_num as nan_to_num
from pullback.ops.pointwise.choice import where as where
from pullback.ops.pointwise.comparison import (
    allclose as allclose,
)
from pullback.ops.pointwise.comparison import (
    eq as eq,
)
from pullback.ops.pointwise.comparison import (
    equal as equal,
)
from pullback.ops.pointwise.comparison import (
    ge as ge,
)
from pullback.ops.pointwise.comparison import (
    ge as greater_equal,
)
from pullback.ops.pointwise.comparison import (
    gt as greater,
)
from pullback.ops.pointwise.comparison import (
    gt as gt,
)
from pullback.ops.pointwise.comparison import (
    isclose as isclose,
)
from pullback.ops.pointwise.comparison import (
    isfinite as isfinite,
)
from pullback.ops.pointwise.comparison import (
    isinf as isinf,
)
from pullback.ops.pointwise.comparison import (
    isnan as isnan,
)
from pullback.ops.pointwise.comparison import (
    isneginf as isneginf,
)
from pullback.ops.pointwise.comparison import (
    isposinf as isposinf,
)
from pullback.ops.pointwise.comparison import (
    isreal as isreal,
)
from pullback.ops.pointwise.comparison import (
    le as le,
)
from pullback.ops.pointwise.comparison import (
    le as less_equal,
)
from pullback.ops.pointwise.comparison import (
    lt as less,
)
from pullback.ops.pointwise.comparison import (
    lt as lt,
)
from pullback.ops.pointwise.comparison import (
    ne as ne,
)
from pullback.ops.pointwise.comparison import (
    ne as not_equal,
)
from pullback.ops.pointwise.complexes import (
    angle as angle,
)
from pullback.ops.pointwise.complexes import (
    conj as conj,
)
from pullback.ops.pointwise.complexes import (
    conj_physical as conj_physical,
)
from pullback.ops.pointwise.complexes import (
    imag as imag,
)
from pullback.ops.pointwise.complexes import (
    real as real,
)
from pullback.ops.pointwise.complexes import (
    resolve_conj as resolve_conj,
)
from pullback.ops.pointwise.complexes import (
    resolve_neg as resolve_neg,
)
from pullback.ops.pointwise.division import (
    div as div,
)
from pullback.ops.pointwise.division import (
    div as divide,
)
from pullback.ops.pointwise.division import (
    floor_divide as floor_divide,
)
from pullback.ops.pointwise.division import (
    fmod as fmod,
)
from pullback.ops.pointwise.division import (
    remainder as remainder,
)
from pullback.ops.pointwise.exponential import (
    exp as exp,
)
from pullback.ops.pointwise.exponential import (
    exp2 as exp2,
)
from pullback.ops.pointwise.exponential import (
    expm1 as expm1,
)
from pullback.ops.pointwise.exponential import (
    frexp as frexp,
)
from pullback.ops.pointwise.exponential import (
    ldexp as ldexp,
)
from pullback.ops.pointwise.exponential import (
    log as log,
)
from pullback.ops.pointwise.exponential import (
    log1p as log1p,
)
from pullback.ops.pointwise.exponential import (
    log2 as log2,
)
from pullback.ops.pointwise.exponential import (
    log10 as log10,
)
from pullback.ops.pointwise.extrema import (
    clamp as clamp,
)
from pullback.ops.pointwise.extrema import (
    clamp as clip,
)
from pullback.ops.pointwise.extrema import (
    clamp_max as clamp_max,
)
from pullback.ops.pointwise.extrema import (
    clamp_min as clamp_min,
)
from pullback.ops.pointwise.extrema import (
    fmax as fmax,
)
from pullback.ops.pointwise.extrema import (
    fmin as fmin,
)
from pullback.ops.pointwise.extrema import (
    maximum as maximum,
)
from pullback.ops.pointwise.extrema import (
    minimum as minimum,
)
from pullback.ops.pointwise.gamma import (
    digamma as digamma,
)
from pullback.ops.pointwise.gamma import (
    igamma as igamma,
)
from pullback.ops.pointwise.gamma import (
    igammac as igammac,
)
from pullback.ops.pointwise.gamma import (
    lgamma as lgamma,
)
from pullback.ops.pointwise.gamma import (
    mvlgamma as mvlgamma,
)
from pullback.ops.pointwise.gamma import (
    polygamma as polygamma,
)
from pullback.ops.pointwise.gated import prelu as prelu
from pullback.ops.pointwise.gated import rrelu as rrelu
from pullback.ops.pointwise.hyperbolic import (
    acosh as acosh,
)
from pullback.ops.pointwise.hyperbolic import (
    acosh as arccosh,
)
from pullback.ops.pointwise.hyperbolic import (
    asinh as arcsinh,
)
from pullback.ops.pointwise.hyperbolic import (
    asinh as asinh,
)
from pullback.ops.pointwise.hyperbolic import (
    atanh as arctanh,
)
from pullback.ops.pointwise.hyperbolic import (
    atanh as atanh,
)
from pullback.ops.pointwise.hyperbolic import (
    cosh as cosh,
)
from pullback.ops.pointwise.hyperbolic import (
    sinh as sinh,
)
from pullback.ops.pointwise.hyperbolic import (
    tanh as tanh,
)
from pullback.ops.pointwise.inplace import (
    abs_ as abs_,
)
from pullback.ops.pointwise.inplace import (
    acos_ as acos_,
)
from pullback.ops.pointwise.inplace import (
    acosh_ as acosh_,
)
from pullback.ops.pointwise.inplace import (
    arccos_ as arccos_,
)
from pullback.ops.pointwise.inplace import (
    arccosh_ as arccosh_,
)
from pullback.ops.pointwise.inplace import (
    arcsin_ as arcsin_,
)
from pullback.ops.pointwise.inplace import (
    arcsinh_ as arcsinh_,
)
from pullback.ops.pointwise.inplace import (
    arctan_ as arctan_,
)
from pullback.ops.pointwise.inplace import (
    arctanh_ as arctanh_,
)
from pullback.ops.pointwise.inplace import (
    asin_ as asin_,
)
from pullback.ops.pointwise.inplace import (
    asinh_ as asinh_,
)
from pullback.ops.pointwise.inplace import (
    atan_ as atan_,
)
from pullback.ops.pointwise.inplace import (
    atanh_ as atanh_,
)
from pullback.ops.pointwise.inplace import (
    ceil_ as ceil_,
)
from pullback.ops.pointwise.inplace import (
    celu_ as celu_,
)
from pullback.ops.pointwise.inplace import (
    clamp_ as clamp_,
)
from pullback.ops.pointwise.inplace import (
    clamp_max_ as clamp_max_,
)
from pullback.ops.pointwise.inplace import (
    clamp_min_ as clamp_min_,
)
from pullback.ops.pointwise.inplace import (
    clip_ as clip_,
)
from pullback.ops.pointwise.inplace import (
    conj_physical_ as conj_physical_,
)
from pullback.ops.pointwise.inplace import (
    cos_ as cos_,
)
from pullback.ops.pointwise.inplace import (
    cosh_ as cosh_,
)
from pullback.ops.pointwise.inplace import (
    deg2rad_ as deg2rad_,
)
from pullback.ops.pointwise.inplace import (
    erf_ as erf_,
)
from pullback.ops.pointwise.inplace import (
    erfc_ as erfc_,
)
from pullback.ops.pointwise.inplace import (
    exp2_ as exp2_,
)
from pullback.ops.pointwise.inplace import (
    exp_ as exp_,
)
from pullback.ops.pointwise.inplace import (
    expm1_ as expm1_,
)
from pullback.ops.pointwise.inplace import (
    fix_ as fix_,
)
from pullback.ops.pointwise.inplace import (
    floor_ as floor_,
)
from pullback.ops.pointwise.inplace import (
    frac_ as frac_,
)
from pullback.ops.pointwise.inplace import (
    gcd_ as gcd_,
)
from pullback.ops.pointwise.inplace import (
    i0_ as i0_,
)
from pullback.ops.pointwise.inplace import (
    lcm_ as lcm_,
)
from pullback.ops.pointwise.inplace import (
    ldexp_ as ldexp_,
)
from pullback.ops.pointwise.inplace import (
    log1p_ as log1p_,
)
from pullback.ops.pointwise.inplace import (
    log2_ as log2_,
)
from pullback.ops.pointwise.inplace import (
    log10_ as log10_,
)
from pullback.ops.pointwise.inplace import (
    log_ as log_,
)
from pullback.ops.pointwise.inplace import (
    logit_ as logit_,
)
from pullback.ops.pointwise.inplace import (
    nan_to_num_ as nan_to_num_,
)
from pullback.ops.pointwise.inplace import (
    neg_ as neg_,
)
from pullback.ops.pointwise.inplace import (
    negative_ as negative_,
)
from pullback.ops.pointwise.inplace import (
    rad2deg_ as rad2deg_,
)
from pullback.ops.pointwise.inplace import (
    reciprocal_ as reciprocal_,
)
from pullback.ops.pointwise.inplace import (
    relu_ as relu_,
)
from pullback.ops.pointwise.inplace import (
    round_ as round_,
)
from pullback.ops.pointwise.inplace import (
    rrelu_ as rrelu_,
)
from pullback.ops.pointwise.inplace import (
    rsqrt_ as rsqrt_,
)
from pullback.ops.pointwise.inplace import (
    selu_ as selu_,
)
from pullback.ops.pointwise.inplace import (
    sigmoid_ as sigmoid_,
)
from pullback.ops.pointwise.inplace import (
    sin_ as sin_,
)
from pullback.ops.pointwise.inplace import (
    sinc_ as sinc_,
)
from pullback.ops.pointwise.inplace import (
    sinh_ as sinh_,
)
from pullback.ops.pointwise.inplace import (
    sqrt_ as sqrt_,
)
from pullback.ops.pointwise.inplace import (
    square_ as square_,
)
from pullback.ops.pointwise.inplace import (
    tan_ as tan_,
)
from pullback.ops.pointwise.inplace import (
    tanh_ as tanh_,
)
from pullback.ops.pointwise.inplace import (
    threshold_ as threshold_,
)
from pullback.ops.pointwise.inplace import (
    trunc_ as trunc_,
)
from pullback.ops.pointwise.inplace import (
    xlogy_ as xlogy_,
)
from pullback.ops.pointwise.logarithmic import (
    logaddexp as logaddexp,
)
from pullback.ops.pointwise.logarithmic import (
    logaddexp2 as logaddexp2,
)
from pullback.ops.pointwise.logarithmic import (
    xlogy as xlogy,
)
from pullback.ops.pointwise.logic import (
    bitwise_and as bitwise_and,
)
from pullback.ops.pointwise.logic import (
    bitwise_left_shift as bitwise_left_shift,
)
from pullback.ops.pointwise.logic import (
    bitwise_not as bitwise_not,
)
from pullback.ops.pointwise.logic import (
    bitwise_or as bitwise_or,
)
from pullback.ops.pointwise.logic import (
    bitwise_right_shift as bitwise_right_shift,
)
from pullback.ops.pointwise.logic import (
    bitwise_xor as bitwise_xor,
)
from pullback.ops.pointwise.logic import (
    gcd as gcd,
)
from pullback.ops.pointwise.logic import (
    lcm as lcm,
)
from pullback.ops.pointwise.logic import (
    logical_and as logical_and,
)
from pullback.ops.pointwise.logic import (
    logical_not as logical_not,
)
from pullback.ops.pointwise.logic import (
    logical_or as logical_or,
)
from pullback.ops.pointwise.logic import (
    logical_xor as logical_xor,
)
from pullback.ops.pointwise.powers import (
    float_power as float_power,
)
from pullback.ops.pointwise.powers import (
    pow as pow,
)
from pullback.ops.pointwise.powers import (
    rsqrt as rsqrt,
)
from pullback.ops.pointwise.powers import (
    sqrt as sqrt,
)
from pullback.ops.pointwise.powers import (
    square as square,
)
from pullback.ops.pointwise.rounding import (
    ceil as ceil,
)
from pullback.ops.pointwise.rounding import (
    floor as floor,
)
from pullback.ops.pointwise.rounding import (
    frac as frac,
)
from pullback.ops.pointwise.rounding import (
    round as round,
)
from pullback.ops.pointwise.rounding import (
    trunc as fix,
)
from pullback.ops.pointwise.rounding import (
    trunc as trunc,
)
from pullback.ops.pointwise.signs import (
    abs as abs,
)
from pullback.ops.pointwise.signs import (
    abs as absolute,
)
from pullback.ops.pointwise.signs import (
    copysign as copysign,
)
from pullback.ops.pointwise.signs import (
    heaviside as heaviside,
)
from pullback.ops.pointwise.signs import (
    nextafter as nextafter,
)
from pullback.ops.pointwise.signs import (
    sgn as sgn,
)
from pullback.ops.pointwise.signs import (
    sign as sign,
)
from pullback.ops.pointwise.signs import (
    signbit as signbit,
)
from pullback.ops.pointwise.smooth import celu as celu
from pullback.ops.pointwise.smooth import selu as selu
from pullback.ops.pointwise.smooth import sigmoid as sigmoid
from pullback.ops.pointwise.special import erf as erf
from pullback.ops.pointwise.special import erfc as erfc
from pullback.ops.pointwise.special import erfinv as erfinv
from pullback.ops.pointwise.special import logit as logit
from pullback.ops.pointwise.trigonometry import (
    acos as acos,
)
from pullback.ops.pointwise.trigonometry import (
    acos as arccos,
)
from pullback.ops.pointwise.trigonometry import (
    asin as arcsin,
)
from pullback.ops.pointwise.trigonometry import (
    asin as asin,
)
from pullback.ops.pointwise.trigonometry import (
    atan as arctan,
)
from pullback.ops.pointwise.trigonometry import (
    atan as atan,
)
from pullback.ops.pointwise.trigonometry import (
    atan2 as arctan2,
)
from pullback.ops.pointwise.trigonometry import (
    atan2 as atan2,
)
from pullback.ops.pointwise.trigonometry import (
    cos as cos,
)
from pullback.ops.pointwise.trigonometry import (
    deg2rad as deg2rad,
)
from pullback.ops.pointwise.trigonometry import (
    hypot as hypot,
)
from pullback.ops.pointwise.trigonometry import (
    rad2deg as rad2deg,
)
from pullback.ops.pointwise.trigonometry import (
    sin as sin,
)
from pullback.ops.pointwise.trigonometry import (
    sinc as sinc,
)
from pullback.ops.pointwise.trigonometry import (
    tan as tan,
)

# random
from pullback.ops.random.creation import (
    rand as rand,
)
from pullback.ops.random.creation import (
    rand_like as rand_like,
)
from pullback.ops.random.creation import (
    randint as randint,
)
from pullback.ops.random.creation import (
    randint_like as randint_like,
)
from pullback.ops.random.creation import (
    randn as randn,
)
from pullback.ops.random.creation import (
    randn_like as randn_like,
)
from pullback.ops.random.creation import (
    randperm as randperm,
)
from pullback.ops.random.normal import normal as normal
from pullback.ops.random.sampling import (
    bernoulli as bernoulli,
)
from pullback.ops.random.sampling import (
    binomial as binomial,
)
from pullback.ops.random.sampling import (
    multinomial as multinomial,
)
from pullback.ops.random.sampling import (
    poisson as poisson,
)

# reduction
from pullback.ops.reduction.correlation import corrcoef as corrcoef
from pullback.ops.reduction.correlation import cov as cov
from pullback.ops.reduction.cumulative import (
    cummax as cummax,
)
from pullback.ops.reduction.cumulative import (
    cummin as cummin,
)
from pullback.ops.reduction.cumulative import (
    cumprod as cumprod,
)
from pullback.ops.reduction.cumulative import (
    cumsum as cumsum,
)
from pullback.ops.reduction.cumulative import (
    logcumsumexp as logcumsumexp,
)
from pullback.ops.reduction.differences import (
    cumulative_trapezoid as cumulative_trapezoid,
)
from pullback.ops.reduction.differences import (
    diff as diff,
)
from pullback.ops.reduction.differences import (
    trapezoid as trapezoid,
)
from pullback.ops.reduction.differences import (
    trapz as trapz,
)
from pullback.ops.reduction.distances import (
    cosine_similarity as cosine_similarity,
)
from pullback.ops.reduction.distances import (
    dist as dist,
)
from pullback.ops.reduction.distances import (
    renorm as renorm,
)
from pullback.ops.reduction.exponential import (
    _softmax_backward_data as _softmax_backward_data,
)
from pullback.ops.reduction.exponential import (
    log_softmax as log_softmax,
)
from pullback.ops.reduction.exponential import (
    logsumexp as logsumexp,
)
from pullback.ops.reduction.exponential import (
    softmax as softmax,
)
from pullback.ops.reduction.extrema import (
    amax as amax,
)
from pullback.ops.reduction.extrema import (
    amin as amin,
)
from pullback.ops.reduction.extrema import (
    aminmax as aminmax,
)
from pullback.ops.reduction.extrema import (
    max as max,
)
from pullback.ops.reduction.extrema import (
    min as min,
)
from pullback.ops.reduction.histograms import (
    bincount as bincount,
)
from pullback.ops.reduction.histograms import (
    bucketize as bucketize,
)
from pullback.ops.reduction.histograms import (
    histc as histc,
)
from pullback.ops.reduction.histograms import (
    histogram as histogram,
)
from pullback.ops.reduction.histograms import (
    histogramdd as histogramdd,
)
from pullback.ops.reduction.histograms import (
    searchsorted as searchsorted,
)
from pullback.ops.reduction.moments import std as std
from pullback.ops.reduction.moments import std_mean as std_mean
from pullback.ops.reduction.moments import var as var
from pullback.ops.reduction.moments import var_mean as var_mean
from pullback.ops.reduction.norms import norm as norm
from pullback.ops.reduction.positions import argmax as argmax
from pullback.ops.reduction.positions import argmin as argmin
from pullback.ops.reduction.products import prod as prod
from pullback.ops.reduction.quantiles import nanquantile as nanquantile
from pullback.ops.reduction.quantiles import quantile as quantile
from pullback.ops.reduction.ranks import (
    kthvalue as kthvalue,
)
from pullback.ops.reduction.ranks import (
    median as median,
)
from pullback.ops.reduction.ranks import (
    mode as mode,
)
from pullback.ops.reduction.ranks import (
    nanmedian as nanmedian,
)
from pullback.ops.reduction.sets import unique as unique
from pullback.ops.reduction.sets import unique_consecutive as unique_consecutive
from pullback.ops.reduction.sorting import argsort as argsort
from pullback.ops.reduction.sorting import msort as msort
from pullback.ops.reduction.sorting import sort as sort
from pullback.ops.reduction.sorting import topk as topk
from pullback.ops.reduction.sums import mean as mean
from pullback.ops.reduction.sums import nanmean as nanmean
from pullback.ops.reduction.sums import nansum as nansum
from pullback.ops.reduction.sums import sum as sum
from pullback.ops.reduction.truth import all as all
from pullback.ops.reduction.truth import any as any
from pullback.ops.reduction.truth import count_nonzero as count_nonzero

# shape
from pullback.ops.shape.axes import (
    adjoint as adjoint,
)
from pullback.ops.shape.axes import (
    moveaxis as moveaxis,
)
from pullback.ops.shape.axes import (
    movedim as movedim,
)
from pullback.ops.shape.axes import (
    permute_function as permute,
)
from pullback.ops.shape.axes import (
    swapaxes as swapaxes,
)
from pullback.ops.shape.axes import (
    swapdims as swapdims,
)
from pullback.ops.shape.axes import (
    t as t,
)
from pullback.ops.shape.axes import (
    transpose as transpose,
)
from pullback.ops.shape.bits import view_as_complex as view_as_complex
from pullback.ops.shape.bits import view_as_real as view_as_real
from pullback.ops.shape.broadcasting import (
    broadcast_shapes as broadcast_shapes,
)
from pullback.ops.shape.broadcasting import (
    broadcast_tensors as broadcast_tensors,
)
from pullback.ops.shape.broadcasting import (
    broadcast_to as broadcast_to,
)
from pullback.ops.shape.copies import (
    alias_copy as alias_copy,
)
from pullback.ops.shape.copies import (
    as_strided_copy as as_strided_copy,
)
from pullback.ops.shape.copies import (
    detach_copy as detach_copy,
)
from pullback.ops.shape.copies import (
    expand_copy as expand_copy,
)
from pullback.ops.shape.copies import (
    narrow_copy as narrow_copy,
)
from pullback.ops.shape.copies import (
    permute_copy as permute_copy,
)
from pullback.ops.shape.copies import (
    select_copy as select_copy,
)
from pullback.ops.shape.copies import (
    slice_copy as slice_copy,
)
from pullback.ops.shape.copies import (
    split_copy as split_copy,
)
from pullback.ops.shape.copies import (
    split_with_sizes_copy as split_with_sizes_copy,
)
from pullback.ops.shape.copies import (
    squeeze_copy as squeeze_copy,
)
from pullback.ops.shape.copies import (
    t_copy as t_copy,
)
from pullback.ops.shape.copies import (
    transpose_copy as transpose_copy,
)
from pullback.ops.shape.copies import (
    unbind_copy as unbind_copy,
)
from pullback.ops.shape.copies import (
    unfold_copy as unfold_copy,
)
from pullback.ops.shape.copies import (
    unsqueeze_copy as unsqueeze_copy,
)
from pullback.ops.shape.copies import (
    view_as_complex_copy as view_as_complex_copy,
)
from pullback.ops.shape.copies import (
    view_as_real_copy as view_as_real_copy,
)
from pullback.ops.shape.copies import (
    view_copy as view_copy,
)
from pullback.ops.shape.diagonals import (
    diag as diag,
)
from pullback.ops.shape.diagonals import (
    diag_embed as diag_embed,
)
from pullback.ops.shape.diagonals import (
    diagflat as diagflat,
)
from pullback.ops.shape.diagonals import (
    diagonal as diagonal,
)
from pullback.ops.shape.diagonals import (
    diagonal_copy as diagonal_copy,
)
from pullback.ops.shape.diagonals import (
    diagonal_scatter as diagonal_scatter,
)
from pullback.ops.shape.diagonals import (
    trace as trace,
)
from pullback.ops.shape.diagonals import (
    tril as tril,
)
from pullback.ops.shape.diagonals import (
    tril_indices as tril_indices,
)
from pullback.ops.shape.diagonals import (
    triu as triu,
)
from pullback.ops.shape.diagonals import (
    triu_indices as triu_indices,
)
from pullback.ops.shape.grids import (
    cartesian_prod as cartesian_prod,
)
from pullback.ops.shape.grids import (
    combinations as combinations,
)
from pullback.ops.shape.grids import (
    meshgrid as meshgrid,
)
from pullback.ops.shape.joining import (
    block_diag as block_diag,
)
from pullback.ops.shape.joining import (
    cat as cat,
)
from pullback.ops.shape.joining import (
    column_stack as column_stack,
)
from pullback.ops.shape.joining import (
    concat as concat,
)
from pullback.ops.shape.joining import (
    concatenate as concatenate,
)
from pullback.ops.shape.joining import (
    dstack as dstack,
)
from pullback.ops.shape.joining import (
    hstack as hstack,
)
from pullback.ops.shape.joining import (
    row_stack as row_stack,
)
from pullback.ops.shape.joining import (
    stack as stack,
)
from pullback.ops.shape.joining import (
    vstack as vstack,
)
from pullback.ops.shape.memory import clone as clone
from pullback.ops.shape.padding import constant_pad_nd as constant_pad_nd
from pullback.ops.shape.pixels import (
    channel_shuffle as channel_shuffle,
)
from pullback.ops.shape.pixels import (
    pixel_shuffle as pixel_shuffle,
)
from pullback.ops.shape.pixels import (
    pixel_unshuffle as pixel_unshuffle,
)
from pullback.ops.shape.repeating import repeat_interleave as repeat_interleave
from pullback.ops.shape.repeating import tile_function as tile
from pullback.ops.shape.replacing import (
    as_strided_scatter as as_strided_scatter,
)
from pullback.ops.shape.replacing import (
    select_scatter as select_scatter,
)
from pullback.ops.shape.replacing import (
    slice_scatter as slice_scatter,
)
from pullback.ops.shape.reseating import resize_as_ as resize_as_
from pullback.ops.shape.reshape import (
    flatten as flatten,
)
from pullback.ops.shape.reshape import (
    ravel as ravel,
)
from pullback.ops.shape.reshape import (
    reshape_function as reshape,
)
from pullback.ops.shape.reshape import (
    unflatten as unflatten,
)
from pullback.ops.shape.singletons import (
    atleast_1d as atleast_1d,
)
from pullback.ops.shape.singletons import (
    atleast_2d as atleast_2d,
)
from pullback.ops.shape.singletons import (
    atleast_3d as atleast_3d,
)
from pullback.ops.shape.singletons import (
    squeeze as squeeze,
)
from pullback.ops.shape.singletons import (
    unsqueeze as unsqueeze,
)
from pullback.ops.shape.splitting import (
    chunk as chunk,
)
from pullback.ops.shape.splitting import (
    dsplit as dsplit,
)
from pullback.ops.shape.splitting import (
    hsplit as hsplit,
)
from pullback.ops.shape.splitting import (
    split_function as split,
)
from pullback.ops.shape.splitting import (
    split_with_sizes as split_with_sizes,
)
from pullback.ops.shape.splitting import (
    tensor_split as tensor_split,
)
from pullback.ops.shape.splitting import (
    unbind as unbind,
)
from pullback.ops.shape.splitting import (
    unsafe_chunk as unsafe_chunk,
)
from pullback.ops.shape.splitting import (
    unsafe_split as unsafe_split,
)
from pullback.ops.shape.splitting import (
    unsafe_split_with_sizes as unsafe_split_with_sizes,
)
from pullback.ops.shape.splitting import (
    vsplit as vsplit,
)
from pullback.ops.shape.turning import (
    flip_function as flip,
)
from pullback.ops.shape.turning import (
    fliplr as fliplr,
)
from pullback.ops.shape.turning import (
    flipud as flipud,
)
from pullback.ops.shape.turning import (
    roll as roll,
)
from pullback.ops.shape.turning import (
    rot90 as rot90,
)
from pullback.ops.shape.windows import as_strided as as_strided
from pullback.ops.shape.windows import narrow as narrow
from pullback.ops.shape.windows import select as select
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
    "is_anomaly_enabled": "pullback.autograd.anomaly_mode",
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
