"""Gradients through sparse tensors, against differences and against dense ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import pullback as torch


def doubles(layout: Any = torch.sparse_coo) -> Any:
    d = torch.tensor([[0.0, 0.0, 3.0], [4.0, 0.0, 5.0], [1.0, 2.0, 0.0]], dtype=torch.float64)
    return d.to_sparse(layout=layout).requires_grad_()


M = torch.arange(6.0, dtype=torch.float64).reshape(3, 2) / 7
FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "to_dense": lambda s: s.to_dense(),
    "sparse.mm": lambda s: torch.sparse.mm(s, M),
    "sparse.addmm": lambda s: torch.sparse.addmm(M, s, M, beta=2, alpha=3),
    "sparse.mm from the right": lambda s: torch.sparse.mm(M.t().contiguous(), s),
    "scaled": lambda s: s * 3 + s,
    "t": lambda s: s.t() * 2,
    "transpose": lambda s: s.transpose(0, 1),
}
COORDINATES: dict[str, Callable[[Any], Any]] = {
    "values": lambda s: s.coalesce().values() ** 2,
    "sparse.sum": lambda s: torch.sparse.sum(s, 0),
    "sparse.sum of all": lambda s: torch.sparse.sum(s * s),
    "softmax": lambda s: torch.sparse.softmax(s, 1),
    "softmax of columns": lambda s: torch.sparse.softmax(s, 0),
    "log_softmax": lambda s: torch.sparse.log_softmax(s, 1),
    "product": lambda s: s * s,
    "select": lambda s: s.select(0, 1),
    "cat": lambda s: torch.cat([s, s * 2]),
    "mm of two": lambda s: torch.sparse.mm(s, s),
}


def densely(function: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """The function with a dense result, which gradcheck asks for."""

    def dense(s: Any) -> Any:
        found = function(s)
        return found if found.layout is torch.strided else found.to_dense()

    return dense


def test_gradcheck_refuses_sparse_results() -> None:
    with pytest.raises(ValueError, match="Sparse output is not supported at gradcheck yet"):
        torch.autograd.gradcheck(lambda s: s * 2, (doubles(),), masked=True)


@pytest.mark.parametrize("layout", [torch.sparse_coo, torch.sparse_csr, torch.sparse_csc])
@pytest.mark.parametrize("name", FUNCTIONS)
def test_gradcheck(name: str, layout: Any) -> None:
    assert torch.autograd.gradcheck(densely(FUNCTIONS[name]), (doubles(layout),), masked=True)


@pytest.mark.parametrize("name", COORDINATES)
def test_gradcheck_by_coordinates(name: str) -> None:
    assert torch.autograd.gradcheck(densely(COORDINATES[name]), (doubles(),), masked=True)


def test_gradcheck_of_values_that_become_a_sparse_tensor() -> None:
    values = torch.tensor([1.0, 2.0, 3.0], dtype=torch.float64, requires_grad=True)

    def build(v: Any) -> Any:
        return torch.sparse_coo_tensor([[0, 1, 0], [2, 0, 2]], v, (2, 3)).to_dense() ** 2

    assert torch.autograd.gradcheck(build, (values,))
    assert torch.autograd.gradgradcheck(build, (values,))


def test_gradients_of_the_dense_factor_can_be_differentiated_again() -> None:
    s = doubles().detach()
    assert torch.autograd.gradgradcheck(lambda m: torch.sparse.mm(s, m) ** 2, (M.clone().requires_grad_(),))


def test_ordinary_products_give_dense_gradients_and_those_of_torch_sparse_sparse_ones() -> None:
    s, m = doubles(), M.clone().requires_grad_()
    (s @ m).sum().backward()
    dense_gradient = s.grad
    assert dense_gradient.layout is torch.strided
    s.grad = None
    torch.sparse.mm(s, m).sum().backward()
    assert s.grad.is_sparse
    torch.testing.assert_close(s.grad.to_dense(), dense_gradient * (s.detach().to_dense() != 0))
    torch.testing.assert_close(m.grad, 2 * s.detach().to_dense().t() @ torch.ones(3, 2, dtype=torch.float64))


def lookups(sparse: bool, bag: str | None = None, padding: int | None = None) -> Any:
    torch.manual_seed(0)
    table = torch.randn(6, 3, requires_grad=True)
    index = torch.tensor([[1, 4, 1], [0, 4, 5]])
    if bag is None:
        found = torch.nn.functional.embedding(index, table, padding, sparse=sparse)
    else:
        found = torch.nn.functional.embedding_bag(index, table, mode=bag, sparse=sparse, padding_idx=padding)
    (found * torch.arange(found.numel()).reshape(found.shape)).sum().backward()
    return table.grad


@pytest.mark.parametrize("padding", [None, 4])
@pytest.mark.parametrize("bag", [None, "sum", "mean"])
def test_sparse_gradients_of_lookups_are_the_dense_ones(bag: str | None, padding: int | None) -> None:
    found = lookups(True, bag, padding)
    assert found.is_sparse and not found.is_coalesced()
    torch.testing.assert_close(found.to_dense(), lookups(False, bag, padding))


def test_uncoalesced_rows_stand_in_the_order_of_the_lookup() -> None:
    found = lookups(True)
    assert found._indices().tolist() == [[1, 4, 1, 0, 4, 5]]
    assert found._values()[2].tolist() == [6.0, 7.0, 8.0]


def test_gather_with_a_sparse_gradient() -> None:
    x = torch.zeros(2, 3, requires_grad=True)
    x.gather(1, torch.tensor([[2, 2], [0, 1]]), sparse_grad=True).backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    assert x.grad.is_sparse
    assert x.grad.to_dense().tolist() == [[0.0, 0.0, 3.0], [3.0, 4.0, 0.0]]


def test_gradients_accumulate_in_every_mixture() -> None:
    table = torch.nn.Embedding(4, 2, sparse=True)
    sparse = lambda: table(torch.tensor([1, 1])).sum()
    dense = lambda: table.weight.sum()
    for first, second, is_sparse in ((sparse, sparse, True), (sparse, dense, False), (dense, sparse, False)):
        for together in (False, True):
            table.weight.grad = None
            if together:
                (first() + second()).backward()
            else:
                first().backward()
                second().backward()
            assert table.weight.grad.is_sparse is is_sparse
            row = 4.0 if is_sparse else 3.0
            assert table.weight.grad.to_dense()[1].tolist() == [row, row]


def test_a_sparse_gradient_is_nobody_elses() -> None:
    s, r = doubles(), doubles()
    (s + r).backward(doubles().detach())
    s.grad.mul_(2)
    torch.testing.assert_close(r.grad.to_dense(), doubles().detach().to_dense())
    torch.testing.assert_close(s.grad.to_dense(), 2 * doubles().detach().to_dense())


def test_hooks_see_sparse_gradients() -> None:
    table, seen = torch.nn.Embedding(4, 2, sparse=True), []
    table.weight.register_hook(lambda grad: seen.append(grad.layout) or grad * 2)
    table.weight.register_post_accumulate_grad_hook(lambda leaf: seen.append(leaf.grad.layout))
    table(torch.tensor([3])).sum().backward()
    assert seen == [torch.sparse_coo, torch.sparse_coo]
    assert table.weight.grad.to_dense()[3].tolist() == [2.0, 2.0]


def test_sparse_gradients_of_lookups_can_be_differentiated_again() -> None:
    table = torch.arange(8.0).reshape(4, 2).requires_grad_()
    rows = torch.nn.functional.embedding(torch.tensor([3, 1, 3]), table, 1, sparse=True)
    (first,) = torch.autograd.grad((rows**3).sum(), table, create_graph=True)
    assert first.is_sparse and first.grad_fn.name() == "SparseCooTensorWithDimsAndTensorsBackward0"
    (first.to_dense() ** 2).sum().backward()
    expected = 2 * (2 * 3 * table[3] ** 2) * (2 * 6 * table[3])
    torch.testing.assert_close(table.grad.to_dense(), torch.stack([expected * 0] * 3 + [expected]).detach())
    x = torch.ones(2, 3, requires_grad=True)
    picked = x.gather(1, torch.tensor([[2], [0]]), sparse_grad=True)
    (first,) = torch.autograd.grad((picked**3).sum(), x, create_graph=True)
    torch.sparse.sum(first).backward()
    assert x.grad.to_dense().tolist() == [[0.0, 0.0, 6.0], [6.0, 0.0, 0.0]]
