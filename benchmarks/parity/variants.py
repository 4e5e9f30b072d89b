"""The other forms of an operator: methods, Python operators, aliases, in place, ``out=``.

Each check returns what every form gives under the form's name; a form that raises gives the exception's type.
A form that the library lacks raises nothing: it gives its name, and so differs from PyTorch's.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

import numpy as np

from .checks import SEED, UNDEFINED_VALUES, Check, Side, pointed, settled
from .compare import ANYTHING, NotSampled, Raised, difference, snapshot
from .resolve import Missing

Form = tuple[str, str, Any]  # what to call it in the report, the name the table knows it by, PyTorch's callable


def pure_forms(entry: Any) -> list[Form]:
    """The methods, operators and aliases of `entry`."""
    return list(_forms(entry, "op", "method_variant", "operator_variant"))


def in_place_forms(entry: Any) -> list[Form]:
    """The in-place methods and operators of `entry` and of its aliases."""
    return list(_forms(entry, "inplace_variant", "inplace_operator_variant"))


def _forms(entry: Any, *attributes: str) -> Iterator[Form]:
    for owner in (entry, *entry.aliases):
        for attribute in attributes:
            op = getattr(owner, attribute, None)
            if op is not None and op is not entry.op:
                yield f"{owner.name} ({attribute.removesuffix('_variant')})", owner.name, op


def _attempt(run: Callable[[], Any]) -> Any:
    """What `run` gives, the type of exception that it raises, or what is missing."""
    try:
        return run()
    except Missing as missing:
        return str(missing)
    except NotSampled:
        raise
    except Exception as error:
        return Raised.of(error)


def methods(side: Side, sample: Any) -> Any:
    """What methods, Python operators and aliases give on `sample`."""

    def run(name: str, op: Any) -> Any:
        first, args, kwargs, _ = side.rebuilt(sample)
        output = side.own(op, name)(first, *args, **kwargs)
        return snapshot(
            pointed(side, sample, settled(sample, output)), side.library, side.entry.name not in UNDEFINED_VALUES
        )

    return {label: _attempt(partial(run, name, op)) for label, name, op in pure_forms(side.entry)}


def in_place(side: Side, sample: Any) -> Any:
    """What the in-place forms leave in their first argument, and the cotangents through them."""

    def run(name: str, op: Any) -> Any:
        first, args, kwargs, inputs = side.rebuilt(sample)
        if not isinstance(first, side.library.Tensor):
            raise NotSampled("the input is no tensor")
        target = first.clone()
        same = side.own(op, name)(target, *args, **kwargs) is target
        found: list[Any] = []
        if target.requires_grad and side.entry.supports_inplace_autograd:
            cotangent = side.like([target], np.random.default_rng(SEED))
            found = list(side.autograd.grad(target, inputs, cotangent, allow_unused=True))
        return [same, *snapshot([target, found], side.library)]

    return {label: _attempt(partial(run, name, op)) for label, name, op in in_place_forms(side.entry)}


def out(side: Side, sample: Any) -> Any:
    """What ``out=`` holds when it comes empty, with gaps in memory, of a wrong shape, of another dtype."""
    return {label: _attempt(partial(_stored, side, sample, change)) for label, change in TARGETS.items()}


def _stored(side: Side, sample: Any, change: Callable[[Any, Any], Any]) -> Any:
    expected, _ = side.call(sample, _as_it_is)
    targets = [change(side.library, t) for t in side.tensors(expected)]
    if not targets:
        raise NotSampled("no tensor comes out")
    brought = targets[0] if isinstance(expected, side.library.Tensor) else tuple(targets)
    with warnings.catch_warnings(record=True) as warned:
        warnings.simplefilter("always")
        returned, _ = side.call(sample, _as_it_is, out=brought)
    same = [a is b for a, b in zip(side.tensors(returned), targets)]
    known = side.entry.name not in UNDEFINED_VALUES
    values = snapshot(pointed(side, sample, settled(sample, brought)), side.library, known)
    own_dtype = all(a.dtype is b.dtype for a, b in zip(side.tensors(expected), targets))
    if own_dtype and known and _differs(values, snapshot(settled(sample, expected), side.library)):
        return ANYTHING
    return [same, values, any("resized" in str(each.message) for each in warned)]


def _as_it_is(tensor: Any) -> Any:
    return tensor


def _differs(stored: Any, returned: Any) -> bool:
    """Whether `out` took other values than the function returns: a random stream runs otherwise in memory with gaps,
    and some operators of PyTorch overlook the gaps, or leave an `out` unwritten that comes empty."""
    return difference(stored, [*returned] if isinstance(stored, list) else returned) is not None


TARGETS: dict[str, Callable[[Any, Any], Any]] = {
    "out empty": lambda torch, t: torch.empty(0, dtype=t.dtype),
    "out with gaps": lambda torch, t: torch.empty((*t.shape, 2), dtype=t.dtype)[..., 0],
    "out of a wrong shape": lambda torch, t: torch.empty((*t.shape, 2), dtype=t.dtype),
    "out of int64": lambda torch, t: torch.empty(t.shape, dtype=torch.int64),
    "out of complex128": lambda torch, t: torch.empty(t.shape, dtype=torch.complex128),
    "out that requires grad": lambda torch, t: torch.empty(t.shape, dtype=torch.float64, requires_grad=True),
}
FORMS = {
    "methods": Check(methods, lambda entry: bool(pure_forms(entry))),
    "in place": Check(in_place, lambda entry: bool(in_place_forms(entry)), widen=10.0),
    "out": Check(out, lambda entry: entry.supports_out),
}
