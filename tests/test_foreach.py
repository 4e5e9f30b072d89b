"""``torch._foreach_*``: PyTorch's names, numbers, results and errors."""

from __future__ import annotations

from typing import Any

import pytest

import pullback

# Arguments beside the list: L is a list of tensors like the first, N a list of numbers, T a 1-d tensor of two.
CALLS = {
    "add": ["2", "L", "N", "L, alpha=3", "torch.tensor(2.0)"], "sub": ["2", "L", "L, alpha=0.5"], "mul": ["2", "L", "N"],
    "div": ["2", "L", "N"], "lerp": ["L, 0.3", "L, L", "L, N"], "addcmul": ["L, L", "L, L, 2", "L, L, N", "L, L, T", "L, L, value=2"],
    "addcdiv": ["L, L", "L, L, value=-0.5", "L, L, T"], "pow": ["2", "L", "N"], "maximum": ["1.0", "L", "N"], "minimum": ["0.5", "L"],
    "clamp_min": ["1.0", "L", "N"], "clamp_max": ["0.5"], "copy_": ["L"], "zero_": [""], "norm": ["", "1", "float('inf')"],
    "max": [""], "powsum": ["", "3"], "clone": [""],
}  # fmt: skip
UNARY = "abs ceil cos erf exp expm1 floor frac lgamma log log1p neg reciprocal round rsqrt sigmoid sign sqrt tanh trunc"
CALLS.update({name: [""] for name in UNARY.split()})


def run(torch: Any, name: str, arguments: str) -> tuple[Any, ...]:
    """What a call returns, and what it leaves of its tensors."""
    x = [torch.linspace(0.1, 1.9, 4), torch.tensor(1.3)]
    names = {
        "torch": torch,
        "x": x,
        "L": [each * 0.7 + 0.1 for each in x],
        "N": [2, 0.5],
        "T": torch.tensor([2.0, 0.5]),
    }
    result = eval(f"torch._foreach_{name}(x, {arguments})", names)
    return result is x, [each.tolist() for each in result], [each.tolist() for each in x]


CASES = [
    (form, arguments)
    for name, calls in CALLS.items()
    for arguments in calls
    for form in ([name] if name[-1] == "_" or name in "norm max powsum clone" else [name, name + "_"])
]


@pytest.mark.parametrize(("name", "arguments"), CASES)
def test_calls_are_pytorchs(name: str, arguments: str) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = run(pullback, name, arguments), run(torch, name, arguments)
    assert ours[0] == theirs[0] == name.endswith("_")
    for part in (1, 2):
        assert ours[part] == [pytest.approx(each, rel=1e-6) for each in theirs[part]]


def test_names_are_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    names = [name for name in dir(torch) if name.startswith("_foreach_")]
    assert len(names) == 91 and all(callable(getattr(pullback, name)) for name in names)


def test_values_and_gradients() -> None:
    x = [pullback.tensor([1.0, 2.0], requires_grad=True), pullback.tensor(3.0, requires_grad=True)]
    sums = pullback._foreach_mul(x, [2, 5])
    sum(each.sum() for each in sums).backward()
    assert [each.tolist() for each in sums] == [[2.0, 4.0], 15.0]
    assert [each.grad.tolist() for each in x] == [[2.0, 2.0], 5.0]
    assert [each.tolist() for each in pullback._foreach_pow(2, [pullback.tensor([3.0])])] == [[8.0]]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        ("_foreach_add([], 1)", RuntimeError, "Tensor list must have at least one tensor."),
        ("_foreach_add(x, [1])", RuntimeError, "Tensor list must have same number of elements as scalar list."),
        ("_foreach_add(x, x[:1])", RuntimeError, "Tensor lists must have the same number of tensors, got 2 and 1"),
        ("_foreach_mul(x, [])", RuntimeError, "Tensor list must have same number of elements as scalar list."),
        ("_foreach_mul([], x)", RuntimeError, "Tensor lists must have the same number of tensors, got 0 and 2"),
        ("_foreach_mul([], [1])", RuntimeError, "Tensor list must have at least one tensor."),
        (
            "_foreach_add(x, torch.ones(1))",
            RuntimeError,
            "scalar tensor expected to be 0 dim but it has 1 dimensions and 1 elements.",
        ),
        ("_foreach_pow_(x, torch.ones(1))", TypeError, "_foreach_pow_.. received an invalid combination of arguments"),
        ("_foreach_addcmul(x, x, x, torch.tensor(1.0))", RuntimeError, "Expected packed scalar Tensor to be of dim"),
        ("_foreach_addcdiv(x, x, x, torch.ones(3))", RuntimeError, "Expected length of scalars to match input of"),
        ("_foreach_addcmul_(x, x, x, torch.ones(4)[::2])", RuntimeError, "Expected scalars to be contiguous."),
        ("_foreach_maximum([torch.ones(1) * 1j], [torch.ones(1) * 1j])", NotImplementedError, "maximum_cpu"),
        ("_foreach_max([torch.ones(0)])", RuntimeError, "_foreach_max cannot compute the maximum of an empty tensor"),
        ("_foreach_norm(x, 'fro')", TypeError, "argument 'ord' .position 2. must be Number, not str"),
        ("_foreach_copy_(x, [1, 2])", TypeError, "expected Tensor as element 0 in argument 1, but got int"),
        ("_foreach_copy_(x, [])", RuntimeError, "Tensor list must have at least one tensor."),
        ("_foreach_nothing", AttributeError, "module 'torch' has no attribute '_foreach_nothing'"),
    ],
)
def test_errors_are_pytorchs(call: str, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        eval(f"torch.{call}", {"torch": pullback, "x": [pullback.ones(2), pullback.ones(1)]})


def test_one_node_stands_for_a_call_that_saved_no_results() -> None:
    a = [pullback.ones(2, requires_grad=True), pullback.full((1, 2), 3.0, requires_grad=True)]
    b = [pullback.full((2,), 2.0, requires_grad=True), pullback.full((2,), 5.0, requires_grad=True)]
    products = pullback._foreach_mul(a, b)
    node = products[0].grad_fn
    assert node is products[1].grad_fn and node.name() == "ForeachMulBackward0List"
    assert [each.output_nr for each in products] == [0, 1]
    assert [end.variable for end, _ in node.next_functions] == [*a, *b]
    (products[0].sum() + (products[1] ** 2).sum()).backward()
    assert [each.grad.tolist() for each in (*a, *b)] == [[2, 2], [[150, 150]], [1, 1], [90, 90]]
    largest = pullback._foreach_maximum(a, [0.0, 4.0])
    assert all(each.grad_fn._saved_scalars == (0.0, 4.0) for each in largest)
    assert [each.tolist() for each in largest[0].grad_fn._saved_self] == [each.tolist() for each in a]
    assert pullback.autograd.grad(largest[1].sum(), a, allow_unused=True)[1].tolist() == [[0.0, 0.0]]


def test_calls_that_save_results_can_be_differentiated_twice() -> None:
    x = [pullback.tensor([0.5, 1.0], requires_grad=True)]
    (y,) = pullback._foreach_exp(x)
    (g,) = pullback.autograd.grad(y.sum(), x, create_graph=True)
    (h,) = pullback.autograd.grad((g * g).sum(), x)
    pullback.testing.assert_close(h, 2 * y.detach() ** 2)
