"""Files that speak to a reference library are not even looked at where it is absent."""

from __future__ import annotations

from importlib.util import find_spec

_NEEDS = {"printing_fuzz.py": "torch", "printing_reference.py": "torch", "xla_array.py": "jax"}
collect_ignore = [file for file, library in _NEEDS.items() if find_spec(library) is None]
