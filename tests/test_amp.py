"""Autocast on the CPU, and the scaling of losses."""

from __future__ import annotations

from typing import Any

import pytest

import pullback
from pullback import nn


def products(torch: Any) -> dict[str, Any]:
    torch.manual_seed(0)
    x, b, im = torch.randn(4, 4), torch.randn(2, 4, 4), torch.randn(1, 2, 6, 6)
    f, half = torch.nn.functional, torch.randn(4, 4).to(torch.bfloat16)
    layer = torch.nn.Linear(4, 2)
    with torch.autocast("cpu"):
        return {
            "mm": x @ x,
            "bmm": torch.bmm(b, b),
            "addmm": torch.addmm(x, x, x),
            "linear": f.linear(x, x, x[0]),
            "layer": layer(half),
            "conv2d": f.conv2d(im, torch.ones(3, 2, 3, 3)),
            "einsum": torch.einsum("ij,jk->ik", x, x),
            "exp": torch.exp(half),
            "softmax": f.softmax(half, -1),
            "mse": f.mse_loss(half, half),
            "prod": torch.prod(half),
            "cat": torch.cat([x, half]),
            "double": x.double() @ x.double(),
            "mixed": torch.mm(x, half),
        }


EXPECTED = {
    **dict.fromkeys(
        ("mm", "bmm", "addmm", "linear", "layer", "conv2d", "einsum", "exp", "softmax", "mixed"), "torch.bfloat16"
    ),
    **dict.fromkeys(("mse", "prod", "cat"), "torch.float32"),
    "double": "torch.float64",
}


def test_operators_choose_their_dtype() -> None:
    assert {name: str(value.dtype) for name, value in products(pullback).items()} == EXPECTED


def test_dtypes_and_values_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    ours, theirs = products(pullback), products(torch)
    for name, value in ours.items():
        assert str(value.dtype) == str(theirs[name].dtype), name
        scale = theirs[name].double().abs().max().item()
        difference = (value.double() - pullback.tensor(theirs[name].double().tolist()).double()).abs().max().item()
        assert difference <= 2**-6 * scale, name


def test_gradients_come_back_in_the_parameters_dtype() -> None:
    layer, x = nn.Linear(3, 2), pullback.ones(1, 3, requires_grad=True)
    with pullback.autocast("cpu"):
        loss = layer(x).sum()
    assert loss.dtype is pullback.bfloat16
    loss.backward()
    assert layer.weight.grad.dtype is x.grad.dtype is pullback.float32
    assert layer.weight.grad.tolist() == [[1.0, 1.0, 1.0]] * 2


def test_blocks_nest_and_decorate() -> None:
    x = pullback.ones(2, 2)
    with pullback.autocast("cpu"):
        assert pullback.is_autocast_enabled("cpu") and pullback.get_autocast_dtype("cpu") is pullback.bfloat16
        with pullback.autocast("cpu", enabled=False):
            assert (x @ x).dtype is pullback.float32 and not pullback.is_autocast_enabled("cpu")
        with pullback.autocast("cpu", dtype=pullback.float16):
            assert (x @ x).dtype is pullback.float16
        assert (x @ x).dtype is pullback.bfloat16
    assert (x @ x).dtype is pullback.float32 and not pullback.is_autocast_enabled("cpu")
    assert pullback.autocast("cpu")(pullback.mm)(x, x).dtype is pullback.bfloat16
    assert not pullback.is_autocast_enabled()


def test_what_is_not_there_is_told() -> None:
    with pytest.warns(UserWarning, match="CUDA is not available or torch_xla is imported. Disabling autocast."):
        assert not pullback.autocast("cuda")._enabled
    with pytest.warns(UserWarning, match="In CPU autocast, but the target dtype is not supported"):
        assert not pullback.autocast("cpu", dtype=pullback.float64)._enabled
    with pytest.warns(FutureWarning, match=r"`torch.cpu.amp.autocast\(args...\)` is deprecated"):
        pullback.cpu.amp.autocast()
    with pytest.raises(RuntimeError, match="Expected one of cpu, cuda"):
        pullback.autocast("moon")
    with pytest.raises(ValueError, match="Expected `device_type` of type `str`"):
        pullback.autocast(3)


class Doubled(pullback.autograd.Function):
    seen: list[Any] = []

    @staticmethod
    @pullback.amp.custom_fwd(device_type="cpu", cast_inputs=pullback.float32)
    def forward(ctx: Any, x: Any) -> Any:
        Doubled.seen.append((x.dtype, pullback.is_autocast_enabled("cpu")))
        return x * 2

    @staticmethod
    @pullback.amp.custom_bwd(device_type="cpu")
    def backward(ctx: Any, grad: Any) -> Any:
        Doubled.seen.append(pullback.is_autocast_enabled("cpu"))
        return grad * 2


def test_functions_of_ones_own() -> None:
    x = pullback.ones(2, dtype=pullback.bfloat16, requires_grad=True)
    with pullback.autocast("cpu"):
        result = Doubled.apply(x)
    result.sum().backward()
    assert Doubled.seen == [(pullback.float32, False), False] and x.grad.tolist() == [2.0, 2.0]


# --- scaled losses ------------------------------------------------------------------------------------------


def walk(torch: Any) -> list[Any]:
    torch.manual_seed(0)
    layer = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(layer.parameters(), lr=0.1)
    scaler = torch.amp.GradScaler("cpu", init_scale=8.0, growth_interval=2)
    track: list[Any] = []
    for i in range(6):
        optimizer.zero_grad()
        loss = scaler.scale(layer(torch.ones(1, 2)).sum())
        (loss * float("inf") if i == 2 else loss).backward()
        if i % 2:
            scaler.unscale_(optimizer)
        scaler.step(optimizer)
        scaler.update()
        track += [loss.item(), scaler.get_scale(), scaler.state_dict(), layer.weight.tolist()]
    return track


def test_scale_follows_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    for ours, theirs in zip(walk(pullback), walk(torch)):
        if isinstance(ours, dict):
            assert ours == theirs
        else:
            pullback.testing.assert_close(pullback.tensor(ours), pullback.tensor(theirs))


def test_scale_grows_and_backs_off() -> None:
    assert walk(pullback)[1::4] == [8.0, 16.0, 8.0, 8.0, 16.0, 16.0]


def test_misuse_raises_the_errors_of_pytorch() -> None:
    weight = pullback.ones(1, requires_grad=True)
    optimizer, scaler = pullback.optim.SGD([weight], lr=0.1), pullback.amp.GradScaler("cpu")
    for call in (scaler.update, lambda: scaler.step(optimizer)):
        with pytest.raises(AssertionError, match="but _scale is None.  This may indicate your script did not use"):
            call()
    with pytest.raises(ValueError, match="outputs must be a Tensor or an iterable of Tensors"):
        scaler.scale(3)
    scaler.scale(weight.sum()).backward()
    scaler.unscale_(optimizer)
    with pytest.raises(RuntimeError, match=r"unscale_\(\) has already been called on this optimizer since"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match=r"step\(\) has already been called since the last update\(\)."):
        scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="The source state dict is empty"):
        scaler.load_state_dict({})
    with pytest.raises(AssertionError, match="The growth factor must be > 1.0."):
        pullback.amp.GradScaler("cpu", growth_factor=1)
    with pytest.warns(UserWarning, match="CUDA is not available.  Disabling."):
        disabled = pullback.amp.GradScaler("cuda")
    assert disabled.scale(weight) is weight and disabled.state_dict() == {} and disabled.get_scale() == 1.0


def test_state_moves_to_another_scaler() -> None:
    scaler = pullback.amp.GradScaler("cpu", init_scale=4.0)
    scaler.scale(pullback.ones(1))
    scaler.update(32.0)
    other = pullback.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    assert other.get_scale() == 32.0 and other.scale([pullback.ones(1)])[0].item() == 32.0


def test_a_linear_layer_of_three_axes_and_attention_are_lowered() -> None:
    layer, x = pullback.nn.Linear(4, 4, bias=False), pullback.randn(1, 2, 3, 4)
    with pullback.autocast("cpu", dtype=pullback.bfloat16):
        q, v = layer(x), x
        assert layer(x[0]).dtype == q.dtype == pullback.bfloat16
        for given in ({}, {"is_causal": True}, {"dropout_p": 0.5}, {"attn_mask": pullback.zeros(3, 3)}):
            found = pullback.nn.functional.scaled_dot_product_attention(q, q, v, **given)
            assert found.dtype == pullback.bfloat16


def test_backward_of_a_custom_function_runs_as_its_forward() -> None:
    torch, seen = pullback, []

    class Product(torch.autograd.Function):
        @staticmethod
        @torch.amp.custom_fwd(device_type="cpu")
        def forward(ctx: Any, a: Any, b: Any) -> Any:
            ctx.save_for_backward(a, b)
            return a.mm(b)

        @staticmethod
        @torch.amp.custom_bwd(device_type="cpu")
        def backward(ctx: Any, grad: Any) -> Any:
            a, b = ctx.saved_tensors
            seen.append((torch.is_autocast_enabled("cpu"), grad.dtype))
            return grad.mm(b.t()), a.t().mm(grad)

    x, y = torch.ones(2, 2, requires_grad=True), torch.ones(2, 2)
    with torch.autocast("cpu"):
        out = Product.apply(x, y)
    out.sum().backward()
    assert x.grad.dtype is torch.float32 and x.grad.tolist() == [[2.0, 2.0], [2.0, 2.0]]
    Product.apply(x, y).sum().backward()
    assert seen == [(True, torch.bfloat16), (False, torch.float32)]


def test_the_cache_s_switch_and_the_depth_are_told() -> None:
    torch = pullback
    with torch.autocast("cpu", cache_enabled=False):
        assert not torch.is_autocast_cache_enabled() and torch.autocast_increment_nesting() == 2
        assert torch.autocast_decrement_nesting() == 1
    assert torch.is_autocast_cache_enabled()


@pytest.mark.parametrize(("factor", "infinite"), [(1.0, 0.0), (float("inf"), 1.0)])
@pytest.mark.parametrize("unscaled", [True, False])
def test_an_optimizer_that_takes_the_scale_out_itself_is_told(factor: float, infinite: float, unscaled: bool) -> None:
    torch, told = pullback, []

    class Own(torch.optim.SGD):
        _step_supports_amp_scaling = True

        def step(self, closure: Any = None) -> str:
            told.append((self.grad_scale, self.found_inf.item()))
            return "stepped"

    weight = nn.Parameter(torch.ones(2))
    optimizer, scaler = Own([weight]), torch.amp.GradScaler("cpu", init_scale=4.0)
    scaler.scale((weight * factor).sum()).backward()
    if unscaled:
        scaler.unscale_(optimizer)
    assert scaler.step(optimizer) == "stepped"
    ((scale, found),) = told
    assert found == infinite and (scale is None if unscaled else scale.item() == 4.0)
    assert weight.grad.tolist() == [factor if unscaled else 4 * factor] * 2
    assert not hasattr(optimizer, "grad_scale") and not hasattr(optimizer, "found_inf")
    scaler.update()
    assert scaler.get_scale() == (2.0 if infinite else 4.0)


@pytest.mark.parametrize(
    "loss",
    (
        lambda x, y: nn.functional.cross_entropy(x, pullback.tensor([1, 0])),
        lambda x, y: nn.functional.cross_entropy(x, y.abs()),
        nn.functional.l1_loss,
        lambda x, y: nn.functional.kl_div(x, y.abs(), reduction="sum"),
        nn.functional.poisson_nll_loss,
        nn.functional.hinge_embedding_loss,
        lambda x, y: nn.functional.cosine_embedding_loss(x, y, pullback.tensor([1, -1])),
        lambda x, y: nn.functional.margin_ranking_loss(x, y, y),
        lambda x, y: nn.functional.triplet_margin_loss(x, y, -x),
        pullback.cdist,
        lambda x, y: pullback.quantile(x, 0.5),
        lambda x, y: pullback.linalg.svdvals(x),
        lambda x, y: x.inverse(),
        lambda x, y: pullback.fft.fft(x).real,
    ),
)
def test_functions_of_several_operators_compute_in_full(loss: Any) -> None:
    x = pullback.tensor([[1.0, 2.5], [-0.25, 3.0]]).bfloat16()
    y = pullback.tensor([[0.3, 0.6], [0.9, -1.0]]).bfloat16()
    expected = loss(x.float(), y.float())
    with pullback.autocast("cpu"):
        found = loss(x, y)
    assert found.dtype is pullback.float32
    assert pullback.equal(found, expected)


def test_functions_of_several_operators_compute_in_the_dtype_of_the_block() -> None:
    x = pullback.tensor([[1.0, 2.5], [-0.25, 3.0]])
    with pullback.autocast("cpu"):
        for found in (
            pullback.matmul(x, x[0]),
            x @ x[0],
            pullback.linalg.vecdot(x, x),
            nn.functional.prelu(x.bfloat16(), x[0, :1]),
        ):
            assert found.dtype is pullback.bfloat16
        with pullback.autocast("cpu", enabled=False):
            assert pullback.matmul(x, x[0]).dtype is pullback.float32
    assert nn.functional.l1_loss(x.bfloat16(), x.bfloat16()).dtype is pullback.bfloat16
    assert (x @ x[0]).grad_fn is None


def test_nodes_of_cast_functions_name_the_users_line() -> None:
    x = pullback.tensor([[1.0, 2.5]], requires_grad=True)
    with pullback.autocast("cpu"):
        loss = nn.functional.cross_entropy(x, pullback.tensor([1]))
    assert type(loss.grad_fn).__name__ == "NllLossBackward0"
    loss.backward()
    assert pullback.allclose(x.grad, pullback.tensor([[0.1824, -0.1824]]), atol=1e-4)
