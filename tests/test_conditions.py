"""Checks for a tracer, groups of processes that are not there, and memory handed over as capsules."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import pullback as torch

ERRORS = [
    ("_check(False)", RuntimeError, "Expected cond to be True, but got False."),
    ("_check_index(False, lambda: 'mine')", IndexError, "mine"),
    ("_check(1)", TypeError, "cond must be a bool, but got <class 'int'>"),
    ("_check_is_size(-1)", RuntimeError, "Expected cond to be True"),
    ("_assert(torch.tensor(False), 'no')", AssertionError, "no"),
    ("_check_tensor_all_with(ValueError, torch.tensor([True, False]), lambda: 'some')", ValueError, "some"),
    (
        "_check_tensor_all_with(ValueError, torch.tensor(1))",
        TypeError,
        "must have dtype torch.bool, but got torch.int64",
    ),
    ("_assert_async(torch.tensor(False), 'no')", RuntimeError, "no"),
    ("distributed.get_rank()", ValueError, "Default process group has not been initialized"),
    ("distributed.all_reduce(torch.ones(1))", ValueError, "Default process group has not been initialized"),
    ("distributed.init_process_group('gloo', rank=0, world_size=2)", RuntimeError, "pullback has no process groups"),
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


def test_inner_forms() -> None:
    from pullback import _aminmax, _cast_Float, _is_all_true, _is_any_true, _softmax, _stack

    flags = torch.tensor([True, False])
    assert _is_any_true(flags).item() is True and _is_all_true(flags).item() is False
    with pytest.raises(RuntimeError, match="expected a boolean tensor"):
        _is_all_true(torch.ones(1))
    assert _softmax(torch.ones(2), 0, False).tolist() == [0.5, 0.5]
    with pytest.raises(RuntimeError, match="half to float"):
        _softmax(torch.ones(2), 0, True)
    assert [v.item() for v in _aminmax(torch.tensor([1.0, 2.0]))] == [1, 2]
    assert _cast_Float(torch.tensor([1])).dtype is torch.float32 and _stack([flags, flags]).shape == (2, 2)


def test_tensors_from_files(tmp_path: Path) -> None:
    name = str(tmp_path / "numbers")
    torch.from_file(name, True, 3).fill_(2)
    private = torch.from_file(name, False, 3)
    assert private.tolist() == [2, 2, 2] and (tmp_path / "numbers").stat().st_size == 12
    private.zero_()
    assert torch.from_file(name, size=3).tolist() == [2, 2, 2]


def test_autocast_without_a_block() -> None:
    torch.set_autocast_enabled("cpu", True)
    assert (torch.ones(2, 2) @ torch.ones(2, 2)).dtype is torch.bfloat16
    torch.set_autocast_cpu_enabled(False)
    assert not torch.is_autocast_enabled("cpu") and torch.autocast_increment_nesting() == 1
    assert torch.autocast_decrement_nesting() == 0
    with pytest.raises(RuntimeError, match="no device of type 'cuda'"):
        torch.set_autocast_enabled(True)
