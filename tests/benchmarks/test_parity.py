"""The parity count: PyTorch agrees with itself, a changed PyTorch does not, a fixed sample of ours does."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")

from benchmarks.parity import entries, markdown, plan  # noqa: E402
from benchmarks.parity.pool import run_all  # noqa: E402
from benchmarks.parity.record import Record  # noqa: E402
from benchmarks.parity.run_entry import Options, run_entry  # noqa: E402

FEW = Options(samples=4)
SAMPLE = (
    *(key for key in entries.select(top=150)[::5] if plan.dtype_of("forward", entries.table()[key])),
    "__getitem__", "max/reduction_with_dim", "softmax", "sort", "index_put", "scatter_add", "isin", "gradient",
    "empty_permuted", "fill",
)  # fmt: skip


@pytest.mark.parametrize("key", dict.fromkeys(SAMPLE))
def test_pullback_agrees_with_pytorch(key: str) -> None:
    import pullback

    record = run_entry(key, pullback, Options(samples=2))
    reasons = {name: count.reason for name, count in record.checks.items() if count.state == "fail"}
    assert not reasons
    assert record.checks["forward"].samples > 0


@pytest.mark.parametrize("key", ["add", "polygamma/polygamma_n_1", "nn.functional.dropout", "linalg.svd", "topk"])
def test_pytorch_agrees_with_itself(key: str) -> None:
    record = run_entry(key, torch, FEW)
    assert record.checks["forward"].state == "pass"
    assert record.state == "pass"


def states(library: Any, *checks: str) -> dict[str, str]:
    """The outcome of each check of ``sin`` on `library`."""
    found = run_entry("sin", library, Options(checks=checks, samples=2)).checks
    return {name: count.state for name, count in found.items()}


def test_another_value_fails_forward_and_another_slope_fails_the_derivatives(changed: Callable[..., Any]) -> None:
    def shifted(x: torch.Tensor) -> torch.Tensor:
        return torch.sin(x) + 1e-4 * torch.ones_like(x)

    def steeper(x: torch.Tensor) -> torch.Tensor:
        y = torch.sin(x)
        return y + (1e-4 * x - 1e-4 * x.detach()) * y.detach()

    derivatives = ("grad", "gradgrad", "jvp", "fwdrev", "grad:complex128")
    assert states(changed(sin=shifted), "forward", *derivatives) == {"forward": "fail"} | dict.fromkeys(
        derivatives, "pass"
    )
    assert states(changed(sin=steeper), "forward", *derivatives) == {"forward": "pass"} | dict.fromkeys(
        derivatives, "fail"
    )


def test_other_forms_are_compared(changed: Callable[..., Any]) -> None:
    def without_out(x: torch.Tensor) -> torch.Tensor:
        return torch.sin(x)

    found = states(changed(sin=without_out), "methods", "in place", "out")
    assert found == {"methods": "pass", "in place": "pass", "out": "fail"}


def test_missing_operator_fails_all_samples(changed: Callable[..., Any]) -> None:
    count = run_entry("sin", changed(sin=None), FEW).checks["forward"]
    assert (count.agree, count.reason) == (0, "no sin: sin")
    assert count.samples > 0


def test_a_wrong_derivative_of_pytorch_does_not_count() -> None:
    import pullback

    checks = ("forward", "grad", "gradgrad")
    record = run_entry("as_strided_scatter", pullback, Options(checks=checks, samples=2))  # its gradcheck fails
    assert record.checks["forward"].state == "pass"
    assert {record.checks[name].skipped for name in checks[1:]} == {"PyTorch's own derivative fails gradcheck"}


def test_indices_of_ties_are_compared_by_what_they_point_to() -> None:
    import pullback

    checks = ("forward:bool", "forward:int64")
    record = run_entry("sort", pullback, Options(checks=checks, samples=3))  # thousands of equal elements
    assert {name: count.state for name, count in record.checks.items()} == dict.fromkeys(checks, "pass")


def test_sample_without_end_is_stopped(changed: Callable[..., Any]) -> None:
    def endless(x: torch.Tensor) -> torch.Tensor:
        while True:
            pass

    options = Options(checks=("forward",), samples=1, seconds=0.2)
    assert "TooSlow: no result after 0.2 s" in run_entry("sin", changed(sin=endless), options).checks["forward"].reason


def test_checks_are_named_by_kind_and_dtype() -> None:
    assert plan.parts("grad") == ("grad", None)
    assert plan.parts("grad:complex128") == ("grad", "complex128")
    for wrong in ("gard", "grad:complex12"):
        with pytest.raises(ValueError, match="no such"):
            plan.parts(wrong)
    sin, imag = entries.table()["sin"], entries.table()["imag"]
    assert plan.dtype_of("forward", sin) is torch.float64
    assert plan.dtype_of("jvp:complex128", sin) is torch.complex128
    assert plan.dtype_of("forward:complex128", imag) is None  # its plain dtype
    assert plan.dtype_of("grad:int64", sin) is None


def test_entries_that_cannot_be_sampled_say_why() -> None:
    assert run_entry("jiterator_unary", torch, FEW).not_sampled == "runs on CUDA only"
    assert run_entry("sparse.mm/reduce", torch, FEW).not_sampled == "sparse tensors"
    assert run_entry("torch._scaled_mm", torch, FEW).not_sampled.startswith("no check applies")


def test_selection_by_pattern_and_use() -> None:
    assert entries.select("^max/") == ["max/reduction_with_dim", "max/reduction_no_dim", "max/binary"]
    assert len(entries.most_used()) == len(set(entries.most_used())) == 150
    assert {entries.table()[key].name for key in entries.select(top=150)} == set(entries.most_used())
    assert [i for i, _ in entries.spread(list(range(100)), 4)] == [0, 33, 66, 99]


def test_page_has_a_line_for_each_operator_and_names_what_differs() -> None:
    checks = ("forward", "grad")
    records = [run_entry(key, torch, Options(checks, 2)) for key in ("sin", "add")]
    records[1].checks["grad"].add(7, "shape (1,), torch ()")
    page = markdown.page(records, checks, 2)
    assert "Up to 2 samples of each entry were taken." in page
    assert "| `sin` | method, in place, `out=` | " in page
    assert "- add [float64] grad 2/3: sample 7: shape (1,), torch ()" in page
    assert "**2 of 3**" in page


def test_a_dying_process_costs_one_entry(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    library = "import os, torch\ndef cos(x): os._exit(3)\ndef __getattr__(name): return getattr(torch, name)\n"
    (tmp_path / "deadly.py").write_text(library)
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(tmp_path), os.environ.get("PYTHONPATH", "")]))
    records: list[Record] = []
    options = Options(checks=("forward", "grad"), samples=2)
    run_all(["sin", "cos", "tan"], "deadly", options, 1, records.append)
    assert [record.state for record in records] == ["pass", "fail", "pass"]
    assert records[1].checks["grad"].reason == "the process ended with code 3"
