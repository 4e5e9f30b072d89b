"""The optimizers with ``foreach=True`` as default, under the module that PyTorch had for them."""

from __future__ import annotations

from functools import partialmethod
from typing import Any

from pullback import optim

_NAMES = ("ASGD", "Adadelta", "Adagrad", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Rprop", "SGD")


def _grouped(name: str) -> Any:
    kind = getattr(optim, name)
    return type(name, (kind,), {"__init__": partialmethod(kind.__init__, foreach=True), "__doc__": kind.__doc__})


globals().update({name: _grouped(name) for name in _NAMES})
