"""What crosses the border of a transform, and what must not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback._functorch._C import _functorch as inside
from pullback.func import grad, hessian, jacfwd, jacrev, jvp, linearize, vjp, vmap

X = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
Y = torch.tensor([0.5, -1.0])


def test_what_is_returned_as_it_came_gets_the_sum_of_cotangents() -> None:
    """A shared argument that a batched function returns is repeated, so its cotangents add up."""
    for function in (lambda a, b: (a * 2, b), lambda a, b: (a, vmap(lambda c, d: d, (0, None))(a, b))):
        value, pull = vjp(vmap(function, (0, None)), X, Y)
        _, found = pull(tuple(torch.ones_like(each) for each in value))
        np.testing.assert_array_equal(found.numpy(), [value[1].numel() / 2] * 2)
    weight = torch.ones(2, requires_grad=True)
    vmap(lambda a: weight)(X).sum().backward()
    np.testing.assert_array_equal(weight.grad.numpy(), [2, 2])


def test_history_is_not_written_into_captured_tensors() -> None:
    captured = torch.zeros(3)

    def function(x: torch.Tensor) -> torch.Tensor:
        captured.copy_(x)
        return (x * captured).sum()

    with pytest.raises(RuntimeError, match=r"in-place operation \(aten::copy_\) that would mutate a captured Tensor"):
        grad(function)(X[0])
    assert not captured.requires_grad
    np.testing.assert_array_equal(captured.numpy(), 0)

    def view(x: torch.Tensor) -> torch.Tensor:
        captured[1:].mul_(x[1:])
        return x.sum()

    with pytest.raises(RuntimeError, match=r"aten::mul_.* captured Tensor"):
        vjp(view, X[0])


def test_own_tensors_may_be_written() -> None:
    def function(x: torch.Tensor) -> torch.Tensor:
        own = torch.zeros(3)
        own[1:] = x[1:]
        return (own * x).sum()

    np.testing.assert_array_equal(grad(function)(X[0]).numpy(), [0, 4, 6])


def test_reverse_transforms_refuse_hooks_on_saved_tensors() -> None:
    hooks = torch.autograd.graph.saved_tensors_hooks(lambda x: x, lambda x: x)

    def hooked(x: torch.Tensor) -> torch.Tensor:
        with hooks:
            return (x * x).sum()

    plain = lambda x: (x * x).sum()  # noqa: E731
    for transform in (grad(hooked), jacrev(hooked), hessian(hooked), lambda x: vjp(hooked, x), vmap(grad(hooked))):
        with pytest.raises(RuntimeError, match="don't yet support saved tensor hooks"):
            transform(X)
    with hooks:
        for transform in (grad(plain), jacrev(plain), lambda x: vjp(plain, x)):
            with pytest.raises(RuntimeError, match="don't yet support saved tensor hooks"):
                transform(X)
    np.testing.assert_array_equal(vmap(hooked)(X).numpy(), [14, 77])
    assert jvp(hooked, (X,), (X,))[1] == 182
    assert linearize(hooked, X)[1](X) == 182


def test_depth_of_what_escaped() -> None:
    escaped: list[torch.Tensor] = []

    def function(x: torch.Tensor) -> torch.Tensor:
        escaped.append(x.sin())
        assert (inside.dlevel(x), inside.dlevel(escaped[-1]), inside.dlevel(Y)) == (1, 1, 0)
        return escaped[-1].sum()

    grad(function)(Y)
    assert (inside.dlevel(escaped[0]), inside.dlevel(Y)) == (-1, 0)
    assert inside.is_dead_tensor_wrapper(escaped[0])
    assert not inside.is_dead_tensor_wrapper((Y.clone().requires_grad_() * 2).sum())


def test_masks_of_each_example_fall_back_to_a_loop() -> None:
    with pytest.warns(UserWarning, match="is called once for each of the 2 examples"):
        found = vmap(lambda x: x[x > 2].sum())(X)
    np.testing.assert_array_equal(found.numpy(), [3, 15])
    with (
        pytest.warns(UserWarning),
        pytest.raises(RuntimeError, match="batching operators that can output dynamic shape"),
    ):
        vmap(lambda x: x[x > 2])(X)


def test_a_pull_outlives_its_transform() -> None:
    """Its inputs require grad no more; still they are found, by the quick pass and by that which hooks ask for."""
    outer = torch.tensor([3.0, 4.0], requires_grad=True)
    _, pull = vjp(lambda a, b: (a * b, a.sin()), Y, outer)
    cotangents = (torch.ones(2), torch.ones(2))
    expected = [[3 + np.cos(0.5), 4 + np.cos(1.0)], [0.5, -1]]
    handle = torch.ones(1, requires_grad=True).register_hook(lambda grad: grad)
    careful = pull(cotangents)
    handle.remove()
    with pytest.warns(UserWarning), torch.autograd.detect_anomaly(check_nan=False):
        explained = pull(cotangents)
    for found in (pull(cotangents), careful, explained):
        for one, wanted in zip(found, expected, strict=True):
            np.testing.assert_allclose(one.detach().numpy(), wanted, 1e-6)
    (second,) = torch.autograd.grad(careful[0].sum(), outer)
    np.testing.assert_array_equal(second.numpy(), [1, 1])


def test_inputs_of_inner_transforms_stop_their_own_pass_only() -> None:
    """The alias that an inner `grad` differentiates by leads on to what the outer one tracks."""
    cube = lambda x, w: (x**3 * w).sum()  # noqa: E731
    mixed = grad(lambda w: (grad(cube)(Y, w) * torch.tensor([1.0, 10.0])).sum())
    np.testing.assert_allclose(mixed(torch.ones(2)).numpy(), [0.75, 30])
    third = grad(lambda x: grad(lambda y: grad(cube)(y, torch.ones(2)).sum())(x).sum())
    np.testing.assert_allclose(third(Y).numpy(), [6, 6])
    both = grad(lambda x: sum(each.sum() for each in grad(cube, (0, 1))(x, x)))
    np.testing.assert_allclose(both(Y).numpy(), 9 * Y.numpy() ** 2 + 3 * Y.numpy() ** 2, 1e-6)


def test_strides_inside_are_those_of_one_example() -> None:
    found = []

    def note(x: torch.Tensor) -> torch.Tensor:
        found.append((x.stride(), x.is_contiguous(), x.contiguous().stride(), x.mT.stride()))
        return x.contiguous()

    batch = torch.zeros(2, 3, 4)
    vmap(note)(batch)
    assert vmap(note, 2)(batch).stride() == (6, 3, 1)
    vmap(lambda x: vmap(note, 1)(x), 0)(torch.zeros(5, 2, 3, 4))
    assert found == [
        ((4, 1), True, (4, 1), (1, 4)),
        ((12, 4), False, (3, 1), (4, 12)),
        ((12, 1), False, (4, 1), (1, 12)),
    ]
    assert vmap(lambda x: x.clone(memory_format=torch.contiguous_format), 1, 1)(batch).stride() == (4, 8, 1)
    image = torch.zeros(2, 1, 1, 2, 2)
    with pytest.raises(RuntimeError, match="querying is_contiguous inside of vmap"):
        vmap(lambda x: x.contiguous(memory_format=torch.channels_last))(image)
    with pytest.raises(RuntimeError, match=r"NYI: Tensor.clone.*got ChannelsLast\)"):
        vmap(lambda x: x.clone(memory_format=torch.channels_last))(image)
    with pytest.raises(RuntimeError, match="last dimension with stride 1"):
        vmap(torch.view_as_complex, 2)(torch.zeros(3, 2, 4))


def test_new_strided_memory_holds_every_example() -> None:
    found = vmap(lambda x: x.new_empty_strided([3], [2]).copy_(x))(X)
    np.testing.assert_array_equal(found.numpy(), X.numpy())
    assert found.stride() == (5, 2)
    assert vmap(vmap(lambda x: x.new_empty_strided([2, 3], [1, 2]).zero_()))(torch.zeros(7, 2, 3)).stride() == (
        12,
        6,
        1,
        2,
    )


def test_a_factorization_that_fails_in_one_example_raises() -> None:
    matrices = torch.stack([torch.eye(2), torch.zeros(2, 2)])
    for function in (torch.linalg.inv, torch.linalg.cholesky, lambda a: torch.linalg.solve(a, torch.ones(2))):
        with pytest.raises(torch.linalg.LinAlgError, match=r"\(Batch element 1\)"):
            vmap(function)(matrices)
    assert vmap(lambda a: torch.linalg.inv_ex(a)[1])(matrices).tolist() == [0, 1]
    with pytest.raises(torch.linalg.LinAlgError, match=r"\(Batch element 3\)"):
        vmap(vmap(torch.linalg.inv))(torch.stack([matrices[:1].expand(2, 2, 2), matrices]))


def test_writes_from_functions_inside_are_seen() -> None:
    captured = torch.zeros(3)

    def function(x: torch.Tensor) -> torch.Tensor:
        def inner() -> None:
            captured.add_(x)

        inner()
        return (x * captured).sum()

    for transformed in (grad(function), grad(grad_of_sum(function))):
        with pytest.raises(RuntimeError, match=r"aten::add_\) that would mutate a captured Tensor"):
            transformed(X[0])
    assert not captured.requires_grad and captured.tolist() == [0, 0, 0]


def grad_of_sum(function: Any) -> Any:
    return lambda x: grad(function)(x).sum()


def test_vjp_refuses_integers_and_none() -> None:
    for call in (lambda: vjp(lambda x: (x, x > 1), Y), lambda: jacrev(lambda x: x.long())(Y)):
        with pytest.raises(RuntimeError, match="All outputs of f must be floating-point or complex Tensors"):
            call()
    for aux in (
        lambda: grad(lambda x: (x.sum(), None), has_aux=True)(Y),
        lambda: vjp(lambda x: (x, None), Y, has_aux=True),
        lambda: jvp(lambda x: (x, None), (Y,), (Y,), has_aux=True),
    ):
        with pytest.raises(RuntimeError, match="Expected tensors, got unsupported type <class 'NoneType'>"):
            aux()
    with pytest.raises(RuntimeError, match=r"non-empty output \(got output = \[None\]\)"):
        vjp(lambda x: None, Y)
    assert jvp(lambda x: x.long(), (Y,), (Y,))[1].tolist() == [0, 0]


def test_transforms_differentiate_in_inference_mode() -> None:
    """Inference mode ends where a transform begins: what it makes are ordinary tensors."""
    with torch.inference_mode():
        x, weight = torch.tensor([1.0, 2.0]), torch.tensor([3.0, 5.0])
        found = {
            "grad": grad(lambda x: (x * x * weight).sum())(x),
            "vjp": vjp(lambda x: x * x * weight, x)[1](torch.ones(2))[0],
            "jvp": jvp(lambda x: x * x * weight, (x,), (torch.ones(2),))[1],
            "jacrev": jacrev(lambda x: x * x * weight)(x).diagonal(),
            "jacfwd": jacfwd(lambda x: x * x * weight)(x).diagonal(),
            "linearize": linearize(lambda x: x * x * weight, x)[1](torch.ones(2)),
            "vmap": vmap(grad(lambda x, w: x * x * w))(x, weight),
        }
        assert hessian(lambda x: (x**3).sum())(x).tolist() == [[6, 0], [0, 12]]
        doubled = vmap(lambda x: x * 2)(x)
    assert {name: each.tolist() for name, each in found.items()} == {name: [6, 20] for name in found}
    assert not found["grad"].is_inference() and doubled.is_inference() and doubled.tolist() == [2, 4]
    assert grad(lambda y: (y * weight).sum())(torch.ones(2)).tolist() == [3, 5]
    assert vmap(lambda y: y * 2)(x).tolist() == [2, 4]
    with pytest.raises(RuntimeError, match="Inference tensors cannot be saved for backward"):
        torch.ones(2, requires_grad=True) * weight


@pytest.mark.parametrize("name", ["sin", "cumsum", "cat"])
def test_a_batch_is_not_stored_by_out(name: str) -> None:
    outside = torch.zeros(3)
    calls = {"sin": torch.sin, "cumsum": lambda x, out: torch.cumsum(x, 0, out=out),
             "cat": lambda x, out: torch.cat([x], out=out)}  # fmt: skip
    call = calls[name]
    text = rf"Batching rule not implemented for aten::{name}.out"
    for make in (lambda x: outside, torch.zeros_like):
        with pytest.raises(RuntimeError, match=text):
            torch.vmap(lambda x: call(x, out=make(x)))(torch.ones(2, 3))  # noqa: B023
    assert outside.tolist() == [0.0, 0.0, 0.0]
    assert torch.vmap(lambda x: x + call(torch.ones(3), out=outside))(torch.zeros(2, 3)).shape == (2, 3)
