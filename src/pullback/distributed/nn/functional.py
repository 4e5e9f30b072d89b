"""Collectives that can be differentiated through: there are no groups to call them in."""

from typing import Any

import pullback.distributed as _names

all_gather: Any = _names._made["all_gather"]
all_reduce: Any = _names._made["all_reduce"]
all_to_all: Any = _names._made["all_to_all"]
broadcast: Any = _names._made["broadcast"]
gather: Any = _names._made["gather"]
reduce: Any = _names._made["reduce"]
scatter: Any = _names._made["scatter"]
