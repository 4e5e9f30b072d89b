"""What a tensor says of itself: shape, dtype, device, memory."""

from __future__ import annotations

from typing import Any

from pullback.arrays import dtypes
from pullback.arrays.mirrored import Mirrored, behind
from pullback.arrays.sharing import is_shared
from pullback.arrays.shells import is_meta
from pullback.arrays.strides import offset_in_memory
from pullback.device import CPU, META, device as device_type
from pullback.graph.tensor_base import solid
from pullback.graph.versions import version
from pullback.ops.dims import wrap_dim
from pullback.size import Size, size_of_array


class MetadataMethods:
    """Facts, no computation."""

    __slots__ = ()

    _array: Any
    _view: Any

    is_cuda = is_quantized = is_mkldnn = is_mps = is_xpu = False
    is_xla = is_nested = is_vulkan = is_ipu = is_maia = is_mtia = False
    is_meta = property(lambda self: self.device is META)
    is_cpu = property(lambda self: self.device is CPU)
    names = property(lambda self: (None,) * self._array.ndim)

    @property
    def shape(self) -> Size:
        """The length of each axis."""
        return size_of_array(self._array.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length along `dim`."""
        shape = self._array.shape
        if dim is None:
            return size_of_array(shape)
        position = wrap_dim(dim, len(shape))
        if not shape:
            raise IndexError("Dimension specified as " + str(dim) + " but tensor has no dimensions")
        return shape[position]

    @property
    def dtype(self) -> dtypes.dtype:
        """The type of the elements."""
        try:
            return dtypes.FROM_NUMPY[self._array.dtype]
        except KeyError:
            return dtypes.from_numpy(self._array.dtype)

    @property
    def device(self) -> device_type:
        """Where the tensor lives: on the CPU, or, without values, on ``meta``."""
        return META if is_meta(self._array) else CPU

    def get_device(self) -> int:
        """-1 for a tensor on the CPU."""
        return -1

    def is_distributed(self) -> bool:
        """Whether the tensor is spread over machines: never."""
        return False

    def is_nonzero(self) -> bool:
        """Whether the one element is not zero."""
        return bool(self)

    def is_same_size(self, other: Any) -> bool:
        """Whether `other` has the same shape."""
        return bool(self._array.shape == other._array.shape)

    def is_set_to(self, tensor: Any) -> bool:
        """Whether both show the same elements of the same memory."""
        mine, other = solid(self), solid(tensor)  # type: ignore[arg-type]
        return mine.__array_interface__["data"] == other.__array_interface__["data"] and (
            (mine.shape, mine.strides, mine.dtype) == (other.shape, other.strides, other.dtype)
        )

    @property
    def ndim(self) -> int:
        """The number of axes."""
        return self._array.ndim

    def dim(self) -> int:
        """The number of axes."""
        return self._array.ndim

    ndimension = dim

    def numel(self) -> int:
        """The number of elements."""
        return self._array.size

    nelement = numel

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self._array.dtype.itemsize

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._array.dtype.itemsize

    @property
    def nbytes(self) -> int:
        """Bytes of all elements."""
        return self._array.nbytes

    def is_floating_point(self) -> bool:
        """Whether the dtype is a floating one."""
        return dtypes.FROM_NUMPY[self._array.dtype].is_floating_point

    def is_complex(self) -> bool:
        """Whether the dtype is complex."""
        return self._array.dtype.kind in "cW"

    def is_signed(self) -> bool:
        """Whether the dtype has negative numbers."""
        return dtypes.FROM_NUMPY[self._array.dtype].is_signed

    def is_conj(self) -> bool:
        """Whether the tensor is a view of its memory's conjugate, worked out when it is read."""
        return self._array.__class__ is Mirrored and self._array.conj

    def is_neg(self) -> bool:
        """Whether the tensor is a view of its memory's negative, worked out when it is read."""
        return self._array.__class__ is Mirrored and self._array.neg

    def is_pinned(self, device: Any = None) -> bool:
        """Whether the memory is page-locked: never."""
        return False

    def is_shared(self) -> bool:
        """Whether the memory is shared with processes that this one forks, see `share_memory_`."""
        return is_shared(solid(self))  # type: ignore[arg-type]

    def is_inference(self) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._inference  # type: ignore[attr-defined,no-any-return]

    def data_ptr(self) -> int:
        """The address of the first element; 0 for an empty tensor."""
        array = behind(solid(self))  # type: ignore[arg-type]
        if self.is_meta:
            return 0
        if hasattr(array, "payload"):  # of a batch
            array.view()  # raises
        return array.__array_interface__["data"][0] if array.size else 0

    def storage_offset(self) -> int:
        """Elements between the start of the memory and the first element."""
        array = solid(self)  # type: ignore[arg-type]
        return offset_in_memory(array) if array.size else 0

    def _is_view(self) -> bool:
        view = self._view
        return view is not None and (len(view.steps) > 1 or view.steps[0][0].node_name != "SplitBatchBackward0")

    @property
    def _base(self) -> Any:
        return self._view.base if self._is_view() else None

    @property
    def _version(self) -> int:
        """How often the memory was written to in place."""
        return version(self)  # type: ignore[arg-type]
