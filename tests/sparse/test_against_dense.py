"""What an operator gives on sparse tensors is what it gives on the dense ones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import pullback as torch

RANDOM = np.random.default_rng(0)
UNARY = "neg abs sqrt sin tan sinh tanh asin atan asinh expm1 log1p floor ceil trunc sign square relu erf"
LAYOUTS = [torch.sparse_coo, torch.sparse_csr, torch.sparse_csc]


def drawn(*shape: int, repeats: bool = True, layout: Any = torch.sparse_coo) -> Any:
    """A random sparse tensor of doubles; by coordinates places come in any order, and twice if they may."""
    count = 8
    places = torch.from_numpy(np.stack([RANDOM.integers(0, n, count) for n in shape]))
    found = torch.sparse_coo_tensor(places, torch.from_numpy(RANDOM.uniform(0.1, 0.9, count)), shape)
    found = found if repeats else found.coalesce()
    return found if layout is torch.sparse_coo else found.to_sparse(layout=layout)


def dense(value: Any) -> Any:
    return value.to_dense()


def close(ours: Any, theirs: Any) -> None:
    torch.testing.assert_close(dense(ours), theirs, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", UNARY.split())
def test_functions_that_keep_zero(name: str, layout: Any) -> None:
    s = drawn(3, 4, layout=layout)
    found = getattr(s, name)()
    assert found.layout is layout
    close(found, getattr(dense(s), name)())


BINARY: dict[str, Callable[..., Any]] = {
    "sparse and sparse": lambda a, b, d: a + b,
    "alpha": lambda a, b, d: torch.add(a, b, alpha=3),
    "difference": lambda a, b, d: a - b,
    "dense and sparse": lambda a, b, d: d + a,
    "dense less sparse": lambda a, b, d: d - a,
    "product": lambda a, b, d: a * b,
    "dense product": lambda a, b, d: a * d * 2,
    "broadcast product": lambda a, b, d: a * d[0],
    "quotient": lambda a, b, d: a / 3,
}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("name", BINARY)
def test_arithmetic(name: str, layout: Any) -> None:
    for repeats in (True, False):
        a, b = drawn(3, 4, repeats=repeats, layout=layout), drawn(3, 4, repeats=repeats, layout=layout)
        d = torch.from_numpy(RANDOM.normal(size=(3, 4)))
        close(BINARY[name](a, b, d), BINARY[name](dense(a), dense(b), d))


MOVING: dict[str, Callable[[Any], Any]] = {
    "t": lambda s: s.t(),
    "transpose": lambda s: s.transpose(0, -1),
    "select": lambda s: s.select(1, -2),
    "brackets": lambda s: s[1],
    "one element": lambda s: s[1, 2],
    "slice": lambda s: s[:, 1:3],
    "index_select": lambda s: s.index_select(1, torch.tensor([3, 0, 0])),
    "cat": lambda s: torch.cat([s, s], 1),
    "stack": lambda s: torch.stack([s, s, s]),
    "unsqueeze": lambda s: s.unsqueeze(1),
    "sum": lambda s: s.sum(),
    "sum of rows": lambda s: s.sum(1),
    "sum of columns": lambda s: s.sum(0, keepdim=True),
    "norm": lambda s: s.norm(),
}


@pytest.mark.parametrize("name", MOVING)
def test_parts_and_sums(name: str) -> None:
    s = drawn(3, 4)
    close(MOVING[name](s), MOVING[name](dense(s)))


def test_dense_axes_move_among_themselves() -> None:
    s = torch.sparse_coo_tensor([[2, 0, 2]], torch.arange(18.0).reshape(3, 2, 3), (4, 2, 3))
    for change in (
        lambda t: t.transpose(1, 2),
        lambda t: t[2, 1],
        lambda t: t.select(2, 1),
        lambda t: t.sum((0, 2)),
        lambda t: t.index_select(2, torch.tensor([2, 0])),
        lambda t: torch.cat([t, t], 2),
    ):
        torch.testing.assert_close(dense(change(s)), change(dense(s)))


@pytest.mark.parametrize("layout", LAYOUTS)
def test_products(layout: Any) -> None:
    a, b = drawn(3, 4, layout=layout), drawn(4, 2, layout=layout)
    m = torch.from_numpy(RANDOM.normal(size=(4, 5)))
    close(a @ m, dense(a) @ m)
    close(a @ m[:, 0], dense(a) @ m[:, 0])
    close(m.t() @ b, m.t() @ dense(b))
    close(a @ b, dense(a) @ dense(b))
    assert (a @ b).layout is layout


def test_stacks_of_matrices() -> None:
    a = torch.stack([drawn(3, 4), drawn(3, 4)])
    m = torch.from_numpy(RANDOM.normal(size=(2, 4, 5)))
    close(torch.bmm(a, m), torch.bmm(dense(a), m))


@pytest.mark.parametrize("layout", [torch.sparse_csr, torch.sparse_csc])
def test_batches_of_compressed_matrices(layout: Any) -> None:
    d = torch.from_numpy(RANDOM.normal(size=(2, 3, 4)))
    s = d.to_sparse(layout=layout)
    close(s, d)
    close(s.transpose(1, 2), d.transpose(1, 2))
    with pytest.raises(RuntimeError, match="same number of specified elements per batch"):
        torch.tensor([[[1.0, 0.0]], [[1.0, 1.0]]]).to_sparse(layout=layout)


def test_conversions_keep_the_elements() -> None:
    s = drawn(3, 4)
    for layout in LAYOUTS:
        for other in LAYOUTS:
            close(s.to_sparse(layout=layout).to_sparse(layout=other), dense(s))


def test_writes_in_place() -> None:
    s, d = drawn(3, 4), drawn(3, 4)
    expected = dense(s) * 2 + dense(d)
    version = s._version
    s.mul_(2).add_(d)
    close(s, expected)
    assert s._version == version + 2
    target = torch.ones(3, 4, dtype=torch.float64)
    close(target.add_(s, alpha=2), 1 + 2 * expected)
    s.zero_()
    assert s._nnz() == 0


def test_what_is_not_there_is_refused_by_name() -> None:
    s = drawn(3, 4)
    for function, name in ((torch.cos, "cos"), (torch.exp, "exp"), (lambda t: t > 0, "gt")):
        with pytest.raises(NotImplementedError, match=f"aten::{name}.* 'SparseCPU' backend"):
            function(s)
    with pytest.raises(TypeError, match="can't convert Sparse layout tensor to numpy"):
        s.numpy()
    with pytest.raises(RuntimeError, match="reshape is not implemented for sparse"):
        s.reshape(4, 3)
