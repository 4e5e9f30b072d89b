"""Starting several processes of one function, and waiting for all or the first that fails."""

from __future__ import annotations

import ctypes
import multiprocessing
import multiprocessing.connection
import pickle
import signal
import sys
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from typing import Any

__all__ = [
    "ProcessContext",
    "ProcessException",
    "ProcessExitedException",
    "ProcessRaisedException",
    "SpawnContext",
    "spawn",
    "start_processes",
]


def _prctl_pr_set_pdeathsig(signum: int) -> None:
    """Let the kernel (Linux) send this process `signum` when its parent ends."""
    ctypes.CDLL(None).prctl(1, int(signum))


class ProcessException(Exception):
    """A process has failed."""

    def __init__(self, msg: str, error_index: int, pid: int) -> None:
        super().__init__(msg)
        self.msg = msg
        self.error_index = error_index
        self.error_pid = self.pid = pid

    def __reduce__(self) -> Any:
        return type(self), (self.msg, self.error_index, self.pid)


class ProcessRaisedException(ProcessException):
    """A process has raised an exception."""


class ProcessExitedException(ProcessException):
    """A process has ended with a signal or another exit code than 0."""

    def __init__(
        self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code = exit_code
        self.signal_name = signal_name

    def __reduce__(self) -> Any:
        return type(self), (self.msg, self.error_index, self.pid, self.exit_code, self.signal_name)


def _run(fn: Callable[..., Any], i: int, args: tuple[Any, ...], error_file: str) -> None:
    try:
        fn(i, *args)
    except KeyboardInterrupt:
        pass  # the parent process has the same interrupt
    except Exception:
        with open(error_file, "wb") as file:
            pickle.dump(traceback.format_exc(), file)
        sys.exit(1)


class ProcessContext:
    """Processes that have been started.

    Attributes:
        processes: they, in order.
        error_files: where each writes the exception that it raises.
    """

    def __init__(self, processes: list[Any], error_files: list[str]) -> None:
        self.processes = processes
        self.error_files = error_files
        self.sentinels = {process.sentinel: index for index, process in enumerate(processes)}

    def pids(self) -> list[int]:
        """Their numbers."""
        return [int(process.pid) for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait for one process at least; if it has failed, end the others.

        Args:
            timeout: seconds to wait.
            grace_period: seconds that the others have to end by themselves.

        Returns:
            Whether all have ended well.

        Raises:
            ProcessRaisedException: if one has raised an exception.
            ProcessExitedException: if one has ended otherwise.
        """
        if not self.sentinels:
            return True
        failed = None
        for sentinel in multiprocessing.connection.wait(list(self.sentinels), timeout):
            index = self.sentinels.pop(sentinel)  # type: ignore[call-overload]
            self.processes[index].join()
            if self.processes[index].exitcode != 0:
                failed = index
                break
        if failed is None:
            return not self.sentinels
        self._end_others(grace_period)
        raise self._error(failed)

    def _end_others(self, grace_period: float | None) -> None:
        end = time.monotonic() + (grace_period or 0)
        for process in self.processes:
            if grace_period is not None:
                process.join(max(0.0, end - time.monotonic()))
            if process.is_alive():
                process.terminate()
        for process in self.processes:
            process.join(30)
            if process.is_alive():
                process.kill()
                process.join()

    def _error(self, index: int) -> ProcessException:
        process = self.processes[index]
        try:
            with open(self.error_files[index], "rb") as file:
                text = pickle.load(file)
        except (OSError, EOFError):
            return self._exit_error(index, process)
        return ProcessRaisedException(
            f"\n\n-- Process {index} terminated with the following error:\n{text}", index, process.pid
        )

    @staticmethod
    def _exit_error(index: int, process: Any) -> ProcessException:
        code = process.exitcode
        if code >= 0:
            return ProcessExitedException(f"process {index} terminated with exit code {code}", index, process.pid, code)
        name = signal.Signals(-code).name
        return ProcessExitedException(f"process {index} terminated with signal {name}", index, process.pid, code, name)


SpawnContext = ProcessContext


def start_processes(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """Start processes of ``fn(i, *args)`` with `i` from 0 to ``nprocs - 1``.

    Args:
        fn: a function of a module, so that it can be pickled.
        args: what it is given besides its number.
        nprocs: how many processes.
        join: wait for all of them.
        daemon: end them when this process ends.
        start_method: ``"spawn"``, ``"fork"`` or ``"forkserver"``.

    Returns:
        `None`, or without `join` the processes.
    """
    context = multiprocessing.get_context(start_method)
    processes, error_files = [], []
    for i in range(nprocs):
        with tempfile.NamedTemporaryFile(prefix="pullback-errorfile-", suffix=".pickle", delete=False) as file:
            error_files.append(file.name)
        process = context.Process(target=_run, args=(fn, i, args, error_files[i]), daemon=daemon)  # type: ignore[attr-defined]
        process.start()
        processes.append(process)
    started = ProcessContext(processes, error_files)
    if not join:
        return started
    while not started.join():
        pass
    return None


def spawn(
    fn: Callable[..., Any],
    args: tuple[Any, ...] = (),
    nprocs: int = 1,
    join: bool = True,
    daemon: bool = False,
    start_method: str = "spawn",
) -> ProcessContext | None:
    """`start_processes` with fresh interpreters."""
    if start_method != "spawn":
        warnings.warn(
            f"This method only supports start_method=spawn (got: {start_method}).\nTo use a different start_method use:"
            "\n\t\t torch.multiprocessing.start_processes(...)",
            FutureWarning,
            stacklevel=2,
        )
    return start_processes(fn, args, nprocs, join, daemon, start_method="spawn")
