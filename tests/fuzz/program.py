"""A program of the fuzzer: lines of torch code over the names ``v0, v1, …``, one step each."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

NAME = re.compile(r"\bv\d+\b")
_ASSIGNED = re.compile(r"^((?:v\d+)(?:, v\d+)*)(?:,)? = ")

PRELUDE = '''\
import copy

import torch
from torch.utils import checkpoint as _  # so that it is there

seen = []


def cloned(gradients):
    """Copies of gradients: what they share with the pass that made them is the library's affair."""
    return [each if each is None else each.clone(memory_format=torch.contiguous_format) for each in gradients]


def note(name):
    """A hook that writes down what it sees."""
    return lambda grad: seen.append((name, grad))


def scaled(name, factor):
    """A hook that writes down what it sees and hands on a multiple of it."""
    return lambda grad: (seen.append((name, grad)), grad * factor)[1]


def noted_leaf(name):
    """A hook that writes down what was accumulated in a leaf."""
    return lambda leaf: seen.append((name, leaf.grad))


def note_node(name):
    """A hook of a node that writes down how many cotangents it sees."""
    return lambda inputs, outputs: seen.append((name, len(inputs), *(each for each in outputs if each is not None)))


def note_before(name):
    """A hook of a node that writes down the cotangents it is about to see."""
    return lambda outputs: seen.append((name, len(outputs), *(each for each in outputs if each is not None)))


def note_joint(name):
    """A hook of several tensors that writes down their gradients, or the first of them."""
    return lambda grads: seen.append((name, *(g for g in ([grads] if torch.is_tensor(grads) else grads) if g is not None)))


def packing():
    """Saved tensors are copies, which later writes do not reach."""
    return torch.autograd.graph.saved_tensors_hooks(lambda tensor: tensor.clone(), lambda tensor: tensor)


def magnitude(x):
    """A real number that depends on all elements."""
    return (torch.view_as_real(x.resolve_conj()) if x.is_complex() else x).square().sum()


def curved(x):
    return (x * x).sin()


def squared(x):
    return (x + 1).square_()


def viewed(x):
    return x.reshape(-1)[...] * 2


'''
CLASSES = """\
class Doubled(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        ctx.save_for_backward(x)
        return x * 2

    @staticmethod
    def backward(ctx, grad):
        return grad * 2 + 0 * ctx.saved_tensors[0].detach()


class AsIs(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x

    @staticmethod
    def backward(ctx, grad):
        return grad * 3


class Shown(AsIs):
    @staticmethod
    def forward(ctx, x):
        return x.view_as(x)


class Detached(AsIs):
    @staticmethod
    def forward(ctx, x):
        return x.detach()


class Dirty(AsIs):
    @staticmethod
    def forward(ctx, x):
        ctx.mark_dirty(x)
        return x.mul_(3)


class Two(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x):
        return x * 2, x.reshape(-1)

    @staticmethod
    def backward(ctx, one, other):
        return 2 * one + other.reshape(one.shape)
"""


@dataclass(frozen=True)
class Step:
    """One line of a program, and the name of the template that wrote it."""

    text: str
    kind: str

    @property
    def makes(self) -> tuple[str, ...]:
        """The names that the line assigns."""
        made: list[str] = []
        for part in _parts(self.text):
            found = _ASSIGNED.match(part)
            made += found[1].split(", ") if found else []
        return tuple(made)

    @property
    def reads(self) -> tuple[str, ...]:
        """The names that must be there before the line runs."""
        made: set[str] = set()
        read: list[str] = []
        for part in _parts(self.text):
            found = _ASSIGNED.match(part)
            read += [name for name in NAME.findall(part[found.end() :] if found else part) if name not in made]
            made.update(found[1].split(", ") if found else ())
        return tuple(dict.fromkeys(read))


def _parts(text: str) -> list[str]:
    """The statements of a line, without the ``with …:`` before them."""
    return re.sub(r"^with [^:]*: ", "", text).split("; ")


Program = tuple[Step, ...]


def script(program: Sequence[Step]) -> str:
    """The program as a script for PyTorch; save it, run it."""
    return f"{PRELUDE}{CLASSES}\n" + "\n".join(step.text for step in program) + "\n"


def shrunk(program: Program, still: Callable[[Program], bool]) -> Program:
    """A shorter program for which `still` holds: steps are dropped, later ones first, while it does."""
    again = True
    while again:
        again = False
        for position in reversed(range(len(program))):
            shorter = without(program, position)
            if still(shorter):
                program, again = shorter, True
                break
    return program


def without(program: Program, position: int) -> Program:
    """The program without one step and without those that need what it makes."""
    gone = set(program[position].makes)
    kept = list(program[:position])
    for step in program[position + 1 :]:
        if gone.isdisjoint(step.reads):
            kept.append(step)
        else:
            gone.update(step.makes)
    return tuple(kept)
