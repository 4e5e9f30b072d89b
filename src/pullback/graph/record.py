"""What an operator is: its forward, its parameters, its rules. Declarations make these; see ``operator``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

Rule = Callable[..., Any]

_ALWAYS_KNOWN = frozenset(("grad", "grads", "result", "results", "needs"))

TENSOR, NUMBER, OPTIONAL, LIST, PARAMETER = "tensor", "tensor or number", "optional tensor", "tensors", "parameter"

_KINDS = {
    "V": TENSOR,
    "V | Scalar": NUMBER,
    "Scalar | V": NUMBER,
    "V | None": OPTIONAL,
    "Sequence[V]": LIST,
}


class Parameter:
    """A parameter of an operator: its name, what may be passed, its default."""

    __slots__ = ("keyword_only", "kind", "name")

    def __init__(self, name: str, kind: str, keyword_only: bool) -> None:
        self.name = name
        self.kind = kind
        self.keyword_only = keyword_only


class Operator:
    """A declared operator: everything the dispatcher, the engine and the tests know of it."""

    __slots__ = (
        "declared",
        "floats",
        "former",
        "forward",
        "function",
        "holomorphic",
        "joint",
        "jvp",
        "keeps",
        "keywords",
        "kind",
        "large",
        "name",
        "node_class",
        "node_name",
        "outputs",
        "over",
        "parameters",
        "promotes",
        "rules",
        "uses",
        "written",
    )

    def __init__(
        self,
        forward: Callable[..., Any],
        kind: str,
        *,
        node: str | None,
        rules: dict[str, Rule],
        joint: Rule | None = None,
        over: tuple[str, ...] = (),
        jvp: Rule | None = None,
        promotes: bool | tuple[str, ...] = False,
        floats: bool = False,
        outputs: int = 1,
        holomorphic: bool = True,
        keeps: tuple[str, ...] = (),
        uses: tuple[int, ...] = (),
    ) -> None:
        self.forward = forward
        self.written: list[Any] = []  # the functions whose dispatcher is compiled: the public one, methods for symbols
        self.former: tuple[str, ...] = ()  # numbers that stood between the tensors in PyTorch's former signatures
        self.keeps = keeps
        self.uses = uses
        self.holomorphic = holomorphic
        self.kind = kind
        self.name = forward.__name__.lstrip("_")
        self.node_name = node or _camel(self.name) + "Backward0"
        self.rules = rules
        self.joint = joint
        self.over = over if joint else tuple(rules)
        self.jvp = jvp
        self.floats = floats
        self.outputs = outputs
        self.parameters = _parameters(forward)
        self.keywords = tuple([p.name for p in self.parameters if p.keyword_only])  # the last ones
        inputs = tuple(p.name for p in self.parameters if p.kind != PARAMETER)
        self.promotes = inputs if promotes is True else tuple(promotes or ())
        self.over = tuple(name for name in inputs if name in self.over)  # edges stand in PyTorch's order
        self.node_class: Any = None
        self.large: Callable[..., Any] | None = None  # a forward that looks at sizes, see `large`
        self.function: Any = None
        self.declared = f"{forward.__module__}.{forward.__qualname__}"
        self._check_names()

    def __repr__(self) -> str:
        return f"<operator {self.declared} ({self.kind})>"

    @property
    def inputs(self) -> tuple[Parameter, ...]:
        """The parameters that may be tensors."""
        return tuple(p for p in self.parameters if p.kind != PARAMETER)

    def every_rule(self) -> list[Rule]:
        """The rules of reverse mode."""
        return [self.joint] if self.joint else [self.rules[name] for name in self.over]

    def defaults(self) -> dict[str, Any]:
        """The defaults of the parameters that have one."""
        values = self.forward.__defaults__ or ()
        positional = [p.name for p in self.parameters if not p.keyword_only]
        return dict(zip(positional[len(positional) - len(values) :], values)) | (self.forward.__kwdefaults__ or {})

    def rule_over(self, name: str) -> Rule:
        """The rule that gives the cotangent of input `name`."""
        return self.joint or self.rules[name]

    def _check_names(self) -> None:
        for name in self.rules:
            if not any(p.name == name and p.kind != PARAMETER for p in self.parameters):
                raise TypeError(f"{self.declared}: a rule for {name!r}, which is not an input")
        known = {p.name for p in self.parameters} | _ALWAYS_KNOWN | set(self.keeps)
        for rule in [self.joint] if self.joint else self.rules.values():
            if not known.issuperset(names := names_of(rule)):
                known |= {f"{p.name}_{fact}" for p in self.inputs for fact in ("shape", "dtype")}
                for name in names:
                    if name not in known:
                        knows = ", ".join(sorted(known))
                        raise TypeError(f"{self.declared}: a rule names {name!r}; it can name {knows}")


def names_of(rule: Rule) -> tuple[str, ...]:
    """The parameter names of a rule, which are what it asks for."""
    code = rule.__code__
    return code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]


def _camel(name: str) -> str:
    return "".join(word[:1].upper() + word[1:] for word in name.split("_"))


def _parameters(forward: Callable[..., Any]) -> tuple[Parameter, ...]:
    code = forward.__code__
    annotations = forward.__annotations__
    if code.co_flags & 0x0C:
        raise TypeError(f"{forward.__qualname__}: an operator takes named parameters only")
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return tuple(
        Parameter(name, _KINDS.get(annotations.get(name, ""), PARAMETER), number >= code.co_argcount)
        for number, name in enumerate(names)
    )


LARGE = 1 << 16
"""Elements from which an elementwise operator is computed in blocks, see `large`."""

OPERATORS: dict[str, Operator] = {}
"""Every declared operator by the dotted name of its declaration; the tests walk it."""


def run_forward(operator: Operator, *args: Any, **kwargs: Any) -> Any:
    """The bare forward on arrays, without what it keeps for its rules."""
    found = operator.forward(*args, **kwargs)
    return found[0] if operator.keeps else found


def operator_of(function: Any) -> Operator:
    """The operator behind a public function that a declaration returned."""
    return function.operator
