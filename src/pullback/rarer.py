"""PyTorch's names that a small program does without, loaded together at the first use of any of them.

`pullback.__init__` looks here for what it does not hold itself; type checkers see both as one.
"""

import pullback as torch
from pullback._VF import _unique as _unique, _unique2 as _unique2
from pullback.arrays.rare_dtypes import (
    chalf as chalf, complex32 as complex32, float4_e2m1fn_x2 as float4_e2m1fn_x2, float8_e4m3fn as float8_e4m3fn,
    float8_e4m3fnuz as float8_e4m3fnuz, float8_e5m2 as float8_e5m2, float8_e5m2fnuz as float8_e5m2fnuz,
    float8_e8m0fnu as float8_e8m0fnu, per_channel_affine as per_channel_affine,
    per_channel_symmetric as per_channel_symmetric, per_tensor_affine as per_tensor_affine,
    per_tensor_symmetric as per_tensor_symmetric, qint32 as qint32, qint8 as qint8, quint2x4 as quint2x4, quint4x2 as quint4x2,
    quint8 as quint8, qscheme as qscheme,
)
from pullback.device import (
    jagged as jagged, sparse_bsc as sparse_bsc, sparse_bsr as sparse_bsr, sparse_csc as sparse_csc,
)
from pullback.nn.functional.attention import (
    _fused_sdp_choice as _fused_sdp_choice, _scaled_dot_product_attention_math as _scaled_dot_product_attention_math,
)
from pullback.ops.aten import _scaled_mm as _scaled_mm, _scaled_mm_v2 as _scaled_mm_v2
from pullback.ops.inner import (
    _test_autograd_multiple_dispatch as _test_autograd_multiple_dispatch,
    _test_autograd_multiple_dispatch_view as _test_autograd_multiple_dispatch_view,
    _test_autograd_multiple_dispatch_view_copy as _test_autograd_multiple_dispatch_view_copy,
)
from pullback.ops.fourier.short_time import istft as istft, stft as stft
from pullback.ops.fourier.windows import (
    bartlett_window as bartlett_window, blackman_window as blackman_window, hamming_window as hamming_window,
    hann_window as hann_window, kaiser_window as kaiser_window,
)
from pullback.ops.index.along import (
    gather as gather, scatter as scatter, scatter_add as scatter_add, take_along_dim as take_along_dim,
)
from pullback.ops.index.bag_parts import embedding_bag as embedding_bag, embedding_bag_padded as _embedding_bag
from pullback.ops.index.masked import (
    _unsafe_masked_index as _unsafe_masked_index,
    _unsafe_masked_index_put_accumulate as _unsafe_masked_index_put_accumulate,
)
from pullback.ops.index.reducing import index_reduce as index_reduce, scatter_reduce as scatter_reduce
from pullback.ops.index.rows import (
    index_add as index_add, index_copy as index_copy, index_fill as index_fill, index_select as index_select,
)
from pullback.ops.index.search import (
    argwhere as argwhere,
    nonzero as nonzero,
    nonzero_static as nonzero_static,
    unravel_index as unravel_index,
)
from pullback.ops.index.segments import segment_reduce as _segment_reduce, segment_reduce as segment_reduce
from pullback.ops.index.tables import embedding as embedding, embedding_renorm_ as embedding_renorm_
from pullback.ops.index.take import put as put, take as take
from pullback.ops.matrix.chains import chain_matmul as chain_matmul, matrix_power as matrix_power
from pullback.ops.matrix.cholesky import cholesky as cholesky
from pullback.ops.matrix.cholesky_systems import cholesky_inverse as cholesky_inverse, cholesky_solve as cholesky_solve
from pullback.ops.matrix.determinants import det as det, logdet as logdet, slogdet as slogdet
from pullback.ops.matrix.einsum import einsum as einsum
from pullback.ops.matrix.exponential import matrix_exp as matrix_exp
from pullback.ops.matrix.grouped import _grouped_mm as _grouped_mm
from pullback.ops.matrix.linear import bilinear as bilinear
from pullback.ops.matrix.lobpcg import lobpcg as lobpcg
from pullback.ops.matrix.low_rank import pca_lowrank as pca_lowrank, svd_lowrank as svd_lowrank
from pullback.ops.matrix.lu import lu as lu, lu_solve as lu_solve, lu_unpack as lu_unpack
from pullback.ops.matrix.orthogonal import geqrf as geqrf, orgqr as orgqr, ormqr as ormqr, qr as qr
from pullback.ops.matrix.quantized import _addmm_activation as _addmm_activation, _int_mm as _int_mm
from pullback.ops.matrix.singular import pinverse as pinverse, svd as svd
from pullback.ops.matrix.solving import inverse_function as inverse, triangular_solve as triangular_solve
from pullback.ops.matrix.tensor_systems import vander as vander
from pullback.ops.matrix.vectors import cross as cross
from pullback.ops.neural.adaptive_pooling import (
    adaptive_avg_pool1d as adaptive_avg_pool1d, adaptive_max_pool1d_with_indices as adaptive_max_pool1d,
)
from pullback.ops.neural.attention import safe_softmax as _safe_softmax
from pullback.ops.neural.batch_norm import batch_norm as batch_norm, instance_norm as instance_norm
from pullback.ops.neural.convolution import conv1d as conv1d, conv2d as conv2d, conv3d as conv3d
from pullback.ops.neural.convolution import convolution as convolution
from pullback.ops.neural.distance import pairwise_distance as pairwise_distance
from pullback.ops.neural.dropout import (
    alpha_dropout as alpha_dropout, alpha_dropout_ as alpha_dropout_, dropout as dropout, dropout_ as dropout_,
    feature_alpha_dropout as feature_alpha_dropout, feature_alpha_dropout_ as feature_alpha_dropout_,
    feature_dropout as feature_dropout, feature_dropout_ as feature_dropout_, native_dropout as native_dropout,
)
from pullback.ops.neural.fake_quantization import (
    fake_quantize_per_channel_affine as fake_quantize_per_channel_affine,
    fake_quantize_per_tensor_affine as fake_quantize_per_tensor_affine,
)
from pullback.ops.neural.max_pooling import (
    max_pool1d as max_pool1d,
    max_pool1d_with_indices as max_pool1d_with_indices,
    max_pool2d as max_pool2d,
    max_pool3d as max_pool3d,
)
from pullback.ops.neural.mean_pooling import (
    avg_pool1d as avg_pool1d,
)
from pullback.ops.neural.native import (
    _native_batch_norm_legit as _native_batch_norm_legit, native_batch_norm as native_batch_norm, native_group_norm as native_group_norm,
    native_layer_norm as native_layer_norm,
)
from pullback.ops.neural.normalization import group_norm as group_norm, layer_norm as layer_norm
from pullback.ops.neural.pairs import cdist as cdist, pdist as pdist
from pullback.ops.neural.recurrent_cells import (
    gru_cell as gru_cell, lstm_cell as lstm_cell, rnn_relu_cell as rnn_relu_cell, rnn_tanh_cell as rnn_tanh_cell,
)
from pullback.ops.neural.recurrent_layers import gru as gru, lstm as lstm, rnn_relu as rnn_relu, rnn_tanh as rnn_tanh
from pullback.ops.neural.rms_norm import rms_norm as rms_norm
from pullback.ops.neural.sampling import (
    affine_grid_generator as affine_grid_generator, grid_sampler as grid_sampler, grid_sampler_2d as grid_sampler_2d,
    grid_sampler_3d as grid_sampler_3d,
)
from pullback.ops.neural.time_convolution import conv_tbc as conv_tbc
from pullback.ops.neural.transposed_convolution import (
    conv_transpose1d as conv_transpose1d, conv_transpose2d as conv_transpose2d,
    conv_transpose3d as conv_transpose3d,
)
from pullback.ops.random.creation import (
    rand as rand, rand_like as rand_like, randint as randint, randint_like as randint_like, randn as randn,
    randn_like as randn_like, randperm as randperm,
)
from pullback.ops.random.normal import normal as normal
from pullback.ops.random.sampling import (
    bernoulli as bernoulli, binomial as binomial, multinomial as multinomial, poisson as poisson,
)
from pullback.ops.pointwise.bessel import i0 as i0
from pullback.ops.pointwise.gamma import (
    digamma as digamma, igamma as igamma, igammac as igammac, lgamma as lgamma, mvlgamma as mvlgamma,
    polygamma as polygamma,
)
from pullback.ops.pointwise.gated import prelu as prelu, rrelu as rrelu
from pullback.ops.pointwise.logarithmic import logaddexp as logaddexp, logaddexp2 as logaddexp2, xlogy as xlogy
from pullback.ops.pointwise.special import erf as erf, erfc as erfc, erfinv as erfinv, logit as logit
from pullback.ops.shape.copies import (
    alias_copy as alias_copy, as_strided_copy as as_strided_copy, detach_copy as detach_copy,
    expand_copy as expand_copy, narrow_copy as narrow_copy, permute_copy as permute_copy,
    select_copy as select_copy, slice_copy as slice_copy, split_copy as split_copy,
    split_with_sizes_copy as split_with_sizes_copy, squeeze_copy as squeeze_copy, t_copy as t_copy,
    transpose_copy as transpose_copy, unbind_copy as unbind_copy, unfold_copy as unfold_copy,
    unsqueeze_copy as unsqueeze_copy, view_as_complex_copy as view_as_complex_copy,
    view_as_real_copy as view_as_real_copy, view_copy as view_copy,
)
from pullback.ops.shape.repeating import repeat_interleave as repeat_interleave, tile_function as tile
from pullback.ops.shape.reseating import resize_as_ as resize_as_
from pullback.ops.pointwise.inplace_rarer import (
    celu_ as celu_, erf_ as erf_, erfc_ as erfc_, gcd_ as gcd_, i0_ as i0_, lcm_ as lcm_, logit_ as logit_, rrelu_ as rrelu_, selu_ as selu_, threshold_ as threshold_, xlogy_ as xlogy_,
)
from pullback.ops.reduction.correlation import corrcoef as corrcoef, cov as cov
from pullback.ops.reduction.cumulative import (
    cummax as cummax, cummin as cummin, cumprod as cumprod, cumsum as cumsum, logcumsumexp as logcumsumexp,
)
from pullback.ops.reduction.differences import (
    cumulative_trapezoid as cumulative_trapezoid, diff as diff, trapezoid as trapezoid, trapz as trapz,
)
from pullback.ops.reduction.distances import cosine_similarity as cosine_similarity, dist as dist, renorm as renorm
from pullback.ops.reduction.finite_differences import gradient as gradient
from pullback.ops.reduction.hashing import hash_tensor as hash_tensor
from pullback.ops.reduction.histograms import (
    bincount as bincount, bucketize as bucketize, histc as histc, histogram as histogram,
    histogramdd as histogramdd, searchsorted as searchsorted,
)
from pullback.ops.reduction.membership import isin as isin
from pullback.ops.reduction.norms import norm as norm
from pullback.ops.reduction.quantiles import nanquantile as nanquantile, quantile as quantile
from pullback.ops.reduction.ranks import kthvalue as kthvalue, median as median, mode as mode, nanmedian as nanmedian
from pullback.ops.reduction.sets import unique as unique, unique_consecutive as unique_consecutive
from pullback.ops.reduction.sorting import argsort as argsort, msort as msort, sort as sort, topk as topk
from pullback.ops.shape.bits import view_as_complex as view_as_complex, view_as_real as view_as_real
from pullback.ops.shape.chunks import _chunk_cat as _chunk_cat
from pullback.ops.shape.diagonals import (
    diag as diag, diag_embed as diag_embed, diagflat as diagflat, diagonal as diagonal,
    diagonal_copy as diagonal_copy, diagonal_scatter as diagonal_scatter, trace as trace, tril as tril,
    tril_indices as tril_indices, triu as triu, triu_indices as triu_indices,
)
from pullback.ops.shape.grids import (
    cartesian_prod as cartesian_prod, combinations as combinations, meshgrid as meshgrid,
)
from pullback.ops.shape.padding import constant_pad_nd as constant_pad_nd
from pullback.ops.shape.pixels import (
    channel_shuffle as channel_shuffle, pixel_shuffle as pixel_shuffle, pixel_unshuffle as pixel_unshuffle,
)
from pullback.ops.shape.replacing import (
    as_strided_scatter as as_strided_scatter, select_scatter as select_scatter, slice_scatter as slice_scatter,
)
from pullback.ops.shape.turning import (
    flip_function as flip, fliplr as fliplr, flipud as flipud, roll as roll, rot90 as rot90,
)
from pullback.inner_forms import (
    _aminmax as _aminmax, _cast_Byte as _cast_Byte, _cast_Char as _cast_Char, _cast_Double as _cast_Double,
    _cast_Float as _cast_Float, _cast_Half as _cast_Half, _cast_Int as _cast_Int, _cast_Short as _cast_Short,
    _dim_arange as _dim_arange, _euclidean_dist as _euclidean_dist, _is_all_true as _is_all_true,
    _is_any_true as _is_any_true, _log_softmax as _log_softmax, _softmax as _softmax, _stack as _stack,
    from_file as from_file,
)
from pullback.machinery import (
    AcceleratorError as AcceleratorError, Event as Event, FatalError as FatalError, JITException as JITException,
    OutOfMemoryError as OutOfMemoryError, ScriptObject as ScriptObject, Stream as Stream, Tag as Tag,
)
from pullback.foreach import FUNCTIONS as _FOREACH

globals().update(_FOREACH)
