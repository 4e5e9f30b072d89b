"""The classes that compare two values, as PyTorch's own test classes derive theirs."""

from __future__ import annotations

from typing import Any

import pullback as torch
from pullback.testing._comparison import BooleanPair, NumberPair, Pair, not_close_error_metas
from pullback.testing._utils import wrapper_set_seed


class LooseNumberPair(NumberPair):
    def _process_inputs(self, actual: Any, expected: Any, *, id: tuple[Any, ...]) -> Any:
        return [float(each) for each in (actual, expected)]


class TextPair(Pair):
    def __init__(self, actual: Any, expected: Any, **others: Any) -> None:
        self._check_inputs_isinstance(actual, expected, cls=str)
        super().__init__(actual, expected, **others)

    def compare(self) -> None:
        if self.actual != self.expected:
            self._fail(AssertionError, "texts differ")


def test_classes_are_asked_in_order() -> None:
    kinds = (BooleanPair, TextPair, LooseNumberPair)
    assert not_close_error_metas([True, "a", torch.tensor(1.0)], [True, "a", 1], pair_types=kinds) == []
    found = not_close_error_metas(["a", 1.0], ["b", 2.0], pair_types=kinds, check_is_coalesced=True)
    assert [str(each.to_error()).partition("\n")[0] for each in found] == ["texts differ", "Scalars are not close!"]
    assert str(found[0].to_error()).endswith("item [0]")


def test_seed_is_set_for_one_call() -> None:
    state = torch.get_rng_state()
    one, other = wrapper_set_seed(torch.rand, 3), wrapper_set_seed(torch.rand, 3)
    assert one.tolist() == other.tolist() and torch.equal(state, torch.get_rng_state())
