"""Branches and loops as functions: what they give, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback._higher_order_ops import associative_scan, cond, map as map_rows, scan, while_loop

X = torch.arange(1.0, 7).reshape(3, 2)


def test_scan_stacks_along_the_axis_that_it_runs_along() -> None:
    carry, found = scan(lambda c, x: (c + x, c * x), torch.zeros(3), X, dim=1)
    assert carry.tolist() == [3, 7, 11]
    assert found.tolist() == [[0, 2], [0, 12], [0, 30]]
    _, found = scan(lambda c, x: (c + x, c * x), torch.zeros(2), X, dim=-2, reverse=True)
    assert found.tolist() == [[8, 20], [15, 24], [0, 0]]
    assert scan(lambda c, x: (c + x, None), torch.zeros(2), X)[1] is None


def test_associative_scan_of_pairs() -> None:
    """The recurrence ``y = a y + b``, whose steps combine associatively."""
    pairs = (X / 2, X)
    _, found = associative_scan(lambda p, q: (p[0] * q[0], p[1] * q[0] + q[1]), pairs, 0, combine_mode="generic")
    state, rows = torch.zeros(2), []
    for a, b in zip(*pairs):
        state = a * state + b
        rows.append(state.tolist())
    assert found.tolist() == rows


REFUSED: list[tuple[type[Exception], str, Any]] = [
    (RuntimeError, "Expected pred to be bool or tensor, but got a.", lambda: cond("a", torch.sin, torch.cos, (X,))),
    (RuntimeError, "single-element tensor, but got", lambda: cond(X > 1, torch.sin, torch.cos, (X,))),
    (RuntimeError, "cond_fn and body_fn to be callable", lambda: while_loop(1, torch.sin, (X,))),  # type: ignore[arg-type]
    (RuntimeError, "Expected cond_fn to return a boolean", lambda: while_loop(lambda x: 3, lambda x: (x,), (X,))),
    (RuntimeError, "same number of outputs", lambda: while_loop(lambda x: True, lambda x: (x, x), (X,))),
    (RuntimeError, "to have same metadata", lambda: while_loop(lambda x: True, lambda x: (x.long(),), (X,))),
    (RuntimeError, "can only consist of tensors", lambda: map_rows(torch.sin, 3)),
    (RuntimeError, "must be consistent", lambda: map_rows(lambda x: x[0], (X, X[1:]))),
    (RuntimeError, "cannot be 0", lambda: map_rows(torch.sin, X[:0])),
    (RuntimeError, "requires init leaves", lambda: scan(lambda c, x: (c, x), [], X)),
    (RuntimeError, "All init leaves must be a Tensor", lambda: scan(lambda c, x: (c, x), 1, X)),
    (RuntimeError, "Combine_fn must be a callable", lambda: scan(1, X[0], X)),  # type: ignore[arg-type]
    (RuntimeError, "Reverse must be a bool", lambda: scan(lambda c, x: (c, x), X[0], X, reverse=1)),  # type: ignore[arg-type]
    (RuntimeError, "carry and init to have same metadata", lambda: scan(lambda c, x: (c[:1], x), X[0], X)),
    (IndexError, "Dimension out of range", lambda: scan(lambda c, x: (c, x), X[0], X, dim=2)),
    (ValueError, "scan dimension > 0", lambda: associative_scan(torch.add, X[:0], 0)),
    (ValueError, "Combine_mode must", lambda: associative_scan(torch.add, X, 0, combine_mode="bad")),
]


@pytest.mark.parametrize(("error", "told", "call"), REFUSED, ids=[told for _, told, _ in REFUSED])
def test_refused(error: type[Exception], told: str, call: Any) -> None:
    with pytest.raises(error, match=told):
        call()
