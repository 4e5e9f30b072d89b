"""What loading and saving can be told for the whole process: byte order, mapping, checksums, trusted classes."""

from __future__ import annotations

import enum
import mmap
import sys
import warnings
from collections.abc import Callable
from typing import Any

__all__ = [
    "LoadEndianness",
    "SourceChangeWarning",
    "add_safe_globals",
    "clear_safe_globals",
    "get_crc32_options",
    "get_default_load_endianness",
    "get_default_mmap_options",
    "get_safe_globals",
    "safe_globals",
    "set_crc32_options",
    "set_default_load_endianness",
    "set_default_mmap_options",
    "skip_data",
]

MAP_SHARED: int = getattr(mmap, "MAP_SHARED", 1)
MAP_PRIVATE: int = getattr(mmap, "MAP_PRIVATE", 2)


class SourceChangeWarning(Warning):
    """A class is no longer what it was when it was saved."""


class LoadEndianness(enum.Enum):
    """Byte orders."""

    NATIVE = 1
    LITTLE = 2
    BIG = 3

    def is_swapped(self) -> bool:
        """Whether this is not the machine's own."""
        return self.name.lower() not in ("native", sys.byteorder)


_settings: dict[str, Any] = {
    "endianness": None,
    "mapped": False,
    "mmap": MAP_PRIVATE,
    "crc32": True,
    "skip": False,
    "alignment": 64,
    "offsets": False,  # PyTorch can work out where storages begin instead of asking; nothing is gained by it here
    "pinned": False,  # for storages of accelerators
}
_trusted: list[Any] = []


def get_default_load_endianness() -> LoadEndianness | None:
    """The byte order of files that do not say theirs."""
    return _settings["endianness"]


def set_default_load_endianness(endianness: Any) -> None:
    """Choose the byte order of files that do not say theirs; `None` stands for the machine's own."""
    if not isinstance(endianness, LoadEndianness) and endianness is not None:
        raise TypeError("Invalid argument type in function set_default_load_endianness")
    _settings["endianness"] = endianness


def get_crc32_options() -> bool:
    """Whether `save` computes checksums."""
    return _settings["crc32"]


def set_crc32_options(compute_crc32: bool) -> None:
    """Choose whether `save` computes checksums. Without them damage to a file goes unnoticed."""
    _settings["crc32"] = compute_crc32


def get_default_mmap_options() -> int:
    """How files are mapped: ``MAP_PRIVATE`` keeps writes to tensors from the file, ``MAP_SHARED`` passes them on."""
    return _settings["mmap"]


class _Restored:
    """Undoes a change when the block ends in which it was made, if there is one."""

    def __init__(self, undo: Callable[[], None]) -> None:
        self.undo = undo

    def __enter__(self) -> None:
        return None

    def __exit__(self, *exception: object) -> None:
        self.undo()


class set_default_mmap_options(_Restored):
    """Choose how ``load(..., mmap=True)`` maps files, for good or for a ``with`` block.

    Raises:
        ValueError: for anything but ``MAP_PRIVATE`` and ``MAP_SHARED``.
    """

    def __init__(self, flags: int) -> None:
        if flags not in (MAP_PRIVATE, MAP_SHARED):
            raise ValueError(
                "Invalid argument in function set_default_mmap_options, "
                f"expected mmap.MAP_PRIVATE or mmap.MAP_SHARED, but got {flags}"
            )
        before = _settings["mmap"]
        super().__init__(lambda: _settings.update(mmap=before))
        _settings["mmap"] = flags


class skip_data:
    """Within the ``with`` block `save` writes zeros in the place of storages, and `load` reads none of them.

    What is loaded has the shapes and dtypes of the file, and memory of its own that holds anything.
    """

    def __init__(self, materialize_fake_tensors: bool = False) -> None:
        self.materialize_fake_tensors = materialize_fake_tensors

    def __enter__(self) -> None:
        self.before = skips_data()
        _settings["skip"] = True

    def __exit__(self, *exception: object) -> None:
        _settings["skip"] = self.before


def skips_data() -> bool:
    """Whether a `skip_data` block is entered."""
    return bool(_settings["skip"])


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Let ``load(..., weights_only=True)`` make these classes and call these functions too.

    Args:
        safe_globals: classes and functions, or pairs of one and the full name under which files know it.
    """
    _trusted.extend(each for each in safe_globals if each not in _trusted)


def get_safe_globals() -> list[Any]:
    """What was added with `add_safe_globals`."""
    return list(_trusted)


def clear_safe_globals() -> None:
    """Trust nothing but what is trusted from the beginning."""
    _trusted.clear()


class safe_globals:
    """Trust classes and functions for the length of a ``with`` block; see `add_safe_globals`."""

    def __init__(self, safe_globals: list[Any]) -> None:
        self.safe_globals = safe_globals

    def __enter__(self) -> None:
        self.before = get_safe_globals()
        add_safe_globals(self.safe_globals)

    def __exit__(self, *exception: object) -> None:
        _trusted[:] = self.before


def check_module_version_greater_or_equal(
    module: Any, req_version_tuple: tuple[Any, ...], error_if_malformed: bool = True
) -> bool:
    """Whether the version of `module` is at least the one wanted.

    A version that cannot be compared is a ``RuntimeError``, or a warning and `True`.
    """
    kinds = [type(part) for part in req_version_tuple]
    try:
        found = tuple(kind(part) for kind, part in zip(kinds, module.__version__.split(".")))
        return found >= req_version_tuple
    except Exception as error:
        problem = (
            f"'{module.__name__}' module version string is malformed '{module.__version__}' and cannot be compared "
            f"with tuple {req_version_tuple}"
        )
        if error_if_malformed:
            raise RuntimeError(problem) from error
        warnings.warn(problem + ", but continuing assuming that requirement is met", stacklevel=2)
        return True
