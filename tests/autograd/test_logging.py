"""The log of backward passes, and settings that are changed for a while."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

import pullback
from pullback import _logging
from pullback._inductor import config
from pullback._logging import _internal


class Records(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(record.getMessage())


@pytest.fixture
def records() -> Iterator[Records]:
    handler = Records()
    logger = logging.getLogger("torch.autograd")
    logger.addHandler(handler)
    yield handler
    logger.removeHandler(handler)
    _logging.set_logs()


def pass_backward() -> None:
    a = pullback.ones(2, requires_grad=True)
    b = a.mul(2).sum()
    pullback.autograd.backward((b, b.clone()))


def test_backward_passes_log_their_nodes(records: Records, capsys: pytest.CaptureFixture[str]) -> None:
    _logging.set_logs(autograd=logging.DEBUG)
    pass_backward()
    names = ["CloneBackward0", "SumBackward0", "MulBackward0", "AccumulateGrad"]
    assert [name in line for name, line in zip(names, records.lines)] == [True] * 4
    assert records.lines[-1].endswith("with grad_outputs: [f32[2]]")
    _logging.set_logs()
    pass_backward()
    assert len(records.lines) == 4


def test_the_environment_switches_logs_on(
    records: Records, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TORCH_LOGS", "+autograd,dynamo")
    before = _internal._get_log_state()
    _internal._set_log_state(_internal.LogState())
    _internal._init_logs()
    pass_backward()
    assert len(records.lines) == 4
    monkeypatch.delenv("TORCH_LOGS")
    _internal._set_log_state(before)
    _internal._init_logs()
    pass_backward()
    assert len(records.lines) == 4


def test_settings_are_patched_for_a_block_or_a_function() -> None:
    with config.patch({"size_asserts": False, "new_setting": 3}):
        assert (config.size_asserts, config.new_setting) == (False, 3)  # type: ignore[attr-defined]
    assert config.size_asserts
    assert not hasattr(config, "new_setting")

    @config.patch("cpp_wrapper", True)
    def inside() -> bool:
        return config.cpp_wrapper

    assert inside()
    assert not config.cpp_wrapper
