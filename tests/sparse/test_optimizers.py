"""Optimizers and sparse gradients."""

from __future__ import annotations

from typing import Any

import pytest

import pullback

SETTINGS: list[tuple[str, dict[str, Any]]] = [
    ("SparseAdam", {"lr": 0.1}),
    ("SparseAdam", {"lr": 0.1, "maximize": True, "betas": (0.5, 0.9)}),
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5, "maximize": True}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "initial_accumulator_value": 0.5, "maximize": True}),
]


def trained(torch: Any, name: str, settings: dict[str, Any], sparse: bool = True) -> list[list[float]]:
    """The table after a few steps, some of which name a row twice and some not at all."""
    weight = torch.tensor([[1.0, -1.0], [0.5, 2.0], [3.0, 0.25], [0.0, 1.0]])
    table = torch.nn.Embedding.from_pretrained(weight, freeze=False, sparse=sparse)
    optimizer = getattr(torch.optim, name)(table.parameters(), **settings)
    for indices in ([0, 2, 0], [1], [2, 1, 2, 2], [], [0]):
        optimizer.zero_grad()
        rows = table(torch.tensor(indices, dtype=torch.int64))
        (rows**2 * torch.tensor([1.0, 2.0])).sum().backward()
        optimizer.step()
    return table.weight.tolist()


@pytest.mark.filterwarnings("ignore:Sparse invariant checks")  # PyTorch's, at its first sparse tensor
@pytest.mark.parametrize("name, settings", SETTINGS)
def test_steps_are_pytorchs(name: str, settings: dict[str, Any]) -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = trained(pullback, name, settings), trained(torch, name, settings)
    for row, expected in zip(ours, theirs):
        assert row == pytest.approx(expected, rel=1e-6, abs=1e-6)


@pytest.mark.parametrize("name, settings", [("SGD", {"lr": 0.1}), ("Adagrad", {"lr": 0.1})])
def test_steps_are_those_of_dense_gradients(name: str, settings: dict[str, Any]) -> None:
    ours, theirs = trained(pullback, name, settings), trained(pullback, name, settings, sparse=False)
    for row, expected in zip(ours, theirs):
        assert row == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_sparse_adam_moves_the_rows_that_are_named_by_the_rate() -> None:
    table = pullback.nn.Embedding.from_pretrained(pullback.ones(3, 2), freeze=False, sparse=True)
    optimizer = pullback.optim.SparseAdam(table.parameters(), lr=0.25)
    table(pullback.tensor([1])).sum().backward()
    optimizer.step()
    assert table.weight.tolist() == [[1.0, 1.0], [pytest.approx(0.75)] * 2, [1.0, 1.0]]
    assert optimizer.state_dict()["state"][0]["step"] == 1


def test_a_step_counts_the_version_up() -> None:
    table = pullback.nn.Embedding(3, 2, sparse=True)
    table(pullback.tensor([1])).sum().backward()
    version = table.weight._version
    pullback.optim.SGD(table.parameters(), lr=0.1).step()
    assert table.weight._version == version + 1


REFUSALS = {
    "Adam": "Adam does not support sparse gradients, please consider SparseAdam instead",
    "AdamW": "Adam does not support sparse gradients, please consider SparseAdam instead",
    **{name: f"{name} does not support sparse gradients" for name in "Adamax NAdam RAdam Adadelta RMSprop Rprop ASGD".split()},
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSALS)
def test_others_refuse_sparse_gradients(name: str) -> None:
    table = pullback.nn.Embedding(3, 2, sparse=True)
    before = table.weight.tolist()
    table(pullback.tensor([1])).sum().backward()
    with pytest.raises(RuntimeError, match=f"^{REFUSALS[name]}$"):
        getattr(pullback.optim, name)(table.parameters()).step()
    assert table.weight.tolist() == before


def test_weight_decay_is_refused() -> None:
    for name, text in (("SGD", r"add\(sparse, dense\) is not supported"), ("Adagrad", "weight_decay option is not")):
        table = pullback.nn.Embedding(3, 2, sparse=True)
        table(pullback.tensor([1])).sum().backward()
        with pytest.raises(RuntimeError, match=text):
            getattr(pullback.optim, name)(table.parameters(), lr=0.1, weight_decay=0.1).step()


def test_lbfgs_takes_sparse_gradients_as_dense_ones() -> None:
    table = pullback.nn.Embedding.from_pretrained(pullback.ones(3, 2), freeze=False, sparse=True)
    optimizer = pullback.optim.LBFGS(table.parameters(), max_iter=20)

    def closure() -> Any:
        optimizer.zero_grad()
        loss = ((table(pullback.tensor([1])) - 3) ** 2).sum()
        loss.backward()
        return loss

    optimizer.step(closure)
    assert table.weight[1].tolist() == pytest.approx([3.0, 3.0], abs=1e-3)


def test_zero_grad_empties_a_sparse_gradient() -> None:
    table = pullback.nn.Embedding(3, 2, sparse=True)
    table(pullback.tensor([1])).sum().backward()
    table.zero_grad(set_to_none=False)
    assert table.weight.grad.is_sparse and table.weight.grad._nnz() == 0


def test_the_functional_form_takes_sparse_gradients() -> None:
    param = pullback.zeros(3, 2)
    grad = pullback.sparse_coo_tensor([[2, 2]], pullback.ones(2, 2), (3, 2))
    settings = {"weight_decay": 0, "momentum": 0, "lr": 0.5, "dampening": 0, "nesterov": False, "maximize": False}
    pullback.optim.sgd.sgd([param], [grad], [None], **settings)
    assert param.tolist() == [[0.0, 0.0], [0.0, 0.0], [-1.0, -1.0]]
