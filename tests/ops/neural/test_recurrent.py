"""Recurrent networks against one step after another; packed sequences, directions, dropout, second derivatives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck, gradgradcheck

GATES = {"lstm": 4, "gru": 3, "rnn_tanh": 1, "rnn_relu": 1}
I, H = 2, 3


def draw(*shape: int, seed: int = 0) -> np.ndarray:
    return np.random.default_rng((seed, *shape)).standard_normal(shape)


def tensor(array: np.ndarray, library: Any = pullback) -> Any:
    return library.tensor(array, requires_grad=True)


def network(name: str, library: Any = pullback, layers: int = 1, directions: int = 1) -> list[Any]:
    g = GATES[name]
    found = []
    for place in range(layers * directions):
        read = I if place < directions else H * directions
        shapes = ((g * H, read), (g * H, H), (g * H,), (g * H,))
        found += [tensor(draw(*shape, seed=place * 4 + k), library) for k, shape in enumerate(shapes)]
    return found


def states(name: str, count: int, samples: int, library: Any = pullback) -> Any:
    hidden = tensor(draw(count, samples, H), library)
    return (hidden, tensor(draw(count, samples, H, seed=1), library)) if name == "lstm" else hidden


@pytest.mark.parametrize("name", GATES)
def test_a_layer_is_one_step_after_another(name: str) -> None:
    x, weights = tensor(draw(4, 2, I)), network(name)
    hx = states(name, 1, 2)
    found = getattr(pullback, name)(x, hx, weights, True, 1, 0.0, False, False, False)
    step = getattr(pullback, f"{name}_cell")
    state = tuple(each[0] for each in hx) if name == "lstm" else hx[0]
    for time in range(4):
        state = step(x[time], state, *weights)
        hidden = state[0] if name == "lstm" else state
        np.testing.assert_allclose(found[0][time].detach().numpy(), hidden.detach().numpy(), 1e-12, 1e-13)
    for final, last in zip(found[1:], state if name == "lstm" else (state,)):
        np.testing.assert_allclose(final[0].detach().numpy(), last.detach().numpy(), 1e-12, 1e-13)


@pytest.mark.parametrize("directions", [1, 2])
@pytest.mark.parametrize("name", GATES)
def test_packed_sequences_run_each_by_itself(name: str, directions: int) -> None:
    lengths, sizes = (3, 2, 1), pullback.tensor([3, 2, 1])
    data, weights, hx = tensor(draw(6, I)), network(name, directions=directions), states(name, directions, 3)
    run = getattr(pullback, name)
    output, *finals = run(data, sizes, hx, weights, True, 1, 0.0, False, directions == 2)
    starts = (0, 3, 5)
    for sample, length in enumerate(lengths):
        rows = [starts[time] + sample for time in range(length)]
        own = tuple(each[:, sample : sample + 1] for each in hx) if name == "lstm" else hx[:, sample : sample + 1]
        single, *last = run(data[rows][:, None], own, weights, True, 1, 0.0, False, directions == 2, False)
        np.testing.assert_allclose(output[rows].detach().numpy(), single[:, 0].detach().numpy(), 1e-12, 1e-13)
        for final, one in zip(finals, last):
            np.testing.assert_allclose(final[:, sample].detach().numpy(), one[:, 0].detach().numpy(), 1e-12, 1e-13)


@pytest.mark.parametrize("name", GATES)
def test_derivatives_of_packed_sequences(name: str) -> None:
    data, sizes, hx, weights = (
        tensor(draw(4, I)),
        pullback.tensor([2, 2]),
        states(name, 2, 2),
        network(name, directions=2),
    )
    leaves = [data, *(hx if name == "lstm" else (hx,)), *weights]
    count = 2 if name == "lstm" else 1

    def run(data: Any, *rest: Any) -> Any:
        first = rest[:count] if name == "lstm" else rest[0]
        return getattr(pullback, name)(data, sizes, first, list(rest[count:]), True, 1, 0.0, False, True)

    assert gradcheck(run, leaves, check_forward_ad=True, fast_mode=True)
    assert gradgradcheck(run, leaves, fast_mode=True)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.parametrize("name", GATES)
def test_layers_directions_and_dropout_equal_pytorchs(name: str, packed: bool, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library in (pullback, torch):
        kind = getattr(library, dtype)
        weights = [each.to(kind) for each in network(name, library, 2, 2)]
        hx = states(name, 4, 3, library)
        hx = tuple(each.to(kind) for each in hx) if name == "lstm" else hx.to(kind)
        x = tensor(draw(6, I) if packed else draw(3, 4, I), library)
        library.manual_seed(5)
        tail = (True, 2, 0.5, True, True)
        if packed:
            outputs = getattr(library, name)(x.to(kind), library.tensor([3, 2, 1]), hx, weights, *tail)
        else:
            outputs = getattr(library, name)(x.to(kind), hx, weights, *tail, True)
        (pulled,) = library.autograd.grad(sum((y * y).sum() for y in outputs), x)
        found.append([*(y.detach().numpy() for y in outputs), pulled.numpy()])
    tolerance = 1e-10 if dtype == "float64" else 2e-5
    for ours, theirs in zip(*found, strict=True):
        np.testing.assert_allclose(ours, theirs, tolerance, tolerance)


def test_writing_into_the_output_is_noticed() -> None:
    x, weights = tensor(draw(2, 1, I)), network("rnn_tanh")
    output, _ = pullback.rnn_tanh(x, states("rnn_tanh", 1, 1), weights, True, 1, 0.0, False, False, False)
    output.mul_(2)
    with pytest.raises(RuntimeError, match="modified by an inplace operation"):
        output.sum().backward()


def test_writing_into_the_first_state_does_not_reach_the_backward_pass() -> None:
    x, weights, hx = tensor(draw(1, 1, I)), network("gru"), pullback.ones(1, 1, H, dtype=pullback.float64)
    pulled = []
    for write in (False, True):
        output, _ = pullback.gru(x, hx.clone() if write else hx, weights, True, 1, 0.0, False, False, False)
        pulled.append(pullback.autograd.grad(output.sum(), weights[1])[0].numpy())
    np.testing.assert_array_equal(*pulled)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "complex128"])
def test_other_dtypes_are_kept(dtype: str) -> None:
    kind = getattr(pullback, dtype)
    weights = [each.detach().to(kind) for each in network("gru")]
    x, hx = pullback.ones(2, 1, I, dtype=kind), pullback.zeros(1, 1, H, dtype=kind)
    output, final = pullback.gru(x, hx, weights, True, 1, 0.0, False, False, False)
    assert output.dtype is kind and final.dtype is kind


@pytest.mark.parametrize(
    ("counts", "message"),
    [([1, 2, 3], "must not grow"), ([3, 3, 3], "add up to 9 rows")],
)
def test_batch_sizes_must_fit(counts: list[int], message: str) -> None:
    with pytest.raises(RuntimeError, match=message):
        pullback.gru(
            tensor(draw(6, I)), pullback.tensor(counts), states("gru", 1, 3), network("gru"), True, 1, 0.0, False, False
        )
