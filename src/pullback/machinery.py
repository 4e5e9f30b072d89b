"""Classes at the top of torch that speak of PyTorch's compiled part: errors, streams, marks on operators."""

from __future__ import annotations

from enum import Enum
from typing import Any

Tag = Enum(  # type: ignore[misc]
    "Tag",
    "core cudagraph_unsafe data_dependent_output dynamic_output_shape flexible_layout generated inplace inplace_view "
    "maybe_aliasing_or_mutating needs_contiguous_strides needs_exact_strides needs_fixed_stride_order "
    "nondeterministic_bitwise nondeterministic_seeded out out_variant pointwise pt2_compliant_tag reduction view_copy",
    start=0,
)


class OutOfMemoryError(RuntimeError):
    """What a device without memory left raises; here nothing does."""


class AcceleratorError(RuntimeError):
    """What an accelerator raises; here nothing does."""


class FatalError(Exception):
    """What PyTorch raises when it cannot go on; here nothing does."""


class JITException(Exception):
    """What a compiled program raises; here nothing is compiled."""


class ScriptObject:
    """The class of a compiled program's objects: nothing is one."""


class Stream:
    """A queue of work on a device. On the CPU, all that there is, work is done when it is asked for.

    >>> Stream()
    torch.Stream device_type=cpu, device_index=-1, stream_id=0
    """

    device_type, device_index, stream_id = "cpu", -1, 0

    def __init__(self, device: Any = None, **settings: Any) -> None:
        from pullback.device import check_device

        check_device(device)

    def __repr__(self) -> str:
        return f"torch.Stream device_type={self.device_type}, device_index=-1, stream_id={self.stream_id}"

    def query(self) -> bool:
        """True: there is nothing to wait for."""
        return True

    def synchronize(self) -> None:
        """Nothing to wait for."""


class Event(Stream):
    """A point in a `Stream`."""

    event_id = 0

    def __repr__(self) -> str:
        return f"torch.Event device_type={self.device_type}, device_index=-1, event_flag=0, event_id={self.event_id}"

    def record(self, stream: Any = None) -> None:
        """Nothing to mark."""

    wait = record
