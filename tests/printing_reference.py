"""The text that PyTorch gives of a case.

Run ``python -m tests.printing_reference`` to record the texts of the named cases, for the tests that run
without PyTorch.
"""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable

import numpy as np
import torch
from torch.autograd import forward_ad

from pullback.arrays import dtypes
from tests.printing_cases import CASES, RECORDED, Array, Case

GRAD_FNS: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {  # none changes a number
    "AliasBackward0": lambda x: torch.ops.aten.alias(x),
    "AsStridedBackward0": lambda x: x.as_strided(x.shape, x.stride()),
    "CloneBackward0": lambda x: x.clone(),
    "ExpandBackward0": lambda x: x.expand(x.shape),
    "FlipBackward0": lambda x: x.flip(()),
    "UnsafeViewBackward0": lambda x: torch.ops.aten._unsafe_view(x, x.shape),
    "ViewBackward0": lambda x: x.view(x.shape),
}


class Sub(torch.Tensor):
    """A subclass with a name of its own in front of the bracket."""


class LongSubclassName(torch.Tensor):
    """A subclass whose name takes a good part of a line."""


CLASSES: dict[str, type[torch.Tensor]] = {"Sub": Sub, "LongSubclassName": LongSubclassName}


def _to_torch(array: Array) -> torch.Tensor:
    if array.dtype == dtypes.bfloat16.numpy:
        return torch.from_numpy(array.view(np.int16).copy()).view(torch.bfloat16)
    return torch.from_numpy(array)


def _tensor(case: Case) -> torch.Tensor:
    tensor = _to_torch(case.array)
    if case.tangent is not None:
        tensor = forward_ad.make_dual(tensor, _to_torch(case.tangent))
    if case.class_name is not None:
        tensor = tensor.as_subclass(CLASSES[case.class_name])
    if case.requires_grad:
        tensor.requires_grad_()
    return tensor if case.grad_fn_name is None else GRAD_FNS[case.grad_fn_name](tensor)


def torch_text(case: Case) -> str:
    """The text that PyTorch gives; its options and default dtype are as before afterwards."""
    default = torch.get_default_dtype()
    torch.set_default_dtype(getattr(torch, case.default_dtype))
    torch.set_printoptions(**case.options)
    try:
        with warnings.catch_warnings(), forward_ad.dual_level():
            warnings.simplefilter("ignore", DeprecationWarning)  # PyTorch's own, from its first dual tensor
            return torch.Tensor.__repr__(_tensor(case), tensor_contents=case.tensor_contents)
    finally:
        torch.set_default_dtype(default)
        torch.set_printoptions(profile="default")


if __name__ == "__main__":
    texts = {name: torch_text(case) for name, case in CASES.items()}
    RECORDED.write_text(json.dumps(texts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
