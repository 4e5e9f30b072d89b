"""The transforms that need no other, and `vmap` in a number of parts."""

from collections.abc import Callable
from typing import Any

from pullback.func import grad as grad, grad_and_value as grad_and_value, vmap as vmap
from pullback.func.batch_arguments import checked_arguments

__all__ = ["chunk_vmap", "grad", "grad_and_value", "vmap"]


def chunk_vmap(
    func: Callable[..., Any], in_dims: Any = 0, out_dims: Any = 0, randomness: str = "error", chunks: int = 2
) -> Callable[..., Any]:
    """`vmap` in `chunks` parts of equal size.

    >>> import pullback as torch
    >>> chunk_vmap(torch.cos, chunks=2)(torch.zeros(3))
    tensor([1., 1., 1.])
    """

    def chunked(*args: Any, **kwargs: Any) -> Any:
        size, *_ = checked_arguments(func, in_dims, args)
        if chunks < 1:
            raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
        return vmap(func, in_dims, out_dims, randomness, chunk_size=max(1, -(-size // chunks)))(*args, **kwargs)

    return chunked
