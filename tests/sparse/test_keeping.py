"""Sparse tensors in files, pickles and copies, and what a program without them loads."""

from __future__ import annotations

import copy
import io
import pickle
import subprocess
import sys
from typing import Any

import pytest

import pullback


def several(torch: Any) -> dict[str, Any]:
    return {
        "coo": torch.sparse_coo_tensor([[0, 1, 1], [2, 0, 2]], [3.0, 4.0, 5.0], (2, 3)),
        "coalesced": torch.eye(2).to_sparse(),
        "csr": torch.sparse_csr_tensor([0, 1, 3], [2, 0, 2], [3.0, 4.0, 5.0], (2, 3), dtype=torch.float64),
        "csc": torch.sparse_csc_tensor([0, 1, 1, 3], [1, 0, 1], [3, 4, 5], (2, 3)),
        "rows": torch.sparse_coo_tensor([[2, 0]], torch.ones(2, 2), (3, 2)),
        "parameter": torch.nn.Parameter(torch.eye(2).to_sparse()),
    }


def saved(torch: Any, value: Any) -> io.BytesIO:
    file = io.BytesIO()
    torch.save(value, file)
    file.seek(0)
    return file


@pytest.mark.filterwarnings("ignore:Sparse")
@pytest.mark.parametrize("source, target", [("pullback", "pullback"), ("torch", "pullback"), ("pullback", "torch")])
def test_files_keep_sparse_tensors(source: str, target: str) -> None:
    writer, reader = (pytest.importorskip(name) for name in (source, target))
    for weights_only in (True, False):
        found = reader.load(saved(writer, several(writer)), weights_only=weights_only)
        assert str(found) == str(several(reader))
        assert found["coalesced"].is_coalesced() and not found["coo"].is_coalesced()


def test_copies_and_pickles() -> None:
    value = several(pullback)
    assert str(pickle.loads(pickle.dumps(value))) == str(value)
    twin = copy.deepcopy(value)
    assert str(twin) == str(value)
    twin["coo"].mul_(2)
    assert value["coo"].sum().item() == 12


def test_a_file_whose_indices_lie_outside_is_refused() -> None:
    for made in (
        pullback.sparse_coo_tensor([[0, 7]], [1.0, 2.0], (2,)),
        pullback.sparse_coo_tensor([[0, -1]], [1.0, 2.0], (2,)),
        pullback.sparse_csr_tensor([0, 1, 9], [0, 1], [1.0, 2.0], (2, 2)),
    ):
        with pytest.raises(RuntimeError, match=r"index|satisfied"):
            pullback.load(saved(pullback, made))


def test_a_module_keeps_sparse_tensors_in_its_state() -> None:
    class Graph(pullback.nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.register_buffer("adjacency", pullback.eye(3).to_sparse())
            self.weight = pullback.nn.Parameter(pullback.ones(3, 2))

        def forward(self) -> Any:
            return pullback.sparse.mm(self.adjacency, self.weight)

    module, other = Graph(), Graph()
    other.adjacency.mul_(0)
    other.load_state_dict(pullback.load(saved(pullback, module.state_dict())))
    assert other().tolist() == [[1.0, 1.0]] * 3
    assert other.double().adjacency.dtype is pullback.float64


def test_comparing_sparse_tensors() -> None:
    made = several(pullback)
    pullback.testing.assert_close(made["coo"], made["coo"])
    with pytest.raises(AssertionError, match="Sparse COO values are not close!"):
        pullback.testing.assert_close(made["coo"], made["coo"] * 2)
    with pytest.raises(AssertionError, match="Sparse CSR col_indices are not equal!"):
        pullback.testing.assert_close(made["csr"], pullback.sparse_csr_tensor([0, 1, 3], [2, 1, 2], [3.0, 4.0, 5.0], (2, 3)).double())  # fmt: skip
    with pytest.raises(AssertionError, match="sparse COO tensors does not match: 3 != 2"):
        pullback.testing.assert_close(made["coo"], pullback.sparse_coo_tensor([[0, 1], [0, 0]], [1.0, 2.0], (2, 3)))


def test_a_dense_program_loads_none_of_it() -> None:
    program = """
import sys
import pullback as torch
model = torch.nn.Sequential(torch.nn.Embedding(5, 2), torch.nn.Linear(2, 1))
model(torch.tensor([1, 2])).sum().backward()
torch.optim.SGD(model.parameters(), lr=0.1).step()
torch.zeros(2).gather(0, torch.tensor([1])), torch.zeros(2).to_dense(), torch.zeros(2).is_sparse, torch.zeros(2).layout
print(*[name for name in sys.modules if "sparse" in name.removeprefix("pullback.nn.").removeprefix("pullback.optim.")])
"""
    found = subprocess.run([sys.executable, "-c", program], check=True, capture_output=True, text=True).stdout.split()
    allowed = {"modules.sparse", "functional.sparse", "sparse_adam", "pullback.methods.sparse"}
    assert not {name for name in found if not any(name.endswith(each) for each in allowed)}


def test_the_values_of_compressed_layouts_can_be_filled() -> None:
    csr = pullback.sparse_csr_tensor([0, 2, 3], [0, 2, 1], [1.0, 2.0, 3.0], (2, 3))
    assert pullback.ones_like(csr).to_dense().tolist() == [[1.0, 0.0, 1.0], [0.0, 1.0, 0.0]]
    assert pullback.full_like(csr, 4).values().tolist() == [4.0] * 3 and pullback.zeros_like(csr)._nnz() == 0
    assert csr.fill_(2).values().tolist() == [2.0] * 3 and csr.zero_()._nnz() == 0


@pytest.mark.parametrize(
    "heads, columns, values, message",
    [
        (
            [0, 2, 3],
            [0, 2, 1],
            [1.0, 2.0],
            "must be equal to nnz \\(=2\\) as defined by values.shape\\[0\\], but got 3",
        ),
        ([0, 2], [0, 2], [1.0, 2.0], "must be equal to the number of rows \\+ 1 \\(=3\\), but got 2"),
        (
            pullback.tensor([0, 2, 3]),
            pullback.tensor([0, 2, 1]).int(),
            [1.0, 2.0, 3.0],
            "bot got Long and Int, respectively",
        ),
    ],
)
def test_compressed_indices_are_checked_where_asked(heads: Any, columns: Any, values: Any, message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        pullback.sparse_csr_tensor(heads, columns, values, (2, 3), check_invariants=True)
