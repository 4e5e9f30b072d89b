"""The templates that write steps, by family. A family is drawn by its weight, then one of its templates."""

from __future__ import annotations

from tests.fuzz.draw import Template
from tests.fuzz.steps import around, creations, history, indexing, operators, passes, views, writes

FAMILIES: list[tuple[float, list[Template]]] = [
    (1.5, creations.TEMPLATES),
    (3.0, operators.TEMPLATES),
    (5.0, views.TEMPLATES),
    (1.0, indexing.READS),
    (4.0, writes.TEMPLATES),
    (2.5, indexing.WRITES),
    (1.5, history.TEMPLATES),
    (2.0, passes.TEMPLATES),
    (1.5, around.TEMPLATES),
]

VIEWS = [*views.TEMPLATES, indexing.brackets]
"""Templates whose results show the memory of what they read."""
WRITES = [*writes.TEMPLATES, *indexing.WRITES, around.unseen_write, around.parts]
"""Templates that write into the first tensor they pick."""
