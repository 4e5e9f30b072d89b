"""torch.futures: results that come later."""

from __future__ import annotations

import threading
from collections.abc import Callable
from types import GenericAlias
from typing import Any

from pullback.device import device

__all__ = ["Future", "collect_all", "wait_all"]


class Future:
    """A result that somebody waits for.

    >>> future = Future()
    >>> doubled = future.then(lambda done: done.value() * 2)
    >>> future.set_result(21)
    >>> doubled.wait()
    42
    """

    __class_getitem__: Any = classmethod(GenericAlias)

    def __init__(self, *, devices: Any = None) -> None:
        for each in devices or ():
            if device(each).index is None:
                raise ValueError(f"Expected devices to have indices, got {each}")
            raise RuntimeError(f"PyTorch is not linked with support for {device(each).type} devices")
        self._ready = threading.Event()
        self._lock = threading.Lock()
        self._callbacks: list[Callable[[Future], Any]] = []
        self._result: Any = None
        self._error: BaseException | None = None

    def done(self) -> bool:
        """Whether there is a result or an error."""
        return self._ready.is_set()

    def wait(self) -> Any:
        """The result, once there is one; an error is raised."""
        self._ready.wait()
        return self.value()

    def value(self) -> Any:
        """The result; an error is raised.

        Raises:
            RuntimeError: if there is none yet.
        """
        if not self.done():
            raise RuntimeError("the future has no value yet; wait() for it")
        if self._error is not None:
            raise self._error
        return self._result

    def set_result(self, result: Any) -> None:
        """Give the result; a future has one only.

        Raises:
            RuntimeError: if it has one already.
        """
        self._finish(result, None)

    def set_exception(self, result: BaseException) -> None:
        """Give an error instead of a result."""
        if not isinstance(result, Exception):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._finish(None, result)

    def _finish(self, result: Any, error: BaseException | None) -> None:
        with self._lock:
            if self.done():
                raise RuntimeError(
                    "Attempting to mark a completed Future as complete again. Note that a Future can only be marked "
                    "completed once."
                )
            self._result, self._error = result, error
            self._ready.set()
        for callback in self._callbacks:
            callback(self)

    def add_done_callback(self, callback: Callable[[Future], Any]) -> None:
        """Call ``callback(future)`` when the result is there, or now if it is."""
        with self._lock:
            if not self.done():
                self._callbacks.append(callback)
                return
        callback(self)

    def then(self, callback: Callable[[Future], Any]) -> Future:
        """A future of what ``callback(future)`` returns."""
        following = Future()

        def run(future: Future) -> None:
            try:
                following.set_result(callback(future))
            except Exception as error:
                text = f"Got the following error when running the callback: {type(error).__name__}: {error}"
                following.set_exception(RuntimeError(text))

        self.add_done_callback(run)
        return following


def collect_all(futures: list[Future]) -> Future:
    """A future of the same futures, when all of them are done."""
    gathered = Future()
    left = [len(futures)]

    def count(future: Future) -> None:
        left[0] -= 1
        if not left[0]:
            gathered.set_result(futures)

    if not futures:
        gathered.set_result([])
    for future in futures:
        future.add_done_callback(count)
    return gathered


def wait_all(futures: list[Future]) -> list[Any]:
    """The results of all futures."""
    return [future.wait() for future in collect_all(futures).wait()]
