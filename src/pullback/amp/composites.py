"""Functions of several operators that autocast casts as a whole, as PyTorch's lists want.

Inside such a function autocast is off. Who never enters autocast pays nothing: the functions' code is exchanged then.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from types import FunctionType
from typing import Any

import pullback
from pullback.amp.casting import active, cast_to
from pullback.public_functions import exchange, made_by_user

_LOWER = {"": "matmul __matmul__ prelu", "nn.functional": "prelu", "linalg": "matmul vecdot"}
_FULL = {
    "": "quantile nanquantile pinverse cholesky cholesky_inverse cholesky_solve inverse geqrf svd qr cdist orgqr ormqr "
    "triangular_solve lu_solve stft fake_quantize_per_tensor_affine kl_div poisson_nll_loss hinge_embedding_loss "
    "cosine_embedding_loss triplet_margin_loss margin_ranking_loss ctc_loss",
    "nn.functional": "cross_entropy l1_loss kl_div poisson_nll_loss hinge_embedding_loss cosine_embedding_loss "
    "margin_ranking_loss triplet_margin_loss ctc_loss grid_sample max_pool3d max_unpool1d max_unpool2d max_unpool3d",
    "linalg": "cond matrix_rank svdvals eigvals inv cholesky qr svd eig eigh eigvalsh tensorinv inv_ex cholesky_ex solve "
    "solve_ex lstsq tensorsolve householder_product",
    "fft": "fft ifft fft2 ifft2 fftn ifftn rfft irfft rfft2 irfft2 rfftn irfftn hfft ihfft",
}
_started: list[bool] = []


def cast_first() -> None:
    """Let the functions of both lists cast from now on, where autocast is on."""
    if _started:
        return
    _started.append(True)
    for lower, names in ((True, _LOWER), (False, _FULL)):
        for function in _functions(names):
            exchange(function, partial(_caller, lower))


def _functions(names: dict[str, str]) -> list[FunctionType]:
    """The functions of a list, each once; methods have the name of their function."""
    found: dict[FunctionType, None] = {}
    for path, words in names.items():
        space: Any = pullback
        for part in path.split("."):
            space = getattr(space, part) if part else space
        for each in [getattr(home, word, None) for word in words.split() for home in (space, pullback.Tensor)]:
            if isinstance(each, FunctionType):
                found[each] = None
    return list(found)


def _caller(lower: bool, inner: Callable[..., Any]) -> Callable[..., Any]:
    def call(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        dtype = active.get()
        if dtype is None:
            return made_by_user(inner(*args, **kwargs), call)
        target = dtype if lower else pullback.float32
        token = active.set(None)
        try:
            cast = [cast_to(target, each) for each in args]
            named = {name: cast_to(target, each) for name, each in kwargs.items()}
            return made_by_user(inner(*cast, **named), call)
        finally:
            active.reset(token)

    return call
