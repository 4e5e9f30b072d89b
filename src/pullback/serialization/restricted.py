"""An unpickler for files one does not trust: it makes tensors, containers and numbers, and nothing else.

Pickles are programs. This interpreter knows only the instructions that data need, and calls only functions of a list:
those that make tensors again, and what the user has declared safe. Names that a file mentions are looked up in the
list; nothing is imported on a file's behalf.
"""

from __future__ import annotations

import _codecs
import collections
import functools
import pickle
import struct
import warnings
from _compat_pickle import IMPORT_MAPPING, NAME_MAPPING
from collections.abc import Callable
from typing import Any

from pullback import _tensor, _utils, legacy
from pullback.arrays.dtypes import BY_NAME
from pullback.device import LAYOUTS, device, layout
from pullback.nn.parameter import Parameter
from pullback.serialization.names import torch_name
from pullback.serialization.options import get_safe_globals
from pullback.size import Size
from pullback.storage import LEGACY_STORAGES, TypedStorage, UntypedStorage
from pullback.tensor import Tensor

BLOCKED_MODULES = ("sys", "os", "posix", "nt")
_LAYOUTS = {repr(kind): kind for kind in LAYOUTS.values()}


def _get_layout(name: str) -> layout:
    """The layout that prints as `name`."""
    return _LAYOUTS[name]


def _encode(text: str, encoding: str) -> bytes:
    """Bytes that were saved as text, the way protocol 2 does; other encodings would load modules."""
    if encoding not in ("latin1", "latin-1"):
        raise ValueError(f"encoding {encoding!r} is not allowed")
    return _codecs.latin_1_encode(text)[0]


def _bytearray(data: str | bytes = b"", encoding: str = "latin-1") -> bytearray:
    """Bytes that can be written to; never as many as a number says."""
    return bytearray(_encode(data, encoding) if isinstance(data, str) else bytes(memoryview(data)))


@functools.lru_cache(maxsize=1)
def allowed_globals() -> dict[str, Any]:
    """What files may name: full names and what they stand for."""
    from pullback.arrays.rare_dtypes import RARE

    allowed: dict[str, Any] = {
        "collections.OrderedDict": collections.OrderedDict,
        "collections.Counter": collections.Counter,
        "torch.nn.parameter.Parameter": Parameter,
        "torch.serialization._get_layout": _get_layout,
        "torch.Size": Size,
        "torch.Tensor": Tensor,
        "torch.device": device,
        "_codecs.encode": _encode,
        "builtins.bytearray": _bytearray,
        "builtins.set": set,
        "builtins.complex": complex,
        "torch.storage.TypedStorage": TypedStorage,
        "torch.storage.UntypedStorage": UntypedStorage,
        "torch._tensor._rebuild_from_type_v2": _tensor._rebuild_from_type_v2,
    }
    allowed.update({f"torch.{name}": kind for name, kind in {**BY_NAME, **RARE}.items()})
    allowed.update({f"torch.{at}{name}": kind for name, kind in LEGACY_STORAGES.items() for at in ("", "cuda.")})
    allowed.update({f"torch.{name}": getattr(legacy, name) for name in vars(legacy) if name.endswith("Tensor")})
    allowed.update({f"torch._utils.{name}": getattr(_utils, name) for name in vars(_utils) if "_rebuild" in name})
    return allowed


def _only_named() -> set[int]:
    """Classes that files name but have no reason to call: they would allocate as much memory as a number says."""
    kinds = [Tensor, TypedStorage, UntypedStorage, *LEGACY_STORAGES.values()]
    return {id(kind) for kind in [*kinds, *(getattr(legacy, name) for name in vars(legacy) if name.endswith("Tensor"))]}


def trusted_globals() -> dict[str, Any]:
    """What the user has declared safe, by the full names that files may use."""
    trusted: dict[str, Any] = {}
    for entry in get_safe_globals():
        if isinstance(entry, tuple):
            trusted[entry[1]] = entry[0]
            continue
        trusted[f"{entry.__module__}.{entry.__qualname__}"] = entry
        name = torch_name(entry)
        if name is not None:
            trusted[".".join(name)] = entry
    return trusted


def modern(module: str, name: str) -> tuple[str, str]:
    """Module and name in Python 3 of what protocol 2 calls by its name in Python 2."""
    if (module, name) in NAME_MAPPING:
        return NAME_MAPPING[module, name]
    return IMPORT_MAPPING.get(module, module), name


class Unpickler:
    """Reads one pickle.

    Args:
        file: gives bytes by ``read`` and ``readline``.
        encoding: of texts from Python 2.

    Raises:
        pickle.UnpicklingError: for whatever is not allowed, and for what is no whole pickle.
    """

    persistent_load: Callable[[Any], Any]

    def __init__(self, file: Any, *, encoding: str = "bytes") -> None:
        self.encoding = encoding
        self.read = file.read
        self.readline = file.readline
        self.memo: dict[int, Any] = {}
        self.stack: list[Any] = []
        self.marks: list[list[Any]] = []
        self.trusted = trusted_globals()
        self.callables = {id(each) for each in (*allowed_globals().values(), *self.trusted.values())} - _only_named()

    def load(self) -> Any:
        """The object."""
        while True:
            key = self.read(1)
            if not key:
                raise EOFError("Ran out of input")
            if not isinstance(key, bytes):
                raise AssertionError(f"Expected bytes, got {type(key).__name__}")
            if key == pickle.STOP:
                return self.stack.pop()
            action = _ACTIONS.get(key)
            if action is None:
                raise pickle.UnpicklingError(f"Unsupported operand {key[0]}")
            action(self)

    def _bytes(self, count: int) -> bytes:
        data = self.read(count)
        if len(data) < count:
            raise EOFError("Ran out of input")
        return data

    def _number(self, form: str) -> Any:
        return struct.unpack(form, self._bytes(struct.calcsize(form)))[0]

    # --- what files may name ------------------------------------------------------------------------------------

    def find_global(self, module: str, name: str) -> Any:
        """What a name stands for, if it is allowed."""
        module, name = modern(module, name)
        full = f"{module}.{name}"
        if module.split(".")[0] in BLOCKED_MODULES:
            raise pickle.UnpicklingError(f"Trying to load unsupported GLOBAL {full} whose module {module} is blocked.")
        if full in self.trusted:
            return self.trusted[full]
        if full in allowed_globals():
            return allowed_globals()[full]
        shown = name if module == "builtins" else full
        raise pickle.UnpicklingError(
            f"Unsupported global: GLOBAL {shown} was not an allowed global by default. Please use "
            f"`torch.serialization.add_safe_globals([{shown}])` or the `torch.serialization.safe_globals([{shown}])` "
            "context manager to allowlist this global if you trust this class/function."
        )

    # --- instructions -------------------------------------------------------------------------------------------

    def proto(self) -> None:
        protocol = self._bytes(1)[0]
        if protocol != 2:
            warnings.warn(
                f"Detected pickle protocol {protocol} in the checkpoint, which was not the default pickle protocol "
                "used by `torch.load` (2). The weights_only Unpickler might not support all instructions implemented "
                "by this protocol, please file an issue for adding support if you encounter this.",
                stacklevel=2,
            )

    def global_(self) -> None:
        module, name = (self.readline()[:-1].decode("utf-8") for _ in range(2))
        self.stack.append(self.find_global(module, name))

    def reduce(self) -> None:
        arguments = self.stack.pop()
        function = self.stack[-1]
        if id(function) not in self.callables and not (function is Tensor and arguments == ()):
            raise pickle.UnpicklingError(f"Trying to call reduce for unrecognized function {function}")
        self.stack[-1] = function(*arguments)

    def newobj(self) -> None:
        arguments, kind = self.stack.pop(), self.stack.pop()
        if id(kind) not in self.callables or not isinstance(kind, type):
            raise pickle.UnpicklingError(f"Trying to create new object for unrecognized class {kind}")
        self.stack.append(kind.__new__(kind, *arguments))

    def build(self) -> None:
        state = self.stack.pop()
        target = self.stack[-1]
        kind = type(target)
        if kind is collections.OrderedDict:
            if not all(isinstance(name, str) and not hasattr(kind, name) for name in state):
                raise pickle.UnpicklingError("attributes of an OrderedDict cannot stand for its methods")
            target.__dict__.update(state)
        elif kind is Tensor:
            target.__setstate__(state)
        elif kind in self.trusted.values() and isinstance(kind, type):
            _set_state(target, state)
        else:
            raise pickle.UnpicklingError(
                "Can only build Tensor, Parameter, OrderedDict or types allowlisted via `add_safe_globals`, "
                f"but got {kind}"
            )

    def binpersid(self) -> None:
        identity = self.stack.pop()
        if type(identity) is not tuple and not isinstance(identity, int):
            raise pickle.UnpicklingError(f"persistent_load id must be tuple or int, but got {type(identity)}")
        if isinstance(identity, tuple) and (not identity or _as_text(identity[0]) != "storage"):
            shown = identity[0] if identity else identity
            raise pickle.UnpicklingError(f"Only persistent_load of storage is allowed, but got {shown}")
        self.stack.append(self.persistent_load(identity))

    def append(self) -> None:
        entry = self.stack.pop()
        _only(self.stack[-1], list, "append to lists").append(entry)

    def appends(self) -> None:
        entries = self._pop_mark()
        _only(self.stack[-1], list, "extend lists").extend(entries)

    def setitem(self) -> None:
        value, key = self.stack.pop(), self.stack.pop()
        self._target_of_items()[key] = value

    def setitems(self) -> None:
        entries = self._pop_mark()
        target = self._target_of_items()
        for key, value in zip(entries[::2], entries[1::2]):
            target[key] = value

    def _target_of_items(self) -> Any:
        target = self.stack[-1]
        if type(target) not in (dict, collections.OrderedDict, collections.Counter, *self.trusted.values()):
            raise pickle.UnpicklingError(f"Can only set items of dictionaries, but got {type(target)}")
        return target

    def mark(self) -> None:
        self.marks.append(self.stack)
        self.stack = []

    def _pop_mark(self) -> list[Any]:
        entries = self.stack
        self.stack = self.marks.pop()
        return entries

    def tuple_(self) -> None:
        entries = tuple(self._pop_mark())
        self.stack.append(entries)

    def tuple_of(self, count: int) -> None:
        if len(self.stack) < count:
            raise IndexError("the stack is empty")
        self.stack[-count:] = [tuple(self.stack[-count:])]

    def push(self, make: Callable[[], Any]) -> None:
        self.stack.append(make())

    def unicode(self) -> None:
        self.stack.append(self._bytes(self._number("<I")).decode("utf-8", "surrogatepass"))

    def short_string(self) -> None:
        data = self._bytes(self._number("B"))
        self.stack.append(data if self.encoding == "bytes" else data.decode(self.encoding))

    def long(self) -> None:
        self.stack.append(int.from_bytes(self._bytes(self._number("B")), "little", signed=True))

    def number(self, form: str) -> None:
        self.stack.append(self._number(form))

    def get(self, form: str) -> None:
        self.stack.append(self.memo[self._number(form)])

    def put(self, form: str) -> None:
        self.memo[self._number(form)] = self.stack[-1]


def _only(target: Any, kind: type, what: str) -> Any:
    if type(target) is not kind:
        raise pickle.UnpicklingError(f"Can only {what}, but got {type(target)}")
    return target


def _as_text(value: Any) -> Any:
    return value.decode("ascii") if isinstance(value, bytes) else value


def _set_state(target: Any, state: Any) -> None:
    """As pickle gives an object of a trusted class its state."""
    if hasattr(target, "__setstate__"):
        target.__setstate__(state)
        return
    attributes, slots = state if isinstance(state, tuple) and len(state) == 2 else (state, None)
    if attributes:
        target.__dict__.update(attributes)
    for name, value in (slots or {}).items():
        setattr(target, name, value)


_Action = Callable[[Unpickler], None]
_ACTIONS: dict[bytes, _Action] = {
    pickle.PROTO: Unpickler.proto,
    pickle.GLOBAL: Unpickler.global_,
    pickle.REDUCE: Unpickler.reduce,
    pickle.NEWOBJ: Unpickler.newobj,
    pickle.BUILD: Unpickler.build,
    pickle.BINPERSID: Unpickler.binpersid,
    pickle.APPEND: Unpickler.append,
    pickle.APPENDS: Unpickler.appends,
    pickle.SETITEM: Unpickler.setitem,
    pickle.SETITEMS: Unpickler.setitems,
    pickle.MARK: Unpickler.mark,
    pickle.TUPLE: Unpickler.tuple_,
    pickle.TUPLE1: lambda self: self.tuple_of(1),
    pickle.TUPLE2: lambda self: self.tuple_of(2),
    pickle.TUPLE3: lambda self: self.tuple_of(3),
    pickle.EMPTY_TUPLE: lambda self: self.push(tuple),
    pickle.EMPTY_LIST: lambda self: self.push(list),
    pickle.EMPTY_DICT: lambda self: self.push(dict),
    pickle.EMPTY_SET: lambda self: self.push(set),
    pickle.NONE: lambda self: self.stack.append(None),
    pickle.NEWTRUE: lambda self: self.stack.append(True),
    pickle.NEWFALSE: lambda self: self.stack.append(False),
    pickle.BINUNICODE: Unpickler.unicode,
    pickle.SHORT_BINSTRING: Unpickler.short_string,
    pickle.LONG1: Unpickler.long,
    pickle.BININT: lambda self: self.number("<i"),
    pickle.BININT1: lambda self: self.number("B"),
    pickle.BININT2: lambda self: self.number("<H"),
    pickle.BINFLOAT: lambda self: self.number(">d"),
    pickle.BINGET: lambda self: self.get("B"),
    pickle.LONG_BINGET: lambda self: self.get("<I"),
    pickle.BINPUT: lambda self: self.put("B"),
    pickle.LONG_BINPUT: lambda self: self.put("<I"),
}
