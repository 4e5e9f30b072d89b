"""`rearrange`: axes permuted, split and merged by a pattern such as ``"(h w) c -> c h w"``.

The notation is that of einops (A. Rogozhnikov, 2022): names for axes, brackets around axes that are one, ``...`` for axes
without a name, ``1`` for an axis of length 1.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from math import prod
from typing import Any

from pullback.ops.shape.joining import stack

_TOKEN = re.compile(r"\s*(\.\.\.|[A-Za-z_]\w*|1|[()])")
Group = tuple[str, ...]


def _groups(text: str) -> list[Group]:
    """The axes of one side: tuples of names, several where they are merged, none for an axis of length 1.

    >>> _groups("(h w) c 1 ...")
    [('h', 'w'), ('c',), (), ('...',)]
    """
    found: list[Group] = []
    inside: list[str] | None = None
    for token in _tokens(text):
        if token == "(":
            if inside is not None:
                raise ValueError(f"brackets inside brackets in {text!r}")
            inside = []
        elif token == ")":
            if inside is None:
                raise ValueError(f"brackets are not balanced in {text!r}")
            found.append(tuple(inside))
            inside = None
        elif inside is not None:
            inside += [token] if token != "1" else []
        else:
            found.append((token,) if token != "1" else ())
    if inside is not None:
        raise ValueError(f"brackets are not balanced in {text!r}")
    names = [name for group in found for name in group]
    if len(set(names)) != len(names):
        raise ValueError(f"an axis is named twice in {text!r}")
    return found


def _tokens(text: str) -> Iterator[str]:
    place = 0
    text = text.rstrip()
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise ValueError(f"{text[place:]!r} is no name of an axis in {text!r}")
        yield match.group(1)
        place = match.end()


def _lengths(shape: Any, groups: list[Group], given: dict[str, int]) -> dict[str, int]:
    """The length of every named axis."""
    lengths = dict(given)
    for length, group in zip(shape, groups):
        unknown = [name for name in group if name not in lengths]
        known = prod(lengths[name] for name in group if name in lengths)
        if len(unknown) > 1:
            raise ValueError(f"the lengths of {', '.join(unknown)} cannot be told; give all but one")
        if unknown:
            if not known or length % known:
                raise ValueError(f"an axis of length {length} is no multiple of {known}")
            lengths[unknown[0]] = length // known
        elif known != length:
            raise ValueError(f"an axis of length {length} was to have length {known}")
    return lengths


def _opened(groups: list[Group], count: int) -> list[Group]:
    """``...`` as `count` axes of their own."""
    names = [(f"...{n}",) for n in range(count)]
    found: list[Group] = []
    for group in groups:
        if group == ("...",):
            found += names
        else:
            found.append(tuple(x for name in group for x in ([n for (n,) in names] if name == "..." else [name])))
    return found


def rearrange(tensor: Any, pattern: str, **axes_lengths: int) -> Any:
    """`tensor` with its axes permuted, split and merged as `pattern` says; a view where that is possible.

    `axes_lengths` gives the lengths of axes that are split. A list of tensors is stacked first. Raises ``ValueError`` if
    the pattern does not fit.

    >>> import pullback as torch
    >>> torch.func.rearrange(torch.arange(6), "(h w) -> w h", w=3)
    tensor([[0, 3],
            [1, 4],
            [2, 5]])
    """
    if isinstance(tensor, (list, tuple)):
        tensor = stack(list(tensor))
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError(f"a pattern has two sides, as in 'a b -> b a'; got {pattern!r}")
    left, right = map(_groups, sides)
    extra = tensor.ndim - (len(left) - (("...",) in left))
    if extra < 0 or (extra and ("...",) not in left):
        raise ValueError(f"a tensor of {tensor.ndim} axes does not fit {sides[0]!r}")
    left, right = _opened(left, extra), _opened(right, extra)
    before, after = ([name for group in side for name in group] for side in (left, right))
    if set(before) != set(after):
        raise ValueError(f"the sides of {pattern!r} name different axes")
    lengths = _lengths(tensor.shape, left, axes_lengths)
    split = tensor.reshape([lengths[name] for name in before])
    turned = split.permute([before.index(name) for name in after]) if before else split
    return turned.reshape([prod(lengths[name] for name in group) for group in right])
