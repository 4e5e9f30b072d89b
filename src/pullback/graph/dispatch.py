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
from pullback.graph import forward_mode, node as nodes, slow, tensor_base, views, vjp_source as backward
from pullback.graph.flat import FLAT, grounded
from pullback.graph.formulas import Formula, written_out
from pullback.graph.modes import get_mode
from pullback.graph.operands import FLOATS, NUMBERS, number, promote, to_float
from pullback.graph.operator_node import OperatorNode, saved_properties, shape_properties
from pullback.graph.record import LIST, NUMBER, OPTIONAL, PARAMETER, TENSOR, Operator, Parameter
from pullback.graph.saved_hooks import Packed
from pullback.graph.vjp_source import guarded, kept_names, ufuncs_of, vjp_source

INDENT = "    "


def lazy_function(operator: Operator) -> Any:
    """The public function of `operator`: a stub that compiles its body into itself when it is first called."""
    forward = operator.forward
    namespace: dict[str, Any] = {
        "write": write,
        "set_site": slow.set_site,
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
    return set_site(self(*args, **kwargs))  # type: ignore[name-defined]  # noqa: F821


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
            "vjp": namespace["vjp"],
            "vjp_traced": grounded(namespace["vjp_traced"]) if operator.node_name in FLAT else namespace["vjp_traced"],
            "vjp_to": _vjp_to(operator),
            **shape_properties(() if _lists(operator) else operator.over),
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
    namespace |= {"operator": operator, "forward": operator.forward, "get_mode": get_mode, "ndarray": np.ndarray}
    namespace |= {"NUMBERS": NUMBERS, "FLOATS": FLOATS, "number": number, "promote": promote, "to_float": to_float}
    namespace |= {"new_tensor": tensor_base.new_tensor, "solid": tensor_base.solid}
    namespace |= {"sequence_number": nodes.next_sequence_number, "frame": sys._getframe, "note": note_version}
    namespace |= {"call_slowly": slow.call_slowly, "explain": slow.explain, "refresh": views.refresh}
    namespace |= {"attach_view": views.attach_view, "wrap_outputs": wrap_outputs, "list_edges": list_edges}
    if operator.over:
        namespace["MakeNode"] = node_class_of(operator)
    formula = _forward_formula(operator)
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


# ---------------------------------------------------------------------------------------------- the source


def signature_source(operator: Operator) -> str:
    """Parameter list of the dispatcher: that of the forward, and ``out``. Defaults are set on the function."""
    parts: list[str] = []
    for parameter in operator.parameters:
        if parameter.keyword_only and "*" not in parts:
            parts += [*former_names(operator), "*"]
        parts.append(parameter.name)
    if "*" not in parts:
        parts.append("*")
    return ", ".join([*parts, "out"])


def former_names(operator: Operator) -> list[str]:
    """Parameters that take the operands of a call in a former signature, which has more of them; see `formerly`."""
    return [f"former{nr}_" for nr in range(len(operator.former))]


def dispatcher_source(operator: Operator) -> str:
    """Source of the function that runs `operator` forward."""
    names = ", ".join(p.name for p in operator.parameters)
    tail = "," if len(operator.parameters) == 1 else ""
    slowly = f"return call_slowly(operator, ({names}{tail}), out)"
    rare = [f"        {slowly}"]
    if operator.former:
        operands = [p.name for p in operator.parameters if not p.keyword_only] + former_names(operator)
        rare.insert(0, f"        if former0_ is not None: return call_formerly(operator, ({', '.join(operands)}), out)")
    lines = [
        f"def {operator.forward.__name__}({signature_source(operator)}):",
        "    mode_ = get_mode()",
        f"    if mode_ > 1 or out is not {'former0_' if operator.former else 'None'}:",
        *rare,
        "    try:",
        *(2 * INDENT + line for line in _operand_lines(operator)),
        *(2 * INDENT + line for line in _forward_lines(operator)),
        "    except AttributeError as error_:",
        "        failed_ = error_",
        "    except Exception as error_:",
        f"        raise explain(operator, error_, ({names}{tail})) from None",
        "    else:",
        *(2 * INDENT + line for line in _result_lines(operator)),
        "    try:",
        f"        return call_slowly(operator, ({names}{tail}), out, failed_)",
        "    finally:",
        "        del failed_  # its traceback holds this frame",
    ]
    return "\n".join(lines)


def _forward_formula(operator: Operator) -> Formula | None:
    """The forward written out, parameters at their defaults; `None` where it is about more than arrays."""
    if operator.keeps or operator.outputs != 1 or operator.kind == "view":
        return None
    if any(p.kind not in (TENSOR, NUMBER, PARAMETER) for p in operator.parameters):
        return None
    defaults = operator.defaults()
    given = {p.name: defaults[p.name] for p in operator.parameters if p.kind == PARAMETER and p.name in defaults}
    return written_out(operator.forward, {p.name: f"a_{p.name}" for p in operator.inputs}, given)


def _forward_lines(operator: Operator) -> list[str]:
    """Run the forward: its formula while the parameters stand at their defaults, else a call."""
    results = ", ".join(["r_", *(f"keep_{name}" for name in operator.keeps)])
    call = f"{results} = forward({_forward_arguments(operator)})"
    formula = _forward_formula(operator)
    if formula is None or not formula.lines or not formula.lines[-1].startswith(f"{formula.value} = "):
        return _sized(operator, [call], None)
    lines = [*formula.lines[:-1], "r_" + formula.lines[-1].removeprefix(formula.value)]
    return guarded(operator, [p.name for p in operator.parameters], _sized(operator, lines, formula), call)


def _sized(operator: Operator, lines: list[str], formula: Formula | None) -> list[str]:
    """`lines`; large operands take the same in blocks, once there has been a large array."""
    return lines if backward.large is None else backward.large.forward_lines(operator, lines, formula)


def _default_names(operator: Operator) -> dict[str, Any]:
    return {f"default_{name}": value for name, value in operator.defaults().items()}


def on_tensors(ufunc: Any) -> Any:
    """`ufunc` for what is nearly always a tensor: straight to its ``__array_ufunc__``, not by way of NumPy."""

    def call(*operands: Any) -> Any:
        if isinstance(operands[0], tensor_base.TensorBase):
            return operands[0].__array_ufunc__(ufunc, "__call__", *operands)  # type: ignore[attr-defined]
        return ufunc(*operands)

    return call


def _forward_arguments(operator: Operator) -> str:
    arguments = []
    for p in operator.parameters:
        value = p.name if p.kind == PARAMETER else f"a_{p.name}"
        arguments.append(f"{p.name}={value}" if p.keyword_only else value)
    return ", ".join(arguments)


def _operand_lines(operator: Operator) -> list[str]:
    """Take the arrays out of the operands: tensors first, then the numbers, which take their dtype beside them."""
    inputs = operator.inputs
    numbers = [p for p in inputs if p.kind == NUMBER]
    lines: list[str] = []
    leader = next((p.name for p in inputs if p.kind == TENSOR and p.name in operator.promotes), None)
    if leader is None and numbers:
        leader = next((p.name for p in inputs if p.kind == TENSOR), None) if len(numbers) == 1 else None
    like = f"a_{leader}" if leader else "like_"
    if numbers and leader is None:
        lines.append("like_ = None")
    for p in inputs:
        if p.kind != NUMBER:
            lines += _tensor_lines(p, p.name in operator.over)
    if operator.kind == "view":  # a view needs memory to share
        name = inputs[0].name
        lines.append(f"if a_{name}.__class__ is not ndarray: a_{name} = solid({name})")
    for p in numbers:
        if leader is None:
            lines.append(f"if {p.name}.__class__ not in NUMBERS: like_ = {p.name}._array")
    for p in numbers:
        lines += [
            f"if {p.name}.__class__ in NUMBERS:",
            f"    a_{p.name} = k_{p.name} = number({p.name}, {like}); c_{p.name} = None",
            *([f"    r_{p.name} = False"] if p.name in operator.over else []),
            "else:",
            *(INDENT + line for line in _tensor_lines(p, p.name in operator.over)),
            f"    c_{p.name} = {p.name}._counter",
        ]
    return lines + _promotion_lines(operator)


def _tensor_lines(p: Parameter, differentiable: bool) -> list[str]:
    name = p.name
    if p.kind == LIST:
        lines = [f"a_{name} = [t_._array for t_ in {name}]", f"k_{name} = list({name})"]
        if differentiable:
            lines += [
                f"for t_ in k_{name}:",
                "    if t_._view is not None: refresh(t_)",
                f"r_{name} = any([t_._requires_grad for t_ in k_{name}])",
            ]
        return lines
    lines = [f"a_{name} = {name}._array", f"k_{name} = {name}"]
    if differentiable:
        lines += [f"if {name}._view is not None: refresh({name})", f"r_{name} = {name}._requires_grad"]
    if p.kind == OPTIONAL:
        missing = f"a_{name} = k_{name} = None" + (f"; r_{name} = False" if differentiable else "")
        return [f"if {name} is None: {missing}", "else:", *(INDENT + line for line in lines)]
    return lines


def _promotion_lines(operator: Operator) -> list[str]:
    kinds = {p.name: p.kind for p in operator.inputs}
    group = [name for name in operator.promotes if kinds[name] in (TENSOR, NUMBER)]
    lines = []
    if len(group) > 1:
        arrays = ", ".join(f"a_{name}" for name in group)
        dtypes = " is ".join(f"a_{name}.dtype" for name in group)
        lines.append(f"if not ({dtypes}): {arrays} = promote({arrays})")
    if operator.floats and group:
        lines.append(f"if a_{group[0]}.dtype not in FLOATS:")
        lines += [f"    a_{name} = to_float(a_{name})" for name in group]
    return lines


def _result_lines(operator: Operator) -> list[str]:
    if operator.outputs != 1:
        return _outputs_lines(operator)
    lines = [
        "t_ = new_tensor()",
        "t_._array = r_",
        "t_._grad = t_._counter = t_._view = None",
        "t_._output_nr = 0",
    ]
    view = []
    if operator.kind == "view":
        source = operator.parameters[0].name
        rest = ", ".join(p.name for p in operator.parameters[1:])
        view = [f"attach_view(t_, {source}, operator, ({rest}{',' if rest else ''}), mode_)"]
    if operator.over:
        needed = " or ".join(f"r_{name}" for name in operator.over)
        lines += [
            f"if mode_ == 0 and ({needed}):" if len(operator.over) > 1 else f"if mode_ == 0 and {needed}:",
            *(INDENT + line for line in _node_lines(operator, "r_.shape", "r_.dtype")),
            "    t_._grad_fn = node_",
            "    t_._requires_grad = True",
            "else:",
            "    t_._grad_fn = None",
            "    t_._requires_grad = False",
        ]
    else:
        lines += ["t_._grad_fn = None", "t_._requires_grad = False"]
    return [*lines, *view, "return t_"]


def _outputs_lines(operator: Operator) -> list[str]:
    view = ""
    if operator.kind == "view":
        source = operator.parameters[0].name
        rest = ", ".join(p.name for p in operator.parameters[1:])
        view = f", {source}, operator, ({rest}{',' if rest else ''}), mode_"
    if not operator.over:
        return [f"return wrap_outputs(r_, None{view})"]
    needed = " or ".join(f"r_{name}" for name in operator.over)
    return [
        "r_ = tuple(r_)",
        "node_ = None",
        f"if mode_ == 0 and ({needed}):",
        *(
            INDENT + line
            for line in _node_lines(operator, "[x_.shape for x_ in r_]", "[x_.dtype for x_ in r_]", "len(r_)")
        ),
        f"return wrap_outputs(r_, node_{view})",
    ]


def _node_lines(operator: Operator, shape: str, dtype: str, count: str = "") -> list[str]:
    """Make the node: number, site, edges, and what the active rules asked to keep."""
    lines = [
        "node_ = MakeNode()",
        "node_._seq = sequence_number()",
        f"node_._shape = {shape}",
        f"node_._dtype = {dtype}",
        f"caller_ = frame({2 if operator.forward.__name__.startswith('_') else 1})",  # private: behind a public function
        "node_._code = caller_.f_code",
        "node_._offset = caller_.f_lasti",
    ]
    if count:
        lines.append(f"node_._n_outputs = {count}")
        lines.append("if node_._n_outputs == 1: node_._shape, node_._dtype = node_._shape[0], node_._dtype[0]")
    kinds = {p.name: p.kind for p in operator.inputs}
    edges = []
    for name in operator.over:
        if kinds[name] == LIST:
            lines += [f"e_{name} = list_edges({name})", f"node_.n_{name} = len(e_{name})"]
            edges.append(f"*e_{name}")
        elif len(operator.over) == 1 and kinds[name] != OPTIONAL:
            edges.append(_edge_source(name))
        else:
            lines.append(f"e_{name} = {_edge_source(name)} if r_{name} else None")
            edges.append(f"e_{name}")
    lines.append(f"node_._edges = ({', '.join(edges)},)")
    return lines + _keep_lines(operator)


def _edge_source(name: str) -> str:
    return f"({name}._grad_fn or {name} if {name}._output_nr == 0 else ({name}._grad_fn, {name}._output_nr))"


def _keep_lines(operator: Operator) -> list[str]:
    """Keep what the rules name, each only if an input that needs a gradient has a rule that names it."""
    wanted: dict[str, list[str]] = {}
    for name in operator.over:
        for kept in kept_names(operator, name):
            wanted.setdefault(kept, []).append(name)
    lines: list[str] = []
    by_condition: dict[str, list[str]] = {}
    for kept, names in wanted.items():
        condition = "" if len(names) == len(operator.over) else " or ".join(f"r_{name}" for name in names)
        by_condition.setdefault(condition, []).extend(_keep_one(operator, kept))
    for condition, stores in by_condition.items():
        lines += stores if not condition else [f"if {condition}:", *(INDENT + line for line in stores)]
    return lines


def _keep_one(operator: Operator, kept: str) -> list[str]:
    kinds = {p.name: p.kind for p in operator.parameters}
    if kept in ("result", "results"):
        return [f"node_.s_{kept} = r_"]
    if kept in operator.keeps:
        return [f"node_.s_{kept} = keep_{kept}"]
    if kept not in kinds:
        name, _, fact = kept.rpartition("_")
        if kinds[name] == LIST:
            return [f"node_.s_{kept} = [x_.{fact} for x_ in a_{name}]"]
        if kinds[name] == OPTIONAL:
            return [f"node_.s_{kept} = None if k_{name} is None else a_{name}.{fact}"]
        original = f"k_{name}._array" if fact == "dtype" and kinds[name] == TENSOR else f"a_{name}"
        return [f"node_.s_{kept} = {original}.{fact}"]
    if kinds[kept] == PARAMETER:
        return [f"node_.s_{kept} = {kept}"]
    lines = [f"node_.s_{kept} = k_{kept}"]
    if kinds[kept] == LIST:
        return [
            *lines,
            f"for i_, x_ in enumerate(k_{kept}):",
            f"    if x_._counter is not None: note(node_, ('{kept}', i_), x_)",
        ]
    if kinds[kept] == NUMBER:  # a number has no counter, see `_operand_lines`
        return [*lines, f"if c_{kept} is not None: note(node_, '{kept}', k_{kept})"]
    guard = {OPTIONAL: f"k_{kept} is not None and "}
    return [*lines, f"if {guard.get(kinds[kept], '')}k_{kept}._counter is not None: note(node_, '{kept}', k_{kept})"]


# ------------------------------------------------------------------------------------ called from the source


def note_version(node: Any, name: Any, tensor: Any) -> None:
    """Remember at which version a tensor that others can write to was saved."""
    if tensor._inference:
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in "
            "computation tracked by autograd. To work around this, you can make a clone to get a normal tensor and use "
            "it in autograd, or use `torch.no_grad()` instead of `torch.inference_mode()`."
        )
    if node._versions is None:
        node._versions = {}
    node._versions[name] = tensor._counter.value


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
        if node is not None and array.dtype in FLOATS:
            tensor._requires_grad = True
            tensor._grad_fn = node
            tensor._output_nr = nr
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


def _release_check(value: Any) -> None:
    if value is nodes.RELEASED:
        value._array  # noqa: B018  raises
