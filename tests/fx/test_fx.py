"""Tracing, graphs, and the modules that run them: as PyTorch's, down to the code they write."""

from __future__ import annotations

import copy
import importlib
import operator
import pickle
from typing import Any

import pytest

import pullback


def network(torch: Any) -> Any:
    class Block(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inner = torch.nn.Linear(3, 3)
            self.scale = torch.nn.Parameter(torch.tensor(2.0))

        def forward(self, x):  # type: ignore[no-untyped-def]
            return self.inner(x) * self.scale

    class Network(torch.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.block = Block()
            self.layers = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.ReLU())
            self.register_buffer("shift", torch.arange(4.0))

        def forward(self, x, factor=2.0, *, more=None):  # type: ignore[no-untyped-def]
            first, second = self.block(x).chunk(2)
            y = torch.cat([first, -second], dim=0)
            z = self.layers(y).clamp(min=0.1) + self.shift
            w = 1 / (z @ z.t())[:, 1:] ** 2
            return {"z": z * factor, "w": (w.mean(), x.shape[0], more)}

    torch.manual_seed(0)
    return Network()


FUNCTIONS = [
    lambda torch: lambda x: torch.relu(x) + 1,
    lambda torch: lambda x, y: torch.where(x > 0, x, float("inf")).sum(dim=-1, keepdim=True) * y,
    lambda torch: lambda x: torch.softmax(x.reshape(-1, 2), dim=1)[0, ..., None],
    lambda torch: lambda x: (x << 1 | 3, ~x, x % 2 == 0, abs(x)),
    lambda torch: lambda x, *rest: x.to(torch.float64) - 2**x,
    lambda torch: lambda x: (x.T.contiguous().view(-1), x.dtype, [x, {"a": slice(x, None)}]),
]


@pytest.mark.parametrize("n", range(len(FUNCTIONS)))
def test_code_and_text_of_functions_are_pytorchs(n: int) -> None:
    torch = pytest.importorskip("torch")
    importlib.import_module("torch.fx")
    ours, theirs = (each.fx.symbolic_trace(FUNCTIONS[n](each)) for each in (pullback, torch))
    assert ours.code == theirs.code and str(ours.graph) == str(theirs.graph)


def test_code_and_nodes_of_modules_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = (each.fx.symbolic_trace(network(each)) for each in (pullback, torch))
    assert ours.code == theirs.code and str(ours.graph) == str(theirs.graph)
    facts = [[(n.op, n.name, str(n.args), [*map(str, n.users)]) for n in each.graph.nodes] for each in (ours, theirs)]
    assert facts[0] == facts[1]
    assert list(ours.state_dict()) == list(theirs.state_dict())


def test_a_traced_module_computes_the_same_with_gradients() -> None:
    model = network(pullback)
    traced, x = pullback.fx.symbolic_trace(model), pullback.linspace(-1, 1, 12).reshape(4, 3)
    for run in (
        traced,
        pullback.fx.Interpreter(traced).run,
        copy.deepcopy(traced),
        pullback.fx.Transformer(traced).transform(),
    ):
        model.zero_grad()
        result = run(x)
        assert pullback.equal(result["z"], model(x)["z"]) and result["w"][1:] == (4, None)
        result["z"].sum().backward()
        if run is traced:
            assert model.block.scale.grad is not None and traced.block.scale is model.block.scale


def test_a_graph_is_written_by_hand_and_changed() -> None:
    graph = pullback.fx.Graph()
    x = graph.placeholder("x")
    total = graph.call_function(operator.add, (x, 1))
    unused = graph.call_method("cos", (x,))
    graph.output(total)
    graph.lint()
    assert graph.eliminate_dead_code() and unused not in list(graph.nodes) and len(graph.nodes) == 3
    with graph.inserting_after(total):
        root = graph.call_function(pullback.sqrt, (total,))
    total.replace_all_uses_with(root, delete_user_cb=lambda user: user is not root)
    total.target = operator.mul
    total.update_arg(1, 8)
    module = pullback.fx.GraphModule({}, graph)
    assert module(pullback.tensor(2.0)).item() == 4.0
    with pytest.raises(
        RuntimeError, match=r"Tried to erase Node x but it still had 1 users in the graph: \{add: None\}!"
    ):
        graph.erase_node(x)


def test_functions_are_kept_whole_where_that_is_asked() -> None:
    traced = pullback.fx.symbolic_trace(lambda x: helper(x) + len_of(x), {})
    assert [node.name for node in traced.graph.nodes] == ["x", "helper", "getattr_1", "getitem", "add", "output"]
    assert traced(pullback.ones(3)).tolist() == [4.0] * 3


def helper(x: Any) -> Any:
    return x + 0


def len_of(x: Any) -> Any:
    return x.shape[0]


pullback.fx.wrap("helper")


def test_a_pattern_is_replaced() -> None:
    traced = pullback.fx.symbolic_trace(lambda x, y: pullback.sigmoid(x) * x + pullback.sigmoid(y) * y)
    found = pullback.fx.replace_pattern(
        traced, lambda a: pullback.sigmoid(a) * a, lambda a: pullback.nn.functional.silu(a)
    )
    assert len(found) == 2 and traced.code.count("silu(") == 2 and "sigmoid" not in traced.code
    assert pullback.allclose(traced(pullback.ones(1), pullback.ones(1)), 2 * pullback.sigmoid(pullback.ones(1)))


def test_a_tracer_decides_which_modules_stay_calls() -> None:
    class Deep(pullback.fx.Tracer):
        def is_leaf_module(self, m: Any, module_qualified_name: str) -> bool:
            return False

    model = pullback.nn.Sequential(pullback.nn.Linear(2, 2), pullback.nn.Tanh())
    graph = Deep().trace(model)
    assert [node.op for node in graph.nodes] == [
        "placeholder",
        "get_attr",
        "get_attr",
        "call_function",
        "call_function",
        "output",
    ]
    run = pullback.fx.GraphModule(model, graph)
    assert pullback.equal(run(pullback.ones(2)), model(pullback.ones(2)))


@pytest.mark.parametrize(
    ("function", "kind", "message"),
    [
        (lambda x: x if x.sum() > 0 else -x, ValueError, "symbolically traced variables cannot be used as inputs to control flow"),
        (lambda x: len(x), RuntimeError, "'len' is not supported in symbolic tracing by default"),
        (lambda x: list(map(len, x)), ValueError, "Proxy object cannot be iterated"),
    ],
)  # fmt: skip
def test_what_cannot_be_traced_is_an_error(function: Any, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        pullback.fx.symbolic_trace(function)
    assert pullback.fx.symbolic_trace(lambda x: x * 2)(3) == 6  # and leaves nothing behind


def test_modules_pickle_and_say_what_they_are() -> None:
    traced = pullback.fx.symbolic_trace(network(pullback))
    assert type(traced).__name__ == "Network" and "def forward(self, x" in str(traced)
    traced.add_submodule("a.b", pullback.nn.Linear(1, 1))
    traced.delete_all_unused_submodules()
    assert not hasattr(traced, "a") or not hasattr(traced.a, "b")
    again = pickle.loads(pickle.dumps(traced))
    x = pullback.ones(2, 3)
    assert again.code == traced.code and pullback.equal(again(x)["z"], traced(x)["z"])


def test_functions_of_math_are_calls_of_the_graph() -> None:
    import math

    traced = pullback.fx.symbolic_trace(lambda x: math.sqrt(x) + math.floor(x))
    assert [node.target for node in traced.graph.nodes if node.op == "call_function"][:2] == [math.sqrt, math.floor]
    assert traced(4.5) == math.sqrt(4.5) + 4 and isinstance(math.sqrt(4), float)


def test_arguments_of_nodes_cannot_be_changed() -> None:
    traced = pullback.fx.symbolic_trace(lambda x: pullback.cat([x, x], dim=0))
    node = traced.graph.find_nodes(op="call_function")[0]
    with pytest.raises(TypeError, match="'immutable_list' object does not support mutation"):
        node.args[0].append(node)
    with pytest.raises(TypeError, match="'immutable_dict' object does not support mutation"):
        node.kwargs["dim"] = 1
    assert pickle.loads(pickle.dumps(node.kwargs)) == {"dim": 0} and copy.deepcopy(node.kwargs) == {"dim": 0}
    assert copy.deepcopy(traced)(pullback.ones(1)).shape == (2,)


def test_graphs_refuse_what_they_cannot_run() -> None:
    traced = pullback.fx.symbolic_trace(pullback.nn.Sequential(pullback.nn.ReLU()))
    graph = traced.graph
    with pytest.raises(AssertionError, match="op 'foo' is not in _legal_ops"):
        graph.create_node("foo", "x")
    with pytest.raises(ValueError, match="target x has type str but a Callable is expected"):
        graph.create_node("call_function", "x")
    with pytest.raises(AttributeError, match="no attribute `absent`"):
        graph.call_module("absent")
    with pytest.warns(UserWarning, match="get_attr Node with no underlying reference"):
        graph.get_attr("absent")
    with pytest.raises(AssertionError, match="Expected output node, got op=get_attr"):
        graph.output_node()
    with pytest.raises(AssertionError, match="Expected FunctionType, got <class 'int'>"):
        pullback.fx.Tracer().trace(3)
    with pytest.raises(NotImplementedError, match="wrap must be called at the top level of a module"):
        pullback.fx.wrap("len")
    assert graph.find_nodes(op="call_module")[0].stack_trace is None


def test_tracing_is_told() -> None:
    from pullback.fx._symbolic_trace import is_fx_tracing

    seen: list[bool] = []
    pullback.fx.symbolic_trace(lambda x: (seen.append(is_fx_tracing()), x)[1])
    assert seen == [True] and not is_fx_tracing()
