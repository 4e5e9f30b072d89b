"""A fixed sample of the fuzzer's programs, and the fuzzer itself."""

from __future__ import annotations

import pytest

import pullback
from tests.fuzz.compare import TOLERANCE, Difference, differs, first_difference, smallest
from tests.fuzz.draw import draw_program
from tests.fuzz.program import Step, script, shrunk, without
from tests.fuzz.recorded import outcome, recorded

BLOCK = 50


@pytest.mark.parametrize("start", range(0, 300, BLOCK))
def test_programs_agree_with_pytorch(start: int) -> None:
    torch = pytest.importorskip("torch")
    told = []
    for seed in range(start, start + BLOCK):
        program, each_step = draw_program(seed)
        found = first_difference(program, torch, pullback, each_step)
        if isinstance(found, Difference):
            told.append(f"seed {seed}\n{found}")
    assert not told, "\n".join(told) + "\nRun `python -m tests.fuzz --show SEED` for the program."


@pytest.mark.parametrize("number", range(len(recorded())))
def test_recorded_programs_end_as_in_pytorch(number: int) -> None:
    program, expected = recorded()[number]
    found = outcome(program, pullback)
    told = differs(expected, found, TOLERANCE[0])
    assert told is None, f"{told}\n{script(program)}"


def test_a_seed_gives_one_program() -> None:
    assert draw_program(7) == draw_program(7) != draw_program(8)


def test_a_program_is_a_script() -> None:
    program = (Step("v0 = torch.ones(2, requires_grad=True)", "leaf"), Step("v0.register_hook(note('h'))", "hook"),
               Step("(v0 * 2).sum().backward()", "backward"))  # fmt: skip
    names: dict[str, object] = {}
    text = script(program).replace("import torch\nfrom torch", "import pullback as torch\nfrom pullback")
    exec(text, names)
    (entry,) = names["seen"]  # type: ignore[misc]
    assert entry[0] == "h" and entry[1].tolist() == [2.0, 2.0]


def test_a_step_knows_the_names_it_makes_and_reads() -> None:
    step = Step("with torch.no_grad(): v3, v4 = v1.split(1); v5 = v3 * v2", "split")
    assert step.makes == ("v3", "v4", "v5") and step.reads == ("v1", "v2")
    item = Step("v1[v0 > 0] = v2", "set")
    assert item.makes == () and item.reads == ("v1", "v0", "v2")


def test_shrinking_drops_what_a_difference_does_not_need() -> None:
    program = tuple(Step(text, "") for text in ("v0 = 1", "v1 = 2", "v2 = v1 + 1", "v3 = v0 + 1", "v4 = v2 + v3"))
    assert [step.text for step in without(program, 1)] == ["v0 = 1", "v3 = v0 + 1"]
    small = shrunk(program, lambda each: any(step.text == "v3 = v0 + 1" for step in each))
    assert [step.text for step in small] == ["v0 = 1", "v3 = v0 + 1"]


def test_a_difference_is_found_and_cut_down() -> None:
    class Other:
        """pullback with one wrong operator."""

        def __getattr__(self, name: str) -> object:
            return pullback.cos if name == "sin" else getattr(pullback, name)

    texts = ("v0 = torch.zeros(2)", "v1 = torch.ones(2)", "v2 = torch.sin(v0)", "v3 = v1 * 2")
    program, found = smallest(tuple(Step(text, "step") for text in texts), pullback, Other())
    assert [step.text for step in program] == ["v0 = torch.zeros(2)", "v2 = torch.sin(v0)"]
    assert found.fact == "v2 values"
