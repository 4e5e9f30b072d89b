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

from pullback.graph.dispatch import lazy_function
from pullback.graph.record import OPERATORS, Operator, Rule, operator_of

__all__ = ["elementwise", "general", "linear", "nondifferentiable", "operator_of", "view"]

P = ParamSpec("P")
R = TypeVar("R")


def _declare(operator: Operator) -> Any:
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


def view(*, node: str | None = None, outputs: int = 1, **rules: Rule) -> Callable[[Callable[P, R]], Callable[P, R]]:
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
    keeps: Sequence[str] = (),
    uses: tuple[int, ...] = (),
    **rules: Rule,
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Declare any other operator. `outputs` above 1 says that the forward returns a tuple (-1: of any length).

    `keeps` names what the forward works out on the way and a rule can use again: the forward then returns the result
    followed by these arrays, and a rule that names one gets it, or `None` when the derivative is itself
    differentiated (an array without history would give a wrong second derivative) and must work it out anew. `uses`
    numbers the ``results`` that the rules read, integers too, where these are not all the floating ones: nobody may
    write into them before the backward pass.
    """

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
                keeps=tuple(keeps),
                uses=uses,
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
            Operator(forward, "nondifferentiable", node=None, rules={}, promotes=chosen, floats=floats, outputs=outputs)
        )

    return declare
