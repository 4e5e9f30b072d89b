"""Methods that make tensors from tensors: casts and ``new_*``."""

from __future__ import annotations

from typing import Any

from pullback.graph.tensor_base import TensorBase
from pullback.ops.creation import casts, data, filled, former


def _new(self: Any, *args: Any, **options: Any) -> TensorBase:
    if self.is_sparse:
        from pullback.sparse.creation import former as sparse

        return sparse(self.dtype, *args)
    return former.new(self, *args, **options)


_new.__name__, _new.__doc__ = "new", former.new.__doc__


class CreationMethods:
    """Casts and ``new_*``."""

    __slots__ = ()

    to = casts.to
    double, half, bfloat16 = casts.double, casts.half, casts.bfloat16
    float, long, int = casts.float_, casts.long, casts.int_
    short, char, byte, bool = casts.short, casts.char, casts.byte, casts.bool_
    cfloat, cdouble, chalf = casts.cfloat, casts.cdouble, casts.chalf
    type = casts.type_
    type_as = casts.type_as
    cpu, cuda, pin_memory = casts.cpu, casts.cuda, casts.pin_memory
    new_zeros, new_ones, new_empty = filled.new_zeros, filled.new_ones, filled.new_empty
    new, new_tensor = _new, data.new_tensor
    new_full, new_empty_strided = filled.new_full, filled.new_empty_strided
