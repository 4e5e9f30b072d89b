"""Context managers that decorate."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from pullback.utils._contextlib import _DecoratorContextManager, _NoParamDecoratorContextManager, context_decorator

log: list[str] = []


class Noted(_NoParamDecoratorContextManager):
    def __enter__(self) -> None:
        log.append("in")

    def __exit__(self, *exception: object) -> None:
        log.append("out")


def test_functions_and_generators_run_within_it() -> None:
    log.clear()

    @Noted
    def double(x: int) -> int:
        log.append("run")
        return 2 * x

    @Noted()
    def count() -> Iterator[int]:
        yield 1
        yield 2

    assert double(3) == 6 and log == ["in", "run", "out"]
    log.clear()
    assert list(count()) == [1, 2] and log == ["in", "out"] * 3  # closed while the consumer runs


def test_a_factory_gives_a_context_for_each_call() -> None:
    log.clear()

    @contextmanager
    def noted() -> Iterator[None]:
        log.append("in")
        yield
        log.append("out")

    run = context_decorator(noted, lambda: log.append("run"))
    run()
    run()
    assert log == ["in", "run", "out"] * 2


def test_what_could_be_either_is_refused() -> None:
    class Both(_DecoratorContextManager):
        pass

    with pytest.raises(ValueError, match="ambiguous"):
        context_decorator(Both(), lambda: None)
