"""What a node keeps, under the names and in the forms that PyTorch shows: ``_saved_self``, ``_saved_dim``.

Rules speak of ``input`` and ``kernel``, of ``"mean"`` and of an axis as a number; PyTorch's nodes of ``self`` and
``kernel_size``, of 1 and, where there may be several, of a tuple. Everything here is worked out when somebody asks.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

_ALIASES = {
    "input": "self", "kernel": "kernel_size", "how": "reduce", "axes": "dim", "axis": "dim", "pad": "padding", "number": "other",
    "adjointed": "adjoint", "forwards": "forward", "mean": "result1", "rstd": "result2", "total": "total_weight",
}  # fmt: skip
"""PyTorch's names of what rules call otherwise."""

_OWN_ALIASES = {
    "AsStrided": {"offset": "storage_offset"}, "ConstantPadNd": {"pad": "pad"}, "LinalgMatrixExp": {"A": "self"},
    "LinalgPinv": {"A": "self"}, "LinalgLstsq": {"A": "self", "B": "b"}, "Unfold": {"dim": "dimension"},
    "CtcLoss": {"loss": "result0", "alpha": "result1"}, "NativeGroupNorm": {"input": "input", "num_groups": "group"},
}  # fmt: skip
"""The same for single nodes."""

_OWN_ALIASES |= {
    name: {"input": "input"}
    for name in "Convolution GridSampler2D GridSampler3D NativeBatchNorm NativeLayerNorm LinalgHouseholderProduct".split()
}

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

_REDUCTIONS = {"none": 0, "mean": 1, "sum": 2}


def short(node_name: str) -> str:
    """``Sum1`` of ``SumBackward1``."""
    return re.sub("Backward0?", "", node_name)


def shown_names(node_name: str, kept: str) -> Iterator[tuple[str, int | None]]:
    """PyTorch's names of what the rules of a node call `kept`, each with the number of the result it is."""
    node = short(node_name)
    if kept == "results":
        yield "results", None
        names = _RESULTS.get(node, "values result1" if "Pool" in node else "values indices").split()
        yield from [(name, nr) for nr, name in enumerate(names) if name != "values"]
    elif kept.endswith(("_shape", "_dtype")):
        word = "sym_sizes" if kept.endswith("_shape") else "scalar_type"
        yield f"{_ALIASES.get(kept[:-6], kept[:-6])}_{word}", None
    else:
        yield _OWN_ALIASES.get(node, {}).get(kept) or _ALIASES.get(kept, kept), None


def form_of(node_name: str, kept: str, annotation: str) -> Callable[[Any], Any] | None:
    """What turns a parameter that a rule kept into PyTorch's form of it; `None` where that is the same."""
    if kept == "reduction":
        return lambda value: _REDUCTIONS.get(value, value)
    if kept == "alpha":
        return lambda value: 1 if value is None else value
    if kept == "dim" or kept == "axes":
        several = short(node_name) in _SEVERAL
        return lambda value: _unsigned((value,) if several and isinstance(value, int) else value)
    if annotation.startswith(("int", "tuple[int", "Dim")):
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
