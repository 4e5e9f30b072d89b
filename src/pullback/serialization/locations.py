"""Where storages are put: the tags that files carry, and what ``map_location`` makes of them."""

from __future__ import annotations

from bisect import insort
from collections.abc import Callable
from typing import Any

from pullback._storage_arguments import TYPED_FORMS, check_wrapped
from pullback.arrays.dtypes import uint8
from pullback.device import device as device_type

__all__ = ["default_restore_location", "location_tag", "register_package"]

Tagger = Callable[[Any], "str | None"]
Restorer = Callable[[Any, str], Any]
MAP_LOCATION = Callable[[Any, str], Any] | device_type | str | dict[str, str] | None
"""What `load` takes as ``map_location``; programs annotate arguments of their own with it."""

_packages: list[tuple[int, Tagger, Restorer]] = []
_package_registry = _packages


class Refused(BaseException):
    """An error of the user's ``map_location``, on its way past those who explain errors of files."""

    def __init__(self, error: Exception) -> None:
        self.error = error


def register_package(priority: int, tagger: Tagger, deserializer: Restorer) -> None:
    """Teach `save` and `load` about another place for storages.

    Args:
        priority: packages are asked in this order, lowest first; the CPU has 10.
        tagger: ``tagger(storage)`` gives a tag for storages of the package, `None` for others.
        deserializer: ``deserializer(storage, tag)`` puts a storage where a tag says, or gives `None` for tags of others.
    """
    insort(_packages, (priority, tagger, deserializer), key=lambda package: package[0])


def _cpu_tag(storage: Any) -> str | None:
    return "cpu" if storage.device.type == "cpu" else None


def _restore_on_cpu(storage: Any, location: str) -> Any:
    return storage if location == "cpu" else None


def _restore_on_meta(storage: Any, location: str) -> Any:
    return storage.without_values() if location == "meta" else None


def _refuse_accelerator(storage: Any, location: str) -> Any:
    kind = location.partition(":")[0].upper()
    if kind in ("CUDA", "XPU"):
        what = f"Attempting to deserialize object on a {kind} device but torch.{kind.lower()}.is_available() is False"
    elif kind in ("HPU", "PRIVATEUSEONE", "MTIA"):
        what = f"The {kind} device module is not registered"
    elif kind == "MPS":
        raise RuntimeError("torch.UntypedStorage(): Storage device not recognized: mps")
    else:
        return None
    raise RuntimeError(
        f"{what}. If you are running on a CPU-only machine, please use torch.load with "
        "map_location=torch.device('cpu') to map your storages to the CPU."
    )


register_package(10, _cpu_tag, _restore_on_cpu)
register_package(20, lambda storage: None, _refuse_accelerator)
register_package(22, lambda storage: "meta" if storage.device.type == "meta" else None, _restore_on_meta)


def location_tag(storage: Any) -> str:
    """The tag that says where a storage is.

    Raises:
        RuntimeError: for one that no package knows.
    """
    for _, tagger, _ in _packages:
        tag = tagger(storage)
        if tag:
            return tag
    raise RuntimeError(f"don't know how to determine data location of {type(storage).__name__}")


def default_restore_location(storage: Any, location: str) -> Any:
    """Put a storage where a tag says.

    Raises:
        RuntimeError: for a place that is not available.
    """
    if not isinstance(location, str):
        raise TypeError(f"expected string or bytes-like object, got {type(location).__name__!r}")
    for _, _, deserializer in _packages:
        restored = deserializer(storage, location)
        if restored is not None:
            return restored
    raise RuntimeError(
        f"don't know how to restore data location of torch.storage.UntypedStorage (tagged with {location})"
    )


def restorer(map_location: Any) -> Restorer:
    """``restore(storage, tag)`` for any form of ``map_location``."""
    if map_location is None:
        return default_restore_location
    if isinstance(map_location, (str, bytes, device_type)):
        return lambda storage, location: default_restore_location(storage, str(map_location))

    def restore(storage: Any, location: str) -> Any:
        try:
            if isinstance(map_location, dict):
                return default_restore_location(storage, map_location.get(location, location))
            chosen = map_location(storage, location)
            check_wrapped(TYPED_FORMS, (), chosen, uint8, None)
        except Exception as error:
            raise Refused(error) from None
        return default_restore_location(storage, location) if chosen is None else chosen

    return restore
