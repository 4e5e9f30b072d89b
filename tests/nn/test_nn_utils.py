"""What is done to all parameters at once."""

from __future__ import annotations

import pytest

import pullback as torch
from pullback import nn
from pullback.nn import utils
from pullback.nn.utils._per_sample_grad import call_for_per_sample_grads


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


@pytest.mark.parametrize("kind", [nn.RNN, nn.LSTM, nn.GRU])
def test_recurrent_layers_run_with_the_weights_they_are_called_with(kind: type) -> None:
    layer, x = kind(3, 2), torch.ones(4, 1, 3)
    zeros = {name: torch.zeros_like(p).requires_grad_() for name, p in layer.named_parameters()}
    out = torch.func.functional_call(layer, zeros, x)[0]
    assert out.abs().max().item() == 0
    out.sum().backward()
    assert all(p.grad is not None for p in zeros.values()) and all(p.grad is None for p in layer.parameters())
    assert layer(x)[0].abs().max().item() > 0


def test_gradients_of_each_example_wait_at_the_parameters() -> None:
    torch.manual_seed(0)
    layers = [
        (nn.Sequential(nn.Conv2d(1, 2, 2), nn.Tanh(), nn.Flatten(), nn.Linear(8, 3)), torch.randn(4, 1, 3, 3)),
        (nn.Sequential(nn.Linear(3, 4), nn.LayerNorm(4), nn.PReLU()), torch.randn(4, 3)),
        (nn.Embedding(5, 2), torch.tensor([[1, 2], [2, 2], [0, 4], [3, 3]])),
    ]
    for module, x in layers:
        for reduction in ("sum", "mean"):
            for param in module.parameters():
                param.grad_sample = None
            out = call_for_per_sample_grads(module, loss_reduction=reduction)(x).flatten(1).sum(1)
            getattr(out, reduction)().backward()
            for param in module.parameters():
                alone = [torch.autograd.grad(module(x[i : i + 1]).sum(), param)[0] for i in range(4)]
                assert param.grad is None
                torch.testing.assert_close(param.grad_sample, torch.stack(alone))


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("f('x')", "Module passed must be nn.Module, got str"),
        ("f(m, batch_size=6.4)", "Batch size passed must be None or an integer, got float"),
        ("f(m, batch_size=0)", "Batch size must be positive, got 0"),
        ("f(m, loss_reduction='x')", "Expected loss_reduction argument to be sum or mean, got x"),
        ("f(m)(torch.ones(3))", "Input does not have a batch dimension"),
        ("f(m)(torch.ones(0, 3))", "0 is not a valid batch size for Expanded Weights"),
        ("f(m)('x')", "Unable to find a tensor in the passed args and kwargs"),
        ("f(m, batch_size=3)(torch.ones(2, 3))", "got input batch size of 2 with ExpandedWeight of batch size 3"),
        ("f(nn.Bilinear(1, 1, 1))(torch.ones(2, 1), torch.ones(3, 1))", "one input with batch size 2 and one with"),
        (
            "f(nn.BatchNorm1d(3))(torch.ones(2, 3))",
            "Expanded Weights encountered but cannot handle function batch_norm",
        ),
        ("(f(m)(x).sum().backward(), f(m)(x))", "Current Expanded Weights accumulates the gradients"),
    ],
)
def test_gradients_of_each_example_are_refused(call: str, message: str) -> None:
    names = {"torch": torch, "nn": nn, "f": call_for_per_sample_grads, "m": nn.Linear(3, 2), "x": torch.ones(2, 3)}
    with pytest.raises(RuntimeError, match=message):
        eval(call, names)


@pytest.mark.parametrize(
    ("lengths", "kind", "message"),
    [
        (None, TypeError, "'NoneType' object cannot be interpreted as an integer"),
        (3, RuntimeError, "'lengths' argument should be a 1D CPU int64 tensor, but got 0D cpu Long tensor"),
        ([[3, 2]], RuntimeError, "'lengths' argument should be a 1D CPU int64 tensor, but got 2D cpu Long tensor"),
    ],
)
def test_lengths_of_packed_sequences_are_a_list(lengths: object, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        utils.rnn.pack_padded_sequence(torch.ones(3, 2), lengths)  # type: ignore[arg-type]
