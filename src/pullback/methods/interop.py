"""A tensor among other objects: NumPy, DLPack, Python numbers, copies, pickles, text."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING, Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.mirrored import Mirrored, behind, plain
from pullback.arrays.promotion import default
from pullback.arrays.sharing import in_shared_memory
from pullback.arrays.strides import address
from pullback.graph import versions
from pullback.graph.forward_mode import tangent_of
from pullback.graph.levels import depth_of, is_transformed, tracked_at
from pullback.graph.modes import INFERENCE, NO_GRAD, get_mode
from pullback.graph.once import outside, warn_once
from pullback.graph.tensor_base import TensorBase, solid, wrap
from pullback.graph.versions import counter_of
from pullback.later import later

if TYPE_CHECKING:
    from pullback import printing, storage
else:
    printing, storage = later("pullback", "printing storage")


class InteropMethods:
    """Conversions to and from what is no tensor."""

    __slots__ = ()
    __array_priority__ = 1000

    def numpy(self: Any, *, force: bool = False) -> Any:
        """The memory as a NumPy array, without a copy; bfloat16 is `ml_dtypes.bfloat16`.

        Raises ``RuntimeError`` if the tensor requires grad, unless `force`.
        """
        if self.requires_grad and not (force or get_mode() & NO_GRAD):
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        if dtypes.is_bfloat16(self._array.dtype) and not force:
            raise TypeError("Got unsupported ScalarType BFloat16")
        return _own_numbers(self, force).view()

    def __array__(self: Any, dtype: Any = None, copy: bool | None = None) -> Any:
        if self.requires_grad and not get_mode() & NO_GRAD:
            raise RuntimeError("Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.")
        array = _own_numbers(self, False)
        if dtype is not None and np.dtype(dtype) != array.dtype:
            if copy is False:
                raise ValueError("a copy is needed to change the dtype")
            return array.astype(dtype)
        return array.copy() if copy else array.view()

    def __array_wrap__(self: Any, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
        return wrap(np.asarray(array))

    def __dlpack__(
        self: Any, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
    ) -> Any:
        if stream is not None:
            if type(stream) is not int:
                raise TypeError("stream must be ``int`` or ``none``")
            if stream != -1:
                raise AssertionError("stream should be None on cpu.")
        if self.requires_grad:
            raise BufferError("Can't export tensors that require gradient, use tensor.detach()")
        if self.is_conj():
            raise BufferError("Can't export tensors with the conjugate bit set")
        if self.layout.name != "strided":
            raise BufferError("Can't export tensors with layout other than torch.strided")
        if self.is_meta:
            raise BufferError("Cannot pack tensors on meta")
        array = behind(solid(self))
        array = array.copy() if copy else array
        try:
            return array.__dlpack__(max_version=max_version)
        except TypeError:  # NumPy before 2.1
            return array.__dlpack__()

    def __dlpack_device__(self: Any) -> tuple[int, int]:
        if self.is_meta:
            raise ValueError("Unknown device type meta for Dlpack")
        return 1, 0

    def item(self: Any) -> Any:
        """The value of a tensor with one element as a Python number."""
        if self._array.size != 1:
            raise RuntimeError(f"a Tensor with {self._array.size} elements cannot be converted to Scalar")
        value = self._array.item()
        return float(value) if dtypes.is_bfloat16(self._array.dtype) else value

    def tolist(self: Any) -> Any:
        """The values as nested lists of Python numbers (a number for a 0-d tensor)."""
        array = self._array
        return array.astype("f4").tolist() if dtypes.is_bfloat16(array.dtype) else array.tolist()

    def __bool__(self: Any) -> bool:
        size = self._array.size
        if size != 1:
            raise RuntimeError(
                f"Boolean value of Tensor with {'no' if not size else 'more than one'} value{'s' if not size else ''} is ambiguous"
            )
        return bool(self._array.item())

    def __float__(self: Any) -> float:
        if self._requires_grad and not get_mode() & NO_GRAD:
            warn_once(_LEAVES_THE_GRAPH, outside())
        return float(_only_real(self, "double"))

    def __int__(self: Any) -> int:
        return int(_only_real(self, "int64_t"))

    def __complex__(self: Any) -> complex:
        if self._requires_grad and not get_mode() & NO_GRAD:
            warn_once(_LEAVES_THE_GRAPH, outside())
        return complex(_only_element(self))

    def __index__(self: Any) -> int:
        if self._array.dtype.kind not in "biu" or self._array.size != 1:
            raise TypeError("only integer tensors of a single element can be converted to an index")
        return int(self._array.item())

    def __repr__(self: Any, *, tensor_contents: Any = None) -> str:
        name = None
        try:
            if (node := self.grad_fn) is not None:
                name = type(node).__name__.split(".")[-1]
        except RuntimeError:
            node, name = None, "Invalid"  # a view whose history a write has made ambiguous
        tangent = tangent_of(self)
        array = solid(self)
        if array.__class__ is not np.ndarray and hasattr(array, "layout"):
            return _sparse_text(self, array, node)
        if self.is_meta:
            return _meta_text(self, name)
        if hasattr(array, "batch_size") or (is_transformed() and tracked_at(self)):
            return _wrapped_text(self, array)
        kind = type(self)
        exact = kind is TensorBase.result_class or "_is_param_class" in vars(kind)
        text = printing.format_tensor(
            plain(array),
            requires_grad=self._requires_grad,
            class_name="tensor" if exact else kind.__name__,
            grad_fn_name=name,
            tangent_text=None if tangent is None else f"{tangent}",
            tensor_contents=tensor_contents,
        )
        return f"Parameter({text})" if not exact and _is_parameter(self) else text

    def __format__(self: Any, format_spec: str) -> str:
        return printing.format_value(self, format_spec, TensorBase.result_class)

    def __deepcopy__(self: Any, memo: dict[int, Any]) -> Any:
        if self.grad_fn is not None:
            raise RuntimeError(
                "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the "
                "moment.  If you were attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm "
                "usage, see https://github.com/pytorch/pytorch/pull/103001"
            )
        if id(self) in memo:
            return memo[id(self)]
        import copy

        made = object.__new__(type(self))
        _fill(made, _copied(self, memo), self._requires_grad)
        memo[id(self)] = made
        if self._grad is not None:
            made._grad = copy.deepcopy(self._grad, memo)
        for name, value in self.__dict__.items():
            if name not in _TRANSIENT:
                made.__dict__[name] = copy.deepcopy(value, memo)
        return made

    def __copy__(self: Any) -> Any:
        made = object.__new__(type(self))
        _fill(made, solid(self), self._requires_grad)
        made._maker, made._output_nr, made._grad = self.grad_fn, self._output_nr, self._grad
        made._counter = made._counter or counter_of(self)
        made.__dict__.update(attributes_of(self))
        return made

    def __reduce_ex__(self: Any, protocol: Any) -> Any:
        warn_of_hooks(self)
        array = plain(solid(self))
        if array.__class__ is not np.ndarray and hasattr(array, "layout"):
            from pullback.sparse.saving import describe  # sparse programs only

            return describe(self, attributes_of(self))
        if self.is_meta:
            return rebuild_meta, (type(self), array, self._requires_grad, attributes_of(self))
        state = attributes_of(self)
        kind = dtypes.from_numpy(array.dtype)
        turned = array.flags.f_contiguous and not array.flags.c_contiguous
        data = array.tobytes(order="F" if turned else "C")
        return rebuild, (type(self), data, array.shape, turned, kind, self._requires_grad, state)

    def __setstate__(self: Any, state: Any) -> None:
        """What files of PyTorch before 0.4 say of an empty tensor: storage, offset, size and stride; then more."""
        if not self.is_leaf:
            raise RuntimeError("__setstate__ can be only called on leaf Tensors")
        if len(state) == 4:
            self.set_(*state)
            return
        if len(state) == 5:
            self.set_(state[0])
            state = state[1], state[3], state[4]
        self.requires_grad, *_ = state

    def share_memory_(self: Any) -> Any:
        """Move the elements into memory that processes forked from this one write to in common; returns the tensor.

        Raises ``NotImplementedError`` for a view. Tensors that showed the old memory go on showing it.
        """
        if self.is_shared():
            return self
        if self._view is not None:
            raise NotImplementedError("share_memory_() of a view; call it on the base, before the view is taken")
        self._array = in_shared_memory(plain(solid(self)))
        return self

    def storage(self: Any) -> Any:
        """The memory behind the tensor; see `pullback.storage`."""
        return storage.storage_of(self)

    def storage_type(self: Any) -> Any:
        """The class of storages of the tensor's dtype; `None` for younger dtypes."""
        return storage.class_of(self.dtype)

    def untyped_storage(self: Any) -> Any:
        """The memory behind the tensor, in bytes; see `pullback.storage`."""
        return storage.storage_of(self)._untyped_storage


def _copied(tensor: Any, memo: dict[int, Any]) -> Any:
    """A copy within a copy of the whole memory, which all tensors that show it share for one `memo`."""
    array = solid(tensor)
    if array.__class__ is not np.ndarray or not array.size:
        return array.copy(order="K")
    whole = storage.storage_of(tensor)._untyped_storage
    start = address(array) - whole.data_ptr()
    if not np.may_share_memory(whole.array, array):  # memory with gaps
        return array.copy(order="K")
    return np.ndarray(array.shape, array.dtype, whole.__deepcopy__(memo).array, start, array.strides)


def _sparse_text(tensor: Any, array: Any, node: Any) -> str:
    from pullback.printing.sparse import format_sparse  # sparse programs only

    place = "requires_grad=True" if tensor._requires_grad else None
    if node is not None:
        place = f"grad_fn=<{type(node).__name__.split('.')[-1]}>"
    return format_sparse(array, "tensor", place)


def _meta_text(tensor: Any, maker: str | None) -> str:
    """The text of a tensor without values."""
    told = f"tensor(..., device='meta', size={tuple(tensor.shape)}"
    kind = dtypes.from_numpy(tensor._array.dtype)
    if kind.numpy != default.real:
        told += f", dtype={kind}"
    if maker is not None:
        return f"{told}, grad_fn=<{maker}>)"
    return f"{told}, requires_grad=True)" if tensor._requires_grad else f"{told})"


def _wrapped_text(tensor: Any, array: Any) -> str:
    """The text of a tensor that stands for many, or by which something is differentiated: level by level around it."""
    layers = [(depth, "GradTrackingTensor", None) for depth in tracked_at(tensor)]
    batches: list[int] = []
    while hasattr(array, "batch_size"):
        batches.append(depth_of(array.level))
        array = array.payload
    for place, depth in enumerate(reversed(batches), 1):
        layers.append((depth or place, "BatchedTensor", 0))
    text = repr(wrap(array))
    for depth, name, axis in sorted(layers, key=lambda layer: layer[0]):
        text = printing.format_wrapped(name, depth, text, axis)
    return text


_TRANSIENT = ("_hooks", "_post_hooks", "_accumulator", "_retains_grad", "_tangent", "_detached")


def attributes_of(tensor: Any) -> dict[str, Any]:
    """What a program has set on `tensor`."""
    return {name: value for name, value in tensor.__dict__.items() if name not in _TRANSIENT}


def warn_of_hooks(tensor: Any) -> None:
    """Warn about hooks of `tensor` that are lost when it is saved."""
    for hook in (tensor._backward_hooks or {}).values():
        if not hasattr(hook, "__torch_unserializable__"):
            warnings.warn(
                f"backward hook {hook!r} on tensor will not be serialized.  If this is expected, you can decorate the "
                "function with @torch.utils.hooks.unserializable_hook to suppress this warning",
                stacklevel=3,
            )


def _fill(tensor: Any, array: Any, requires_grad: bool) -> None:
    tensor._array = array
    tensor._requires_grad = requires_grad
    tensor._maker = tensor._grad = tensor._view = None
    tensor._counter = versions.INFERENCE if get_mode() & INFERENCE else None
    tensor._output_nr = 0


def rebuild(
    cls: type, data: bytes, shape: tuple[int, ...], turned: bool, kind: Any, requires_grad: bool, state: Any
) -> Any:
    """Make a pickled tensor again, in C order or, if `turned`, with the axes in memory the other way round."""
    array = np.frombuffer(bytearray(data), kind.numpy) if data else np.empty(0, kind.numpy)
    tensor: Any = object.__new__(cls)
    _fill(tensor, array.reshape(shape[::-1]).T if turned else array.reshape(shape), requires_grad)
    tensor.__dict__.update(state)
    return tensor


def rebuild_meta(cls: type, array: Any, requires_grad: bool, state: Any) -> Any:
    """Make a pickled tensor without values again."""
    tensor: Any = object.__new__(cls)
    _fill(tensor, array, requires_grad)
    tensor.__dict__.update(state)
    return tensor


def _own_numbers(tensor: Any, force: bool) -> Any:
    """The memory of `tensor`; ``RuntimeError`` where its numbers are worked out only when read, unless `force`."""
    array = solid(tensor)
    if array.__class__ is not np.ndarray and hasattr(array, "layout"):
        raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")
    if tensor.is_meta:
        raise TypeError(
            "can't convert meta device type tensor to numpy. Use Tensor.cpu() to copy the tensor to host memory first."
        )
    if array.__class__ is Mirrored and not force:
        bit, name = ("conjugate", "conj") if array.conj else ("negative", "neg")
        raise RuntimeError(
            f"Can't call numpy() on Tensor that has {bit} bit set. Use tensor.resolve_{name}().numpy() instead."
        )
    return plain(array)


def _only_element(tensor: Any) -> Any:
    if tensor._array.size != 1:
        raise ValueError("only one element tensors can be converted to Python scalars")
    return tensor.item()


_LEAVES_THE_GRAPH = (
    "Converting a tensor with requires_grad=True to a scalar may lead to unexpected behavior.\n"
    "Consider using tensor.detach() first."
)


def _only_real(tensor: Any, kind: str) -> Any:
    value = _only_element(tensor)
    if value.__class__ is complex:
        if value.imag:
            raise RuntimeError(f"value cannot be converted to type {kind} without overflow")
        return value.real
    return value


def _is_parameter(tensor: Any) -> bool:
    return getattr(type(tensor), "_is_param_class", False) or getattr(tensor, "_is_param", False)


def share(tensor: TensorBase, array: Any) -> Any:
    """A leaf around `array` that shares the version counter of `tensor`."""
    made = wrap(array)
    made._counter = counter_of(tensor)
    return made
