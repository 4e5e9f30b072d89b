"""torch.hub: models from folders with a ``hubconf.py``, and weights from addresses. Repositories are not fetched."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import re
import shutil
import sys
import tempfile
import urllib.request
from types import ModuleType
from typing import Any
from urllib.parse import urlparse

__all__ = ["download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
_chosen: dict[str, str] = {}


def __getattr__(name: str) -> Any:
    if name == "tqdm":  # programs take it from here
        return importlib.import_module("tqdm").tqdm
    raise AttributeError(f"module 'torch.hub' has no attribute {name!r}")


def get_dir() -> str:
    """The folder for what is fetched: what `set_dir` said, or ``$TORCH_HOME/hub``, by default in ``~/.cache``."""
    return _chosen.get("dir") or os.path.join(_get_torch_home(), "hub")


def _get_torch_home() -> str:
    cache = os.getenv("XDG_CACHE_HOME", "~/.cache")
    return os.path.expanduser(os.getenv("TORCH_HOME", os.path.join(cache, "torch")))


def set_dir(d: str | os.PathLike[str]) -> None:
    """Choose the folder for what is fetched."""
    _chosen["dir"] = os.path.expanduser(d)


def _hubconf(folder: str, source: str) -> ModuleType:
    if source not in ("github", "local"):
        raise ValueError(f'Unknown source: "{source}". Allowed values: "github" | "local".')
    if source == "github":
        raise RuntimeError(
            "pullback fetches no repositories: clone it and use source='local' with the path of the folder"
        )
    path = os.path.join(os.fspath(folder), "hubconf.py")
    spec = importlib.util.spec_from_file_location("hubconf", path)
    if spec is None or spec.loader is None or not os.path.exists(path):
        raise FileNotFoundError(f"there is no {path}")
    module = importlib.util.module_from_spec(spec)
    sys.path.insert(0, os.fspath(folder))
    try:
        spec.loader.exec_module(module)
    finally:
        sys.path.remove(os.fspath(folder))
    return module


def _entry(module: ModuleType, name: str) -> Any:
    found = getattr(module, name, None)
    if not callable(found):
        raise RuntimeError(f"Cannot find callable {name} in hubconf")
    return found


def list(github: str, *args: Any, source: str = "github", **settings: Any) -> Any:
    """The names of the models in a folder's ``hubconf.py``; with ``source="local"``."""
    module = _hubconf(github, source)
    return [name for name, value in vars(module).items() if callable(value) and not name.startswith("_")]


def help(github: str, model: str, *args: Any, source: str = "github", **settings: Any) -> str | None:
    """The docstring of a model in a folder's ``hubconf.py``; with ``source="local"``."""
    return _entry(_hubconf(github, source), model).__doc__


def load(
    repo_or_dir: str,
    model: str,
    *args: Any,
    source: str = "github",
    trust_repo: Any = None,
    force_reload: bool = False,
    verbose: bool = True,
    skip_validation: bool = False,
    **kwargs: Any,
) -> Any:
    """What ``model(*args, **kwargs)`` in a folder's ``hubconf.py`` returns; with ``source="local"``."""
    return _entry(_hubconf(repo_or_dir, source), model)(*args, **kwargs)


def download_url_to_file(url: str, dst: str, hash_prefix: str | None = None, progress: bool = True) -> None:
    """Fetch an address into a file, which is there when all of it is.

    Args:
        url: the address.
        dst: path of the file.
        hash_prefix: how the SHA-256 of the contents begins.
        progress: accepted; nothing is shown.

    Raises:
        RuntimeError: for other contents.
    """
    dst = os.path.expanduser(dst)
    digest = hashlib.sha256()
    with tempfile.NamedTemporaryFile(dir=os.path.dirname(dst) or ".", delete=False) as file:
        try:
            with urllib.request.urlopen(urllib.request.Request(url, headers={"User-Agent": "torch.hub"})) as stream:
                while block := stream.read(1 << 17):
                    digest.update(block)
                    file.write(block)
            file.close()
            found = digest.hexdigest()
            if hash_prefix and not found.startswith(hash_prefix):
                raise RuntimeError(f'invalid hash value (expected "{hash_prefix}", got "{found}")')
            shutil.move(file.name, dst)
        finally:
            if os.path.exists(file.name):
                os.remove(file.name)


def load_state_dict_from_url(
    url: str,
    model_dir: str | None = None,
    map_location: Any = None,
    progress: bool = True,
    check_hash: bool = False,
    file_name: str | None = None,
    weights_only: bool = True,
) -> Any:
    """Load what `torch.save` has saved from an address; a second time from the file it was fetched into.

    Unlike PyTorch's, it trusts no file by default.
    """
    from pullback.serialization import load as load_file

    folder = os.path.join(get_dir(), "checkpoints") if model_dir is None else model_dir
    os.makedirs(folder, exist_ok=True)
    name = file_name or os.path.basename(urlparse(url).path)
    path = os.path.join(folder, name)
    if not os.path.exists(path):
        hashed = HASH_REGEX.search(name) if check_hash else None
        download_url_to_file(url, path, hashed[1] if hashed else None, progress)
    return load_file(path, map_location=map_location, weights_only=weights_only)
