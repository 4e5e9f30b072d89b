"""`rearrange`: axes permuted, split and merged by a pattern such as ``"(h w) c -> c h w"``.

The notation is that of einops (A. Rogozhnikov, 2022): names for axes, brackets around axes that are one, ``...`` for axes
without a name, ``1`` for an axis of length 1.
"""

from __future__ import annotations

import keyword
import re
import warnings
from collections.abc import Sequence
from math import prod
from typing import Any

from pullback.graph.tensor_base import TensorBase
from pullback.ops.shape.joining import stack

_TOKEN = re.compile(r"[()]|\.\.\.|[^\s()]+")
Group = Sequence[str]


def _groups(text: str) -> list[Group]:
    """The axes of one side: tuples of a name, or none for an axis of length 1; lists where they are merged.

    >>> _groups("(h w) c 1 ...")
    [['h', 'w'], ('c',), (), ('...',)]
    """
    if "." in text and (text.count("...") != 1 or text.count(".") != 3):
        only = "; only one ellipsis for tensor " if text.count("...") * 3 == text.count(".") else ""
        raise ValueError(f"Expression may contain dots only inside ellipsis (...){only}")
    found: list[Group] = []
    inside: list[str] | None = None
    for token in _TOKEN.findall(text):
        if token == "(":
            if inside is not None:
                raise ValueError("Axis composition is one-level (brackets inside brackets not allowed)")
            inside = []
        elif token == ")":
            if inside is None:
                raise ValueError("Brackets are not balanced")
            found.append(inside)
            inside = None
        elif inside is not None:
            inside += _named(token)
        else:
            found.append(_named(token))
    if inside is not None:
        raise ValueError(f"Imbalanced parentheses in expression: '{text}'")
    names = [name for group in found for name in group]
    for name in names:
        if names.count(name) > 1:
            raise ValueError(f"Indexing expression contains duplicate dimension '{name}'")
    return found


def _named(token: str) -> Group:
    """An axis by its name; none of length 1."""
    if token == "...":
        return (token,)
    if token.isdecimal():
        if token != "1":
            raise ValueError("rearrange only supports unnamed axes of size 1")
        return ()
    if not token.isidentifier():
        raise ValueError(f"Invalid axis identifier: {token}\nnot a valid python identifier")
    if token[0] == "_" or token[-1] == "_":
        raise ValueError(f"Invalid axis identifier: {token}\naxis name should should not start or end with underscore")
    if keyword.iskeyword(token):
        warnings.warn(f"It is discouraged to use axes names that are keywords: {token}", RuntimeWarning, stacklevel=4)
    return (token,)


def _check_sides(pattern: str, left: list[Group], right: list[Group], given: dict[str, Any]) -> None:
    """``ValueError`` unless both sides name the same axes, among them those whose lengths are given."""
    before, after = ({name for group in side for name in group} for side in (left, right))
    if "..." in after - before:
        raise ValueError(f"Ellipsis found in right side, but not left side of a pattern {pattern}")
    if "..." in before and ("...",) not in left:
        raise ValueError(f"Ellipsis is parenthesis in the left side is not allowed: {pattern}")
    for name, length in given.items():
        if not isinstance(length, int):
            raise TypeError(f"rearrange axis lengths must be integers, got: {type(length)}")
        if name not in before:
            raise ValueError(f"Identifiers not found in rearrange expression: { ({name}) }")
    if before != after:
        raise ValueError(f"Identifiers only on one side of rearrange expression (should be on both): {before ^ after}")


def _lengths(shape: Any, groups: list[Group], given: dict[str, int]) -> dict[str, int]:
    """The length of every named axis."""
    lengths = dict(given)
    for length, group in zip(shape, groups):
        unknown = [name for name in group if name not in lengths]
        known = prod(lengths[name] for name in group if name in lengths)
        if len(unknown) > 1:
            raise ValueError(f"cannot infer the sizes of two dimensions at once {unknown[0]} and {unknown[1]}")
        if unknown:
            if not known or length % known:
                raise ValueError(f"inferred dimension does not evenly fit into larger dimension: {length} vs {known}")
            lengths[unknown[0]] = length // known
        elif known != length:
            raise ValueError(f"Dimension sizes to do not match ({length} != {known}) when matching {group}")
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
    if not isinstance(tensor, TensorBase):
        tensor = stack(tensor)
    sides = pattern.split("->")
    if len(sides) != 2:
        raise ValueError("Pattern must contain a single '->' separator")
    left, right = map(_groups, sides)
    _check_sides(pattern, left, right, axes_lengths)
    extra = tensor.ndim - (len(left) - (("...",) in left))
    if extra < 0 or (extra and ("...",) not in left):
        raise ValueError(
            f"Number of dimensions in pattern ({len(left)}) must be equal to the number of dimensions in the tensor "
            f"({tensor.ndim})"
        )
    left, right = _opened(left, extra), _opened(right, extra)
    before, after = ([name for group in side for name in group] for side in (left, right))
    lengths = _lengths(tensor.shape, left, axes_lengths)
    split = tensor.reshape([lengths[name] for name in before])
    turned = split.permute([before.index(name) for name in after]) if before else split
    return turned.reshape([prod(lengths[name] for name in group) for group in right])
