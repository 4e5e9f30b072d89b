"""torch.device: where a tensor lives. Here that is the CPU, or nowhere (``meta``); other names can be spoken, not used."""

from __future__ import annotations

from contextvars import ContextVar
from typing import Any

_KNOWN = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla", "lazy",
    "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip


class device:
    """A device type with an optional index.

    >>> device("cpu"), device("cuda", 1).index
    (device(type='cpu'), 1)
    """

    __slots__ = ("index", "type")

    type: str
    index: int | None

    def __init__(self, type: Any = None, index: int | None = None, *, device: Any = None) -> None:
        type = device if type is None else type
        if type.__class__ is self.__class__:
            type, index = type.type, type.index if index is None else index
        if isinstance(type, int):
            if type < 0:
                raise RuntimeError("Device index must not be negative")
            type, index = "cuda", type
        if not isinstance(type, str):
            got = "" if type is None else type.__class__.__name__
            raise TypeError(
                f"device() received an invalid combination of arguments - got ({got}), but expected one of:\n"
                " * (torch.device device)\n * (str type, int index = -1)\n"
            )
        if index is not None and index < 0:
            raise RuntimeError("Device index must not be negative")
        name, colon, number = type.partition(":")
        if not type:
            raise RuntimeError("Device string must not be empty")
        if not name.replace("_", "").isalpha():
            raise RuntimeError(f"Invalid device string: '{type}'")
        if name not in _KNOWN:
            raise RuntimeError(f"Expected one of {', '.join(_KNOWN)} device type at start of device string: {name}")
        if colon:
            if not number.isdigit() or (number[0] == "0" and len(number) > 1):
                raise RuntimeError(f"Invalid device string: '{type}'")
            if index is not None:
                raise RuntimeError(
                    f"type (string) must not include an index because index was passed explicitly: {type}"
                )
            index = int(number)
        object.__setattr__(self, "type", name)
        object.__setattr__(self, "index", index)

    def __setattr__(self, name: str, value: Any) -> None:
        raise AttributeError(f"attribute '{name}' of 'torch.device' objects is not writable")

    def __repr__(self) -> str:
        return f"device(type='{self.type}'" + (f", index={self.index})" if self.index is not None else ")")

    def __str__(self) -> str:
        return self.type if self.index is None else f"{self.type}:{self.index}"

    def __eq__(self, other: Any) -> bool:
        return isinstance(other, device) and (self.type, self.index) == (other.type, other.index)

    def __hash__(self) -> int:
        return hash((self.type, self.index))

    def __reduce__(self) -> Any:
        return device, (self.type, *([] if self.index is None else [self.index]))

    def __enter__(self) -> device:
        _entered.set((*_entered.get(), chosen()))
        choose(self)
        return self

    def __exit__(self, *exception: object) -> None:
        *before, last = _entered.get()
        _entered.set(tuple(before))
        _chosen.set(last)


CPU, META = device("cpu"), device("meta")
_chosen: ContextVar[device] = ContextVar("chosen", default=CPU)
_entered: ContextVar[tuple[device, ...]] = ContextVar("entered", default=())
elsewhere: list[device] = []
"""Other devices than the CPU that were ever chosen for new tensors: until there is one nobody asks which."""


def chosen() -> device:
    """Where new tensors live, unless they are told."""
    return _chosen.get()


def choose(wanted: Any) -> None:
    """Let new tensors live on `wanted`."""
    found = check_device(wanted)
    if found.type != "cpu" and not elsewhere:
        elsewhere.append(found)
    _chosen.set(found)


def check_device(wanted: Any) -> device:
    """`wanted` as a device that can be used: the CPU, or meta. Raises PyTorch's error for the others."""
    if wanted is None or wanted is CPU or wanted is META:
        return wanted or CPU
    if wanted.__class__ is int and wanted >= 0:
        raise RuntimeError("Cannot access accelerator device when none is available.")
    found = wanted if isinstance(wanted, device) else device(wanted)
    if found.type == "cpu":
        return found if found.index else CPU
    if found.type == "meta":
        return META
    if found.type == "cuda":
        raise AssertionError("Torch not compiled with CUDA enabled (pullback computes on the CPU; use device='cpu')")
    raise NotImplementedError(f"pullback computes on the CPU; device {found} is not available, use device='cpu'")


class layout:
    """How elements are laid out in memory; dense tensors are ``torch.strided``."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return self.name


class memory_format:
    """The order of axes in memory."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __reduce__(self) -> Any:
        return self.name


strided = layout("strided")
sparse_coo, sparse_csr, sparse_csc = layout("sparse_coo"), layout("sparse_csr"), layout("sparse_csc")
sparse_bsr, sparse_bsc, jagged = layout("sparse_bsr"), layout("sparse_bsc"), layout("jagged")
LAYOUTS = {each.name: each for each in (strided, sparse_coo, sparse_csr, sparse_csc, sparse_bsr, sparse_bsc, jagged)}
contiguous_format, preserve_format = memory_format("contiguous_format"), memory_format("preserve_format")
channels_last, channels_last_3d = memory_format("channels_last"), memory_format("channels_last_3d")
