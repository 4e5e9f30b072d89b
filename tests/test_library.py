"""torch.library: operators of one's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

import pullback
from pullback import Tensor, library


@library.custom_op("tests_lib::scaled_sin", mutates_args=())
def scaled_sin(x: Tensor, k: float = 2.0) -> Tensor:
    return pullback.from_numpy(np.sin(x.numpy()) * k)


def _keep(ctx, inputs, output) -> None:  # type: ignore[no-untyped-def]
    ctx.save_for_backward(inputs[0])
    ctx.k = inputs[1]


scaled_sin.register_autograd(lambda ctx, grad: (grad * ctx.k * ctx.saved_tensors[0].cos(), None), setup_context=_keep)


def test_custom_op_computes_and_differentiates() -> None:
    x = pullback.tensor([0.5, 1.5], dtype=pullback.float64, requires_grad=True)
    y = scaled_sin(x, k=3)
    assert y.grad_fn.name() == "GeneratedBackwardFor_tests_lib_scaled_sin_defaultBackward"
    np.testing.assert_allclose(y.detach().numpy(), 3 * np.sin([0.5, 1.5]), rtol=1e-15)
    y.sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 3 * np.cos([0.5, 1.5]), rtol=1e-15)
    assert pullback.autograd.gradcheck(scaled_sin, (x,))


def test_custom_op_stands_in_its_namespace() -> None:
    packet = pullback.ops.tests_lib.scaled_sin
    assert str(packet) == "tests_lib.scaled_sin"
    assert repr(packet.default) == "<OpOverload(op='tests_lib.scaled_sin', overload='default')>"
    assert packet.overloads() == ["default"]
    assert packet(pullback.zeros(1)).item() == packet.default(pullback.zeros(1)).item() == 0
    assert repr(pullback.ops.tests_lib) == "<module 'torch.ops.tests_lib' from 'torch.ops'>"
    with pytest.raises(AttributeError, match="'_OpNamespace' 'tests_lib' object has no attribute 'nothing'"):
        _ = pullback.ops.tests_lib.nothing
    with pytest.raises(
        AttributeError, match=r"The underlying op of 'tests_lib.scaled_sin' has no overload name 'other'"
    ):
        _ = packet.other
    assert not hasattr(pullback.ops.torchvision, "nms")


@pytest.mark.parametrize(
    "call, text",
    [
        (lambda: scaled_sin(3), "Expected a value of type 'Tensor' for argument 'x' but instead found type 'int'"),
        (lambda: scaled_sin(), "is missing value for argument 'x'"),
        (lambda: scaled_sin(pullback.ones(1), 1.0, 2.0), "expected at most 2 argument.s. but received 3"),
        (lambda: scaled_sin(pullback.ones(1), z=1), "Unknown keyword argument 'z' for operator"),
    ],
)
def test_wrong_calls(call, text) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(RuntimeError, match=text):
        call()


def test_without_a_formula_the_backward_pass_raises() -> None:
    op = library.custom_op("tests_lib::plain", lambda x: x + 1, mutates_args=(), schema="(Tensor x) -> Tensor")
    y = op(pullback.ones(2, requires_grad=True))
    with pytest.raises(
        RuntimeError, match=r"Trying to backward through tests_lib.plain.default but no autograd formula"
    ):
        y.sum().backward()


def test_results_may_not_be_inputs() -> None:
    op = library.custom_op("tests_lib::same", lambda x: x.view(-1), mutates_args=(), schema="(Tensor x) -> Tensor")
    with pytest.raises(RuntimeError, match="must not also be an input to this custom operator"):
        op(pullback.ones(2))


def test_mutating_operators_leave_no_graph() -> None:
    @library.custom_op("tests_lib::sin_into", mutates_args={"out"})
    def sin_into(x: Tensor, out: Tensor) -> None:
        out.copy_(x.sin())

    out = pullback.zeros(1)
    assert sin_into(pullback.ones(1, requires_grad=True), out) is None
    assert out.item() == pytest.approx(0.841471)
    assert not out.requires_grad and out._version == 1
    with pytest.raises(RuntimeError, match="Cannot register autograd formula for non-functional operator"):
        sin_into.register_autograd(lambda ctx, grad: None)


def test_lists_of_tensors_and_keywords() -> None:
    @library.custom_op("tests_lib::total", mutates_args=())
    def total(xs: Sequence[Tensor], *, n: int = 2) -> Tensor:
        return sum(xs) * n  # type: ignore[return-value]

    seen = []

    def setup(ctx, inputs, keyword_only_inputs, output):  # type: ignore[no-untyped-def]
        seen.append((len(inputs[0]), keyword_only_inputs))
        ctx.n = keyword_only_inputs["n"]

    def backward(ctx, grad):  # type: ignore[no-untyped-def]
        seen.append(ctx.needs_input_grad)
        return [grad * ctx.n, None]

    total.register_autograd(lambda ctx, grad: (backward(ctx, grad),), setup_context=setup)
    x, y = pullback.ones(2, requires_grad=True), pullback.ones(2)
    total([x, y], n=5).sum().backward()
    assert x.grad.tolist() == [5, 5]
    assert seen == [(2, {"n": 5}), ([True, False],)]


def test_lists_of_results() -> None:
    @library.custom_op("tests_lib::multiples", mutates_args=())
    def multiples(x: Tensor, n: int) -> list[Tensor]:
        return [x * each for each in range(1, n)]

    multiples.register_autograd(lambda ctx, grads: (grads[0] + 2 * grads[1], None))
    x = pullback.ones(2, requires_grad=True)
    found = multiples(x, 3)
    assert isinstance(found, list) and [each.tolist() for each in found] == [[1, 1], [2, 2]]
    (found[0] + 10 * found[1]).sum().backward()
    assert x.grad.tolist() == [21, 21]


def test_vmap_takes_the_registered_rule() -> None:
    @library.custom_op("tests_lib::product", mutates_args=())
    def product(x: Tensor, y: Tensor) -> Tensor:
        return pullback.from_numpy(x.numpy() * y.numpy())

    product.register_vmap(lambda info, in_dims, x, y: (product(x, y), 0))
    found = pullback.vmap(product)(pullback.ones(2, 3), pullback.arange(6.0).view(2, 3))
    assert found.tolist() == [[0, 1, 2], [3, 4, 5]]


def test_library_defines_and_implements() -> None:
    lib = library.Library("tests_defined", "DEF")
    assert repr(lib) == "Library(kind=DEF, ns=tests_defined, dispatch_key=)>"
    assert lib.define("two.over(Tensor x) -> Tensor") == lib.define("two.other(Tensor x, int n) -> Tensor") == "two"
    with pytest.raises(
        NotImplementedError, match=r"Could not run 'tests_defined::two.over' with arguments from the 'CPU'"
    ):
        pullback.ops.tests_defined.two(pullback.ones(1))
    lib.impl("two.over", lambda x: x + 1, "CPU")
    lib.impl("two.other", lambda x, n: x * n, "CompositeImplicitAutograd")
    assert pullback.ops.tests_defined.two(pullback.ones(1)).item() == 2
    assert pullback.ops.tests_defined.two(pullback.ones(1), 3).item() == 3
    assert (
        pullback.ops.tests_defined.two.other(pullback.ones(1, requires_grad=True), n=3).grad_fn.name() == "MulBackward0"
    )
    with pytest.raises(RuntimeError, match="Tried to register an operator .* multiple times"):
        lib.define("two.over(Tensor x) -> Tensor")
    with pytest.raises(RuntimeError, match="Only a single TORCH_LIBRARY can be used"):
        library.Library("tests_defined", "DEF")
    with pytest.raises(RuntimeError, match="could not parse dispatch key: XYZ"):
        lib.impl("two.over", lambda x: x, "XYZ")
    with pytest.raises(RuntimeError, match="Cannot define an operator inside of a TORCH_LIBRARY_IMPL block"):
        library.Library("tests_defined", "IMPL").define("three(Tensor x) -> Tensor")
    with pytest.raises(ValueError, match="Unsupported kind: XX"):
        library.Library("tests_defined", "XX")
    with pytest.raises(ValueError, match="index is a reserved namespace"):
        library.Library("index", "DEF")


def test_functions_define_and_implement() -> None:
    library.define("tests_functions::tripled", "(Tensor x, int n=3) -> Tensor")

    @library.impl("tests_functions::tripled", "cpu")
    def tripled(x, n=3):  # type: ignore[no-untyped-def]
        return x * n

    library.register_fake("tests_functions::tripled")(lambda x, n=3: x)
    x = pullback.ones(1, requires_grad=True)
    assert pullback.ops.tests_functions.tripled(x).grad_fn.name() == "MulBackward0"
    library.register_autograd("tests_functions::tripled", lambda ctx, grad: (grad * 7, None))
    pullback.ops.tests_functions.tripled(x).backward()
    assert x.grad.item() == 7
    with pytest.raises(ValueError, match='Expected `qualname` to be of the form "namespace::name"'):
        library.define("tripled", "(Tensor x) -> Tensor")
    with pytest.raises(NotImplementedError, match="pullback's own operators"):
        library.register_fake("aten::mul")


def test_kernels_of_devices() -> None:
    op = library.custom_op(
        "tests_lib::far", lambda x: x, mutates_args=(), device_types="cuda", schema="(Tensor x) -> Tensor"
    )
    with pytest.raises(NotImplementedError, match=r"only available for these backends: \[CUDA\]"):
        op(pullback.ones(1))
    op.register_kernel("cpu")(lambda x: x * 5)
    assert op(pullback.ones(1)).item() == 5


def test_what_is_not_here() -> None:
    with pytest.raises(RuntimeError, match="has no Triton"):
        library.triton_op("tests_lib::fast", mutates_args=())
    with pytest.raises(OSError, match="Could not load this library"):
        pullback.ops.load_library("x.so")


def test_schemas_are_those_of_torch() -> None:
    torch = pytest.importorskip("torch")
    from typing import Optional, Union

    def signatures(torch):  # type: ignore[no-untyped-def]
        T = torch.Tensor

        def first(x: T, y: int, z: Optional[float], w: list[int], b: bool = True, s: str = "a") -> tuple[T, T]: ...  # noqa: UP045
        def second(x: T, y: Optional[T], z: Sequence[T], n: Union[int, float, bool], *, u: float = 1e-3) -> None: ...  # noqa: UP007, UP045
        def third(d: torch.device, e: list[Optional[T]], f: Optional[torch.dtype] = None) -> list[T]: ...  # noqa: UP045
        def fourth(a: complex) -> T: ...
        def fifth(a) -> T: ...  # type: ignore[no-untyped-def]
        def sixth(a: T): ...  # type: ignore[no-untyped-def]

        for function in (first, second, third, fourth, fifth, sixth):
            for arguments in (
                lambda f: f.__kwdefaults__ or {}, lambda f: {"x"}, lambda f: "unknown", lambda f: {"a"}, lambda f: ("y",),
            ):  # fmt: skip
                function.__annotations__ = {
                    key: eval(value, {**globals(), "T": T, "torch": torch, "Optional": Optional, "Union": Union})
                    if isinstance(value, str) else value
                    for key, value in function.__annotations__.items()
                }  # fmt: skip
                try:
                    yield torch.library.infer_schema(function, mutates_args=arguments(function))
                except ValueError as error:
                    yield str(error).split(". ")[0][:60]

    assert list(signatures(pullback)) == list(signatures(torch))


def test_a_pass_through_an_operator_without_a_derivative_warns() -> None:
    library = pullback.library.Library("unregistered", "FRAGMENT")
    library.define("plus(Tensor a, Tensor b, int c) -> Tensor")
    library.impl("plus", lambda a, b, c: pullback.tensor(a.detach().numpy() + b.detach().numpy() + c), "CPU")
    a, b = pullback.ones(2), pullback.ones(2, requires_grad=True)
    found = pullback.ops.unregistered.plus(a, b, 1)
    assert found.grad_fn.name() == "torch::autograd::WarnNotImplemented"
    with pytest.warns(UserWarning, match="unregistered::plus: an autograd kernel was not registered"):
        found.sum().backward()
    assert b.grad is None
    assert not pullback.ops.unregistered.plus(a, a, 1).requires_grad
    pullback._C._set_autograd_fallback_mode("nothing")
    try:
        assert not pullback.ops.unregistered.plus(a, b, 1).requires_grad
    finally:
        pullback._C._set_autograd_fallback_mode("warn")
    del library.m
    with pytest.raises(AttributeError, match="no attribute 'plus'"):
        _ = pullback.ops.unregistered.plus


def test_what_is_told_to_tracers_needs_no_operator() -> None:
    assert library.register_fake("tests_absent::op")(len) is len
