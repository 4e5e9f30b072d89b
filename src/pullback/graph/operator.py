"""An operator, said once: forward, derivative rules, and what the rules keep.

A declaration decorates the forward function, written in plain NumPy::

    @elementwise(input=lambda grad, other: grad / other,
                 other=lambda grad, other, result: -grad * result / other)
    def div(input: V, other: V | Scalar) -> V:
        return np.true_divide(input, other)

- The annotations tell inputs from parameters: ``V`` is a tensor, ``V | Scalar`` a tensor or a Python number,
  ``V | None`` an optional tensor, ``Sequence[V]`` a list of tensors; anything else is a parameter.
- A rule maps the cotangent of the output to that of one input. **Its parameter names are its save list**: an
  input, a parameter, ``result`` (``results`` for several outputs), ``input_shape`` or ``input_dtype`` where that
  is enough. ``grad`` is the cotangent; with several outputs ``grads`` is the list of all (zeros where an output was
  not used). An input without a rule is not differentiable.
- ``joint=`` gives the cotangents of all differentiable inputs in one sweep: a rule that returns a tuple in the
  order of ``over=(...)`` and may ask for ``needs``, which says for each of them whether its cotangent is wanted.
- The kind fills in the rest. `elementwise` promotes dtypes and derives forward mode from the same formulas;
  `linear` and `view` push tangents through the operator itself; `general` has a ``jvp=`` of its own (called with
  the tangents by input name, then what it names), or forward mode is derived by transposing the rules.

What the decorator returns is the public function. Its body is written at its first call, see ``dispatch``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

Rule = Callable[..., Any]

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

    __slots__ = ("name", "kind", "keyword_only")

    def __init__(self, name: str, kind: str, keyword_only: bool) -> None:
        self.name = name
        self.kind = kind
        self.keyword_only = keyword_only


class Operator:
    """A declared operator: everything the dispatcher, the engine and the tests know of it."""

    __slots__ = (
        "declared",
        "floats",
        "forward",
        "function",
        "holomorphic",
        "joint",
        "jvp",
        "kind",
        "name",
        "node_class",
        "node_name",
        "outputs",
        "over",
        "parameters",
        "promotes",
        "rules",
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
    ) -> None:
        self.forward = forward
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
        inputs = tuple(p.name for p in self.parameters if p.kind != PARAMETER)
        self.promotes = inputs if promotes is True else tuple(promotes or ())
        self.over = tuple(name for name in inputs if name in self.over)  # edges stand in PyTorch's order
        self.node_class: Any = None
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

    def rule_over(self, name: str) -> Rule:
        """The rule that gives the cotangent of input `name`."""
        return self.joint or self.rules[name]

    def _check_names(self) -> None:
        inputs = {p.name for p in self.inputs}
        known = {p.name for p in self.parameters} | {"grad", "grads", "result", "results", "needs"}
        known |= {f"{name}_shape" for name in inputs} | {f"{name}_dtype" for name in inputs}
        for name in self.rules:
            if name not in inputs:
                raise TypeError(f"{self.declared}: a rule for {name!r}, which is not an input")
        for rule in self.every_rule():
            for name in names_of(rule):
                if name not in known:
                    raise TypeError(
                        f"{self.declared}: a rule names {name!r}; it can name {', '.join(sorted(known))}"
                    )


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


OPERATORS: dict[str, Operator] = {}
"""Every declared operator by the dotted name of its declaration; the tests walk it."""


def _declare(operator: Operator) -> Any:
    from pullback.graph.dispatch import lazy_function

    operator.function = lazy_function(operator)
    OPERATORS[operator.declared] = operator
    return operator.function


def elementwise(
    *,
    node: str | None = None,
    promotes: bool | Sequence[str] = True,
    floats: bool = False,
    jvp: Rule | None = None,
    holomorphic: bool = True,
    **rules: Rule,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare an operator that works element by element, with broadcasting.

    A rule multiplies by the derivative: ``grad * f'(input)``. For complex numbers reverse mode needs the conjugate
    of the derivative; for a holomorphic function that is conj(rule(conj(grad))), which is done here, so that no
    rule speaks of conjugates. Say ``holomorphic=False`` where the function is not (abs, real, angle); its rules then
    follow PyTorch's convention by themselves. `promotes` names the inputs that meet in one dtype (all of them by
    default); `floats` says that integers and booleans become the default floating dtype first.
    """

    def declare(forward: Callable[P, R]) -> Callable[P, R]:
        chosen = promotes if isinstance(promotes, bool) else tuple(promotes)
        return _declare(
            Operator(
                forward,
                "elementwise",
                node=node,
                rules=rules,
                promotes=chosen,
                floats=floats,
                jvp=jvp,
                holomorphic=holomorphic,
            )
        )

    return declare


def linear(
    *, node: str | None = None, promotes: bool | Sequence[str] = False, outputs: int = 1, **rules: Rule
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare an operator that is linear in all its differentiable inputs together (a sum, a concatenation)."""

    def declare(forward: Callable[P, R]) -> Callable[P, R]:
        chosen = promotes if isinstance(promotes, bool) else tuple(promotes)
        return _declare(Operator(forward, "linear", node=node, rules=rules, promotes=chosen, outputs=outputs))

    return declare


def view(
    *, node: str | None = None, outputs: int = 1, **rules: Rule
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare an operator whose result shows the memory of its first input."""

    def declare(forward: Callable[P, R]) -> Callable[P, R]:
        return _declare(Operator(forward, "view", node=node, rules=rules, outputs=outputs))

    return declare


def general(
    *,
    node: str | None = None,
    promotes: bool | Sequence[str] = False,
    floats: bool = False,
    outputs: int = 1,
    joint: Rule | None = None,
    over: Sequence[str] = (),
    jvp: Rule | None = None,
    **rules: Rule,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare any other operator. `outputs` above 1 says that the forward returns a tuple (-1: of any length)."""

    def declare(forward: Callable[P, R]) -> Callable[P, R]:
        chosen = promotes if isinstance(promotes, bool) else tuple(promotes)
        return _declare(
            Operator(
                forward,
                "general",
                node=node,
                rules=rules,
                joint=joint,
                over=tuple(over),
                jvp=jvp,
                promotes=chosen,
                floats=floats,
                outputs=outputs,
            )
        )

    return declare


def nondifferentiable(
    *, promotes: bool | Sequence[str] = False, floats: bool = False, outputs: int = 1
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare an operator whose result never requires grad (a comparison, an index)."""

    def declare(forward: Callable[P, R]) -> Callable[P, R]:
        chosen = promotes if isinstance(promotes, bool) else tuple(promotes)
        return _declare(
            Operator(
                forward, "nondifferentiable", node=None, rules={}, promotes=chosen, floats=floats, outputs=outputs
            )
        )

    return declare


def operator_of(function: Any) -> Operator:
    """The operator behind a public function that a declaration returned."""
    return function.operator
