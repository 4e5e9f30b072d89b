"""Tensors to print, each with the circumstances of its printing, and named cases of what is worth showing."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import inf, nan
from pathlib import Path
from typing import Any

import numpy as np

from pullback.arrays import dtypes, promotion
from pullback.printing import format_tensor, printoptions

Array = np.ndarray[Any, Any]

RECORDED = Path(__file__).parent / "data" / "printing.json"
"""PyTorch's text of each named case; recorded by `tests.printing_reference`."""


@dataclass
class Case:
    """A tensor that holds `array`, and all that has a say in its text."""

    array: Array
    options: dict[str, Any] = field(default_factory=lambda: {"profile": "default"})
    default_dtype: str = "float32"
    requires_grad: bool = False
    grad_fn_name: str | None = None
    class_name: str | None = None
    tangent: Array | None = None
    tensor_contents: str | None = None

    @property
    def is_bare(self) -> bool:
        """Whether nothing but the array has a say."""
        return self.tangent is None and {**vars(self), "array": None} == {
            **vars(Case(self.array)),
            "array": None,
        }

    def text(self) -> str:
        """The text that pullback gives; its options and default dtype are as before afterwards."""
        default = dtypes.from_numpy(promotion.default.real)
        promotion.set_default(dtypes.BY_NAME[self.default_dtype])
        try:
            with printoptions(**self.options):
                return format_tensor(
                    self.array,
                    requires_grad=self.requires_grad,
                    grad_fn_name=self.grad_fn_name,
                    class_name=self.class_name or "tensor",
                    tangent_text=self._tangent_text(),
                    tensor_contents=self.tensor_contents,
                )
        finally:
            promotion.set_default(default)

    def _tangent_text(self) -> str | None:
        if self.tangent is None:
            return None
        return format_tensor(self.tangent) if self.tangent.ndim else str(self.tangent.astype(object).item())


def _case(values: Any, dtype: str = "float32", /, **circumstances: Any) -> Case:
    return Case(np.array(values, dtypes.BY_NAME[dtype].numpy), **circumstances)


def _ramp(*shape: int, step: float = 0.25) -> Array:
    size = int(np.prod(shape))
    return (step * np.arange(size, dtype=np.float32)).reshape(shape)


def _grad(values: Any, name: str, dtype: str = "float32", **circumstances: Any) -> Case:
    return _case(values, dtype, requires_grad=True, grad_fn_name=name, **circumstances)


_WIDE = [1e-9, 1.0, -2e9, 0.0]

CASES: dict[str, Case] = {
    # notation of floats
    "integral floats": _case([1.0, -2.0, 30.0]),
    "fixed": _case([1.5, -0.25, 100.0]),
    "ratio 1000": _case([1.5, 1500.0]),
    "ratio over 1000": _case([1.5, 1501.5]),
    "ratio just over 1000": _case([1.0, 1000.25]),
    "integral ratio over 1000": _case([1.0, 1001.0]),
    "largest fixed": _case([1e8]),
    "over the largest fixed": _case([100000008.0]),
    "smallest fixed": _case([1e-4], "float64"),
    "under the smallest fixed": _case([9.9999e-5], "float64"),
    "rounds up to more digits": _case([9.99999, 99999.995], "float64"),
    "wide range": _case(_WIDE),
    "zeros": _case([0.0, -0.0]),
    "negative zero among fixed": _case([-0.0, 0.5, -0.5]),
    "denormal float32": _case([1.4e-45, 0.0]),
    "denormal float64": _case([5e-324, -5e-324], "float64"),
    "extremes of float64": _case([1.7976931348623157e308, 5e-324], "float64"),
    "only nonfinite": _case([nan, inf, -inf]),
    "nonfinite among integral": _case([nan, inf, -inf, 1.0]),
    "nonfinite among fixed": _case([nan, inf, -inf, 1.5]),
    "nonfinite among zeros": _case([nan, 0.0]),
    "half": _case([0.1, 65504.0, 6e-8], "float16"),
    "brain float": _case([0.1, 3.0, 3.3895e38], "bfloat16"),
    "brain float zeros": _case([[0.0, 1.0]], "bfloat16"),
    # other dtypes
    "bool": _case([[True, False], [False, True]], "bool"),
    "uint8": _case([0, 255], "uint8"),
    "int8": _case([-128, 127], "int8"),
    "uint16": _case([65535], "uint16"),
    "uint32": _case([4294967295, 1], "uint32"),
    "uint64": _case([18446744073709551615, 1], "uint64"),
    "int64": _case([-9223372036854775808, 0], "int64"),
    "complex": _case([1 + 2j, -1.5 - 0.5j], "complex64"),
    "complex specials": _case([complex(nan, -inf), complex(-0.0, -0.0), 1j], "complex64"),
    "complex, parts far apart": _case([1e9 + 1e-9j, 1 + 1j], "complex128"),
    # no axes, no elements
    "0-d": _case(1.5),
    "0-d integral": _case(-3.0, "float64"),
    "0-d nan": _case(nan),
    "0-d bool": _case(True, "bool"),
    "0-d complex": _case(1 - 2j, "complex64"),
    "empty": _case([]),
    "empty int64": _case([], "int64"),
    "empty with axes": Case(np.zeros((2, 0, 3), np.float32)),
    "empty complex": Case(np.zeros((0, 3), np.complex64)),
    # layout
    "three axes": Case(_ramp(2, 2, 3)),
    "five axes": Case(_ramp(2, 1, 2, 1, 2)),
    "long vector": Case(_ramp(40)),
    "long rows": Case(_ramp(2, 30)),
    "long complex rows": Case(_ramp(2, 9) * np.complex64(1 - 1j)),
    "summarised vector": Case(_ramp(1001)),
    "not yet summarised": Case(_ramp(1000, step=1)),
    "summarised matrix": Case(_ramp(1001, 8, step=1)),
    "axis of twice the edge items": Case(_ramp(6, 200)),
    "summarised in the middle": Case(_ramp(2, 600, 2)),
    "summary hides the large": Case(np.where(np.arange(2000) == 1000, 1e10, 0.5)),
    "huge axis": Case(np.ones((1, 10**6), np.float32)),
    # options
    "precision 0": _case([0.5, 1.5, -2.5], options={"precision": 0}),
    "precision 10": _case([1 / 3], "float64", options={"precision": 10}),
    "short": Case(_ramp(2000), options={"profile": "short"}),
    "full": Case(_ramp(30, 40), options={"profile": "full"}),
    "narrow lines": Case(_ramp(3, 7), options={"linewidth": 30}),
    "complex in narrow lines": _case([0.5 + 0.5j, 1.5j], "complex64", options={"linewidth": 35}),
    "no width at all": Case(_ramp(3), options={"linewidth": 0}),
    "always scientific": _case([1.0, nan, 0.0], options={"sci_mode": True}),
    "never scientific": _case(_WIDE, "float64", options={"sci_mode": False}),
    "no edge items": Case(_ramp(4, 4), options={"edgeitems": 0, "threshold": 5}),
    "no edge items, not summarised": Case(_ramp(2), options={"edgeitems": 0}),
    # what stands behind the numbers
    "default float64": _case([1.0], "float64", default_dtype="float64"),
    "float32 under default float64": _case([1.0], default_dtype="float64"),
    "complex128 under default float64": _case([1j], "complex128", default_dtype="float64"),
    "default bfloat16": _case([1.0], "bfloat16", default_dtype="bfloat16"),
    "requires grad": _case([1.0], requires_grad=True),
    "grad_fn": _grad([1.0], "CloneBackward0"),
    "grad_fn and dtype": _grad([1.0], "ViewBackward0", "float64"),
    "grad_fn on its own line": _grad(_ramp(9), "UnsafeViewBackward0"),
    "dtype and grad_fn on lines of their own": _grad(_ramp(8), "UnsafeViewBackward0", "float64"),
    "each suffix on its own line": _grad([1.5], "CloneBackward0", "float64", options={"linewidth": 30}),
    "suffix fits exactly": _case([1.0], requires_grad=True, options={"linewidth": 33}),
    "suffix one too long": _case([1.0], requires_grad=True, options={"linewidth": 32}),
    "grad_fn fits the last line": _grad(_ramp(2, 4), "CloneBackward0"),
    "subclass": Case(_ramp(2, 2), class_name="Sub"),
    "tangent": _case([1.0, 2.0], tangent=_ramp(2)),
    "tangent on its own line": Case(_ramp(2, 4), tangent=_ramp(2, 4)),
    "tangent without axes": _case(1.0, tangent=np.array(0.5, np.float32)),
    "contents of one's own": _case([1.0], "float64", tensor_contents="as I like it"),
}
