"""Second derivatives without the whole Hessian: products with it, its diagonal, its trace, and Gauss and Newton's part.

Not in PyTorch. All are built from `jvp` of `grad`, so they compose with the other transforms.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from pullback.func import argnums as arguments
from pullback.func.forward import jvp
from pullback.func.jacobians import basis
from pullback.func.reverse import grad, vjp
from pullback.graph import levels
from pullback.graph.batching import BatchLevel
from pullback.ops.shape.joining import cat
from pullback.trees import tree_flatten, tree_leaves, tree_unflatten


def hvp(func: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]) -> tuple[Any, Any]:
    """The gradient of `func` at `primals`, and the product of its Hessian there with `tangents`.

    Both are nested like `primals`, a tuple. Takes the time of about two gradients.

    >>> import pullback as torch
    >>> torch.func.hvp(lambda x: (x ** 3).sum(), (torch.tensor([1., 2.]),), (torch.tensor([1., 1.]),))
    ((tensor([ 3., 12.]),), (tensor([ 6., 12.]),))
    """
    return jvp(grad(func, tuple(range(len(primals)))), primals, tangents)  # type: ignore[no-any-return]


def _inner(first: Any, second: Any) -> Any:
    """The inner product of two trees of tensors."""
    terms = [(a * b).sum() for a, b in zip(tree_leaves(first), tree_leaves(second))]
    return sum(terms[1:], terms[0])


def _second_along_basis(func: Any, args: Any, argnums: Any, kwargs: Any, chunk_size: int | None) -> Any:
    """``eᵢᵀ H eᵢ`` for every basis vector, in the order of the elements of the chosen arguments."""
    chosen = arguments.chosen(args, argnums)
    inputs, spec = tree_flatten(chosen)
    gradient = grad(lambda values: func(*arguments.replaced(args, argnums, values), **kwargs))
    total = sum(each._array.size for each in inputs)
    step = chunk_size or max(total, 1)
    parts = []
    for start in range(0, total, step):
        level = BatchLevel(min(step, total - start))
        with levels.opened(level):
            rows = [level.split(each, 0) for each in basis(inputs, start, min(start + step, total))]
            tangents = tree_unflatten(rows, spec)
            _, pushed = jvp(gradient, (chosen,), (tangents,))
            parts.append(level.joined(_inner(pushed, tangents), 0))
    return inputs, spec, parts


def hessian_diag(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, *, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that returns the diagonal of the Hessian of `func`, nested and shaped like the argument.

    One product with the Hessian for each element, `chunk_size` at a time; the Hessian itself is never formed.

    >>> import pullback as torch
    >>> torch.func.hessian_diag(lambda x: (x ** 3).sum() + x.prod())(torch.tensor([1., 2.]))
    tensor([ 6., 12.])
    """

    @functools.wraps(func)
    def diagonal(*args: Any, **kwargs: Any) -> Any:
        inputs, spec, parts = _second_along_basis(func, args, argnums, kwargs, chunk_size)
        if not parts:
            return tree_unflatten([each.new_zeros(each.shape) for each in inputs], spec)
        flat = parts[0] if len(parts) == 1 else cat(parts)
        pieces = flat.split([each._array.size for each in inputs])
        return tree_unflatten([piece.reshape(each.shape) for piece, each in zip(pieces, inputs)], spec)

    return diagonal


def laplacian(
    func: Callable[..., Any], argnums: int | tuple[int, ...] = 0, *, chunk_size: int | None = None
) -> Callable[..., Any]:
    """A function that returns the Laplacian of `func`, which returns one number: the trace of its Hessian.

    >>> import pullback as torch
    >>> torch.func.laplacian(lambda x: (x ** 3).sum())(torch.tensor([1., 2.]))
    tensor(18.)
    """

    @functools.wraps(func)
    def trace(*args: Any, **kwargs: Any) -> Any:
        inputs, _, parts = _second_along_basis(func, args, argnums, kwargs, chunk_size)
        if not parts:
            return inputs[0].new_zeros(())
        return sum([part.sum() for part in parts[1:]], parts[0].sum())

    return trace


def ggn_vp(
    model: Callable[..., Any], loss: Callable[..., Any], primals: tuple[Any, ...], tangents: tuple[Any, ...]
) -> Any:
    """The product of the generalised Gauss-Newton matrix of ``loss(model(*primals))`` with `tangents`.

    That matrix is ``Jᵀ H J``: J the Jacobian of `model`, H the Hessian of `loss`, which returns one number, with respect
    to what `model` returns. It is the Hessian without the curvature of the model, and positive semidefinite for a convex
    loss (N. Schraudolph, 2002). Returns a tuple like `primals`.

    >>> import pullback as torch
    >>> x = torch.tensor([1., 2.])
    >>> torch.func.ggn_vp(lambda w: x * w, lambda y: (y ** 2).sum(), (torch.ones(2),), (torch.ones(2),))
    (tensor([2., 8.]),)
    """
    outputs, pushed = jvp(model, primals, tangents)
    _, curved = jvp(grad(loss), (outputs,), (pushed,))
    _, pull = vjp(model, *primals)
    return pull(curved)
