"""What the tracer notes, what a program may override of the code that is written, and what goes wrong."""

from __future__ import annotations

import copy
import operator
import pickle
from typing import Any

import pytest

import pullback as torch
from pullback import fx
from pullback.fx.experimental.rewriter import RewritingTracer
from pullback.fx.traceback import annotate
from pullback.utils import _pytree as pytree


def _code(function: Any, **settings: Any) -> list[str]:
    return fx.symbolic_trace(function, **settings).code.strip().splitlines()


class _Variadic(torch.nn.Module):
    def forward(self, A, b=4, *args, c=5, **kwargs):  # type: ignore[no-untyped-def]
        return A + 1 + args[0] + kwargs["3"]


def test_variable_arguments_are_proxies() -> None:
    assert _code(_Variadic()) == [
        "def forward(self, A, b = 4, c = 5, *args, **kwargs):",
        "    a = A",
        "    _args = args",
        "    _kwargs = kwargs",
        "    add = a + 1;  a = None",
        "    getitem = _args[0];  _args = None",
        "    add_1 = add + getitem;  add = getitem = None",
        "    getitem_1 = _kwargs['3'];  _kwargs = None",
        "    add_2 = add_1 + getitem_1;  add_1 = getitem_1 = None",
        "    return add_2",
    ]
    with pytest.raises(RuntimeError, match=r"cannot be part of \*args expansion"):
        fx.symbolic_trace(type("NoSelf", (torch.nn.Module,), {"forward": lambda *args: args[1]})())


def test_nested_arguments_are_taken_apart() -> None:
    traced = fx.symbolic_trace(lambda x, y: {"z": [x[0], y]}, concrete_args={"x": (fx.PH, fx.PH), "y": fx.PH})
    assert traced.code.strip().splitlines() == [
        "def forward(self, x, y):",
        "    x_1, x_2, y_1, = fx_pytree.tree_flatten_spec([x, y], self._in_spec)",
        "    return pytree.tree_unflatten([x_1, y_1], self._out_spec)",
    ]
    assert traced((1, 2), 3) == {"z": [1, 3]} == pickle.loads(pickle.dumps(traced))((1, 2), 3)
    assert traced.graph.process_inputs((1, 2), 3) == [1, 2, 3]
    assert traced.graph.process_outputs([4, 5]) == {"z": [4, 5]} and fx.Interpreter(traced).run((1, 2), 3) == {
        "z": [1, 3]
    }


def test_types_are_named_as_they_are_written() -> None:
    def function(x, y=None):  # type: ignore[no-untyped-def]
        return x

    import typing

    function.__annotations__ = {
        "x": typing.List[str],  # noqa: UP006
        "y": typing.Optional[torch.Tensor],  # noqa: UP045
        "return": list[str],
    }
    head = "def forward(self, x : typing_List[str], y : typing_Union[torch.Tensor,NoneType] = None) -> list[str]:"
    assert _code(function)[0] == head


def test_writes_are_statements() -> None:
    graph = fx.Graph()
    a, b = graph.placeholder("a"), graph.placeholder("b")
    product = graph.call_function(operator.imul, (a, b))
    graph.call_function(operator.setitem, (product, 0, b))
    graph.output(a)
    module = fx.GraphModule({}, graph)
    assert module.code.strip().splitlines()[1:] == [
        "    a *= b;  imul = a",
        "    imul[0] = b;  setitem = imul;  imul = b = setitem = None",
        "    return a",
    ]
    assert module(torch.ones(2), torch.tensor(3.0)).tolist() == [3.0, 3.0]


def test_a_program_writes_the_head_itself() -> None:
    class Listed(fx.CodeGen):
        def gen_fn_def(self, free_vars: list[str], maybe_return_annotation: str) -> str:
            return f"def forward(self, given: List){maybe_return_annotation}:\n    {', '.join(free_vars)} = given"

        def additional_globals(self) -> list[tuple[str, Any]]:
            return [("List", list)]

        def process_inputs(self, *inputs: Any) -> Any:
            return inputs[0]

    traced = fx.symbolic_trace(lambda a, b: a + b)
    traced.graph.set_codegen(Listed())
    traced.recompile()
    assert traced([1, 2]) == fx.Interpreter(traced).run([1, 2]) == fx.Transformer(traced).transform()([1, 2]) == 3
    with traced.graph.on_generate_code(lambda before: lambda lines: ["given = [5, *given[1:]]\n", *lines]):
        assert "given = [5" in traced.graph.python_code("self").src
    assert "given = [5" not in traced.graph.python_code("self").src and traced._lineno_map[1] == 2


class _Twice(torch.nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.mySub = torch.nn.Sequential(torch.nn.ReLU())

    def forward(self, x: Any) -> Any:
        return self.mySub(self.mySub(x))

    def other(self, x: Any) -> Any:
        return -x


def test_nodes_know_their_modules_and_their_origin() -> None:
    tracer = fx.Tracer()
    tracer.record_stack_traces = True
    first, second = (n for n in tracer.trace(_Twice()).nodes if n.op == "call_module")
    assert (first.name, list(first.meta["nn_module_stack"])) == ("my_sub_0", ["mySub", "mySub.0"])
    assert list(second.meta["nn_module_stack"]) == ["mySub@1", "mySub.0@1"]
    assert "in forward" in first.stack_trace and first < second and not first >= second
    assert tracer.node_name_to_scope["my_sub_0"] == ("mySub.0", torch.nn.ReLU)
    tracer.traced_func_name = "other"
    assert [n.name for n in copy.deepcopy(tracer).trace(_Twice()).nodes] == ["x", "neg", "output"]
    tracer.traced_func_name = "none"
    with pytest.raises(AssertionError, match="doesn't exist in _Twice"):
        tracer.trace(_Twice())


def test_notes_are_handed_to_new_nodes() -> None:
    with annotate({"part": 1}):
        traced = fx.symbolic_trace(lambda x: x + 1)
    assert [n.meta.get("custom") for n in traced.graph.nodes] == [{"part": 1}] * 3
    again = fx.Transformer(traced).transform()
    assert [n.meta.get("custom") for n in again.graph.nodes][1] == {"part": 1}


def test_operators_of_aten_stay_what_they_are() -> None:
    aten = torch.ops.aten
    traced = fx.symbolic_trace(lambda a: aten.cat([aten.add.Tensor(a, 1), aten.sigmoid(a)]))
    assert "    add_tensor = torch.ops.aten.add.Tensor(a, 1)" in traced.code.splitlines()
    nodes = list(traced.graph.nodes)
    assert nodes[1].target is aten.add.Tensor and nodes[3].target is aten.cat
    assert pickle.loads(pickle.dumps(traced))(torch.zeros(1)).tolist() == [1.0, 0.5]


class _Made(metaclass=fx.ProxyableClassMeta):
    def __init__(self, value: Any) -> None:
        self.value = value


def test_construction_is_a_call_where_proxies_are_passed() -> None:
    traced = fx.symbolic_trace(lambda x: _Made(x + 1))
    assert [n.target for n in traced.graph.nodes][2] is _Made and traced(2).value == 3
    kept = fx.symbolic_trace(lambda x: torch._assert(x, _Made(1)))
    assert any(n.op == "get_attr" and n.target == "__Made_constant_0" for n in kept.graph.nodes)


class _Checks(torch.nn.Module):
    def forward(self, x: Any, y: int) -> Any:
        assert y == 1, "y is one"
        return x


def test_assertions_are_rewritten() -> None:
    tracer = RewritingTracer()
    graph = tracer.trace(_Checks())
    traced = fx.GraphModule(tracer.root, graph)
    assert traced(torch.ones(1), 1).item() == 1
    with pytest.raises(AssertionError, match="y is one"):
        traced(torch.ones(1), 2)


@pytest.mark.parametrize("call", [lambda x: torch.sigmoid(x, out=x), lambda x: torch.relu_(x)])
def test_writing_operators_are_refused_where_asked(call: Any) -> None:
    class Pure(fx.Tracer):
        check_mutable_operations = True

    with pytest.raises(RuntimeError, match="Tried to trace mutable operation aten::"):
        Pure().trace(call)


def test_the_line_that_went_wrong_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    traced = fx.symbolic_trace(lambda x: torch.dot(x, x))
    with pytest.raises(TypeError, match="must be Tensor, not int"):
        traced(5)
    told = capsys.readouterr().err
    assert "Call using an FX-traced Module, line 5 of the traced Module's generated forward function:" in told
    assert "dot = torch.dot(x, x);  x = None\n~~~" in told


def test_containers_that_cannot_change_are_trees() -> None:
    kept = fx.immutable_collections.immutable_list([3, fx.immutable_collections.immutable_dict(a=4)])
    leaves, spec = pytree.tree_flatten(kept)
    assert leaves == [3, 4] and type(pytree.tree_unflatten(leaves, spec)) is type(kept)
    graph = fx.Graph()
    x = fx.Proxy(graph.placeholder("x"))
    with pytest.raises(
        RuntimeError, match="Keys for dictionaries used as an argument cannot contain a Node. Got key: x"
    ):
        x.tracer.create_arg({x: 1})
