"""How an operator runs on Taylor series: what `jet` opens for the length of a call.

A series is a tensor around a `TaylorArray` whose terms are tensors themselves, so that graphs, tangents and batches around
a `jet` see ordinary operators on its terms. An operator gets there by one of five ways, the first that fits:

- what varies in none of its operands, or has no derivative, is computed at the point;
- linear operators, and those whose rules ask for nothing that varies, take the terms one by one;
- products of two series are sums of products of terms, and a few functions have a recurrence (`pullback.arrays.taylor`);
- what has rules like ``grad * f'(input)`` follows from them: ``y' = f'(x) x'`` is a series of one term less;
- what is left is written in operators that have series: its forward runs on them.

A tensor that an inner `grad` tracks is recorded around its series, and its rules run on `TaylorArray`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from pullback.arrays import taylor
from pullback.arrays.taylor import TaylorArray
from pullback.func import taylor_rules
from pullback.graph import forward_mode, levels
from pullback.graph.forward_rules import pushforward
from pullback.graph.modes import BATCHED, FORWARD, NO_GRAD, current_mode, set_mode, switched
from pullback.graph.record import Operator, names_of
from pullback.graph.tensor_base import TensorBase, wrap

_UNKNOWN = "jet: no Taylor series is known for {}"
_PLAIN = (np.ndarray, np.generic)


class TaylorLevel:
    """One call of `jet`."""

    size = 1
    inner = True

    def __init__(self) -> None:
        self.number = levels.next_level()
        self.start = levels.first_number()
        self._mode = current_mode()
        self._running: list[Any] = []

    # ------------------------------------------------------------------------------------------ what a level answers

    def stream(self, outer: Any) -> Any:
        """The random stream that is drawn from: that around."""
        return outer

    def refuse(self, name: str, values: Any) -> None:
        """``NotImplementedError`` if a custom function is called on a series."""
        if any([self.terms_of(each) is not None for each in _tensors_in(values)]):
            raise NotImplementedError(_UNKNOWN.format(f"the custom function {name}"))

    def is_batched(self, tensor: Any) -> bool:
        """A series is no batch."""
        return False

    def bring_in(self, value: Any) -> Any:
        """`value`; what is tracked outside becomes a series that does not vary, so that its terms stay tracked."""
        if value.__class__ in (list, tuple):
            return value.__class__([self.bring_in(each) for each in value])
        if not isinstance(value, TensorBase) or self.terms_of(value) is not None or levels.is_inside(value, self):
            return value
        tracked = value._requires_grad or (self._mode & FORWARD and forward_mode.tangent_of(value) is not None)
        return self.made([value]) if tracked or not isinstance(value._array, _PLAIN) else value

    def run(self, operator: Operator, values: tuple[Any, ...], again: Callable[..., Any]) -> Any:
        """Run `operator` on operands some of which may be series."""
        values = tuple([self.bring_in(each) for each in values])
        recording = not current_mode() & NO_GRAD
        if recording and any(each._requires_grad for each in _tensors_in(values)):
            with switched(off=BATCHED):
                return again(operator, values, None)
        order = max([len(t) for each in _tensors_in(values) if (t := self.terms_of(each))], default=0)
        arguments = {p.name: value for p, value in zip(operator.parameters, values)}
        varying = [name for name in operator.over if self._varies(arguments[name])]
        if not varying:
            found = self._at_point(operator, arguments)
            return found if not order or operator.kind == "nondifferentiable" else self._constant(found)
        return self._series(operator, arguments, varying, order)

    # ------------------------------------------------------------------------------------------------ series as tensors

    def made(self, terms: list[Any]) -> Any:
        """The tensor around a series; its first term is no series of this level."""
        array = terms[0]._array
        return levels.settle(wrap(TaylorArray(terms, tuple(array.shape), array.dtype, self)))

    def terms_of(self, value: Any) -> Any:
        """The terms of a tensor; `None` of what is no series of this level."""
        array = value._array if isinstance(value, TensorBase) else value
        return array.terms if array.__class__ is TaylorArray and array.opener is self else None

    def _varies(self, value: Any) -> bool:
        if isinstance(value, (list, tuple)):
            return any([self._varies(each) for each in value])
        terms = self.terms_of(value)
        return terms is not None and any([each is not None for each in terms[1:]])

    def _term(self, value: Any, k: int) -> Any:
        """Term `k` of an operand; of a list that of each."""
        if value.__class__ in (list, tuple):
            return value.__class__([self._term(each, k) for each in value])
        terms = self.terms_of(value)
        if terms is None:
            return None if k else value
        return terms[k] if k < len(terms) else None

    def _cut(self, value: Any, order: int) -> Any:
        """An operand with `order` terms at most."""
        if value.__class__ in (list, tuple):
            return value.__class__([self._cut(each, order) for each in value])
        terms = self.terms_of(value)
        return value if terms is None or len(terms) <= order else self.made(terms[:order])

    def _constant(self, found: Any) -> Any:
        return type(found)(self._constant(each) for each in found) if isinstance(found, tuple) else self.made([found])

    @contextmanager
    def outside(self) -> Iterator[None]:
        """Terms are computed here: what is open around the level is, the level itself is not."""
        mode = current_mode()
        with levels.among(tuple([each for each in levels.open_levels() if each is not self])):
            set_mode(current_mode() & ~FORWARD | self._mode & FORWARD)
            try:
                yield
            finally:
                set_mode(mode)

    # ------------------------------------------------------------------------------------------------------ the five ways

    def _at_point(self, operator: Operator, arguments: dict[str, Any]) -> Any:
        with self.outside():
            return _called(operator.function, operator, {n: self._term(v, 0) for n, v in arguments.items()})

    def _series(self, operator: Operator, arguments: dict[str, Any], varying: list[str], order: int) -> Any:
        if _is_linear(operator, arguments, varying):
            return self._termwise(operator, arguments, varying, order)
        if operator.name in taylor_rules.PRODUCTS:
            return self._product(operator, arguments, order)
        if (
            operator.name in taylor_rules.RECURRENCES
            and (found := self._recurrence(operator, arguments, order)) is not None
        ):
            return self.made(found)
        if operator.name in taylor_rules.REWRITTEN:
            return taylor_rules.REWRITTEN[operator.name](**arguments)
        if operator.kind == "elementwise" or operator.jvp is not None or operator.name in taylor_rules.TANGENTS:
            return self._integrated(operator, arguments, varying, order)
        return self._written_out(operator, arguments)

    def _termwise(self, operator: Operator, arguments: dict[str, Any], varying: list[str], order: int) -> Any:
        if operator.kind == "view":
            for name in varying:
                self._fill(arguments[name])
        point = {name: self._term(value, 0) for name, value in arguments.items()}
        with self.outside():
            start = _called(operator.function, operator, point)
            rows = [start]
            for k in range(1, order):
                moved = {name: self._term(arguments[name], k) for name in varying}
                moved = {name: each for name, each in moved.items() if _is_there(each)}
                if operator.name in taylor_rules.LINEAR:
                    rows.append(_called(operator.function, operator, point | moved) if moved else None)
                else:
                    rows.append(pushforward(operator, point, moved, start) if moved else None)
        if not isinstance(start, tuple):
            return self.made(rows)
        columns = zip(*[row if row is not None else [None] * len(start) for row in rows])
        return type(start)(self.made(list(column)) for column in columns)

    def _fill(self, value: Any) -> None:
        """Write the zeros out that a view of a series must be able to share."""
        terms = self.terms_of(value)
        for k, each in enumerate(terms or ()):
            if each is None:
                terms[k] = _zeros(terms[0])

    def _product(self, operator: Operator, arguments: dict[str, Any], order: int) -> Any:
        first, second = taylor_rules.PRODUCTS[operator.name]
        bias = arguments.get("bias")
        rest = {name: self._term(value, 0) for name, value in arguments.items()}

        def times(x: Any, y: Any) -> Any:
            return _called(operator.function, operator, rest | {first: x, second: y})

        columns = [[self._term(arguments[name], k) for k in range(order)] for name in (first, second)]
        with self.outside():
            start = times(columns[0][0], columns[1][0])
            if bias is not None:
                rest["bias"] = None
            found = taylor.product(columns[0], columns[1], times)
            for k in range(1, order):
                added = self._term(bias, k) if bias is not None else None
                if added is not None:
                    rest["bias"] = added
                    plus = times(_zeros(columns[0][0]), columns[1][0])
                    found[k] = plus if found[k] is None else found[k] + plus
        return self.made([start, *found[1:]])

    def _recurrence(self, operator: Operator, arguments: dict[str, Any], order: int) -> Any:
        point = self._at_point(operator, arguments)
        operands = [[self._term(arguments[p.name], k) for k in range(order)] for p in operator.parameters[:2]]
        with self.outside():
            return taylor_rules.RECURRENCES[operator.name](point, *operands)

    def _integrated(self, operator: Operator, arguments: dict[str, Any], varying: list[str], order: int) -> Any:
        start = self._at_point(operator, arguments)
        several = isinstance(start, tuple)
        if order == 1:
            return self._constant(start)
        lower = {name: self._cut(value, order - 1) for name, value in arguments.items()}
        result = self._series(operator, lower, varying, order - 1)
        moved = {name: self._derived(lower[name], arguments[name], order) for name in varying}
        own = taylor_rules.TANGENTS.get(operator.name)
        pushed = pushforward(operator, lower, moved, result) if own is None else own(result, moved, **lower)
        found = []
        for each, tangent in zip(start if several else (start,), pushed if several else (pushed,)):
            if tangent is None or each._array.dtype.kind in "biu":
                found.append(each)
                continue
            with self.outside():
                found.append(self.made(taylor.integrated(each, [self._term(tangent, k) for k in range(order - 1)])))
        return type(start)(found) if several else found[0]

    def _derived(self, lower: Any, value: Any, order: int) -> Any:
        """The series of the derivative of an operand."""
        if isinstance(value, (list, tuple)):
            return [self._derived(low, each, order) for low, each in zip(lower, value)]
        with self.outside():
            terms = taylor.derivative([self._term(value, k) for k in range(order)])
            first = _zeros(self._term(value, 0)) if terms[0] is None else terms[0]
        return self.made([first, *terms[1:]])

    @contextmanager
    def _once(self, key: Any, name: str) -> Iterator[None]:
        """What is written in terms of itself has no series: raise at the second time."""
        if key in self._running:
            raise NotImplementedError(_UNKNOWN.format(name))
        self._running.append(key)
        try:
            yield
        finally:
            self._running.pop()

    def _written_out(self, operator: Operator, arguments: dict[str, Any]) -> Any:
        with self._once(operator, f"{operator.name}()"):
            try:
                found = _called(operator.forward, operator, {name: _bare(value) for name, value in arguments.items()})
            except (AttributeError, TypeError, ValueError) as error:
                raise NotImplementedError(_UNKNOWN.format(f"{operator.name}()")) from error
        return _as_tensors(found[0] if operator.keeps else found)

    # ------------------------------------------------------------------------------------------ what `TaylorArray` asks

    def on_function(self, function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What a function of NumPy makes of arrays of this level: what the operator makes of tensors around them."""
        if function is np.empty_like:
            return self._memory(*args, **kwargs)
        if function is np.full_like and args[1].__class__ is not TaylorArray:
            return self.made([wrap(np.full_like(self.point_of(args[0]), *args[1:], **kwargs))])._array
        with self._once(function, getattr(function, "__name__", str(function))), switched(on=BATCHED):
            return _bare(function(*_wrapped(args), **{name: _wrapped(each) for name, each in kwargs.items()}))

    def cast(self, array: TaylorArray, dtype: Any) -> Any:
        """A series in another dtype."""
        return array if array.dtype == dtype else self.on_function(_to, (array, dtype), {})

    def write(self, array: TaylorArray, index: Any, value: Any) -> None:
        """``array[index] = value``, into each term. ``RuntimeError`` where a term is not there to be written to."""
        value = _wrapped(value)
        given = self.terms_of(value) if isinstance(value, TensorBase) else None
        for k, term in enumerate(array.terms):
            new = value if given is None and not k else given[k] if given is not None and k < len(given) else None
            if term is None and new is None:
                continue
            if term is None:
                raise RuntimeError("jet: a series is written into a tensor that has none")
            with self.outside():
                term[index] = 0 if new is None else new

    def point_of(self, array: TaylorArray) -> Any:
        """The array that a series starts from."""
        return array.terms[0]._array

    def _memory(self, array: TaylorArray, *args: Any, **kwargs: Any) -> Any:
        """Memory for a series like `array`."""
        first = wrap(np.empty_like(self.point_of(array), *args, **kwargs))
        return self.made([first, *[_zeros(first) for _ in array.terms[1:]]])._array


def _called(function: Callable[..., Any], operator: Operator, arguments: dict[str, Any]) -> Any:
    positional = [arguments[p.name] for p in operator.parameters if not p.keyword_only]
    return function(*positional, **{p.name: arguments[p.name] for p in operator.parameters if p.keyword_only})


def _is_linear(operator: Operator, arguments: dict[str, Any], varying: list[str]) -> bool:
    """Whether the derivative in what varies does not depend on it."""
    if operator.kind in ("linear", "view") or operator.name in taylor_rules.LINEAR:
        return True
    if operator.kind != "elementwise" or operator.jvp is not None:
        return False
    asked = {name for each in varying for name in names_of(operator.rules[each])}
    return not asked & {*varying, "result"}


def _tensors_in(values: Any) -> Iterator[Any]:
    for each in values:
        if isinstance(each, TensorBase):
            yield each
        elif each.__class__ in (list, tuple):
            yield from _tensors_in(each)


def _is_there(value: Any) -> bool:
    return any([_is_there(each) for each in value]) if isinstance(value, (list, tuple)) else value is not None


def _zeros(tensor: Any) -> Any:
    return tensor.new_zeros(tensor._array.shape)


def _to(tensor: Any, dtype: Any) -> Any:
    return tensor.to(wrap(np.empty((), dtype)).dtype)


def _wrapped(value: Any) -> Any:
    if value.__class__ is TaylorArray:
        return wrap(value)
    return type(value)([_wrapped(each) for each in value]) if value.__class__ in (list, tuple) else value


def _as_tensors(found: Any) -> Any:
    return tuple([wrap(each) for each in found]) if isinstance(found, tuple) else wrap(found)


def _bare(value: Any) -> Any:
    if isinstance(value, TensorBase):
        return value._array
    return type(value)([_bare(each) for each in value]) if value.__class__ in (list, tuple) else value
