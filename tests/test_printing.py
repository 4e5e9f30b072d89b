"""Printed tensors: recorded texts of PyTorch, random comparison with it, options, other forms of text."""

from __future__ import annotations

import json
from math import inf
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.printing import (
    format_tensor,
    format_value,
    format_wrapped,
    get_printoptions,
    printoptions,
    set_printoptions,
)
from tests.printing_cases import CASES, RECORDED

TEXTS: dict[str, str] = json.loads(RECORDED.read_text(encoding="utf-8"))
DEFAULTS = {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80, "sci_mode": None}


@pytest.fixture(autouse=True)
def _default_options() -> Any:
    yield
    set_printoptions(profile="default")


# the text of a tensor


@pytest.mark.parametrize("name", CASES)
def test_text_is_the_recorded_one(name: str) -> None:
    assert CASES[name].text() == TEXTS[name]


def test_every_case_is_recorded() -> None:
    assert TEXTS.keys() == CASES.keys()


@pytest.mark.parametrize("name", CASES)
def test_recorded_texts_are_pytorchs(name: str) -> None:
    pytest.importorskip("torch")
    from tests.printing_reference import torch_text

    assert torch_text(CASES[name]) == TEXTS[name]


@pytest.mark.parametrize("seed", [0, 10_000, 20_000, 30_000])
def test_random_tensors_print_as_in_pytorch(seed: int) -> None:
    pytest.importorskip("torch")
    from tests.printing_fuzz import first_difference

    assert first_difference(250, seed) is None


def test_strided_arrays_print_in_logical_order() -> None:
    array = np.arange(6).reshape(2, 3)
    assert format_tensor(array.T) == format_tensor(np.ascontiguousarray(array.T))
    assert format_tensor(array[:, ::-2]) == "tensor([[2, 0],\n        [5, 3]])"


def test_printing_leaves_the_array_alone() -> None:
    array = np.array([1.5, -0.0, np.nan])
    before = array.tobytes()
    format_tensor(array)
    assert array.tobytes() == before


def test_device_comes_first_behind_the_numbers() -> None:
    text = format_tensor(np.zeros(2, np.float64), device="cuda:0", requires_grad=True)
    assert text == "tensor([0., 0.], device='cuda:0', dtype=torch.float64, requires_grad=True)"


def test_dtype_can_differ_from_the_arrays() -> None:
    assert format_tensor(np.zeros(1), dtype=pullback.arrays.dtypes.float16) == "tensor([0.], dtype=torch.float16)"


def test_indent_moves_later_lines_and_breaks_earlier() -> None:
    assert format_tensor(np.eye(2, dtype=int), indent=4) == "tensor([[1, 0],\n            [0, 1]])"
    assert "\n" not in format_tensor(np.zeros(24, np.float32))
    assert format_tensor(np.zeros(24, np.float32), indent=4).count("\n") == 1


def test_grad_fn_goes_before_requires_grad() -> None:
    text = format_tensor(np.ones(1, np.float32), requires_grad=True, grad_fn_name="AddBackward0")
    assert text == "tensor([1.], grad_fn=<AddBackward0>)"


# options


def test_options_begin_with_the_defaults() -> None:
    assert get_printoptions() == DEFAULTS


@pytest.mark.parametrize(
    ("profile", "changed"),
    [("default", {}), ("short", {"precision": 2, "edgeitems": 2}), ("full", {"threshold": inf})],
)
def test_profiles(profile: str, changed: dict[str, Any]) -> None:
    set_printoptions(9, 9, 9, 9)
    set_printoptions(profile=profile)
    assert get_printoptions() == {**DEFAULTS, **changed}


def test_arguments_override_the_profile() -> None:
    set_printoptions(profile="short", precision=7)
    assert get_printoptions() == {**DEFAULTS, "precision": 7, "edgeitems": 2}


def test_unknown_profile_changes_nothing() -> None:
    set_printoptions(profile="long")
    assert get_printoptions() == DEFAULTS


def test_every_call_sets_sci_mode() -> None:
    set_printoptions(sci_mode=True)
    set_printoptions(precision=2)
    assert get_printoptions() == {**DEFAULTS, "precision": 2}


def test_what_is_got_is_a_copy() -> None:
    get_printoptions()["precision"] = 9
    assert get_printoptions() == DEFAULTS


def test_printoptions_restores_what_was_even_after_an_error() -> None:
    set_printoptions(precision=6, sci_mode=True)
    before = get_printoptions()
    with pytest.raises(KeyError), printoptions(profile="short"):
        assert get_printoptions() == {**DEFAULTS, "precision": 2, "edgeitems": 2}
        raise KeyError
    assert get_printoptions() == before


def test_printoptions_refuses_unknown_names() -> None:
    with pytest.raises(TypeError, match="unexpected keyword argument 'digits'"), printoptions(digits=3):
        pass


def test_impossible_precision_fails_when_printing() -> None:
    set_printoptions(precision=-1)
    with pytest.raises(ValueError, match="Format specifier missing precision"):
        format_tensor(np.array([0.5]))


# other forms of text


def test_transforms_wrap_the_text_of_the_value() -> None:
    value = format_tensor(np.zeros((2, 1, 2), np.float32))
    batched = format_wrapped("BatchedTensor", 1, value, batch_dim=0)
    assert format_wrapped("GradTrackingTensor", 2, batched) == (
        "GradTrackingTensor(lvl=2, value=\n"
        "    BatchedTensor(lvl=1, bdim=0, value=\n"
        "        tensor([[[0., 0.]],\n\n"
        "                [[0., 0.]]])\n"
        "    )\n"
        ")"
    )


def test_wrapped_text_is_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    seen: list[str] = []
    torch.vmap(lambda x: (seen.append(repr(x)), x)[1])(torch.zeros(2, 3, 4))
    assert seen == [format_wrapped("BatchedTensor", 1, format_tensor(np.zeros((2, 3, 4), np.float32)), 0)]


class _Plain:
    """As much of a tensor as `format_value` asks for."""

    def __init__(self, *values: Any) -> None:
        self.array = np.array(values[0] if len(values) == 1 else values)
        self.ndim = self.array.ndim

    def item(self) -> Any:
        return self.array.item()

    def __repr__(self) -> str:
        return format_tensor(self.array)


class _Subclass(_Plain):
    pass


def test_format_of_a_plain_0d_tensor_is_its_numbers() -> None:
    assert format_value(_Plain(3.14159), ".2f", _Plain) == "3.14"
    assert format_value(_Plain(3), "", _Plain) == "3"
    assert format_value(_Plain(True), "d", _Plain) == "1"
    assert format_value(_Plain(1 + 2j), ".1f", _Plain) == "1.0+2.0j"


def test_format_of_another_tensor_is_its_text() -> None:
    assert format_value(_Plain(1, 2), "", _Plain) == "tensor([1, 2])"
    assert format_value(_Subclass(1.5), "", _Plain) == "tensor(1.5000, dtype=torch.float64)"


@pytest.mark.parametrize("tensor", [_Plain(1.0, 2.0), _Subclass(1.5)])
def test_format_of_another_tensor_takes_no_specification(tensor: _Plain) -> None:
    name = type(tensor).__name__
    with pytest.raises(TypeError, match=rf"unsupported format string passed to {name}\.__format__"):
        format_value(tensor, ".2f", _Plain)


# through tensors


def test_tensor_shows_its_place_in_the_graph() -> None:
    leaf = pullback.tensor([1.0, 2.0], requires_grad=True)
    assert repr(leaf) == str(leaf) == "tensor([1., 2.], requires_grad=True)"
    assert repr(leaf * 2) == "tensor([2., 4.], grad_fn=<MulBackward0>)"
    assert repr((leaf * 2).detach()) == "tensor([2., 4.])"


def test_tensor_dtypes_and_shapes() -> None:
    assert repr(pullback.tensor([[True], [False]])) == "tensor([[ True],\n        [False]])"
    assert repr(pullback.tensor(3, dtype=pullback.uint8)) == "tensor(3, dtype=torch.uint8)"
    assert repr(pullback.zeros(0, 3)) == "tensor([], size=(0, 3))"
    assert repr(pullback.tensor([1.5], dtype=pullback.bfloat16)) == "tensor([1.5000], dtype=torch.bfloat16)"


def test_tensor_format() -> None:
    assert f"{pullback.tensor(3.14159):.3f} {pullback.tensor(7)}" == "3.142 7"
    assert f"{pullback.tensor([1.0, 2.0])}" == "tensor([1., 2.])"
    with pytest.raises(TypeError, match=r"unsupported format string passed to Tensor\.__format__"):
        f"{pullback.tensor([1.0, 2.0]):.3f}"


def test_public_print_options() -> None:
    pullback.set_printoptions(precision=2)
    assert repr(pullback.tensor([0.123])) == "tensor([0.12])"


def test_parameter() -> None:
    parameter = pullback.nn.Parameter(pullback.tensor([1.0]))
    assert repr(parameter) == str(parameter) == "Parameter containing:\ntensor([1.], requires_grad=True)"
    with pytest.raises(TypeError, match=r"unsupported format string passed to Parameter\.__format__"):
        f"{pullback.nn.Parameter(pullback.tensor(1.0)):.3f}"


@pytest.mark.parametrize("name", [name for name, case in CASES.items() if case.is_bare])
def test_tensors_of_the_cases_print_as_recorded(name: str) -> None:
    array = CASES[name].array
    dtype = pullback.arrays.dtypes.from_numpy(array.dtype)
    if array.dtype == pullback.arrays.dtypes.bfloat16.numpy:
        array = array.astype(np.float32)
    assert repr(pullback.tensor(array, dtype=dtype)) == TEXTS[name]
