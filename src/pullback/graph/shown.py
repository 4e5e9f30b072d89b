"""What a node keeps, under the names and in the forms that PyTorch shows: ``_saved_self``, ``_saved_dim``.

Rules speak of ``input`` and ``kernel``, of ``"mean"`` and of an axis as a number; PyTorch's nodes of ``self`` and
``kernel_size``, of 1 and, where there may be several, of a tuple. Everything here is worked out when somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator
from typing import Any

_ALIASES = {
    "input": "self", "kernel": "kernel_size", "how": "reduce", "axes": "dim", "axis": "dim", "pad": "padding", "number": "other",
    "adjointed": "adjoint", "forwards": "forward", "mean": "result1", "rstd": "result2", "total": "total_weight",
}  # fmt: skip
"""PyTorch's names of what rules call otherwise."""

_OWN_ALIASES = {
    "AsStrided": {"offset": "storage_offset"}, "AsStrided1": {"offset": "storage_offset"}, "ConstantPadNd": {"pad": "pad"},
    "LinalgMatrixExp": {"A": "self"},
    "LinalgPinv": {"A": "self"}, "LinalgLstsq": {"A": "self", "B": "b"}, "Unfold": {"dim": "dimension"},
    "CtcLoss": {"loss": "result0", "alpha": "result1"}, "NativeGroupNorm": {"input": "input", "num_groups": "group"},
}  # fmt: skip
"""The same for single nodes."""

_OWN_ALIASES |= {
    name: {"input": "input"}
    for name in "Convolution GridSampler2D GridSampler3D NativeBatchNorm NativeLayerNorm LinalgHouseholderProduct".split()
}

_OWN_ALIASES |= {
    "Squeeze2": {"dims": "dim"}, "Squeeze5": {"dims": "dim"},
    "CholeskySolve": {"factor": "input2"}, "LinalgSolveTriangular": {"A": "self"}, "TriangularSolve": {"b": "self"},
    "Split": {"sizes": "split_size"}, "SplitWithSizes": {"sizes": "split_sizes"}, "UnsafeSplit": {"sizes": "split_size"},
    "GridSampler2D": {"input": "input", "mode": "interpolation_mode"},
    "GridSampler3D": {"input": "input", "mode": "interpolation_mode"},
}  # fmt: skip

_ALSO = {
    **dict.fromkeys(
        "AdaptiveAvgPool2D AdaptiveAvgPool3D AdaptiveMaxPool2D AdaptiveMaxPool3D AvgPool2D AvgPool3D Cummax Cummin FftR2C "
        "FractionalMaxPool2D FractionalMaxPool3D MaskedSelect NllLoss NllLoss2D ReflectionPad1D ReflectionPad2D "
        "ReflectionPad3D ReplicationPad1D ReplicationPad2D ReplicationPad3D Take".split(),
        "input",
    ),
    **dict.fromkeys(("MaxPool2DWithIndices", "MaxPool3DWithIndices"), "input stride padding dilation"),
    **dict.fromkeys(("GridSampler2D", "GridSampler3D"), "mode padding_mode"),
    **dict.fromkeys(("IndexAdd", "IndexCopy", "Put"), "source"), **dict.fromkeys(("LinalgDet", "LinalgHouseholderProduct"), "result"),
    **dict.fromkeys([f"UpsampleNearest{exact}{n}D" for n in (1, 2, 3) for exact in ("", "Exact")], "scales"),
    **dict.fromkeys(
        "UpsampleLinear1D UpsampleTrilinear3D UpsampleBilinear2D UpsampleBilinear2DAa UpsampleBicubic2D UpsampleBicubic2DAa "
        "UpsampleLanczos2DAa".split(),
        "align_corners scales",
    ),
    "Complex": "real imag", "Div2": "input other rounding_mode", "Convolution": "output_padding", "Gather": "input dim",
    "NativeLayerNorm": "bias normalized_shape", "Squeeze1": "dim", "Squeeze2": "dims", "Squeeze5": "dims", "Unsqueeze": "dim", "SplitWithSizes": "sizes", "TriangularSolve": "b",
}  # fmt: skip
"""What PyTorch's nodes keep beside what our rules need, in our names: operators that take longer than keeping takes."""

_RESULTS = {
    "Aminmax": "min max", "Frexp": "mantissa exponent", "LinalgCholeskyEx": "L", "LinalgEig": "eigenvalues eigenvectors",
    "LinalgEigh": "eigenvalues eigenvectors", "LinalgInvEx": "inverse", "LinalgLstsq": "solution", "LinalgLu": "P L U",
    "LinalgLuFactorEx": "LU pivots", "LinalgQr": "Q R", "LinalgSlogdet": "sign", "LinalgSolveEx": "result",
    "LinalgSvd": "U S Vh", "StdMean": "result0 result1", "TriangularSolve": "solution", "Cholesky": "result",
    "NativeGroupNorm": "result0 result1 result2",
}  # fmt: skip
"""Names of the results that a node keeps. Without an entry the second one is an index: of pooling ``result1``."""

_SEVERAL = frozenset(
    "Sum1 Mean1 Amax Amin Nansum Std StdMean Var VarMean Logsumexp LinalgVectorNorm Norm1 FftC2C FftR2C FftC2R".split()
)
"""Nodes whose ``dim`` is a tuple."""

_SIZES = {
    "self_sym_sizes": "Diagonal Expand GroupedMm Index IndexSelect Kthvalue Max Mean Mean1 Median1 Min Mm Mode Nanmedian1 "
    "Repeat ReshapeAlias Select Slice Sort Sort1 Split SplitWithSizes Squeeze Squeeze1 Squeeze2 Squeeze3 Squeeze4 Squeeze5 "
    "Sum Sum1 Topk Trace Unfold UnsafeMaskedIndex UnsafeSplit UnsafeSplitWithSizes UnsafeView UpsampleBicubic2D "
    "UpsampleBicubic2DAa UpsampleBilinear2D UpsampleBilinear2DAa UpsampleLanczos2DAa UpsampleLinear1D UpsampleNearest1D "
    "UpsampleNearest2D UpsampleNearest3D UpsampleNearestExact1D UpsampleNearestExact2D UpsampleNearestExact3D "
    "UpsampleTrilinear3D View",
    "self_sym_numel": "Mean Mean1", "mat1_sym_sizes": "Addmm", "mat2_sym_sizes": "Addmm GroupedMm Mm",
    "source_sym_sizes": "MaskedScatter", "mean_sym_sizes": "Normal1 Normal3", "std_sym_sizes": "Normal2 Normal3",
    "bias_sym_sizes_opt": "Convolution", "batch1_sym_argsize_0": "Addbmm", "batch1_sym_argsize_1": "Addbmm",
    "batch2_sym_argsize_2": "Addbmm", "self_sym_argsize_minus_1": "Im2Col", "self_sym_argsize_minus_2": "Im2Col",
    "weight_sym_argsize_0": "Embedding EmbeddingBag", "S_sym_argsize_minus_1": "LinalgSvd",
    "LU_data_sym_argsize_minus_1": "LuUnpack", "LU_data_sym_argsize_minus_2": "LuUnpack",
}  # fmt: skip
"""Which nodes show the sizes of what they were made from, under which names."""

_OWN = frozenset(
    "tables after divisor layout geometry places rank sizes safe factor skips labels coefficients share bags rows found ends "
    "vector spans squashed gates base counts starts".split()
)
"""What our rules keep that PyTorch's have no name for."""

_REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}
_MODES = {"bilinear": 0, "nearest": 1, "bicubic": 2, "zeros": 0, "border": 1, "reflection": 2}

CONSTANTS: dict[str, dict[str, Any]] = {
    "Embedding": {"sparse": False}, "Gather": {"sparse_grad": False}, "LinalgLu": {"pivot": True},
    "LinalgLuFactorEx": {"pivot": True}, "SegmentReduce": {"axis": 0, "offsets": None},
}  # fmt: skip
"""What is the same for every call here."""


def shown_sizes(node_name: str) -> Iterator[tuple[str, str, str]]:
    """What a node shows of sizes: ``("self_sym_argsize_0", "self", "argsize_0")``."""
    node = short(node_name)
    for shown, nodes in _SIZES.items():
        if node in nodes.split():
            yield (shown, *shown.split("_sym_"))  # type: ignore[misc]


def also_kept(node_name: str, known: Container[str]) -> tuple[str, ...]:
    """What a node keeps for those who look at it only; `known` are the names of the operands."""
    return tuple([name for name in _ALSO.get(short(node_name), "").split() if name in known or name == "result"])


def short(node_name: str) -> str:
    """``Sum1`` of ``SumBackward1``."""
    return re.sub("Backward0?", "", node_name)


def shown_names(node_name: str, kept: str) -> Iterator[tuple[str, int | None]]:
    """PyTorch's names of what the rules of a node call `kept`, each with the number of the result it is."""
    node = short(node_name)
    if kept == "results":
        names = _RESULTS.get(node, "values result1" if "Pool" in node else "values indices").split()
        yield from [(name, nr) for nr, name in enumerate(names) if name != "values"]
    elif kept.endswith(("_shape", "_dtype")):
        word = "sym_sizes" if kept.endswith("_shape") else "scalar_type"
        shown = f"{_ALIASES.get(kept[:-6], kept[:-6])}_{word}"
        if word == "scalar_type" or node in _SIZES.get(shown, "").split():
            yield shown, None
    elif kept == "scales":
        yield from [("_".join(filter(None, ("scales", each))), nr) for nr, each in enumerate(_letters(node))]
    elif kept not in _OWN or kept in _OWN_ALIASES.get(node, {}):
        yield _OWN_ALIASES.get(node, {}).get(kept) or _ALIASES.get(kept, kept), None


def _letters(node: str) -> tuple[str, ...]:
    """What PyTorch calls the spatial axes of a node: nothing where there is one."""
    return ("",) if "1D" in node else ("h", "w") if "2D" in node else ("d", "h", "w")


def form_of(node_name: str, kept: str, annotation: str) -> Callable[[Any], Any] | None:
    """What turns a parameter that a rule kept into PyTorch's form of it; `None` where that is the same."""
    if kept == "reduction":
        return lambda value: _REDUCTIONS.get(value, value)
    if kept in ("mode", "padding_mode"):
        return lambda value: _MODES.get(value, value)
    if kept == "alpha":
        return lambda value: 1 if value is None else value
    if kept == "dim" or kept == "axes":
        several = short(node_name) in _SEVERAL
        return lambda value: _unsigned((value,) if several and isinstance(value, int) else value)
    if annotation.startswith(("int", "Count", "tuple[int", "Dim")):
        return _unsigned
    return None


def output_axes(node_name: str) -> int:
    """How many axes of its output a node shows as ``output_size``; 0 if it does not."""
    found = re.match(r"(Upsample|FractionalMaxPool).*?([123])D", node_name)
    return int(found[2]) if found else 0


def with_gaps(indices: tuple[Any, ...], axes: Any, nothing: Any = None) -> tuple[Any, ...]:
    """The indices of axes in their places, `nothing` in those before that have none."""
    by_axis = dict(zip(axes, indices))
    return tuple(by_axis.get(axis, nothing) for axis in range(max(axes, default=-1) + 1))


def _unsigned(value: Any) -> Any:
    """Numbers of axes as PyTorch's getters read them, which know no sign."""
    if isinstance(value, tuple):
        return tuple(map(_unsigned, value))
    return value + 2**64 if isinstance(value, int) and value < 0 else value
