"""Checks for a tracer, groups of processes that are not there, and memory handed over as capsules."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import pullback as torch

ERRORS = [
    ("_check(False)", RuntimeError, "Expected cond to be True, but got False."),
    ("_check_index(False, lambda: 'mine')", IndexError, "mine"),
    ("_check(1)", TypeError, "cond must be a bool, but got <class 'int'>"),
    ("_check_is_size(-1)", RuntimeError, "Expected cond to be True"),
    ("_assert(torch.tensor(False), 'no')", AssertionError, "no"),
    ("_assert_async(torch.tensor(False), 'no')", RuntimeError, "no"),
    ("distributed.get_rank()", ValueError, "Default process group has not been initialized"),
    ("distributed.all_reduce(torch.ones(1))", ValueError, "Default process group has not been initialized"),
    ("distributed.init_process_group('gloo')", RuntimeError, "pullback has no process groups"),
    ("distributed.fsdp.FullyShardedDataParallel(None)", RuntimeError, "pullback has no process groups"),
    ("export.export(None, ())", RuntimeError, "pullback has no exporter"),
]


@pytest.mark.parametrize(("call", "kind", "message"), ERRORS)
def test_errors(call: str, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        eval(f"torch.{call}", {"torch": torch})


def test_answers() -> None:
    torch._check(True)
    torch._check_tensor_all(torch.tensor([True, True]))
    assert torch.sym_int(2.5) == 2 and torch.sym_max(1, 2) == 2 and torch.sym_ite(False, 1, 2) == 2
    assert torch._shape_as_tensor(torch.ones(2, 3)).tolist() == [2, 3]
    assert torch.distributed.Backend("GLOO") == "gloo" and not torch.distributed.is_available()
    assert int(torch.distributed.ReduceOp.SUM) == 0 and torch.functional.einsum is torch.einsum
    assert torch.futures.Future[int] is not None


def test_capsules_share_memory() -> None:
    from pullback.utils.dlpack import from_dlpack, to_dlpack

    x = torch.ones(3)
    y: Any = from_dlpack(to_dlpack(x))
    y[0] = 7
    assert x.tolist() == [7.0, 1.0, 1.0]


def test_the_installed_version_is_told() -> None:
    program = "import importlib.metadata as m, torch; print(m.version('torch') == torch.__version__, torch.__name__)"
    command = [sys.executable, "-m", "pullback", "-c", program]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "True torch\n"
