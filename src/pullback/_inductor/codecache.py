"""Where PyTorch's compiler keeps what it has written: there is nothing to keep."""

from __future__ import annotations

from typing import Any, NoReturn


class CppCodeCache:
    """Compiled sources."""

    @classmethod
    def load(cls, source_code: str, *args: Any, **settings: Any) -> NoReturn:
        """Raises ``OSError``: no compiler is called."""
        raise OSError("CppCodeCache: pullback neither traces nor compiles")
