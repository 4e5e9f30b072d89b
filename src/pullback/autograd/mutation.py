"""Writing in place into what the backward pass still needs: the old values are copied just in time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from pullback.graph import mutation


@contextmanager
def allow_mutation_on_saved_tensors() -> Iterator[mutation.Keeper]:
    """Let saved tensors be written to in place inside the block, where the backward pass must run too.

    A saved tensor is copied when the first write into its memory comes. ``RuntimeError`` where blocks are nested.

    >>> import pullback as torch
    >>> x = torch.ones(2, requires_grad=True)
    >>> with torch.autograd.graph.allow_mutation_on_saved_tensors():
    ...     y = x.clone()
    ...     z = (y ** 2).sum()
    ...     _ = y.zero_()
    ...     z.backward()
    >>> x.grad
    tensor([2., 2.])
    """
    with mutation.keeping() as keeper:
        yield keeper
