"""`rearrange`: what patterns mean, and what is said of patterns that mean nothing."""

from __future__ import annotations

import pytest

import pullback as torch
from pullback._functorch.functorch.einops import rearrange

X = torch.arange(24).reshape(2, 3, 4)


def test_patterns() -> None:
    assert torch.equal(rearrange(X, "a b c -> c (b a)"), X.permute(2, 1, 0).reshape(4, 6))
    assert torch.equal(
        rearrange(X, "a b (c d) -> (a d) (b c)", d=2), X.view(2, 3, 2, 2).permute(0, 3, 1, 2).reshape(4, 6)
    )
    assert torch.equal(rearrange(X, "... -> (...)"), X.reshape(-1))
    assert torch.equal(rearrange(X, "a ... -> (... a) 1"), X.permute(1, 2, 0).reshape(-1, 1))
    assert torch.equal(rearrange([X, X], "l ... -> ... l"), torch.stack([X, X], -1))
    with pytest.warns(RuntimeWarning, match="names that are keywords: if"):
        assert rearrange(X, "a b if -> if a b").shape == (4, 2, 3)


REFUSED = {
    "a b c": "must contain a single '->' separator",
    "a b c -> a b": "only on one side of rearrange expression .* {'c'}",
    "a b -> b a": r"Number of dimensions in pattern \(2\) must be equal",
    "a a c -> a c": "duplicate dimension 'a'",
    "a (b (c d)) e -> a": "one-level",
    "a b) c -> a b c": "Brackets are not balanced",
    "(a b c -> a b c": "Imbalanced parentheses",
    "a b c. -> a b c": "only inside ellipsis",
    "... a ... -> a ...": "only one ellipsis",
    "a b c -> a b c ...": "Ellipsis found in right side",
    "(... a) -> a ...": "Ellipsis is parenthesis in the left side",
    "a b 2c -> a b 2c": "Invalid axis identifier: 2c",
    "a b _c -> a b _c": "should not start or end with underscore",
    "a b 2 -> a b": "unnamed axes of size 1",
    "a (b k) c -> a b k c": "cannot infer the sizes of two dimensions",
}


@pytest.mark.parametrize("pattern", REFUSED)
def test_refused(pattern: str) -> None:
    with pytest.raises(ValueError, match=REFUSED[pattern]):
        rearrange(X, pattern)


def test_lengths_are_checked() -> None:
    with pytest.raises(ValueError, match="not found in rearrange expression: {'k'}"):
        rearrange(X, "a b c -> a b c", k=2)
    with pytest.raises(TypeError, match="must be integers, got: <class 'float'>"):
        rearrange(X, "a b c -> a b c", a=2.0)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="does not evenly fit"):
        rearrange(X, "a (b k) c -> a b k c", k=2)
