"""The parity count: PyTorch agrees with itself, a changed PyTorch does not, a fixed sample of ours does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from benchmarks.parity import entries  # noqa: E402
from benchmarks.parity.checks import ALL_CHECKS  # noqa: E402
from benchmarks.parity.pool import run_all  # noqa: E402
from benchmarks.parity.record import Record  # noqa: E402
from benchmarks.parity.run_entry import Options, related, run_entry  # noqa: E402

FEW = Options(samples=4)
SAMPLE = (
    "add", "sub", "mul", "true_divide", "neg", "pow", "rsub", "__getitem__", "exp", "log", "sqrt", "sin",
    "tanh", "sigmoid", "abs", "clamp", "maximum", "where", "sum", "mean", "max/reduction_with_dim", "amax",
    "cumsum", "matmul", "mm", "bmm", "cat", "stack", "view", "reshape", "transpose", "permute", "unsqueeze",
    "squeeze", "expand", "flatten", "softmax", "log_softmax", "nn.functional.linear", "nn.functional.relu",
)  # fmt: skip


@pytest.mark.parametrize("key", SAMPLE)
def test_pullback_agrees_with_pytorch(key: str) -> None:
    import pullback

    record = run_entry(key, pullback, FEW)
    reasons = {name: count.reason for name, count in record.checks.items() if count.state == "fail"}
    assert not reasons
    assert record.checks["forward"].samples > 0


@pytest.mark.parametrize("key", ["add", "polygamma/polygamma_n_1", "nn.functional.dropout", "linalg.svd", "T"])
def test_pytorch_agrees_with_itself(key: str) -> None:
    record = run_entry(key, torch, FEW)
    assert {name: count.state for name, count in record.checks.items()}.pop("forward") == "pass"
    assert record.state == "pass"


def test_another_value_fails_forward_and_another_slope_fails_the_derivatives(changed: Callable[..., Any]) -> None:
    def shifted(x: torch.Tensor) -> torch.Tensor:
        return torch.sin(x) + 1e-4 * torch.ones_like(x)

    def steeper(x: torch.Tensor) -> torch.Tensor:
        y = torch.sin(x)
        return y + (1e-4 * x - 1e-4 * x.detach()) * y.detach()

    def states(sin: object) -> dict[str, str]:
        checks = run_entry("sin", changed(sin=sin), FEW).checks
        return {name: count.state for name, count in checks.items()}

    assert states(shifted) == {"forward": "fail", "grad": "pass", "gradgrad": "pass", "jvp": "pass"}
    assert states(steeper) == {"forward": "pass", "grad": "fail", "gradgrad": "fail", "jvp": "fail"}


def test_missing_operator_fails_all_samples(changed: Callable[..., Any]) -> None:
    count = run_entry("sin", changed(sin=None), FEW).checks["forward"]
    assert (count.agree, count.reason) == (0, "no sin: sin")
    assert count.samples > 0


def test_sample_without_end_is_stopped(changed: Callable[..., Any]) -> None:
    def endless(x: torch.Tensor) -> torch.Tensor:
        while True:
            pass

    options = Options(checks=("forward",), samples=1, seconds=0.2)
    assert "TooSlow: no result after 0.2 s" in run_entry("sin", changed(sin=endless), options).checks["forward"].reason


def test_error_types_are_compared_by_name_and_ancestry() -> None:
    ours = type("IndexError", (IndexError,), {})
    assert related(ours, IndexError)
    assert related(NotImplementedError, RuntimeError)
    assert not related(ValueError, RuntimeError)
    assert not related(ValueError, TypeError)


def test_entries_that_cannot_be_sampled_say_why() -> None:
    assert run_entry("jiterator_unary", torch, FEW).not_sampled == "runs on CUDA only"
    assert run_entry("sparse.mm/reduce", torch, FEW).not_sampled == "sparse tensors"
    assert run_entry("bitwise_and", torch, Options(dtype="float32")).not_sampled.startswith("does not take float32")


def test_selection_by_pattern_and_use() -> None:
    assert entries.select("^max/") == ["max/reduction_with_dim", "max/reduction_no_dim", "max/binary"]
    assert len(entries.most_used()) == len(set(entries.most_used())) == 150
    assert {entries.table()[key].name for key in entries.select(top=150)} == set(entries.most_used())
    assert [i for i, _ in entries.spread(list(range(100)), 4)] == [0, 33, 66, 99]


def test_a_dying_process_costs_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = "import os, torch\ndef cos(x): os._exit(3)\ndef __getattr__(name): return getattr(torch, name)\n"
    (tmp_path / "deadly.py").write_text(library)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    records: list[Record] = []
    options = Options(checks=("forward", "grad"), samples=2)
    run_all(["sin", "cos", "tan"], "deadly", options, 1, records.append)
    assert [record.state for record in records] == ["pass", "fail", "pass"]
    assert records[1].checks["grad"].reason == "the process ended with code 3"


def test_all_checks_are_named() -> None:
    assert ALL_CHECKS == ("forward", "grad", "gradgrad", "jvp", "errors")
