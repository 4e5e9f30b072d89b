"""The containers a tree is built of: how each comes apart into children and a context, and goes together again."""

from __future__ import annotations

import dataclasses
import importlib
import warnings
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from pullback.return_types import _ReturnType
from pullback.size import Size
from pullback.trees import NODES
from pullback.utils._pytree.keys import GetAttrKey, SequenceKey

PyTree: TypeAlias = Any
Context: TypeAlias = Any
"""What a container needs beside its children to be made again: the keys of a dictionary, for one."""


class NodeDef(NamedTuple):
    """How containers of one type come apart and go together."""

    type: Any
    flatten_fn: Callable[[Any], tuple[list[Any], Context]]
    unflatten_fn: Callable[[Iterable[Any], Context], Any]
    flatten_with_keys_fn: Callable[[Any], tuple[list[tuple[Any, Any]], Context]] | None = None
    name: str | None = None
    to_dumpable_context: Callable[[Context], Any] | None = None
    from_dumpable_context: Callable[[Any], Context] | None = None


SUPPORTED_NODES: dict[Any, NodeDef] = {}
"""The registered containers by type; named tuples of every kind stand under `collections.namedtuple`."""


def register_pytree_node(
    cls: type[Any],
    flatten_fn: Callable[[Any], tuple[Any, Context]],
    unflatten_fn: Callable[[Iterable[Any], Context], Any],
    *,
    serialized_type_name: str | None = None,
    to_dumpable_context: Callable[[Context], Any] | None = None,
    from_dumpable_context: Callable[[Any], Context] | None = None,
    flatten_with_keys_fn: Callable[[Any], tuple[list[tuple[Any, Any]], Context]] | None = None,
) -> None:
    """Make objects of the class `cls` containers.

    ``flatten_fn(object)`` gives the list of children and a context, ``unflatten_fn(children, context)`` an object. Raises
    ``ValueError`` if the class is registered.

    >>> from pullback.utils import _pytree as pytree
    >>> class Pair:
    ...     def __init__(self, a, b): self.a, self.b = a, b
    >>> pytree.register_pytree_node(Pair, lambda p: ([p.a, p.b], None), lambda children, _: Pair(*children))
    >>> pytree.tree_leaves([Pair(1, 2), 3])
    [1, 2, 3]
    """
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls} is already registered as pytree node.")
    if (to_dumpable_context is None) != (from_dumpable_context is None):
        raise ValueError(f"Both to_dumpable_context and from_dumpable_context for {cls} must be None or registered.")
    NODES[cls] = (flatten_fn, unflatten_fn)
    SUPPORTED_NODES[cls] = NodeDef(
        cls,
        flatten_fn,
        unflatten_fn,
        flatten_with_keys_fn,
        serialized_type_name,
        to_dumpable_context,
        from_dumpable_context,
    )


def _deregister_pytree_node(cls: type[Any]) -> None:
    """Take a class out of the registry again."""
    SUPPORTED_NODES.pop(cls, None)
    NODES.pop(cls, None)


def register_dataclass(
    cls: type[Any],
    *,
    field_names: Sequence[str] | None = None,
    drop_field_names: Sequence[str] | None = None,
    serialized_type_name: str | None = None,
) -> None:
    """Make objects of a dataclass containers: their fields are the children; fields that are `None` are left out.

    `field_names` chooses the fields (needed for a class that is no dataclass), `drop_field_names` those to forget.
    """
    if field_names is None:
        if not dataclasses.is_dataclass(cls):
            raise ValueError("field_names must be specified with a list of all fields used to initialize the class.")
        field_names = [field.name for field in dataclasses.fields(cls) if field.init]
    names = [name for name in field_names if name not in (drop_field_names or ())]

    def flatten(value: Any) -> tuple[list[Any], Context]:
        held = [name for name in names if getattr(value, name) is not None]
        return [getattr(value, name) for name in held], [held, [name for name in names if name not in held]]

    def unflatten(children: Iterable[Any], context: Context) -> Any:
        held, absent = context
        return cls(**dict(zip(held, children)), **dict.fromkeys(absent))

    def with_keys(value: Any) -> tuple[list[tuple[Any, Any]], Context]:
        children, context = flatten(value)
        return [(GetAttrKey(name), child) for name, child in zip(context[0], children)], context

    if cls in SUPPORTED_NODES:
        warnings.warn(
            f"{cls} is already registered as pytree node. Overwriting the previous registration.",
            UserWarning,
            stacklevel=2,
        )
        _deregister_pytree_node(cls)
    register_pytree_node(
        cls, flatten, unflatten, serialized_type_name=serialized_type_name, flatten_with_keys_fn=with_keys
    )


@dataclasses.dataclass(frozen=True)
class ConstantNode:
    """The context of a constant: its value."""

    value: Any


def register_constant(cls: type[Any]) -> None:
    """Make objects of the class `cls` part of the shape: they have no leaves. Raises ``TypeError`` if they have no
    equality or hash of their own."""
    for name, own in (("__eq__", cls.__eq__), ("__hash__", cls.__hash__)):
        if own in (None, getattr(object, name)):
            raise TypeError(f"register_constant(cls) expects `cls` to have a non-default `{name}` implementation.")

    def flatten(value: Any) -> tuple[list[Any], Context]:
        return [], ConstantNode(value)

    register_pytree_node(cls, flatten, lambda _, context: context.value, flatten_with_keys_fn=flatten)
    _CONSTANTS.add(cls)


_CONSTANTS: set[Any] = set()


def is_constant_class(cls: Any) -> bool:
    """Whether objects of `cls` are part of the shape."""
    return cls in _CONSTANTS


NAMED: dict[Any, str] = {}
"""What named tuples are called in JSON, by class."""


def _register_namedtuple(cls: Any, *, serialized_type_name: str) -> None:
    """Let shapes of named tuples `cls` be written as JSON."""
    NAMED[cls] = serialized_type_name


def is_namedtuple_class(cls: Any) -> bool:
    """Whether `cls` is a class of named tuples."""
    return isinstance(cls, type) and issubclass(cls, tuple) and hasattr(cls, "_fields") and hasattr(cls, "_make")


def is_namedtuple_instance(value: Any) -> bool:
    """Whether `value` is a named tuple."""
    return is_namedtuple_class(type(value))


def is_namedtuple(value: Any) -> bool:
    """Whether `value` is a named tuple, or a class of them."""
    return is_namedtuple_class(value if isinstance(value, type) else type(value))


def is_structseq_class(cls: Any) -> bool:
    """Whether `cls` is one of ``torch.return_types``."""
    return isinstance(cls, type) and issubclass(cls, _ReturnType)


def is_structseq_instance(value: Any) -> bool:
    """Whether `value` is what a function with several results returned."""
    return is_structseq_class(type(value))


def is_structseq(value: Any) -> bool:
    """Whether `value` is one of ``torch.return_types``, or an instance of one."""
    return is_structseq_class(value if isinstance(value, type) else type(value))


def _get_node_type(tree: Any) -> Any:
    """The key of `tree` in the registry, if it is there: its type, or `collections.namedtuple`."""
    kind = type(tree)
    if is_structseq_class(kind) and kind not in SUPPORTED_NODES:
        register_pytree_node(
            kind,
            lambda value: (list(value), None),
            lambda children, _: kind(*children),
            flatten_with_keys_fn=lambda value: ([(SequenceKey(n), each) for n, each in enumerate(value)], None),
        )
    return namedtuple if kind not in SUPPORTED_NODES and is_namedtuple_class(kind) else kind


def _mapping(make: Callable[[Any], Any]) -> tuple[Any, Any]:
    """How a mapping comes apart into values and keys, and goes together."""
    return (
        lambda value: (list(value.values()), list(value.keys())),
        lambda children, keys: make(zip(keys, children)),
    )


def _defaultdict(children: Iterable[Any], context: Context) -> Any:
    factory, keys = context
    return defaultdict(factory, zip(keys, children))


def _spoken_defaultdict(context: Context) -> dict[str, Any]:
    factory, keys = context
    return {
        "default_factory_module": factory.__module__,
        "default_factory_name": factory.__qualname__,
        "dict_context": keys,
    }


def _named(module: str, name: str) -> Any:
    return getattr(importlib.import_module(module), name)


def _spoken_namedtuple(cls: Any) -> str:
    if cls not in NAMED:
        raise NotImplementedError(
            f"Can't serialize TreeSpec of namedtuple class {cls} because we didn't register a serializated_type_name. "
            "Please register using `_register_namedtuple`."
        )
    return NAMED[cls]


register_pytree_node(dict, *_mapping(dict), serialized_type_name="builtins.dict")
register_pytree_node(
    list, lambda value: (value, None), lambda children, _: list(children), serialized_type_name="builtins.list"
)
register_pytree_node(
    tuple, lambda value: (list(value), None), lambda children, _: tuple(children), serialized_type_name="builtins.tuple"
)
register_pytree_node(OrderedDict, *_mapping(OrderedDict), serialized_type_name="collections.OrderedDict")
register_pytree_node(
    defaultdict,
    lambda value: (list(value.values()), [value.default_factory, list(value.keys())]),
    _defaultdict,
    serialized_type_name="collections.defaultdict",
    to_dumpable_context=_spoken_defaultdict,
    from_dumpable_context=lambda found: [
        _named(found["default_factory_module"], found["default_factory_name"]),
        found["dict_context"],
    ],
)
register_pytree_node(
    deque,
    lambda value: (list(value), value.maxlen),
    lambda children, length: deque(children, maxlen=length),
    serialized_type_name="collections.deque",
)
register_pytree_node(
    namedtuple,  # type: ignore[arg-type]  # stands for every class it makes
    lambda value: (list(value), type(value)),
    lambda children, cls: cls(*children),
    serialized_type_name="collections.namedtuple",
    to_dumpable_context=_spoken_namedtuple,
    from_dumpable_context=lambda found: next(cls for cls, name in NAMED.items() if name == found),
)
register_pytree_node(
    Size, lambda value: (list(value), None), lambda children, _: tuple(children), serialized_type_name="torch.Size"
)

STANDARD_DICT_TYPES = frozenset((dict, OrderedDict, defaultdict))
BUILTIN_TYPES = frozenset((dict, list, tuple, OrderedDict, defaultdict, deque, namedtuple))
