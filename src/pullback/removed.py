"""Functions of linear algebra that PyTorch has removed: they exist to say what to call in their place."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NoReturn

_REMOVED = {
    "eig": ("linalg.eig", "its results are complex"),
    "lstsq": ("linalg.lstsq", "its arguments are the other way round, and the residuals stand apart"),
    "matrix_rank": ("linalg.matrix_rank", "`symmetric` is now called `hermitian`"),
    "solve": ("linalg.solve", "its arguments are the other way round, and it returns no LU factorization"),
    "symeig": ("linalg.eigh", "it reads the lower triangle unless told otherwise; `linalg.eigvalsh` gives values only"),
}


def _removed(name: str, successor: str, difference: str) -> Callable[..., NoReturn]:
    message = (
        "This function was deprecated since version 1.9 and is now removed. "
        f"`torch.{name}` is deprecated in favor of `torch.{successor}`; {difference}."
    )

    def refuse(*args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(message)

    refuse.__name__ = refuse.__qualname__ = name
    refuse.__doc__ = f"Removed; see `torch.{successor}`. Raises ``RuntimeError``."
    return refuse


eig, lstsq, matrix_rank, solve, symeig = (_removed(name, *told) for name, told in _REMOVED.items())
