"""The options of printing, for the whole process, as `torch.set_printoptions` sets them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from math import inf
from typing import Any


@dataclass
class PrintOptions:
    """What `set_printoptions` can change, with PyTorch's defaults."""

    precision: int = 4
    threshold: float = 1000
    edgeitems: int = 3
    linewidth: int = 80
    sci_mode: bool | None = None


PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": inf, "edgeitems": 3, "linewidth": 80},
}

current = PrintOptions()


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed from now on.

    Args:
        precision: digits after the point of a floating number.
        threshold: a tensor of more elements than this is summarised.
        edgeitems: elements (or rows) that a summary keeps at either end of an axis.
        linewidth: characters after which a line is broken.
        profile: ``"default"``, ``"short"`` or ``"full"``: a set of the four above, which the other arguments
            override. A name PyTorch does not know is ignored, as in PyTorch.
        sci_mode: scientific notation always, never, or (``None``) where the range of the numbers asks for it.
            Unlike the others it is set by every call: leaving it out brings ``None`` back.

    >>> import pullback as torch
    >>> torch.set_printoptions(precision=2)
    >>> torch.tensor([1.12345])
    tensor([1.12])
    >>> torch.set_printoptions(profile="default")
    """
    explicit = {
        "precision": precision,
        "threshold": threshold,
        "edgeitems": edgeitems,
        "linewidth": linewidth,
    }
    chosen = PROFILES.get(profile, {}) if profile is not None else {}
    for name, value in {**chosen, **{k: v for k, v in explicit.items() if v is not None}}.items():
        setattr(current, name, value)
    current.sci_mode = sci_mode


def get_printoptions() -> dict[str, Any]:
    """The options in force, as a new dictionary.

    >>> get_printoptions()
    {'precision': 4, 'threshold': 1000, 'edgeitems': 3, 'linewidth': 80, 'sci_mode': None}
    """
    return asdict(current)


@contextmanager
def printoptions(**kwargs: Any) -> Iterator[None]:
    """Set options, named as in `set_printoptions`, within a ``with`` block.

    >>> with printoptions(profile="short"):
    ...     get_printoptions()["precision"]
    2
    """
    saved = get_printoptions()
    set_printoptions(**kwargs)
    try:
        yield
    finally:
        set_printoptions(**saved)
