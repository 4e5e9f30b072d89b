"""Names that can be imported, of things that are not here: each raises when it is used."""

from __future__ import annotations

from typing import Any


def absent(names: str, why: str, error: type[Exception] = NotImplementedError) -> dict[str, Any]:
    """Functions of these names that raise `error` when called."""

    def made(name: str) -> Any:
        def refuse(*args: Any, **settings: Any) -> Any:
            raise error(f"{name}: {why}")

        refuse.__name__ = refuse.__qualname__ = name
        return refuse

    return {name: made(name) for name in names.split()}
