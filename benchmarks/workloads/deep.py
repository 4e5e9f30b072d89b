"""A graph a million nodes deep: the walk and the release must neither recurse nor slow down."""

from __future__ import annotations

import threading
import time
from typing import Any

NODES = 1_000_000
STACK_BYTES = 256 * 1024  # a thread's stack: a recursion a million deep would overflow it at once


def _on_small_stack(work: Any) -> None:
    """Runs ``work()`` on a thread with a small stack."""
    before = threading.stack_size(STACK_BYTES)
    try:
        thread = threading.Thread(target=work)
        thread.start()
    finally:
        threading.stack_size(before)
    thread.join()


def chain_1m(torch: Any) -> Any:
    """A chain of 1,000,000 products: build, backward, release, each timed, on a stack of 256 KiB."""
    x, c = torch.ones(1, requires_grad=True), torch.full((1,), 1.000001)
    seconds: dict[str, float] = {}

    def work() -> None:
        x.grad = None
        began = time.perf_counter()
        y = x
        for _ in range(NODES):
            y = y * c
        built = time.perf_counter()
        y.backward(retain_graph=True)
        walked = time.perf_counter()
        del y
        freed = time.perf_counter()
        seconds.update(build=built - began, backward=walked - built, free=freed - walked)

    def step() -> dict[str, float]:
        seconds.clear()
        _on_small_stack(work)
        return dict(seconds)

    return step, lambda: x.grad
