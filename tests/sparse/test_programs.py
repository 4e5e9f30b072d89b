"""Programs on sparse tensors give PyTorch's answers, as text: numbers, layout, nodes, errors."""

from __future__ import annotations

import json

import pytest

import pullback
from tests.sparse.programs import HERE, PROGRAMS, agree, answer

RECORDED = json.loads((HERE / "answers.json").read_text())


@pytest.mark.parametrize("program", PROGRAMS, ids=[str(n) for n in range(len(PROGRAMS))])
def test_answer_is_pytorchs(program: str) -> None:
    try:
        import torch
    except ImportError:
        theirs = RECORDED[program]
    else:
        theirs = answer(program, torch)
    ours = answer(program, pullback)
    assert agree(ours, theirs), f"{ours}\n\nPyTorch:\n{theirs}"


def test_every_program_has_a_recorded_answer() -> None:
    assert set(PROGRAMS) == set(RECORDED)
