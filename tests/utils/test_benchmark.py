"""torch.utils.benchmark: timers and measurements."""

from __future__ import annotations

from typing import Any

import pytest

from pullback.utils import benchmark

TIMES = ([1e-4], [3.0, 3.1] * 3, [1e-4, 1.1e-4], [1e-4, 1.1e-4, 1.3e-4], [1e-4, 1.1e-4, 1.2e-4, 2e-4])
SPECS: tuple[dict[str, Any], ...] = (
    {"stmt": "x", "setup": "pass", "label": "L", "description": "D"},
    {"stmt": "y+1\nz", "setup": "q=1", "num_threads": 4},
    {"stmt": "a\nb", "setup": "q\nr", "sub_label": "S", "env": "E"},
)


def facts(module: Any, times: list[float], spec: dict[str, Any]) -> list[Any]:
    m = module.Measurement(10, times, module.TaskSpec(**spec))
    text = repr(m).split("\n", 1)[1]
    numbers = [pytest.approx(value, rel=1e-12, abs=1e-18) for value in (m.median, m.mean, m.iqr)]
    return [text, *numbers, m.significant_figures, m.has_warnings, m.meets_confidence(), m.title, m.env, m.as_row_name]


def test_text_of_a_measurement() -> None:
    assert facts(benchmark, TIMES[4], SPECS[0])[0] == (
        "L\nD\n  Median: 11.50 us\n  IQR:    3.25 us (10.75 to 14.00)\n  4 measurements, 10 runs per measurement, 1 thread\n"
        "  WARNING: Interquartile range is 28.3% of the median measurement.\n"
        "           This suggests significant environmental influence."
    )


@pytest.mark.parametrize("times", TIMES)
@pytest.mark.parametrize("spec", SPECS)
def test_measurements_are_those_of_torch(times: list[float], spec: dict[str, Any]) -> None:
    pytest.importorskip("torch")
    import torch.utils.benchmark as reference

    ours, theirs = (facts(module, times, spec) for module in (benchmark, reference))
    assert [each if isinstance(each, (str, int, type(None))) else each.expected for each in ours] == theirs


def test_timers_measure() -> None:
    timer = benchmark.Timer("y = f(x)", setup="x = torch.ones(2)", globals={"f": lambda x: x + 1})
    assert len(timer.timeit(10).times) == 1
    blocks = timer.blocked_autorange(min_run_time=0.005)
    assert sum(blocks.raw_times) >= 0.005
    assert timer.adaptive_autorange(min_run_time=0.001, max_run_time=0.01).median > 0


def test_merged_measurements() -> None:
    task = benchmark.TaskSpec("x", "pass")
    (merged,) = benchmark.Measurement.merge(
        [benchmark.Measurement(10, [1.0], task), benchmark.Measurement(2, [1.0], task)]
    )
    assert merged.raw_times == [0.1, 0.5]


def test_errors() -> None:
    with pytest.raises(ValueError, match="Currently only a `str` stmt is supported"):
        benchmark.Timer(lambda: 3)  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="statements of Python only"):
        benchmark.Timer("x", language="c++")
    with pytest.raises(NotImplementedError, match="Callgrind"):
        benchmark.Timer("x").collect_callgrind()
