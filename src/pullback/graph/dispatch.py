"""The function behind each operator, written for it as source and compiled at its first call.

A generic dispatcher (bind arguments, loop over inputs, look up rules) costs several times the NumPy call it wraps.
So each operator gets a function that knows its arity, which inputs can need a gradient and what its rules keep,
the way `dataclasses` writes ``__init__``. Print one with ``print(source_of(torch.mul))``; a debugger steps through it.

The three functions written for an operator, in the order of a tensor's life:

``f(input, other, …, out=None)``  takes the arrays out of the tensors, promotes, runs the forward, wraps the result
                                  and, if an input requires grad, makes the node;
``vjp(node, grad, keep)``         hands what was kept to the rules, on raw arrays;
``vjp_traced(node, grad, keep)``  the same on tensors, for ``create_graph=True``.
"""

from __future__ import annotations

import linecache
import re
import sys
from types import FunctionType
from typing import Any

import numpy as np

from pullback.arrays.vocabulary import conj
from pullback.graph import forward_mode, node as nodes, provenance, slow, tensor_base, views, vjp_source as backward
from pullback.graph.flat import FLAT, grounded
from pullback.graph.forward_source import dispatcher_source, forward_formula
from pullback.graph.levels import is_transformed
from pullback.graph.modes import get_mode
from pullback.graph.operands import FLOATS, NUMBERS, number, promote, to_float
from pullback.graph.operator_node import OperatorNode, saved_properties, shape_properties
from pullback.graph.record import LIST, Operator, Parameter
from pullback.graph.saved_hooks import Packed
from pullback.graph.versions import VersionCounter, saved_version
from pullback.graph.vjp_source import kept_names, ufuncs_of, vjp_source


def lazy_function(operator: Operator) -> Any:
    """The public function of `operator`: a stub that compiles its body into itself when it is first called."""
    forward = operator.forward
    namespace: dict[str, Any] = {
        "write": write,
        "note_caller": _note_caller,
        "__name__": forward.__module__,
        "__builtins__": __builtins__,
    }
    stub = FunctionType(_stub.__code__, namespace, forward.__name__)
    namespace["self"] = stub
    stub.__doc__ = forward.__doc__
    stub.__module__ = forward.__module__
    stub.__qualname__ = forward.__qualname__
    stub.__wrapped__ = forward  # type: ignore[attr-defined]
    stub.operator = operator  # type: ignore[attr-defined]
    return stub


def _stub(*args: Any, **kwargs: Any) -> Any:
    write(self)  # type: ignore[name-defined]  # noqa: F821  what it names stands in the stub's own namespace
    note_caller(self)  # type: ignore[name-defined]  # noqa: F821
    return self(*args, **kwargs)  # type: ignore[name-defined]  # noqa: F821


def _note_caller(function: Any) -> None:
    """Let `function` know the code that called it first: most calls come from there, and need not be asked for more."""
    function.__globals__["outside_"] = provenance.caller_of(sys._getframe(1)).f_code


def source_of(function: Any) -> str:
    """The source written for an operator."""
    operator = function.operator
    return dispatcher_source(operator) + "\n\n" + vjp_source(operator)


def node_class_of(operator: Operator) -> Any:
    """The Node class of `operator`, made with its compiled rules when first needed."""
    if operator.node_class is None:
        kept = kept_names(operator)
        namespace = rules_of(operator)
        attributes = {
            "__slots__": tuple(f"s_{name}" for name in kept) + tuple(f"n_{p.name}" for p in _lists(operator)),
            "__module__": operator.forward.__module__,
            "__doc__": f"Backward of `{operator.name}`.",
            "saved_names": kept,
            "operator": operator,
            "_uses": operator.uses,
            "vjp": namespace["vjp"],
            "vjp_traced": grounded(namespace["vjp_traced"]) if operator.node_name in FLAT else namespace["vjp_traced"],
            "vjp_to": _vjp_to(operator),
            **shape_properties(operator.node_name, () if _lists(operator) else operator.over),
            **saved_properties(operator.node_name, kept, operator.forward.__annotations__),
        }
        operator.node_class = type(operator.node_name, (OperatorNode,), attributes)
    return operator.node_class


def _vjp_to(operator: Operator) -> Any:
    """`Node.vjp_to`, compiled when a pass first asks for some of the inputs only."""
    rules: list[Any] = []

    def vjp_to(node: Any, edges: Any, grad: Any, keep: bool, traced: bool) -> Any:
        if not rules:
            found = rules_of(operator, some=True)
            rules.extend([found["vjp"], found["vjp_traced"]])
        return rules[traced](node, edges, grad, keep)

    return vjp_to


def rules_of(operator: Operator, some: bool = False) -> dict[str, Any]:
    """The compiled ``vjp`` and ``vjp_traced``, among what they name; for `some` edges these are told after the node."""
    namespace: dict[str, Any] = {"Held": tensor_base.Held, "RELEASED": nodes.RELEASED}
    namespace |= {"check_saved": nodes.check_saved, "check_result": nodes.check_result}
    namespace |= {"at_node": forward_mode.saved_result, "release_check": _release_check, "Packed": Packed}
    namespace |= {"conj": conj, "materialize": materialize, "outputs_at_node": outputs_at_node}
    namespace |= {f"rule_{name}": operator.rule_over(name) for name in operator.over}
    namespace |= ufuncs_of(operator, traced=False) | _default_names(operator)
    namespace |= {name: on_tensors(ufunc) for name, ufunc in ufuncs_of(operator, traced=True).items()}
    if backward.large is not None:
        namespace |= backward.large.NAMESPACE
    source, filename = vjp_source(operator), f"<backward of {operator.declared}>"
    if some:
        source = re.sub(r"\b(vjp(_traced)?)\(node, ", r"\1(node, edges, ", source).replace("node._edges", "edges")
        filename = filename[:-1] + " to some inputs>"
    _compile(source, filename, namespace)
    return namespace


def _lists(operator: Operator) -> list[Parameter]:
    return [p for p in operator.inputs if p.kind == LIST and p.name in operator.over]


def write(function: Any) -> None:
    """Compile the dispatcher of `function`'s operator into `function` itself."""
    operator: Operator = function.operator
    namespace = function.__globals__
    namespace.setdefault("outside_", None)
    namespace |= {"operator": operator, "forward": operator.forward, "get_mode": get_mode, "ndarray": np.ndarray}
    namespace |= {"NUMBERS": NUMBERS, "FLOATS": FLOATS, "number": number, "promote": promote, "to_float": to_float}
    namespace |= {"new_tensor": tensor_base.new_tensor, "solid": tensor_base.solid}
    namespace |= {"sequence_number": nodes.next_sequence_number, "frame": sys._getframe, "note": note_version}
    namespace |= {
        "call_slowly": slow.call_slowly,
        "recover": slow.recover,
        "Tensor": tensor_base.TensorBase.result_class,
        "refresh": views.refresh,
    }
    namespace |= {
        "attach_view": views.attach_view,
        "inside_": provenance.INSIDE,
        "caller_of": provenance.caller_of,
        "wrap_outputs": wrap_outputs,
        "list_edges": list_edges,
    }
    if operator.over:
        namespace["MakeNode"] = node_class_of(operator)
    formula = forward_formula(operator)
    if formula is not None:
        namespace |= formula.ufuncs
        namespace |= _default_names(operator)
    if backward.large is not None:
        namespace |= backward.large.NAMESPACE | {"forward": operator.large or operator.forward}
    made: dict[str, Any] = {}
    _compile(dispatcher_source(operator), f"<operator {operator.declared}>", made)
    written = made[operator.forward.__name__]
    function.__defaults__ = (*(operator.forward.__defaults__ or ()), *[None] * len(operator.former)) or None
    keywords = dict(operator.forward.__kwdefaults__ or {})
    function.__kwdefaults__ = keywords | {"out": None}
    function.__code__ = written.__code__
    if function not in operator.written:
        operator.written.append(function)


def _compile(source: str, filename: str, namespace: dict[str, Any]) -> None:
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)
    exec(compile(source, filename, "exec"), namespace)


def _default_names(operator: Operator) -> dict[str, Any]:
    return {f"default_{name}": value for name, value in operator.defaults().items()}


# ------------------------------------------------------------------------------------ called from the source


def note_version(node: Any, name: Any, tensor: Any) -> None:
    """Remember at which version a tensor that others can write to was saved."""
    if tensor._inference and is_transformed():
        return
    at = saved_version(tensor)
    if node._versions is None:
        node._versions = {}
    node._versions[name] = at


def list_edges(tensors: Any) -> list[Any]:
    """The edges of a list of inputs."""
    return [nodes.edge_of(t) for t in tensors]


def wrap_outputs(
    arrays: Any, node: Any, source: Any = None, operator: Any = None, arguments: Any = (), mode: int = 0
) -> Any:
    """Wrap the results of an operator with several outputs; those of integers and booleans need no gradient."""
    results = []
    for nr, array in enumerate(arrays):
        tensor = tensor_base.wrap(array)
        if node is not None:
            if array.dtype in FLOATS:
                tensor._requires_grad = True
                tensor._maker = node
                tensor._output_nr = nr
            elif nr in node._uses:
                tensor._counter = VersionCounter()
                node.watch_result(nr, tensor._counter, 0)
        if source is not None:
            views.attach_view(tensor, source, operator, arguments, mode, nr)
        results.append(tensor)
    return tuple(results)


def materialize(node: Any, grads: Any) -> list[Any]:
    """The cotangents of several outputs, with zeros for the floating ones that were not used."""
    if node._n_outputs == 1:
        return [grads]
    return [
        np.zeros(node._shape[nr], node._dtype[nr]) if grad is None and node._dtype[nr] in FLOATS else grad
        for nr, grad in enumerate(grads)
    ]


def outputs_at_node(node: Any, arrays: Any) -> list[Any]:
    """The saved results of a node as tensors that stand at its outputs."""
    if arrays.__class__ is list:
        return [packed.tensor(node) for packed in arrays]
    return [
        forward_mode.saved_result(array, node, nr) if array.dtype in FLOATS else tensor_base.wrap(array)
        for nr, array in enumerate(arrays)
    ]


def on_tensors(ufunc: Any) -> Any:
    """`ufunc` for what is nearly always a tensor: straight to its ``__array_ufunc__``, not by way of NumPy."""

    def call(*operands: Any) -> Any:
        if isinstance(operands[0], tensor_base.TensorBase):
            return operands[0].__array_ufunc__(ufunc, "__call__", *operands)  # type: ignore[attr-defined]
        return ufunc(*operands)

    return call


def _release_check(value: Any) -> None:
    if value is nodes.RELEASED:
        value._array  # noqa: B018  raises
