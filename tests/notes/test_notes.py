"""Every cell of the course notes runs and shows what the note shows."""

from __future__ import annotations

import pytest

import pullback
from tests.notes.cells import NOTES
from tests.notes.session import Session, comparable


@pytest.mark.parametrize("title", NOTES)
def test_note_shows_what_it_shows(title: str) -> None:
    pullback.manual_seed(1)
    session = Session(pullback)
    for cell in NOTES[title]:
        shown, value = session.run(cell.code.replace("import torch", "import pullback as torch"))
        if cell.shows:
            assert comparable(shown, cell.random) == comparable(cell.shows, cell.random), cell.code
        if cell.check is not None:
            assert cell.check(session.names, value), cell.code
