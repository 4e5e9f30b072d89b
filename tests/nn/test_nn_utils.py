"""What is done to all parameters at once."""

from __future__ import annotations

import pytest

import pullback as torch
from pullback import nn
from pullback.nn import utils


def parameters() -> list[nn.Parameter]:
    made = [nn.Parameter(torch.ones(3)), nn.Parameter(torch.ones(2, 2))]
    for param in made:
        param.grad = torch.full_like(param, 3.0)
    return made


@pytest.mark.parametrize(("norm_type", "total"), [(2.0, 7.9372539), (1.0, 21.0), (float("inf"), 3.0), ("inf", 3.0)])
def test_gradients_are_scaled_to_the_norm(norm_type: float, total: float) -> None:
    params = parameters()
    assert utils.clip_grad_norm_(params, 1.5, norm_type).item() == pytest.approx(total)
    assert utils.get_total_norm([p.grad for p in params], norm_type).item() == pytest.approx(1.5, rel=1e-5)


def test_small_gradients_are_left() -> None:
    params = parameters()
    utils.clip_grad_norm_(iter(params), 100.0)
    assert params[0].grad.tolist() == [3.0, 3.0, 3.0]
    assert utils.clip_grad_norm_(params[0], 1.0).item() == pytest.approx(5.196152)


def test_no_gradients_have_norm_zero() -> None:
    assert utils.clip_grad_norm_([nn.Parameter(torch.ones(1))], 1.0).item() == 0.0
    with pytest.warns(UserWarning, match="`parameters` is an empty generator"):
        utils.clip_grad_norm_((p for p in ()), 1.0)


def test_non_finite_norm_is_an_error_on_request() -> None:
    params = parameters()
    params[0].grad[0] = float("nan")
    assert utils.clip_grad_norm_(params, 1.0).isnan().item()
    with pytest.raises(
        RuntimeError, match=r"The total norm of order 2\.0 for gradients from `parameters` is non-finite"
    ):
        utils.clip_grad_norm_(params, 1.0, error_if_nonfinite=True)


def test_values_are_clipped() -> None:
    params = parameters()
    params[0].grad[1] = -9.0
    utils.clip_grad_value_(params, 2.0)
    assert params[0].grad.tolist() == [2.0, -2.0, 2.0]


def test_old_name_is_deprecated() -> None:
    with pytest.warns(FutureWarning, match="is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`"):
        utils.clip_grad_norm(parameters(), 1.0)


def test_parameters_pack_into_a_vector_and_back() -> None:
    params = parameters()
    vector = utils.parameters_to_vector(params)
    assert vector.shape == (7,) and vector.requires_grad
    utils.vector_to_parameters(torch.arange(7.0), params)
    assert params[0].tolist() == [0.0, 1.0, 2.0] and params[1].tolist() == [[3.0, 4.0], [5.0, 6.0]]
    assert isinstance(params[0], nn.Parameter) and params[0].requires_grad
    with pytest.raises(TypeError, match=r"expected torch\.Tensor, but got: list"):
        utils.vector_to_parameters([1.0], params)  # type: ignore[arg-type]
