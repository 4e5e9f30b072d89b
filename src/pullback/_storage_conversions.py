"""A storage in another dtype or place, under the names that tensors have for it too."""

from __future__ import annotations

import builtins
from typing import TYPE_CHECKING, Any

from pullback.arrays import dtypes
from pullback.device import device as device_type

if TYPE_CHECKING:
    from pullback.storage import TypedStorage, UntypedStorage


class Conversions:
    """Copies in another dtype, under the names that they have on tensors too."""

    __slots__ = ()

    is_cuda = is_sparse = is_sparse_csr = False

    def _to(self, dtype: dtypes.dtype) -> TypedStorage:
        raise NotImplementedError

    @property
    def device(self) -> device_type:
        """The CPU, or meta."""
        raise NotImplementedError

    def untyped(self) -> UntypedStorage:
        """The bytes."""
        raise NotImplementedError

    @property
    def is_hpu(self) -> builtins.bool:
        """Whether the memory is on a Gaudi: never."""
        return False

    def get_device(self) -> builtins.int:
        """The number of the accelerator: -1 for the CPU."""
        return -1

    def to(self, *, device: Any, non_blocking: builtins.bool = False) -> Any:
        """The storage on a device: itself if it is there."""
        chosen = device_type(device)
        if chosen.type == self.device.type:
            return self
        if chosen.type != "cpu":
            raise AssertionError(f"{chosen.type.upper()} device module is not loaded")
        return self.cpu()

    def cpu(self) -> Any:
        """The storage on the CPU: itself if it is there."""
        if self.device.type == "meta":
            raise NotImplementedError("Cannot copy out of meta tensor; no data!")
        return self

    def cuda(self, device: Any = None, non_blocking: builtins.bool = False) -> Any:
        """Raises: there is no such device."""
        raise AssertionError("Torch not compiled with CUDA enabled")

    def hpu(self, device: Any = None, non_blocking: builtins.bool = False) -> Any:
        """Raises: there is no such device."""
        raise AssertionError("HPU device module is not loaded")

    def mps(self) -> Any:
        """Raises: there is no such device."""
        raise RuntimeError("torch.UntypedStorage(): Storage device not recognized: mps")

    def pin_memory(self, device: Any = None) -> Any:
        """Raises: there is no device to pin memory for."""
        raise RuntimeError("Cannot access accelerator device when none is available.")

    def is_pinned(self, device: Any = None) -> builtins.bool:
        """Whether the memory is page-locked: never."""
        return False

    def share_memory_(self) -> Any:
        """The storage itself: processes get copies, and threads share all memory."""
        return self

    def char(self) -> TypedStorage:
        """A copy as int8."""
        return self._to(dtypes.int8)

    def short(self) -> TypedStorage:
        """A copy as int16."""
        return self._to(dtypes.int16)

    def complex_float(self) -> TypedStorage:
        """A copy as complex64."""
        return self._to(dtypes.complex64)

    def complex_double(self) -> TypedStorage:
        """A copy as complex128."""
        return self._to(dtypes.complex128)

    def bool(self) -> TypedStorage:
        """A copy as booleans."""
        return self._to(dtypes.bool)

    def byte(self) -> TypedStorage:
        """A copy as uint8."""
        return self._to(dtypes.uint8)

    def int(self) -> TypedStorage:
        """A copy as int32."""
        return self._to(dtypes.int32)

    def long(self) -> TypedStorage:
        """A copy as int64."""
        return self._to(dtypes.int64)

    def float8_e5m2(self) -> TypedStorage:
        """A copy as float8_e5m2."""
        from pullback.arrays.rare_dtypes import float8_e5m2

        return self._to(float8_e5m2)

    def float8_e4m3fn(self) -> TypedStorage:
        """A copy as float8_e4m3fn."""
        from pullback.arrays.rare_dtypes import float8_e4m3fn

        return self._to(float8_e4m3fn)

    def half(self) -> TypedStorage:
        """A copy as float16."""
        return self._to(dtypes.float16)

    def bfloat16(self) -> TypedStorage:
        """A copy as bfloat16."""
        return self._to(dtypes.bfloat16)

    def float(self) -> TypedStorage:
        """A copy as float32."""
        return self._to(dtypes.float32)

    def double(self) -> TypedStorage:
        """A copy as float64."""
        return self._to(dtypes.float64)
