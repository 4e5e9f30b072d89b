"""Which of PyTorch's logs are written: what `set_logs` says, or ``TORCH_LOGS`` in the environment.

There is one log here, ``autograd``: at the level DEBUG it names each node that a backward pass runs. The compiler's logs may
be asked for and stay empty.

>>> import logging
>>> set_logs(autograd=logging.DEBUG)
>>> logging.getLogger("torch.autograd").level == logging.DEBUG
True
>>> set_logs()
"""

from __future__ import annotations

import logging
import os
from collections.abc import Callable
from typing import Any

from pullback.arrays.dtypes import from_numpy
from pullback.graph.hooks import note_hooked
from pullback.graph.node import value_at
from pullback.graph.observers import set_node_observer

_LOGGERS = {"autograd": "torch.autograd"}
_LEVELS = {"+": logging.DEBUG, "-": logging.ERROR}


class LogRegistry:
    """The logs that there are."""

    def get_log_qnames(self) -> set[str]:
        """The names of their loggers."""
        return set(_LOGGERS.values())


class LogState:
    """The level of each log that is on, by its name."""

    def __init__(self) -> None:
        self.levels: dict[str, int] = {}

    def clear(self) -> None:
        """Switch all off."""
        self.levels.clear()


class _Watch:
    """While this lives, backward passes take the walk that knows of observers, which meets leaves too."""


log_registry = LogRegistry()
log_state = LogState()
_watches: list[_Watch] = []


def _get_log_state() -> LogState:
    return log_state


def _set_log_state(state: LogState) -> None:
    global log_state
    log_state = state


def set_logs(**levels: Any) -> None:
    """Switch logs on at levels of `logging` (or `True`), and all that are not named off."""
    log_state.levels = {
        name: level if isinstance(level, int) and not isinstance(level, bool) else logging.INFO
        for name, level in levels.items()
        if level is not None and level is not False
    }
    _apply()


def _init_logs(log_file_name: str | None = None) -> None:
    """Do as ``TORCH_LOGS`` says: names of logs, ``+`` before one for more, ``-`` for errors only."""
    told = os.environ.get("TORCH_LOGS")
    if told:
        words = [word.strip() for word in told.split(",")]
        log_state.levels = {word.lstrip("+-"): _LEVELS.get(word[:1], logging.INFO) for word in words if word}
    _apply()


def _apply() -> None:
    _watches.clear()
    set_node_observer(None)
    for name, qualified in _LOGGERS.items():
        logger = logging.getLogger(qualified)
        if not logger.handlers:
            handler = logging.StreamHandler()
            handler.setFormatter(logging.Formatter("V%(asctime)s %(process)d %(name)s] %(message)s"))
            logger.addHandler(handler)
            logger.propagate = False
        logger.setLevel(log_state.levels.get(name, logging.WARNING))
    if log_state.levels.get("autograd", logging.WARNING) <= logging.DEBUG:
        set_node_observer(_told)
        _watches.append(_Watch())
        note_hooked(_watches[0])


def _told(node: Any, run: Callable[[], Any]) -> Any:
    facts = [
        value_at(node, nr) if node._n_outputs > 0 else (node._shape, node._dtype) for nr in range(abs(node._n_outputs))
    ]
    gradients = [f"{_short(dtype)}{list(shape)}" for shape, dtype in facts if dtype is not None]
    logging.getLogger("torch.autograd").debug("Executing: %s with grad_outputs: [%s]", node, ", ".join(gradients))
    return run()


def _short(dtype: Any) -> str:
    from pullback.utils._dtype_abbrs import dtype_abbrs

    return dtype_abbrs[from_numpy(dtype)]


def getArtifactLogger(module_qname: str, artifact_name: str) -> logging.Logger:
    """The logger of a part of the compiler, which says nothing."""
    return logging.getLogger(f"{module_qname}.__{artifact_name}")
