"""Which arguments are differentiated: ``argnums`` as a number or a tuple of numbers, counted from either end."""

from __future__ import annotations

from typing import Any


def _checked(argnum: Any, count: int) -> int:
    if not isinstance(argnum, int):
        raise RuntimeError(f"argnum must be int, got: {type(argnum)}")
    if not -count <= argnum < count:
        raise RuntimeError(f"Got argnum={argnum}, but only {count} positional inputs")
    return argnum % count


def checked(argnums: Any, count: int) -> tuple[int, ...]:
    """The positions that `argnums` names among `count` arguments. ``RuntimeError`` where it names none, or one twice."""
    if not isinstance(argnums, (int, tuple)):
        raise RuntimeError(f"argnums must be int or Tuple[int, ...], got: {type(argnums)}")
    if isinstance(argnums, int):
        return (_checked(argnums, count),)
    if not argnums:
        raise RuntimeError("argnums must be non-empty")
    places = tuple(_checked(each, count) for each in argnums)
    if len(set(places)) != len(places):
        raise RuntimeError(f"argnums elements must be unique, got {argnums}")
    return places


def chosen(args: tuple[Any, ...], argnums: Any) -> Any:
    """The arguments that `argnums` names: one, or a tuple of them."""
    places = checked(argnums, len(args))
    return args[places[0]] if isinstance(argnums, int) else tuple(args[place] for place in places)


def replaced(args: tuple[Any, ...], argnums: Any, values: Any) -> tuple[Any, ...]:
    """The arguments with `values` in the places that `argnums` names."""
    places = checked(argnums, len(args))
    new = list(args)
    for place, value in zip(places, (values,) if isinstance(argnums, int) else values):
        new[place] = value
    return tuple(new)
