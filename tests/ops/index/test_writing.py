"""Writing by position: small programs that end with the same values, graph and gradients as in PyTorch."""

from __future__ import annotations

import textwrap
from typing import Any

import numpy as np
import pytest

import pullback
from tests.ops.shape.agreement import DATA, chain, operands

PROGRAMS = {
    "basic": "y = x * 1; y[0] = v[:4]",
    "number": "y = x * 1; y[0, 1:] = 2.5",
    "0-d tensor": "y = x * 1; y[..., 0] = s",
    "several": "y = x * 1; y[0] = 0.; y[1, 2] = v[:4] * 2; y[:, 0] = s",
    "into a view": "y = x * 1; w = y[0]; w[1] = v[:4]; y = y * 2",
    "view sees the write": "y = x * 1; w = y.view(-1); y[0] = 0.; y = (w * 2).detach()",
    "view of a view": "y = x * 1; w = y.transpose(0, 1)[1]; w[0] = v[:4]; y = y * y",
    "index tensor": "y = x * 1; y[i] = v[:4]",
    "index tensor twice": "y = x * 1; y[torch.tensor([0, 0])] = v[:4]",
    "mask": "y = x * 1; y[y > 0] = 0.",
    "mask with values": "y = x * 1; y[y > 0] = y[y > 0] * s",
    "mixed": "y = x * 1; y[0, :, i] = v[:2]",
    "none": "y = x * 1; y[None, 0] = v[:4]",
    "bool": "y = x * 1; y[True] = s",
    "leading ones": "y = x * 1; y[0] = v[None, None, :4]",
    "into no grad": "y = torch.zeros(2, 3, 4, dtype=torch.float64); y[1] = v[:4]",
    "augmented": "y = x * 1; y[0] += v[:4]; y[:, 1] *= 2",
    "augmented mask": "y = x * 1; y[b] -= v[:4]",
    "copy_": "y = x * 1; y.copy_(v[:4])",
    "copy_ into view": "y = x * 1; y[:, 0].copy_(v[:4]); y = y * 3",
    "copy_ casts": "y = torch.zeros(4, dtype=torch.float32); y.copy_(v[:4]); y = y.double()",
    "fill_": "y = x * 1; y[0].fill_(s)",
    "fill_ number": "y = x * 1; y.fill_(2)",
    "zero_": "y = x * 1; y[1].zero_()",
    "masked_fill_": "y = x * 1; y.masked_fill_(y > 0, -1.)",
    "masked_fill_ tensor": "y = x * 1; y[0].masked_fill_(p[0] > 0, s)",
    "masked_scatter_": "y = x * 1; y.masked_scatter_(p > 0, v.repeat(4))",
    "index_add_": "y = x * 1; y.index_add_(1, i, x[:, :2], alpha=3)",
    "index_copy_": "y = x * 1; y.index_copy_(0, i, x * 2)",
    "index_fill_": "y = x * 1; y.index_fill_(2, i, s)",
    "index_put_": "y = x * 1; y.index_put_((i, i), v[:4], accumulate=True)",
    "scatter_": "y = x * 1; y.scatter_(0, torch.zeros(2, 3, 4, dtype=torch.long), x * 2)",
    "scatter_ number": "y = x * 1; y.scatter_(2, torch.zeros(2, 1, 1, dtype=torch.long), 3.)",
    "scatter_add_": "y = x * 1; y.scatter_add_(1, torch.zeros(2, 3, 4, dtype=torch.long), x * 2)",
    "scatter_reduce_": "y = x * 1; y.scatter_reduce_(1, torch.zeros(2, 3, 4, dtype=torch.long), x * 2, 'amax')",
    "put_": "y = x * 1; y.put_(torch.tensor([0, 23]), v[:2])",
    "tril_": "y = m * 1; y.tril_()",
    "unsqueeze_": "y = x * 1; y.unsqueeze_(1); y = y * 2",
    "squeeze_": "y = x[:1] * 1; y.squeeze_(); y = y * 2",
    "transpose_": "y = x * 1; y.transpose_(0, 2); y = y * 2",
    "t_": "y = m * 1; y.t_(); y = y * 2",
    "no grad": "y = x * 1\nwith torch.no_grad():\n    y[0] = 0.\ny = y * 2",
    "under no_grad leaf": "with torch.no_grad():\n    x[0] = 5.\ny = x * x",
    "split then write elsewhere": "y = x * 1; a, = y.split(2); y = a * 2",
    "unbind of one": "a, = x[:1].unbind(); y = a * 2",
    "chunk": "a, c2 = x.chunk(2); y = a * c2",
    "iterate": "y = sum(row * k for k, row in enumerate(x))",
    "fancy rows": "y = m[torch.tensor([0, 0, 2])] * m[:, torch.tensor([1])]",
    "expand then write copy": "y = v[:4].expand(3, 4).clone(); y[1] = 0.",
    "non-contiguous base": "y = m.t().clone(); w = y[0]; w.mul_(2); y = y * 1",
    "resize": "y = v.detach().clone(); y.resize_(2, 2)",
}


def outcome(torch: Any, program: str) -> tuple[Any, ...]:
    names = operands(torch)
    exec(textwrap.dedent(program).replace("; ", "\n"), names)
    y = names["y"]
    gradients = {}
    if y.requires_grad:
        weights = np.cos(np.arange(y.numel())).reshape(tuple(y.shape))
        y.backward(torch.tensor(weights))
        gradients = {name: names[name].grad.numpy() for name in DATA if names[name].grad is not None}
    return y.detach().numpy(), tuple(y.stride()), chain(y), gradients, y._version


@pytest.mark.parametrize("name", PROGRAMS)
def test_program_ends_as_in_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    expected, found = outcome(torch, PROGRAMS[name]), outcome(pullback, PROGRAMS[name])
    np.testing.assert_allclose(found[0], expected[0], 1e-14)
    assert found[1:3] == expected[1:3]
    assert found[3].keys() == expected[3].keys()
    for leaf, grad in expected[3].items():
        np.testing.assert_allclose(found[3][leaf], grad, 1e-13, 1e-13, err_msg=f"gradient of {leaf}")


WRONG = {
    "leaf": "x[0] = 1.",
    "leaf by tensor": "x[i] = 1.",
    "view of leaf": "w = x[0]; w.zero_()",
    "saved value": "y = x * 1; w = y * y; y[0] = 0.; w.sum().backward()",
    "one of several": "a, c2 = (x * 1).split(1); a.zero_()",
    "unbind": "a, c2 = (x * 1).unbind(); a[0] = 1.",
    "made in no_grad": "y = x * 1\nwith torch.no_grad():\n    w = y[0]\nw.zero_()",
    "shape": "y = x * 1; y[0] = v",
    "dtype": "y = x * 1; y[i] = n",
    "list": "y = x * 1; y[0] = [1, 2]",
    "overlap": "y = v.detach().expand(2, 6); y.add_(1)",
    "scatter with reduce": "y = m.scatter(0, n.fill_(0), 1., reduce='add'); y.sum().backward()",
}


@pytest.mark.parametrize("name", WRONG)
def test_misuse_raises_pytorchs_error(name: str) -> None:
    torch = pytest.importorskip("torch")
    said = []
    for library in (torch, pullback):
        with pytest.raises(Exception) as caught:
            exec(textwrap.dedent(WRONG[name]).replace("; ", "\n"), operands(library))
        said.append((type(caught.value).__name__, str(caught.value).splitlines()[0].replace("Backward0 is", " is")))
    (kind, message), (our_kind, ours) = said
    assert our_kind == kind and ours.startswith(message[:50]), said


def test_write_through_a_slice_reaches_the_base_and_other_views() -> None:
    base = pullback.zeros(2, 3)
    row, column = base[0], base[:, 1]
    row[1] = 5.0
    assert base.tolist() == [[0.0, 5.0, 0.0], [0.0, 0.0, 0.0]]
    assert column.tolist() == [5.0, 0.0]
    assert base._version == row._version == column._version == 1


def test_view_made_before_a_write_leads_back_through_the_write() -> None:
    x = pullback.arange(4.0).requires_grad_()
    y = x * 1
    seen = y.view(2, 2)
    y[0] = 0.0
    (seen * seen).sum().backward()
    assert x.grad.tolist() == [0.0, 2.0, 4.0, 6.0]


def test_gradient_of_an_overwritten_place_goes_to_the_new_value() -> None:
    x = pullback.ones(3, requires_grad=True)
    w = pullback.tensor(2.0, requires_grad=True)
    y = x * 3
    y[1] = w
    (y * pullback.tensor([1.0, 10.0, 100.0])).sum().backward()
    assert x.grad.tolist() == [3.0, 0.0, 300.0]
    assert w.grad.item() == 10.0


def test_repeated_indices_add_up_in_the_gradient() -> None:
    table = pullback.zeros(3, 2, requires_grad=True)
    table[pullback.tensor([0, 2, 2, 2])].sum().backward()
    assert table.grad.tolist() == [[1.0, 1.0], [0.0, 0.0], [3.0, 3.0]]


def test_second_derivative_through_gather_and_index() -> None:
    x = pullback.tensor([1.0, 2.0, 3.0], dtype=pullback.float64, requires_grad=True)
    y = (x[pullback.tensor([0, 2, 2])] ** 3).sum()
    (first,) = pullback.autograd.grad(y, x, create_graph=True)
    assert first.tolist() == [3.0, 0.0, 54.0]
    (second,) = pullback.autograd.grad(first.sum(), x)
    assert second.tolist() == [6.0, 0.0, 36.0]


@pytest.mark.parametrize(
    "index, value",
    [(-4, 2.0), ((0, 9), 2.0), (pullback.tensor([9]), 2.0), (slice(0, 2), pullback.ones(7)),
     (pullback.tensor([0]), pullback.ones(7)), ((None, 5), 1)],
)  # fmt: skip
def test_a_write_that_fails_leaves_the_version(index: Any, value: Any) -> None:
    x = pullback.zeros(3, 4)
    with pytest.raises((IndexError, RuntimeError)):
        x[index] = value
    assert x._version == 0 and x.tolist() == [[0.0] * 4] * 3


def test_one_value_at_one_mask_may_have_another_dtype() -> None:
    x = pullback.zeros(2, 3, dtype=pullback.float64)
    rows, columns = pullback.tensor([True, False]), pullback.tensor([False, True, True])
    x[:, columns] = pullback.tensor(1.5)
    assert x.tolist() == [[0.0, 1.5, 1.5]] * 2
    with pytest.raises(
        RuntimeError, match="Index put requires the source and destination dtypes match, got Double for"
    ):
        x[rows, columns] = pullback.tensor(2.5)
    with pytest.raises(RuntimeError, match="value cannot be converted to type float without overflow"):
        x.float()[rows] = pullback.tensor(1j)


def test_a_complex_number_is_true_where_it_is_not_zero() -> None:
    x = pullback.zeros(3, dtype=pullback.bool)
    x[0] = 1j
    x[1:].fill_(0j)
    assert x.tolist() == [True, False, False]
    assert pullback.full((2,), 1j, dtype=pullback.bool).tolist() == [True, True]
    assert pullback.tensor([1j, 0], dtype=pullback.bool).tolist() == [True, False]
    with pytest.raises(TypeError, match="'complex' object cannot be interpreted as an integer"):
        pullback.tensor([1j], dtype=pullback.int32)


def test_numbers_have_no_places() -> None:
    x = pullback.tensor(1.0)
    for index, text in ((0, "invalid index of a 0-dim tensor"), (-1, "index -1 is out of bounds for dimension 0 with size 0"),
                        ((0,), "too many indices for tensor of dimension 0")):  # fmt: skip
        with pytest.raises(IndexError, match=text):
            x[index]
        with pytest.raises(IndexError, match=text):
            x[index] = 2.0


def test_a_leaf_refuses_before_a_value_is_looked_at() -> None:
    x = pullback.ones(2, 2, 2, requires_grad=True)
    for write in (lambda: x.t_(), lambda: x.fill_(pullback.ones(7))):
        with pytest.raises(
            RuntimeError, match="a leaf Variable that requires grad is being used in an in-place operation"
        ):
            write()
