"""Saving objects to files and loading them, in PyTorch's formats: torch.save, torch.load, torch.serialization.

A file is a zip archive: ``data.pkl`` is a pickle of the object, with references to storages, whose bytes stand in
records of their own. By default `load` makes tensors and containers only and runs nothing that a file asks for.
"""

from pullback.serialization.loading import get_unsafe_globals_in_checkpoint, load
from pullback.serialization.locations import (
    MAP_LOCATION as MAP_LOCATION,
    default_restore_location,
    location_tag,
    register_package,
)
from pullback.serialization.options import (
    LoadEndianness,
    SourceChangeWarning,
    add_safe_globals,
    check_module_version_greater_or_equal as check_module_version_greater_or_equal,
    clear_safe_globals,
    get_crc32_options,
    get_default_load_endianness,
    get_default_mmap_options,
    get_safe_globals,
    safe_globals,
    set_crc32_options,
    set_default_load_endianness,
    set_default_mmap_options,
    skip_data,
)
from pullback.serialization.restricted import _get_layout as _get_layout
from pullback.serialization.saving import save

__all__ = [
    "LoadEndianness",
    "SourceChangeWarning",
    "add_safe_globals",
    "clear_safe_globals",
    "default_restore_location",
    "get_crc32_options",
    "get_default_load_endianness",
    "get_default_mmap_options",
    "get_safe_globals",
    "get_unsafe_globals_in_checkpoint",
    "load",
    "location_tag",
    "register_package",
    "safe_globals",
    "save",
    "set_crc32_options",
    "set_default_load_endianness",
    "set_default_mmap_options",
    "skip_data",
]
