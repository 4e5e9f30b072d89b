"""Lists of tensors, sorted by device and dtype."""

from __future__ import annotations

from typing import Any


def _get_foreach_kernels_supported_devices() -> list[str]:
    """The devices that optimizers would prefer lists on."""
    return ["cuda", "xpu", "mtia", "privateuseone"]


_get_fused_kernels_supported_devices = _get_foreach_kernels_supported_devices


def _has_foreach_support(tensors: Any, device: Any) -> bool:
    """Lists work on every device."""
    return True


def _group_tensors_by_device_and_dtype(tensorlistlist: list[list[Any]], with_indices: bool = False) -> dict[Any, Any]:
    """The columns of `tensorlistlist`, by the device and dtype of the tensor in the first row.

    Returns:
        ``{(device, dtype): (lists, positions)}``; the positions are empty unless `with_indices`.
    """
    groups: dict[Any, Any] = {}
    for n, column in enumerate(zip(*tensorlistlist)):
        lists, positions = groups.setdefault((column[0].device, column[0].dtype), ([[] for _ in column], []))
        for each, value in zip(lists, column):
            each.append(value)
        if with_indices:
            positions.append(n)
    return groups
