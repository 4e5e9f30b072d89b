"""Changing every tensor of a module at once: dtype, device, memory."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import pullback
from pullback.__future__ import get_overwrite_module_params_on_conversion, get_swap_module_params_on_conversion
from pullback.nn.modules._tree import ModuleTree
from pullback.nn.parameter import Parameter, is_lazy
from pullback.tensor import Tensor

if TYPE_CHECKING:
    from pullback import device, dtype

Self = TypeVar("Self", bound="ModuleConversion")


class ModuleConversion(ModuleTree):
    """``to`` and its shorthands. Each changes the module in place and returns it."""

    def _apply(self: Self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace the values of every parameter, gradient and buffer by ``fn(tensor)``.

        Parameters stay the same objects, so an optimizer that holds them keeps working.
        """
        if recurse:
            for module in self.children():
                module._apply(fn)
        for name, param in self._parameters.items():
            if param is not None:
                self._parameters[name] = _replaced(param, fn, f"{type(self).__name__}.{name}")
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = _converted_waiting(buffer, fn) if is_lazy(buffer) else fn(buffer)
        return self

    def apply(self: Self, fn: Callable[[Any], None]) -> Self:
        """Call `fn` on every module below this one and then on itself, for instance to initialise weights."""
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def to(self: Self, *args: Any, **kwargs: Any) -> Self:
        """Move to a device, cast to a dtype, or both: ``to(device)``, ``to(dtype)``, ``to(tensor)``.

        Only floating point and complex tensors are cast; integer buffers keep their dtype.

        Raises:
            TypeError: if the dtype is neither floating point nor complex.

        >>> import pullback as torch
        >>> torch.nn.Linear(1, 1).to(torch.float64).weight.dtype
        torch.float64
        """
        device, dtype, non_blocking, memory_format = _parse_to(*args, **kwargs)
        if dtype is not None and not (dtype.is_floating_point or dtype.is_complex):
            raise TypeError(
                f"nn.Module.to only accepts floating point or complex dtypes, but got desired dtype={dtype}"
            )
        if dtype is not None and dtype.is_complex:
            warnings.warn(
                "Complex modules are a new feature under active development whose design may change, and some modules "
                "might not work as expected when using complex tensors as parameters or buffers. Please file an issue at "
                "https://github.com/pytorch/pytorch/issues/new?template=bug-report.yml if a complex module does not work "
                "as expected.",
                stacklevel=2,
            )

        def convert(tensor: Tensor) -> Tensor:
            cast = dtype if tensor.is_floating_point() or tensor.is_complex() else None
            if tensor.is_meta and device is not None and device.type != "meta":
                raise NotImplementedError(
                    "Cannot copy out of meta tensor; no data! Please use torch.nn.Module.to_empty() instead of "
                    "torch.nn.Module.to() when moving module from meta to a different device."
                )
            if memory_format is not None and tensor.dim() in (4, 5):
                return tensor.to(device, cast, non_blocking, memory_format=memory_format)
            return tensor.to(device, cast, non_blocking)

        return self._apply(convert)

    def to_empty(self: Self, *, device: Any, recurse: bool = True) -> Self:
        """Move to `device` without copying: the values are undefined."""
        return self._apply(lambda tensor: pullback.empty_like(tensor, device=device), recurse=recurse)

    def type(self: Self, dst_type: dtype | str) -> Self:
        """Cast every parameter and buffer, integer ones too, to `dst_type`."""
        return self._apply(lambda tensor: tensor.type(dst_type))

    def float(self: Self) -> Self:
        """Cast floating point parameters and buffers to float32."""
        return self._cast_floating(pullback.float32)

    def double(self: Self) -> Self:
        """Cast floating point parameters and buffers to float64."""
        return self._cast_floating(pullback.float64)

    def half(self: Self) -> Self:
        """Cast floating point parameters and buffers to float16."""
        return self._cast_floating(pullback.float16)

    def bfloat16(self: Self) -> Self:
        """Cast floating point parameters and buffers to bfloat16."""
        return self._cast_floating(pullback.bfloat16)

    def _cast_floating(self: Self, dtype: Any) -> Self:
        return self._apply(lambda tensor: tensor.to(dtype) if tensor.is_floating_point() else tensor)

    def cpu(self: Self) -> Self:
        """Move to the CPU."""
        return self._apply(lambda tensor: tensor.cpu())

    def cuda(self: Self, device: int | device | None = None) -> Self:
        """Move to a GPU, by default the current one."""
        return self._apply(lambda tensor: tensor.cuda(device))

    def xpu(self: Self, device: int | device | None = None) -> Self:
        """Move to an Intel GPU."""
        return self._apply(lambda tensor: tensor.to("xpu"))

    def mtia(self: Self, device: int | device | None = None) -> Self:
        """Move to an MTIA accelerator."""
        return self._apply(lambda tensor: tensor.to("mtia"))

    def ipu(self: Self, device: int | device | None = None) -> Self:
        """Move to an IPU."""
        return self._apply(lambda tensor: tensor.to("ipu"))

    def share_memory(self: Self) -> Self:
        """Move every tensor into memory that processes forked from this one write to in common."""
        waiting = next(filter(is_lazy, (*self.parameters(), *self.buffers())), None)
        if waiting is not None:
            waiting.share_memory_()  # raises, before anything has moved
        return self._apply(_shared)


def _replaced(param: Any, fn: Callable[[Tensor], Tensor], name: str) -> Any:
    """`param` with converted values, or a new parameter if the program asked for that (`pullback.__future__`)."""
    overwrite = get_overwrite_module_params_on_conversion()
    if is_lazy(param) or not (overwrite or get_swap_module_params_on_conversion()):
        _replace_data(param, fn)
        return param
    with pullback.no_grad():
        made = type(param)(fn(param), param.requires_grad)  # type: ignore[call-arg]
        if param.grad is not None:
            made.grad = fn(param.grad).requires_grad_(param.grad.requires_grad)
    if overwrite:
        return made
    try:
        if param.grad is not None:
            pullback.utils.swap_tensors(param.grad, made.grad)
            made.grad = param.grad
        pullback.utils.swap_tensors(param, made)
    except Exception as error:
        raise RuntimeError(f"_apply(): Couldn't swap {name}") from error
    return param


def _replace_data(param: Parameter, fn: Callable[[Tensor], Tensor]) -> None:
    with pullback.no_grad():
        param.data = fn(param.data if is_lazy(param) else param)
        if param.grad is not None:
            needs_grad = param.grad.requires_grad
            param.grad.data = fn(param.grad)
            param.grad.requires_grad_(needs_grad)


def _converted_waiting(buffer: Any, fn: Callable[[Tensor], Tensor]) -> Any:
    """A buffer without a shape yet, of the dtype that `fn` gives."""
    buffer.data = fn(buffer.data)
    return buffer


def _shared(tensor: Tensor) -> Tensor:
    return tensor.detach().clone().share_memory_() if not tensor.is_shared() else tensor


def _parse_to(*args: Any, **kwargs: Any) -> tuple[Any, Any, bool, Any]:
    """Device, dtype, non_blocking and memory format out of the calling forms of ``to``."""
    if len(args) > 4:
        raise TypeError(f"to() takes from 0 to 4 positional arguments but {len(args)} were given")
    for names in _FORMS:
        given = dict(zip(names, args))
        if len(args) <= len(names) and not given.keys() & kwargs.keys():
            given.update(kwargs)
            if names[0] == "device" or given.get(names[0]) is not None:
                if all(name in (*names, "memory_format") and _KINDS[name](each) for name, each in given.items()):
                    break
    else:
        raise TypeError(_no_form(args, kwargs))
    if "copy" in given:
        raise RuntimeError(".to() does not accept copy argument")
    device, dtype = given.get("device"), given.get("dtype")
    if "tensor" in given:
        device, dtype = given["tensor"].device, given["tensor"].dtype
    elif device is not None:
        device = pullback.device(device)
    return device, dtype, given.get("non_blocking", False), given.get("memory_format")


_FORMS = (
    ("device", "dtype", "non_blocking", "copy"),
    ("dtype", "non_blocking", "copy"),
    ("tensor", "non_blocking", "copy"),
)
_KINDS: dict[str, Callable[[Any], bool]] = {
    "device": lambda it: (
        it is None or isinstance(it, (str, pullback.device)) or (isinstance(it, int) and not isinstance(it, bool))
    ),
    "dtype": lambda it: it is None or isinstance(it, pullback.dtype),
    "tensor": lambda it: isinstance(it, Tensor),
    "non_blocking": lambda it: isinstance(it, bool),
    "copy": lambda it: isinstance(it, bool),
    "memory_format": lambda it: it is None or isinstance(it, pullback.memory_format),
}


def _no_form(args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    got = [*map(_argument_type, args), *(f"{name}={_argument_type(each)}" for name, each in kwargs.items())]
    rest = "bool non_blocking = False, bool copy = False, *, torch.memory_format memory_format = None)\n"
    return (
        f"to() received an invalid combination of arguments - got ({', '.join(got)}{', ' * (not args)}), but expected "
        f"one of:\n * (torch.device device = None, torch.dtype dtype = None, {rest} * (torch.dtype dtype, {rest}"
        f" * (Tensor tensor, {rest}"
    )


def _argument_type(value: Any) -> str:
    named = isinstance(value, (pullback.dtype, pullback.device, pullback.layout))
    return ("torch." if named else "") + type(value).__name__
