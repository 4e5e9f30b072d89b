"""What PyTorch takes as ``out=``, operator by operator.

Most operators store their result in any dtype to which it can be cast, which is `check_castable`. The tables here are
the others: those that want the very dtype of the result and say so in one of several ways, those that take any dtype,
those that have no derivative and so let ``out=`` require grad, and those that resize it without a warning.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays.dtypes import from_numpy
from pullback.graph.inplace import check_castable, spoken

_CPP = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "uint16": "short unsigned int", "uint32": "unsigned int", "uint64": "long unsigned int",
    "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float", "float64": "double",
    "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
}  # fmt: skip

# Operators that want the dtype of the result, by what they say otherwise. In the messages {have} and {want} are PyTorch's
# words for the dtypes, {have_cpp} and {want_cpp} those of C++.
_SAY = {
    "Expected out tensor to have dtype {want_cpp}, but got {have_cpp} instead": (
        "addmm addmv mv baddbmm bmm cumsum cumprod linalg_cross expand_copy diagonal_copy alias_copy isin lu_unpack linalg_lu_solve matmul "
        "max min softmax as_strided_copy avg_pool2d avg_pool3d linear mm view_copy permute_copy qr split_with_sizes_copy "
        "triangular_solve svd gather gather_nothing index_copy index_add index_reduce scatter scatter_src scatter_value "
        "scatter_add scatter_reduce unbind_copy unfold_copy sort renorm squeeze_copy unsqueeze_copy transpose_copy tril "
        "triu log_softmax linalg_vector_norm t_copy argmax argmin linalg_det linalg_cholesky linalg_cholesky_ex "
        "linalg_eigh linalg_eigvalsh linalg_matrix_power linalg_qr linalg_slogdet linalg_lu_factor linalg_lu_factor_ex "
        "linalg_lu linalg_inv linalg_inv_ex linalg_solve linalg_solve_ex linalg_svd linalg_svdvals slice_scatter topk "
        "linalg_ldl_factor linalg_ldl_factor_ex linalg_ldl_solve select_copy detach_copy slice_copy view_as_real_copy "
        "view_as_complex_copy split_copy diag_embed"
    ),
    "Found dtype {have} but expected {want}": (
        "abs bitwise_not ceil conj_physical floor frac gelu hardshrink lerp_tensor neg round_decimals round_whole sgn sign "
        "softplus softshrink trunc"
    ),
    "dtype {want} does not match dtype of out parameter ({have})": (
        "arange linspace logspace ones zeros full empty eye normal"
    ),
    "expected scalar_type {want} but found {have}": "cummax cummin logcumsumexp diff_of_order_0",
    "expected scalar type {want} but found {have}": "linalg_solve_triangular logsigmoid mode kthvalue native_batch_norm",
    "result dtype {have} does not match input dtype {want}": "dot vdot",
    "quantile() out tensor must be same dtype as the input tensor": "quantile nanquantile",
    "torch.{name}: input tensor and hist tensor should have the same dtype, but got input {want} and hist {have_cpp}": (
        "histogram histc"
    ),
    "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on whether "
    "out_int32 flag is True, but we got output tensor's dtype {have} and out_int32 flag is {short}": "places",
    "linalg.matrix_norm expected out tensor dtype {want} but got: {have}": "linalg_matrix_norm",
    "linalg.norm expected out tensor dtype {want} but got: {have}": "linalg_norm",
    "self and mat2 must have the same dtype, but got {have} and {want}": "addbmm",
    "torch.frexp() expects mantissa to have dtype {want_cpp} but got {have_cpp}": "frexp",
    "{name}(): self and result must have the same scalar type": "masked_select index_select",
    "{name}(): Expected self.dtype() == output.dtype() to be true, but got {have} for {want}": "narrow_copy",
    "torch.ormqr: Expected input and result to have the same dtype, but input has dtype{want} and result has dtype {have}": (
        "ormqr"
    ),
    "the output given to float_power has dtype {have} but the operation's result requires dtype {want}": "float_power",
    "{name} does not support non-boolean outputs.": "signbit isposinf isneginf",
    "{name} only supports bool tensor for result, got: {have}": "all any",
    "nan_to_num: dtype of out: {have} should be same as input: {want}": "nan_to_num",
    "take(): self and out expected to have the same dtype, but got self.dtype = {want} and out.dtype = {have}": "take",
    "tensordot: Expected the output tensor to have dtype {want}, but got an output tensor with dtype {have}": "tensordot",
    "Expected out type to be {want} but got {have}": "where",
    "nonzero: Expected out tensor to have scalar type {want} but got scalar type{have}": "nonzero",
    "Expected result to be of dtype uint64, but got {have}": "hash_tensor",
    "linalg.vecdot: Expected out of dtype{want} but found {have}": "linalg_vecdot",
    "multi_dot(): expected out tensor to have dtype {want_cpp} but got {have_cpp}": "linalg_multi_dot chain_matmul",
    "Expected object of scalar type {want} but got scalar type {have} for argument 'out'": "complex",
}
_MESSAGE = {name: message for message, names in _SAY.items() for name in names.split()}

_SAFELY = {
    "linalg_eig": ("torch.linalg.eig", "eigenvalues eigenvectors"),
    "linalg_eigvals": ("torch.linalg.eigvals", "eigenvalues"),
    "linalg_lstsq": ("torch.linalg.lstsq", "solution residuals rank singular_values"),
    "geqrf": ("torch.geqrf", "a tau"),
    "linalg_matrix_rank": ("torch.linalg.matrix_rank", "result"),
    "linalg_householder_product": ("torch.linalg.householder_product", "result"),
    "linalg_cond": ("linalg.cond", "result"),
    "linalg_pinv": ("linalg.pinv", "result"),
    "linalg_tensorinv": ("tensorinv", "result"),
    "linalg_tensorsolve": ("tensorsolve", "result"),
    "cholesky_solve": ("cholesky_solve", "result"),
    "cholesky_inverse": ("cholesky_inverse", "result"),
    "cholesky": ("cholesky", "result"),
    "matrix_power": ("matrix_power", "result"),
}
"""Operators that cast as far as it is safe: by what name they speak of themselves, and the names of their results."""

_ONLY_WITH_INDICES = frozenset(("max", "min"))
"""These mind the dtype when they give values and indices, not when they give one value."""

_ANY = frozenset(("lu",))
"""These take every dtype, fractions or not."""

_KERNELS = {"nansum": "nansum_cpu", "nanmean": "nansum_cpu", "std": "std_cpu", "var": "std_cpu"}
"""These compute in the dtype of ``out=``, where that is one that they know."""

UNTRACKED = frozenset(
    (
        "eq ne lt le gt ge logical_and logical_or logical_xor logical_not histc split_with_sizes_copy airy_ai bessel_j0 "
        "bessel_j1 bessel_y0 bessel_y1 chebyshev_polynomial_t chebyshev_polynomial_u chebyshev_polynomial_v "
        "chebyshev_polynomial_w hermite_polynomial_h hermite_polynomial_he laguerre_polynomial_l legendre_polynomial_p "
        "modified_bessel_i0 modified_bessel_i1 modified_bessel_k0 modified_bessel_k1 scaled_modified_bessel_k0 "
        "scaled_modified_bessel_k1 shifted_chebyshev_polynomial_t shifted_chebyshev_polynomial_u "
        "shifted_chebyshev_polynomial_v shifted_chebyshev_polynomial_w spherical_bessel_j0"
    ).split()
)
"""Operators without a derivative: their ``out=`` may require grad."""

RESIZED = frozenset(
    "addbmm bernoulli lu ones zeros full empty eye linspace logsigmoid logspace multinomial narrow_copy".split()
)
"""Operators that give ``out=`` its shape without a word."""


def cpp_of(kind: Any) -> str:
    """The name of a NumPy dtype in C++: ``c10::Half``."""
    return _CPP[from_numpy(kind).name]


def check_dtype(name: str, result: Any, have: Any, several: bool, place: int = 0) -> None:
    """Raise unless `name` stores `result`, the one at `place` of `several`, in an ``out=`` of the NumPy dtype `have`."""
    want = result.dtype
    if want == have or name in _ANY:
        return
    if name in ("all", "any") and have == "uint8":  # the booleans of old
        return
    message = _MESSAGE.get(name) if several or name not in _ONLY_WITH_INDICES else None
    if message is not None:
        cpp = {"want_cpp": cpp_of(want), "have_cpp": cpp_of(have), "short": want == "int32"}
        raise RuntimeError(message.format(name=name, want=spoken(want), have=spoken(have), **cpp))
    if name in _KERNELS and (name.startswith("nan") or (from_numpy(have).category == 3 and result.size > 1)):
        raise NotImplementedError(f"\"{_KERNELS[name]}\" not implemented for '{spoken(have)}'")
    if name == "heaviside" and from_numpy(have).category == 3:
        raise RuntimeError("heaviside is not yet implemented for complex tensors.")
    if name in ("cat", "stack", "_chunk_cat") and from_numpy(want).category > from_numpy(have).category:
        raise TypeError(f"torch.cat(): input types can't be cast to the desired output type {spoken(have)}")
    if name in _SAFELY and from_numpy(want).category > from_numpy(have).category:
        called, called_result = _SAFELY[name][0], _SAFELY[name][1].split()[place]
        raise RuntimeError(
            f"{called}: Expected {called_result} to be safely castable from {spoken(want)} dtype, but got "
            f"{called_result} with dtype {spoken(have)}"
        )
    check_castable(want, have)
