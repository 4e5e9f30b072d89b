"""What nodes kept, under PyTorch's names and in its forms."""

from __future__ import annotations

from typing import Any

import pytest

import pullback
from pullback.nn import functional as F


def ones(*shape: int) -> Any:
    return pullback.ones(*shape, requires_grad=True)


X = pullback.arange(6.0).reshape(2, 3).requires_grad_()
SHOWN: list[tuple[Any, dict[str, Any]]] = [
    (X.sum(1), {"dim": (1,), "keepdim": False, "self_sym_sizes": (2, 3)}),
    (X.softmax(-1), {"dim": 2**64 - 1}),
    (X.amax(0), {"dim": (0,), "self": X}),
    (X.sort(1)[0], {"dim": 1, "indices": pullback.tensor([[0, 1, 2]] * 2)}),
    (X.topk(1)[0], {"indices": pullback.tensor([[2], [2]])}),
    (X.diagonal(-1), {"offset": 2**64 - 1, "dim1": 0}),
    (X[:, pullback.tensor([0, 2])], {"indices": (None, pullback.tensor([0, 2]))}),
    (X + X, {"alpha": 1}),
    (X * X, {"self": X, "other": X}),
    (F.mse_loss(X, pullback.zeros(2, 3)), {"reduction": 1}),
    (F.smooth_l1_loss(X, pullback.zeros(2, 3), reduction="none"), {"reduction": 0}),
    (F.max_pool2d(ones(1, 1, 2, 2), 2), {"kernel_size": (2, 2), "result1": pullback.tensor([[[[0]]]])}),
    (F.interpolate(ones(1, 1, 2), 4, mode="linear"), {"output_size": (4,)}),
    (F.interpolate(ones(1, 1, 2), scale_factor=2.0, mode="linear"), {"align_corners": False, "scales": 2.0}),
    (F.interpolate(ones(1, 1, 2, 2), (4, 4)), {"scales_h": None, "scales_w": None, "self_sym_sizes": (1, 1, 2, 2)}),
    (X.as_strided((2,), (1,), 1), {"storage_offset": 1}),
    (X[1:].as_strided((2,), (1,)), {"storage_offset": None}),
    (X.unsqueeze(1), {"dim": 1}),
    (X[:1].squeeze(0), {"dim": 0}),
    (pullback.div(X, X + 1, rounding_mode=None), {"rounding_mode": None, "self": X}),
    (F.conv1d(ones(1, 1, 4), ones(1, 1, 2)), {"bias_sym_sizes_opt": (0,)}),
    (F.conv1d(ones(1, 1, 4), ones(1, 1, 2)), {"input": pullback.ones(1, 1, 4), "stride": (1,)}),
    (F.avg_pool2d(ones(1, 1, 2, 2), 2), {"self": pullback.ones(1, 1, 2, 2), "kernel_size": (2, 2)}),
    (F.max_pool2d(ones(1, 1, 2, 2), 2, 2), {"self": pullback.ones(1, 1, 2, 2), "stride": (2, 2), "padding": (0, 0)}),
    (F.nll_loss(X, pullback.tensor([0, 1])), {"self": X, "target": pullback.tensor([0, 1])}),
    (F.layer_norm(X, (3,), None, ones(3)), {"bias": pullback.ones(3), "input": X}),
    (
        F.grid_sample(ones(1, 1, 2, 2), pullback.zeros(1, 1, 1, 2), "nearest", "border", True),
        {"interpolation_mode": 1, "padding_mode": 1},
    ),
    (X.index_add(0, pullback.tensor([0]), X[:1]), {"source": X[:1]}),
    (pullback.div(X, X + 1, rounding_mode="floor"), {"self": X, "other": X + 1}),
    (X.split([1, 1])[0], {"split_sizes": (1, 1)}),
    (F.embedding(pullback.tensor([0]), X), {"sparse": False, "padding_idx": 2**64 - 1}),
    (pullback.linalg.eigh(ones(2, 2))[0], {"eigenvalues": pullback.tensor([0.0, 2.0])}),
    (
        X.scatter_reduce(0, pullback.zeros(1, 3, dtype=pullback.int64), X[:1], "amax"),
        {"index": pullback.zeros(1, 3, dtype=pullback.int64)},
    ),
]


@pytest.mark.parametrize(
    ("result", "expected"), SHOWN, ids=lambda each: getattr(getattr(each, "grad_fn", None), "name", str)()
)
def test_nodes_show_what_they_kept(result: Any, expected: dict[str, Any]) -> None:
    for name, value in expected.items():
        found = getattr(result.grad_fn, f"_saved_{name}")
        pullback.testing.assert_close(
            [each for each in (found if isinstance(found, tuple) else (found,)) if each is not None],
            [each for each in (value if isinstance(value, tuple) else (value,)) if each is not None],
        )
        assert isinstance(found, tuple) == isinstance(value, tuple)
        assert not isinstance(found, tuple) or len(found) == len(value)


def test_all_that_a_node_lists_can_be_read() -> None:
    x = ones(1, 2, 4, 4)
    made = [
        X.sum(1),
        X @ X.T,
        X[:, 0],
        X.view(6),
        F.conv2d(x, ones(1, 2, 2, 2)),
        F.interpolate(x, 3),
        X.sort(1)[0],
        X.split(1)[0],
    ]
    for each in made:
        names = [name for name in dir(each.grad_fn) if name.startswith("_saved_")]
        shown = {name: getattr(each.grad_fn, name) for name in names}
        assert shown and not any(name.endswith(("_results", "_tables", "_sizes_sym_sizes")) for name in shown)


def test_indices_that_were_let_go_of() -> None:
    y = X[:, pullback.tensor([0, 2])]
    y.sum().backward()
    for name in ("_saved_indices", "_raw_saved_indices"):
        with pytest.raises(RuntimeError, match="after they have already been freed"):
            getattr(y.grad_fn, name)


def test_raw_indices_have_gaps() -> None:
    node = X[:, pullback.tensor([0, 2])].grad_fn
    missing, given = node._raw_saved_indices
    assert given.unpack().tolist() == [0, 2]
    with pytest.raises(RuntimeError, match="with value None is forbidden"):
        missing.register_hooks(lambda x: x, lambda x: x)


def test_names_are_those_of_pytorch_only() -> None:
    names = [name for name in dir((X * X).grad_fn) if name.startswith("_saved_") and "sym" not in name]
    assert sorted(names) == ["_saved_other", "_saved_self"]
