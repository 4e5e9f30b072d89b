"""Two tensors change places and keep their identity."""

from __future__ import annotations

import weakref
from typing import Any

from pullback.graph.hooks import note_hooked

_STATE = ("_array", "_requires_grad", "_maker", "_output_nr", "_grad", "_counter", "_view")


def swap_tensors(t1: Any, t2: Any) -> None:
    """Let `t1` be what `t2` was, elements, gradient, history, class and attributes, and the other way round.

    Whoever holds one of the objects sees the other's content from now on. A graph recorded from a leaf before it was
    swapped must not be used any more. Raises ``RuntimeError`` for a tensor with weak references: they would follow the
    object, not the content.

    >>> import pullback as torch
    >>> a, b = torch.tensor([1.]), torch.tensor([2., 3.])
    >>> torch.utils.swap_tensors(a, b)
    >>> a, b
    (tensor([2., 3.]), tensor([1.]))
    """
    for name, tensor in (("t1", t1), ("t2", t2)):
        # A hook holds its tensor weakly here, and may stay.
        if weakref.getweakrefs(tensor) and tensor._hooks is None and tensor._post_hooks is None:
            raise RuntimeError(f"Cannot swap {name} because it has weakref associated with it")
    t1.__class__, t2.__class__ = t2.__class__, t1.__class__
    t1.__dict__, t2.__dict__ = t2.__dict__, t1.__dict__
    for slot in _STATE:
        mine, other = getattr(t1, slot), getattr(t2, slot)
        setattr(t1, slot, other)
        setattr(t2, slot, mine)
    for tensor in (t1, t2):
        if tensor._hooks is not None or tensor._post_hooks is not None:
            note_hooked(tensor)
