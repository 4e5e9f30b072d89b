"""SummaryWriter: events in a file that TensorBoard shows."""

from __future__ import annotations

import os
import socket
import time
from datetime import datetime
from typing import Any

from tensorboard.compat.proto.event_pb2 import Event
from tensorboard.compat.proto.summary_pb2 import Summary
from tensorboard.summary.writer.event_file_writer import EventFileWriter

from pullback.tensor import Tensor
from pullback.utils.tensorboard import summary as forms

__all__ = ["FileWriter", "SummaryWriter"]


class FileWriter:
    """Writes events of one run into a file in `log_dir`."""

    def __init__(self, log_dir: str, max_queue: int = 10, flush_secs: int = 120, filename_suffix: str = "") -> None:
        self.event_writer = EventFileWriter(str(log_dir), max_queue, flush_secs, filename_suffix)

    def get_logdir(self) -> str:
        """The folder."""
        return self.event_writer.get_logdir()

    def add_event(self, event: Any, step: int | None = None, walltime: float | None = None) -> None:
        """Write an event, stamped with a step and a time in seconds."""
        event.wall_time = time.time() if walltime is None else walltime
        if step is not None:
            event.step = int(step)
        self.event_writer.add_event(event)

    def add_summary(self, summary: Any, global_step: int | None = None, walltime: float | None = None) -> None:
        """Write a summary."""
        self.add_event(Event(summary=summary), global_step, walltime)

    def flush(self) -> None:
        """Write what waits."""
        self.event_writer.flush()

    def close(self) -> None:
        """Write what waits, and end."""
        self.event_writer.close()


class SummaryWriter:
    """Writes scalars, histograms, pictures, texts for TensorBoard into `log_dir`, by default ``runs/<time>_<host>``.

    Graphs, meshes, videos, sounds, figures, embeddings and hyperparameters are not written: those methods are absent.
    """

    def __init__(
        self, log_dir: Any = None, comment: str = "", purge_step: int | None = None, max_queue: int = 10,
        flush_secs: int = 120, filename_suffix: str = "",
    ) -> None:  # fmt: skip
        if not log_dir:
            now = datetime.now().strftime("%b%d_%H-%M-%S")
            log_dir = os.path.join("runs", f"{now}_{socket.gethostname()}{comment}")
        self.log_dir, self.purge_step = str(log_dir), purge_step
        self._settings = (max_queue, flush_secs, filename_suffix)
        self._writers: dict[str, FileWriter] = {}
        self.file_writer = self._writer_in(self.log_dir)
        if purge_step is not None:
            self.file_writer.add_event(Event(file_version="brain.Event:2"), purge_step)
            from tensorboard.compat.proto.event_pb2 import SessionLog

            self.file_writer.add_event(Event(session_log=SessionLog(status=SessionLog.START)), purge_step)

    def _writer_in(self, folder: str) -> FileWriter:
        if folder not in self._writers:
            self._writers[folder] = FileWriter(folder, *self._settings)
        return self._writers[folder]

    def _write(self, value: Any, step: int | None, walltime: float | None) -> None:
        self._writer_in(self.log_dir).add_summary(Summary(value=[value]), step, walltime)

    def get_logdir(self) -> str:
        """The folder."""
        return self.log_dir

    def add_scalar(
        self, tag: str, scalar_value: Any, global_step: int | None = None, walltime: float | None = None,
        new_style: bool = False, double_precision: bool = False,
    ) -> None:  # fmt: skip
        """A number."""
        self._write(forms.scalar(tag, scalar_value, new_style, double_precision), global_step, walltime)

    def add_scalars(
        self, main_tag: str, tag_scalar_dict: dict[str, Any], global_step: int | None = None,
        walltime: float | None = None,
    ) -> None:  # fmt: skip
        """Several numbers in one chart: a run of its own for each."""
        for tag, number in tag_scalar_dict.items():
            writer = self._writer_in(os.path.join(self.log_dir, f"{main_tag.replace('/', '_')}_{tag}"))
            writer.add_summary(Summary(value=[forms.scalar(main_tag, number)]), global_step, walltime)

    def add_histogram(
        self, tag: str, values: Any, global_step: int | None = None, bins: Any = "tensorflow",
        walltime: float | None = None, max_bins: int | None = None,
    ) -> None:  # fmt: skip
        """How often values lie where; `bins` as in `numpy.histogram`, or TensorFlow's."""
        self._write(forms.histogram(tag, values, bins, max_bins), global_step, walltime)

    def add_text(
        self, tag: str, text_string: str, global_step: int | None = None, walltime: float | None = None
    ) -> None:
        """A text, in Markdown."""
        self._write(forms.text(tag, text_string), global_step, walltime)

    def add_image(
        self, tag: str, img_tensor: Tensor, global_step: int | None = None, walltime: float | None = None,
        dataformats: str = "CHW",
    ) -> None:  # fmt: skip
        """A picture of floats in [0, 1] or bytes, shaped as `dataformats` says. Needs Pillow."""
        self._write(forms.image(tag, img_tensor, dataformats), global_step, walltime)

    def flush(self) -> None:
        """Write what waits."""
        for writer in self._writers.values():
            writer.flush()

    def close(self) -> None:
        """Write what waits, and end; the next thing added opens a new file."""
        for writer in self._writers.values():
            writer.close()
        self._writers.clear()

    def __enter__(self) -> SummaryWriter:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
