"""Many entries over several processes: a worker that dies or hangs costs the one entry it was at."""

from __future__ import annotations

import json
import os
import queue
import select
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

from .record import Record, failed
from .run_entry import Options

ROOT = Path(__file__).parents[2]
ONE_THREAD = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
HANGS_AFTER = 600.0  # seconds for one entry; Python code is stopped much earlier, by each sample's own limit


class Worker:
    """A process that answers entry keys with records; started anew when it died."""

    def __init__(self, library: str, options: Options) -> None:
        self.command = [
            sys.executable,
            "-m",
            "benchmarks.parity.worker",
            library,
            json.dumps(asdict(options)),
        ]
        self.checks = options.checks
        self.process: subprocess.Popen[str] | None = None

    def _start(self) -> subprocess.Popen[str]:
        return subprocess.Popen(
            self.command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
            text=True, bufsize=1, env={**os.environ, **ONE_THREAD}, cwd=ROOT,
        )  # fmt: skip

    def ask(self, key: str) -> Record:
        """The record of entry `key`; a failed one when the process dies or hangs at it."""
        self.process = self.process or self._start()
        assert self.process.stdin and self.process.stdout
        with suppress(BrokenPipeError):  # ended since the last answer: read as its end below
            self.process.stdin.write(key + "\n")
        ready, _, _ = select.select([self.process.stdout], [], [], HANGS_AFTER)
        line = self.process.stdout.readline() if ready else ""
        if line:
            return Record.from_json(json.loads(line))
        reason = self.stop()
        return failed(key, self.checks, reason if ready else f"no result after {HANGS_AFTER:g} s")

    def stop(self) -> str:
        """Ends the process; says how it ended."""
        if self.process is None:
            return ""
        process, self.process = self.process, None
        try:
            process.communicate(timeout=5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.communicate()
        return f"the process ended with code {process.returncode}"


def run_all(keys: Iterable[str], library: str, options: Options, jobs: int, done: Callable[[Record], None]) -> None:
    """Runs every entry of `keys` in `jobs` processes; `done` is called with each record, one at a time."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for key in keys:
        waiting.put(key)
    one_at_a_time = threading.Lock()

    def serve() -> None:
        worker = Worker(library, options)
        while True:
            try:
                key = waiting.get_nowait()
            except queue.Empty:
                worker.stop()
                return
            record = worker.ask(key)
            with one_at_a_time:
                done(record)

    threads = [threading.Thread(target=serve) for _ in range(jobs)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
