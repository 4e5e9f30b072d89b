"""How conversions replace parameters: `torch.__future__`; and what modules refuse."""

from __future__ import annotations

import weakref
from collections.abc import Iterator

import pytest

import pullback as torch
from pullback import nn


@pytest.fixture(autouse=True)
def put_back() -> Iterator[None]:
    yield
    torch.__future__.set_swap_module_params_on_conversion(False)
    torch.__future__.set_overwrite_module_params_on_conversion(False)


def test_overwriting_makes_new_parameters() -> None:
    module = nn.Linear(2, 3)
    module(torch.ones(1, 2)).sum().backward()
    weight = module.weight
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    module.double()
    assert module.weight is not weight and weight.dtype == torch.float32
    assert module.weight.dtype == module.weight.grad.dtype == torch.float64


def test_swapping_keeps_the_objects() -> None:
    module = nn.Linear(2, 3)
    module(torch.ones(1, 2)).sum().backward()
    weight, grad = module.weight, module.weight.grad
    torch.__future__.set_swap_module_params_on_conversion(True)
    module.double()
    assert module.weight is weight and weight.dtype == torch.float64 and weight.requires_grad
    assert weight.grad is grad and grad.dtype == torch.float64 and grad.tolist() == [[1.0, 1.0]] * 3


@pytest.mark.parametrize(("assign", "dtype"), [(False, torch.float32), (True, torch.float64)])
def test_swapping_when_loading(assign: bool, dtype: torch.dtype) -> None:
    torch.__future__.set_swap_module_params_on_conversion(True)
    module, other = nn.Linear(2, 3), nn.Linear(2, 3).double()
    weight = module.weight
    module.load_state_dict(other.state_dict(), assign=assign)
    assert module.weight is weight and weight.dtype == dtype and weight.requires_grad
    assert torch.allclose(weight.double(), other.weight)


def test_weak_references_forbid_swapping() -> None:
    torch.__future__.set_swap_module_params_on_conversion(True)
    module = nn.Linear(2, 3)
    kept = weakref.ref(module.weight)
    with pytest.raises(RuntimeError, match=r"_apply\(\): Couldn't swap Linear.weight"):
        module.double()
    assert kept() is module.weight
    with pytest.raises(RuntimeError, match="Cannot swap t2 because it has weakref"):
        torch.utils.swap_tensors(torch.ones(1), module.weight)


@pytest.mark.parametrize("kind", [nn.RNN, nn.GRU, nn.LSTM])
@pytest.mark.parametrize("name", ["bias", "batch_first"])
def test_recurrent_flags_are_bools(kind: type, name: str) -> None:
    with pytest.raises(TypeError, match=f"{name} should be of type bool, got: int"):
        kind(3, 5, **{name: 1})


@pytest.mark.parametrize(("training", "eps", "word"), [(True, 0.0, "positive"), (False, -1.0, "non-negative")])
def test_batch_norm_eps(training: bool, eps: float, word: str) -> None:
    with pytest.raises(ValueError, match=f"batch_norm eps must be {word}"):
        nn.BatchNorm1d(3, eps=eps).train(training)(torch.ones(2, 3))


def test_losses_check_their_settings() -> None:
    with pytest.raises(TypeError, match="delta must be a float or int"):
        nn.HuberLoss(delta=1j)  # type: ignore[arg-type]
    with pytest.raises(RuntimeError, match=r"expected weight shape to be \(2,\), got \(3,\)"):
        nn.LinearCrossEntropyLoss(3, 2, weight=torch.ones(3))
    with pytest.raises(RuntimeError, match=r"label_smoothing to be in range \[0, 1\], got 2.0"):
        nn.LinearCrossEntropyLoss(3, 2, label_smoothing=2.0)


def test_fractional_pooling_of_one_sample_takes_the_first_draws() -> None:
    input, draws = torch.arange(3 * 125.0).reshape(3, 5, 5, 5), torch.full((2, 3, 3), 0.5)
    found = nn.FractionalMaxPool3d(2, output_size=2, _random_samples=draws)(input)
    assert found.equal(nn.FractionalMaxPool3d(2, output_size=2, _random_samples=draws[:1])(input[None])[0])
    with pytest.raises(RuntimeError, match="pool time 2 too large relative to input time 5"):
        nn.functional.fractional_max_pool3d(input, 2, output_size=4)
