"""Recording switched on and off: blocks, functions, generators, coroutines, threads."""

from __future__ import annotations

import asyncio
import copy
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

import pullback as torch
from pullback.utils.checkpoint import checkpoint


def test_nested_blocks_restore_what_was() -> None:
    x = torch.ones(2, requires_grad=True)
    with torch.no_grad():
        assert not (x * 2).requires_grad
        with torch.enable_grad():
            assert (x * 2).requires_grad
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_restored_after_an_error() -> None:
    with pytest.raises(ValueError, match="inside"), torch.no_grad():
        raise ValueError("inside")
    assert torch.is_grad_enabled()


def test_decorates_functions_with_and_without_parentheses() -> None:
    @torch.no_grad()
    def first() -> bool:
        return torch.is_grad_enabled()

    @torch.no_grad
    def second() -> bool:
        return torch.is_grad_enabled()

    assert first() is False and second() is False and torch.is_grad_enabled()


def test_decorated_generator_leaves_its_consumer_alone() -> None:
    @torch.no_grad()
    def generate():  # type: ignore[no-untyped-def]
        received = yield torch.is_grad_enabled()
        yield received, torch.is_grad_enabled()
        return "end"

    run = generate()
    assert next(run) is False and torch.is_grad_enabled()
    assert run.send("sent") == ("sent", False) and torch.is_grad_enabled()
    with pytest.raises(StopIteration) as stop:
        next(run)
    assert stop.value.value == "end"


def test_decorated_generators_clean_up_in_their_own_mode() -> None:
    seen = []

    @torch.no_grad()
    def cleans() -> Iterator[None]:
        try:
            yield
        finally:
            seen.append(torch.is_grad_enabled())

    @torch.no_grad()
    def delegates() -> Iterator[None]:
        yield from cleans.__wrapped__()  # type: ignore[attr-defined]

    for generate in (cleans, delegates):
        run = generate()
        next(run)
        run.close()
        assert torch.is_grad_enabled()
    assert seen == [False, False]


_COLLECTED = """
import gc, random, contextvars
import pullback as torch
from pullback.utils.checkpoint import checkpoint

variables = [contextvars.ContextVar(str(i)) for i in range(40)]

@torch.no_grad()
def samples():
    for i in range(3):
        yield i

def drop():
    run = samples()
    next(run)
    cycle = [run]
    cycle.append(cycle)

def nest(depth):
    if depth < len(variables):
        gc.set_threshold(random.randint(1, 12), 1000, 1000)
        drop()
        token = variables[depth].set(depth)
        nest(depth + 1)
        variables[depth].reset(token)

random.seed(0)
for _ in range(500):
    nest(0)
print("ended")
"""


def test_decorated_generators_may_be_collected_at_any_time() -> None:
    run = subprocess.run([sys.executable, "-c", _COLLECTED], capture_output=True, text=True, timeout=120)
    assert run.stdout == "ended\n", (run.returncode, run.stderr)


def test_decorated_coroutine() -> None:
    @torch.no_grad()
    async def work() -> bool:
        await asyncio.sleep(0)
        return torch.is_grad_enabled()

    async def both() -> tuple[bool, bool]:
        return await work(), torch.is_grad_enabled()

    assert asyncio.run(both()) == (False, True)


def test_set_grad_enabled_as_function_and_block() -> None:
    torch.set_grad_enabled(False)
    assert not torch.is_grad_enabled()
    torch.set_grad_enabled(True)
    with torch.set_grad_enabled(False):
        assert not torch.is_grad_enabled()
    assert torch.is_grad_enabled()


def test_each_thread_has_its_own_mode() -> None:
    seen: list[bool] = []
    with torch.no_grad():
        thread = threading.Thread(target=lambda: seen.append(torch.is_grad_enabled()))
        thread.start()
        thread.join()
    assert seen == [True]


def test_inference_mode_marks_results() -> None:
    with torch.inference_mode():
        x = torch.ones(2)
        assert torch.is_inference_mode_enabled() and x.is_inference() and not torch.is_grad_enabled()
        with torch.inference_mode(False):
            assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    with pytest.raises(RuntimeError, match="Setting requires_grad=True on inference tensor"):
        x.requires_grad_()


def test_numpy_stays_silent_in_every_thread() -> None:
    results: list[float] = []

    def work() -> None:
        results.append((torch.ones(1) / 0).item())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert results == [float("inf")]


def test_copies_made_in_inference_mode_stay_there() -> None:
    x = torch.ones(2)
    with torch.inference_mode():
        inside = copy.deepcopy(x)
        assert inside.is_inference() and copy.copy(x).is_inference()
    assert not copy.deepcopy(inside).is_inference()
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        checkpoint(lambda tensor: tensor * 2, inside, use_reentrant=False)
    with torch.no_grad():
        assert checkpoint(lambda tensor: tensor * 2, inside, use_reentrant=False).tolist() == [2.0, 2.0]
