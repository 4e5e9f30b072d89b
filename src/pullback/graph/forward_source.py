"""The source of an operator's dispatcher: what `dispatch` compiles, line by line in the order in which it runs.

Names that end in an underscore are the dispatcher's own; for an input ``x``, ``a_x`` is its array, ``k_x`` what the rules
keep of it, ``r_x`` whether it requires grad, ``c_x`` a number's version counter and ``e_x`` its edge.
"""

from __future__ import annotations

from pullback.graph import vjp_source as backward
from pullback.graph.formulas import Formula, written_out
from pullback.graph.record import LIST, NUMBER, OPTIONAL, PARAMETER, TENSOR, Operator, Parameter
from pullback.graph.vjp_source import guarded, kept_names

INDENT = "    "


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
        f"        return recover(operator, error_, ({names}{tail}))",
        "    else:",
        *(2 * INDENT + line for line in _result_lines(operator)),
        "    try:",
        f"        return call_slowly(operator, ({names}{tail}), out, failed_)",
        "    finally:",
        "        del failed_  # its traceback holds this frame",
    ]
    return "\n".join(lines)


def forward_formula(operator: Operator) -> Formula | None:
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
    formula = forward_formula(operator)
    if formula is None or not formula.lines or not formula.lines[-1].startswith(f"{formula.value} = "):
        return _sized(operator, [call], None)
    lines = [*formula.lines[:-1], "r_" + formula.lines[-1].removeprefix(formula.value)]
    return guarded(operator, [p.name for p in operator.parameters], _sized(operator, lines, formula), call)


def _sized(operator: Operator, lines: list[str], formula: Formula | None) -> list[str]:
    """`lines`; large operands take the same in blocks, once there has been a large array."""
    return lines if backward.large is None else backward.large.forward_lines(operator, lines, formula)


def _forward_arguments(operator: Operator) -> str:
    arguments = []
    for p in operator.parameters:
        value = p.name if p.kind == PARAMETER else f"a_{p.name}"
        arguments.append(f"{p.name}={value}" if p.keyword_only else value)
    return ", ".join(arguments)


def _number_lines(operator: Operator) -> list[str]:
    """What is declared a number may be a tensor without axes; what speaks NumPy's protocols would not fail by itself."""
    declared = operator.forward.__annotations__
    names = [p.name for p in operator.parameters if p.kind == PARAMETER and declared.get(p.name) in ("float", "Count")]
    if not names:
        return []
    everything = ", ".join(p.name for p in operator.parameters)
    asked = " or ".join(f"{name}.__class__ is Tensor" for name in names)
    return [f"if {asked}: return recover(operator, None, ({everything},))"]


def _operand_lines(operator: Operator) -> list[str]:
    """Take the arrays out of the operands: tensors first, then the numbers, which take their dtype beside them."""
    inputs = operator.inputs
    numbers = [p for p in inputs if p.kind == NUMBER]
    lines = _number_lines(operator)
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
        fractions = " or ".join(f"a_{name}.dtype in FLOATS" for name in group)  # whole ones become floats as they are
        condition = f"not ({dtypes}) and ({fractions})" if operator.floats else f"not ({dtypes})"
        lines.append(f"if {condition}: {arrays} = promote({arrays})")
    if operator.floats and group:
        lines.append(f"if a_{group[0]}.dtype not in FLOATS:")
        for name in group:
            number = f"number({name}, None) if {name}.__class__ in NUMBERS else "  # beside uint8, -1 is 255
            lines.append(f"    a_{name} = to_float({number if kinds[name] == NUMBER else ''}a_{name})")
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
            "    t_._maker = node_",
            "    t_._requires_grad = True",
            "else:",
            "    t_._maker = None",
            "    t_._requires_grad = False",
        ]
    else:
        lines += ["t_._maker = None", "t_._requires_grad = False"]
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
        "code_ = caller_.f_code",
        "if code_ is not outside_ and inside_[code_.co_filename]: caller_ = caller_of(caller_); code_ = caller_.f_code",
        "node_._code = code_",
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
    return f"({name}._maker or {name} if {name}._output_nr == 0 else ({name}._maker, {name}._output_nr))"


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
