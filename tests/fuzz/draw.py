"""A program drawn from a seed: templates write steps, and a model of every tensor keeps them meaningful.

The model knows shapes and dtypes only, by NumPy's own rules, so the same seed gives the same program wherever it is
drawn. It may err (a step that raises makes nothing): what reads a missing name is skipped by both libraries.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from tests.fuzz.program import Program, Step

Shape = tuple[int, ...]
Template = Callable[["Draw"], str]

FLOATS = ("float32", "float64")
DIFFERENTIABLE = (*FLOATS, "complex128")
ANY = (*DIFFERENTIABLE, "int64", "bool")


@dataclass
class Var:
    """A tensor of the program as far as the model knows it."""

    name: str
    shape: Shape
    dtype: str
    leaf: bool = False
    """Whether it shows the memory of a leaf that requires grad, which must not be written to."""

    def __str__(self) -> str:
        return self.name

    @property
    def ndim(self) -> int:
        return len(self.shape)

    @property
    def size(self) -> int:
        return int(np.prod(self.shape))

    @property
    def like(self) -> np.ndarray:
        """An array of the shape, to ask NumPy what an operation makes of it."""
        return np.broadcast_to(np.zeros((), self.dtype), self.shape)


class Unfit(Exception):
    """No tensor of the program fits a template."""


@dataclass
class Draw:
    """A program in the making."""

    rng: random.Random
    tensors: list[Var] = field(default_factory=list)
    count: int = 0
    writing: bool = False
    """Whether the next tensor picked will be written to."""

    def chance(self, probability: float) -> bool:
        """Whether something happens that does so with this probability."""
        return self.rng.random() < probability

    def pick(self, dtypes: tuple[str, ...] = ANY, ndim: int = 0, fits: Callable[[Var], bool] | None = None) -> Var:
        """A tensor of the program, rather a new one than an old one."""
        found = [v for v in self.tensors if v.dtype in dtypes and v.ndim >= ndim and (fits is None or fits(v))]
        if self.writing and self.chance(0.95):
            found = [v for v in found if not v.leaf]
        self.writing = False
        if not found:
            raise Unfit
        return found[max(self.rng.randrange(len(found)), self.rng.randrange(len(found)))]

    def new(self, shape: Shape, dtype: str) -> str:
        """The name of a new tensor of the model."""
        self.tensors.append(Var(f"v{self.count}", tuple(map(int, shape)), dtype))
        self.count += 1
        return self.tensors[-1].name

    def makes(self, text: str, shape: Shape, dtype: str) -> str:
        """A step that assigns the value of `text` to a new name."""
        return f"{self.new(shape, dtype)} = {text}"

    def forget(self, shapes: dict[str, Shape]) -> None:
        """Tell the model of tensors whose shape a step changed."""
        for var in self.tensors:
            var.shape = shapes.get(var.name, var.shape)

    def axis(self, var: Var) -> int:
        """An axis of a tensor, counted from either end."""
        return self.rng.randrange(-var.ndim, var.ndim) if var.ndim else 0

    def shape(self) -> Shape:
        """A small shape."""
        return tuple(self.rng.choice((1, 2, 2, 3, 3, 4)) for _ in range(self.rng.choice((0, 1, 1, 2, 2, 2, 3))))

    def number(self, dtype: str) -> str:
        """A Python number that fits `dtype`, as text."""
        if dtype == "bool":
            return self.rng.choice(("True", "False"))
        if dtype == "int64":
            return str(self.rng.randrange(-3, 4))
        if dtype == "complex128" and self.chance(0.5):
            return f"({self.rng.randrange(-4, 5) / 2}+{self.rng.randrange(1, 5) / 2}j)"
        return str(self.rng.choice((-2, -1.5, -1, -0.5, 0.5, 1, 1.5, 2, 3)))

    def literal(self, shape: Shape, dtype: str, more: str = "") -> str:
        """A tensor written out."""
        numbers = np.empty(shape, object)
        for place in np.ndindex(*shape):
            numbers[place] = _Text(self.number(dtype))
        return f"torch.tensor({numbers.tolist()}, dtype=torch.{dtype}{more})"


class _Text(str):
    __repr__ = str.__str__


def broadcastable(shape: Shape, to: Shape) -> bool:
    """Whether a tensor of `shape` can be expanded to the shape `to`."""
    return len(shape) <= len(to) and all(a in (1, b) for a, b in zip(shape[::-1], to[::-1]))


def draw_program(seed: int) -> tuple[Program, bool]:
    """The program of a seed, and whether it is looked at after each step or at its end only."""
    from tests.fuzz.steps import FAMILIES, VIEWS, WRITES

    rng = random.Random(seed)
    draw = Draw(rng)
    length = rng.randrange(4, 15)
    weights = [weight * rng.choice((0.3, 1, 1, 3)) for weight, _ in FAMILIES]
    steps: list[Step] = []
    while len(steps) < length:
        family = FAMILIES[0][1] if len(steps) < 2 else rng.choices([each for _, each in FAMILIES], weights)[0]
        template = rng.choice(family)
        before = draw.count, list(draw.tensors)
        draw.writing = template in WRITES
        try:
            text = template(draw)
        except Unfit:
            draw.count, draw.tensors = before
            continue
        steps.append(Step(text, template.__name__))
        for var in draw.tensors[len(before[1]) :]:
            seen = template in VIEWS and any(v.leaf for v in draw.tensors if v.name in steps[-1].reads)
            var.leaf = "requires_grad=True" in text or seen
    return _in_modes(steps, rng), rng.random() < 0.7


MODES = ("torch.no_grad()", "torch.no_grad()", "torch.enable_grad()", "torch.set_grad_enabled(False)",
         "torch.inference_mode()", "torch.inference_mode(False)", "packing()", "packing()",
         "torch.autograd.set_detect_anomaly(True)")  # fmt: skip
ALONE = ("torch.set_grad_enabled", "with ")
"""How steps begin that stand in no block."""


def _in_modes(steps: list[Step], rng: random.Random) -> Program:
    """The steps, some of them inside a block that switches a mode."""
    found: list[Step] = []
    rate = rng.choice((0, 0, 0.1, 0.3))
    while steps:
        count = 1
        if rng.random() < rate and not steps[0].text.startswith(ALONE):
            count = rng.choice((1, 1, 2))
            inside = [each for each in steps[:count] if not each.text.startswith(ALONE)]
            text = "; ".join(each.text for each in inside)
            mode = rng.choice(MODES)
            if (
                mode == "torch.inference_mode()"
            ):  # leaves made there that require grad, and passes, are beside the point
                inside = [each for each in inside if "backward" not in each.text and "autograd" not in each.text]
                text = "; ".join(each.text.replace(", requires_grad=True", "") for each in inside)
                if not inside:
                    steps = steps[count:]
                    continue
            found.append(
                Step(
                    f"with {mode}: {text}",
                    f"{mode.removeprefix('torch.')}: " + " + ".join(each.kind for each in inside),
                )
            )
        else:
            found.append(steps[0])
        steps = steps[count:]
    return tuple(found)
