"""Running passes over a graph module in an order that keeps to constraints."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from functools import wraps
from typing import Any

from pullback.fx.graph_module import GraphModule
from pullback.fx.passes.infra.pass_base import PassResult
from pullback.nn import Module

Pass = Callable[..., Any]
Constraint = Callable[[Pass, Pass], bool]


def pass_result_wrapper(fn: Pass | None) -> Pass | None:
    """A pass that returns a module, or nothing, as one that returns a `PassResult`."""
    if fn is None:
        return None

    @wraps(fn)
    def wrapped(module: Any) -> PassResult:
        found = fn(module)
        return found if isinstance(found, PassResult) else PassResult(module if found is None else found, True)

    return wrapped


def _validate_pass_schedule_constraint(constraint: Constraint, passes: list[Pass]) -> None:
    for i, a in enumerate(passes):
        for j, b in enumerate(passes[i + 1 :]):
            if not constraint(a, b):
                raise RuntimeError(
                    f"pass schedule constraint violated. Expected {a} before {b} but found {a} at index {i} and {b} at "
                    f"index{j} in pass list."
                )


def _topological_sort_passes(passes: list[Pass], constraints: list[Constraint]) -> list[Pass]:
    """The passes in an order that keeps to the constraints; ``RuntimeError`` if there is none."""
    before = {
        a: [b for b in passes if a is not b and not all(each(a, b) for each in constraints)] for a in passes
    }  # fmt: skip
    order: list[Pass] = []
    ready = [each for each in passes if not before[each]]
    while ready:
        done = ready.pop(0)
        order.append(done)
        for each in passes:
            if done in before[each]:
                before[each].remove(done)
                if not before[each]:
                    ready.append(each)
    if len(order) < len(passes):
        circle = [each for each in passes if before[each]]
        raise RuntimeError(f"Circular dependency detected within the following passes: {circle}")
    return order


def this_before_that_pass_constraint(this: Pass, that: Pass) -> Constraint:
    """`this` runs before `that`."""
    return lambda a, b: a != that or b != this


class PassManager:
    """Runs passes, each a function of a module that gives a `PassResult`, up to `steps` times while they change it."""

    def __init__(
        self,
        passes: list[Pass] | None = None,
        constraints: list[Constraint] | None = None,
        steps: int | None = None,
        run_checks_after_each_pass: bool = False,
        suppress_check_failures: bool = False,
    ) -> None:
        self.passes, self.constraints, self.steps = passes or [], constraints or [], steps or 1
        self._validated = False
        self.run_checks_after_each_pass = run_checks_after_each_pass
        self.suppress_check_failures = suppress_check_failures

    def add_pass(self, _pass: Pass) -> None:
        """Run one more pass."""
        self.passes.append(_pass)
        self._validated = False

    def add_constraint(self, constraint: Constraint) -> None:
        """Keep to one more constraint."""
        self.constraints.append(constraint)
        self._validated = False

    def validate_constraints(self) -> None:
        """Raise ``RuntimeError`` if the order breaks a constraint."""
        if not self._validated:
            for each in self.constraints:
                _validate_pass_schedule_constraint(each, self.passes)
            self._validated = True

    def solve_constraints(self) -> None:
        """Put the passes in an order that keeps to the constraints."""
        self.passes = _topological_sort_passes(self.passes, self.constraints)
        self._validated = True

    def add_checks(self, check: Callable[..., Any]) -> None:
        """Check modules with a function of one argument."""
        if len(inspect.signature(check).parameters) != 1:
            raise TypeError("PassManager check function should only take in one variable, a module")
        self.check = check  # type: ignore[method-assign]

    def check(self, module: Module) -> None:
        """Raise if the module is not well."""

    def __call__(self, module: Any) -> PassResult:
        if not self._validated:
            self.solve_constraints()
        self.check(module)
        changed = False
        for _ in range(self.steps):
            module, again = self._once(module)
            changed = changed or again
            if not again:
                break
        return PassResult(module, changed)

    def _once(self, module: Any) -> tuple[Any, bool]:
        changed = False
        names = [each.__name__ if inspect.isfunction(each) else type(each).__name__ for each in self.passes]
        for number, each in enumerate(self.passes):
            try:
                found = each(module)
                if not hasattr(found, "graph_module"):
                    raise TypeError(
                        f"The result of the pass {names[number]} should be type PassResult. Please wrap it with "
                        "pass_result_wrapper()"
                    )
                module, changed = found.graph_module, changed or found.modified
                if isinstance(module, GraphModule):
                    module.recompile()
                if self.run_checks_after_each_pass:
                    self.check(module)
            except Exception as error:
                raise Exception(
                    f"An error occurred when running the '{names[number]}' pass after the following passes: {names[:number]}"
                ) from error
        return module, changed
