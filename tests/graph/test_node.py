"""Nodes as objects: identity, edges, what they kept, where they were made."""

from __future__ import annotations

import gc
from collections.abc import Callable
from typing import Any

import pytest

import pullback as torch
from pullback.autograd.graph import GradientEdge, Node, get_gradient_edge, increment_version
from pullback.graph.provenance import forward_line


def test_nodes_are_one_object_each() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    assert y.grad_fn is y.grad_fn and isinstance(y.grad_fn, Node)
    assert y.exp().grad_fn.next_functions[0][0] is y.grad_fn
    assert y.grad_fn.next_functions[0][0] is (x + 1).grad_fn.next_functions[0][0]
    assert y.grad_fn.next_functions[0][0].variable is x and y.grad_fn.next_functions[1] == (None, 0)
    assert repr(y.grad_fn).startswith("<MulBackward0 object at 0x")


def test_edges_count_outputs() -> None:
    first, second = torch.ones(4, requires_grad=True).split(2)
    assert [nr for _, nr in (second * first).grad_fn.next_functions] == [1, 0]


def test_what_was_kept_is_shown_by_pytorchs_names() -> None:
    x, y = torch.ones(2, requires_grad=True), torch.full((2,), 3.0, requires_grad=True)
    node = (x * y).grad_fn
    assert node._saved_self is x and node._saved_other is y
    assert (x * 2).sum().grad_fn._saved_self_sym_sizes == (2,)
    assert torch.stack([x, y], 1).grad_fn._saved_dim == 1
    with pytest.raises(AttributeError, match="_saved_nothing"):
        node._saved_nothing  # noqa: B018


def test_input_metadata_tell_shapes_and_dtypes() -> None:
    parts = torch.ones(4, 3, dtype=torch.float64, requires_grad=True).split(2)
    metadata = parts[0].grad_fn._input_metadata
    assert [(list(m.shape), m.dtype, str(m.device)) for m in metadata] == [([2, 3], torch.float64, "cpu")] * 2


def test_a_single_part_is_an_output_like_any_other() -> None:
    x = torch.ones(3, requires_grad=True)
    (only,) = x.split(3)
    assert only.grad_fn._input_metadata[0].shape == [3]
    (only * 2).sum().backward()
    (gradient,) = torch.autograd.grad((x.split(3)[0] ** 2).sum(), x, create_graph=True)
    assert x.grad.tolist() == [2.0] * 3 and gradient.tolist() == [2.0] * 3


def test_edges_serve_as_roots_and_as_inputs() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x.clone()
    total = (y * 3).sum()
    edges = [get_gradient_edge(y), get_gradient_edge(x)]
    assert [g.tolist() for g in torch.autograd.grad(total, edges, retain_graph=True)] == [[3.0, 3.0]] * 2
    root = get_gradient_edge(total)
    (gradient,) = torch.autograd.grad(root, x, grad_outputs=torch.tensor(2.0), retain_graph=True)
    assert gradient.tolist() == [6.0, 6.0]
    torch.autograd.backward([root], [torch.tensor(5.0)], inputs=[edges[1]])
    assert x.grad.tolist() == [15.0, 15.0]


def test_an_edge_owns_what_it_leads_to() -> None:
    edge = get_gradient_edge(torch.ones(1, requires_grad=True))
    gc.collect()
    assert isinstance(edge, GradientEdge) and edge.node.variable.tolist() == [1.0]
    with pytest.raises(RuntimeError, match="does not require gradients"):
        get_gradient_edge(torch.ones(1))


def test_versions_can_be_counted_up() -> None:
    x = torch.ones(2)
    increment_version(x)
    increment_version([x, x])
    assert x._version == 3
    with pytest.raises(RuntimeError, match="increment_version expects each element"):
        increment_version([1])


def test_a_saved_tensor_may_not_be_detached_in_place() -> None:
    x = torch.tensor(1.0, requires_grad=True).clone()
    y = x.sin()
    x.detach_()
    with pytest.raises(RuntimeError, match="Trying to use a saved tensor that has been detached in-place"):
        y.backward()
    x = torch.tensor(1.0, requires_grad=True).clone()
    y = x.exp()
    x.detach_()
    y.backward()


@pytest.mark.parametrize(
    "make",
    [
        lambda x: x.sum(),
        lambda x: x * 2,
        lambda x: torch.max(x, 0)[0],
        lambda x: x.mean(0),
        lambda x: torch.stack([x, x]),
        lambda x: x.transpose(0, 1),
        lambda x: x.var(0),
    ],
)
def test_the_forward_line_is_the_users(make: Any) -> None:
    x = torch.ones(2, 3, requires_grad=True)
    for _ in range(2):  # an operator writes itself at its first call
        assert "test_node.py" in forward_line(make(x).grad_fn)


def test_attributes_of_tensors_are_set_at_full_speed() -> None:
    """A ``__setattr__`` or ``__delattr__`` in some class above would nearly double the time of a small operator."""
    assert torch.Tensor.__setattr__ is object.__setattr__ and torch.Tensor.__delattr__ is object.__delattr__


FLAT: list[Callable[[Any], Any]] = [
    lambda x: torch.nn.functional.leaky_relu(x),
    lambda x: torch.nn.functional.max_pool2d(x, 2),
    lambda x: torch.nn.functional.avg_pool2d(x, 2),
    lambda x: torch.nn.functional.adaptive_avg_pool2d(x, 2),
    lambda x: torch.nn.functional.pad(x, (1, 1, 1, 1), "reflect"),
    lambda x: torch.nn.functional.prelu(x, torch.tensor([0.5])),
]


@pytest.mark.parametrize("function", FLAT)
def test_derivatives_that_are_constant_in_pieces_require_grad(function: Callable[[Any], Any]) -> None:
    x = torch.arange(-8.0, 8.0).view(1, 1, 4, 4).requires_grad_()
    y = function(x)
    (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
    assert first.grad_fn.name() == y.grad_fn.name().replace("Backward0", "BackwardBackward0")
    (second,) = torch.autograd.grad(first.sum(), x)
    assert second.tolist() == torch.zeros(1, 1, 4, 4).tolist()


Several = Callable[[torch.Tensor], Any]
READ: dict[str, tuple[Several, tuple[int, ...]]] = {  # the outputs that the rule of each reads
    "topk": (lambda x: x.topk(2), (1,)),
    "sort": (lambda x: x.sort(stable=True), (1,)),
    "max": (lambda x: x.max(1), (1,)),
    "kthvalue": (lambda x: x.kthvalue(2, keepdim=True), (1,)),
    "mode": (lambda x: x.mode(), (1,)),
    "cummin": (lambda x: x.cummin(0), (1,)),
    "frexp": (lambda x: torch.frexp(x), (1,)),
    "max_pool": (lambda x: torch.nn.functional.max_pool1d(x, 2, return_indices=True), (1,)),
    "adaptive": (lambda x: torch.nn.functional.adaptive_max_pool2d(x[None], 2, return_indices=True), (1,)),
    "slogdet": (lambda x: torch.linalg.slogdet(x), (0,)),
    "std_mean": (lambda x: torch.std_mean(x, 1), (0,)),
    "lu_factor": (lambda x: torch.linalg.lu_factor(x), (0, 1)),
    "group_norm": (lambda x: torch.native_group_norm(x, None, None, 4, 4, 1, 2, 1e-5), (1, 2)),
}


@pytest.mark.parametrize("name", READ)
def test_only_outputs_that_the_rule_reads_may_not_be_written_to(name: str) -> None:
    compute, read = READ[name]
    start = torch.tensor([[4.0, 1, 2, 7], [0, 5, 3, 1], [1, 2, 8, 3], [6, 1, 0, 2]])
    x = start.clone().requires_grad_()
    (expected,) = torch.autograd.grad(sum(y.sum() for y in compute(x) if y.requires_grad), x)
    for nr in range(len(compute(start))):
        x = start.clone().requires_grad_()
        outputs = compute(x)
        with torch.no_grad():
            outputs[nr].add_(1)
        loss = sum(y.sum() for y in outputs if y.requires_grad)
        if nr in read:
            with pytest.raises(
                RuntimeError, match="modified by an inplace operation.*is at version 1; expected version 0"
            ):
                torch.autograd.grad(loss, x)
        else:
            assert torch.equal(torch.autograd.grad(loss, x)[0], expected)
