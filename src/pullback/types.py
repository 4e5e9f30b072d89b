"""torch.types: names for types, for annotations."""

from __future__ import annotations

import builtins
import os
from collections.abc import Sequence
from typing import IO, TYPE_CHECKING, Any, TypeAlias

from pullback.arrays.dtypes import dtype as _dtype  # noqa: F401
from pullback.device import device as _device, layout as _layout  # noqa: F401
from pullback.size import Size
from pullback.storage import TypedStorage, UntypedStorage
from pullback.tensor import Tensor

__all__ = ["Device", "FileLike", "Number", "Storage"]

if TYPE_CHECKING:
    from pullback.autograd.graph import GradientEdge as _GradientEdge

_TensorOrTensors: TypeAlias = Tensor | Sequence[Tensor]
_TensorOrTensorsOrGradEdge: TypeAlias = "Tensor | Sequence[Tensor] | _GradientEdge | Sequence[_GradientEdge]"
_int, _float, _bool, _complex = builtins.int, builtins.float, builtins.bool, builtins.complex
_size: TypeAlias = Size | list[int] | tuple[int, ...]
_symsize: TypeAlias = Size | Sequence[int]
_dispatchkey: TypeAlias = str | int
Number: TypeAlias = int | float | bool
Device: TypeAlias = _device | str | int | None
FileLike: TypeAlias = str | os.PathLike[str] | IO[bytes]
Storage: TypeAlias = UntypedStorage | TypedStorage
_qscheme: TypeAlias = Any

PySymType: tuple[type, ...] = ()
"""Numbers of PyTorch's tracer: there are none."""
