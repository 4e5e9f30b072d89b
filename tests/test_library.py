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


@library.custom_op("tests_lib::squared", mutates_args=())
def squared(x: Tensor) -> Tensor:
    return x * x


squared.register_autograd(
    lambda ctx, grad: 2 * grad * ctx.saved_tensors[0],
    setup_context=lambda ctx, inputs, output: _keep(ctx, (*inputs, 0), 0),
)
SUCCESS = dict.fromkeys(
    ("test_schema", "test_autograd_registration", "test_faketensor", "test_aot_dispatch_dynamic"), "SUCCESS"
)


def test_fake_kernels_tell_shapes_on_the_meta_device() -> None:
    op = library.custom_op("tests_lib::rows", lambda x: x.sum(1), mutates_args=(), schema="(Tensor x) -> Tensor")
    with pytest.raises(RuntimeError, match=r"no fake impl registered for <CustomOpDef\(tests_lib::rows\)>"):
        op(pullback.ones(2, 3, device="meta"))
    op.register_fake(lambda x: x.new_empty(x.shape[:1]))
    found = op(pullback.ones(2, 3, device="meta"))
    assert found.device.type == "meta" and found.shape == (2,)
    op.register_fake(lambda x: x.new_empty(library.get_ctx().new_dynamic_size()))
    with pytest.raises(
        RuntimeError, match="Meta Tensors don't support operators with outputs that have data-dependent"
    ):
        op(pullback.ones(2, 3, device="meta"))
    assert library.get_ctx() is None
    lib = library.Library("tests_meta", "FRAGMENT")
    lib.define("cpu(Tensor x) -> Tensor")
    lib.impl("cpu", lambda x: x + 1, "CPU")
    with pytest.raises(NotImplementedError, match="there was no fake impl or Meta kernel registered"):
        pullback.ops.tests_meta.cpu(pullback.ones(2, device="meta"))
    lib.impl("cpu", lambda x: x.new_empty(x.shape), "Meta")
    assert pullback.ops.tests_meta.cpu(pullback.ones(2, device="meta")).shape == (2,)


def test_opcheck_finds_nothing_in_what_is_right() -> None:
    squared.register_fake(lambda x: pullback.empty_like(x))
    x = pullback.tensor([1.0, 2.0], requires_grad=True)
    for op in (squared, pullback.ops.tests_lib.squared, pullback.ops.tests_lib.squared.default):
        assert library.opcheck(op, (x,)) == SUCCESS
    assert x.grad is None
    assert library.opcheck(pullback.ops.aten.sin.default, (x,)) == SUCCESS
    assert library.opcheck(squared, (), {"x": x}, test_utils="test_schema") == {"test_schema": "SUCCESS"}
    with pytest.raises(ValueError, match="expected test_utils to be subset of"):
        library.opcheck(squared, (x,), test_utils="test_all")
    with pytest.raises(ValueError, match=r"op must be instance of torch._ops.OpOverload"):
        library.opcheck("tests_lib::squared", (x,))


def _twice(x: Tensor) -> tuple[Tensor, Tensor]:
    y = x.sin()
    return y, y


_calls: list[int] = []


@pytest.mark.parametrize(
    "schema, kernel, fake, text",
    [
        ("(Tensor x) -> Tensor", lambda x: x.sin_().clone(), None, "test_schema failed with Argument x is not defined as mut"),
        ("(Tensor x) -> Tensor", lambda x: x.view(-1), None, "Argument x is not defined to alias output but was aliasing"),
        ("(Tensor x) -> (Tensor, Tensor)", _twice, None, "Outputs 0 and 1 alias unexpectedly"),
        ("(Tensor x) -> Tensor", lambda x: x * 2, lambda x: x.new_empty(x.shape[0] + 1),
         r"test_faketensor failed with .*Shapes torch.Size\(\[3, 4\]\) and torch.Size\(\[4\]\) are not equal"),
        ("(Tensor x) -> Tensor", lambda x: x.double(), lambda x: pullback.empty_like(x),
         "Dtypes torch.float64 and torch.float32 are not equal"),
        ("(Tensor x) -> Tensor", lambda x: (x * 2).t().contiguous().t(), lambda x: pullback.empty_like(x),
         r"Stride mismatch! Strides are \(1, 3\) and \(4, 1\) \(mismatched at 0\)"),
        ("(Tensor x) -> Tensor", lambda x: x * (_calls.append(1) or len(_calls)), lambda x: pullback.empty_like(x),
         "test_aot_dispatch_dynamic failed with Outputs of the operator are different"),
    ],
    ids=["mutation", "alias", "twice", "shape", "dtype", "strides", "random"],
)  # fmt: skip
def test_opcheck_finds(schema, kernel, fake, text, request) -> None:  # type: ignore[no-untyped-def]
    name = f"found_{request.node.callspec.id}"
    lib = library.Library("tests_opcheck", "FRAGMENT")
    lib.define(name + schema)
    lib.impl(name, kernel, "CompositeExplicitAutograd")
    if fake is not None:
        library.register_fake(f"tests_opcheck::{name}", fake)
    x = pullback.arange(12.0).reshape(3, 4)
    op = getattr(pullback.ops.tests_opcheck, name)
    with pytest.raises(Exception, match=text) as caught:
        library.opcheck(op, (x,))
    assert type(caught.value).__name__ == "OpCheckError"
    assert any(isinstance(each, Exception) for each in library.opcheck(op, (x,), raise_exception=False).values())
    assert x.tolist()[0] == [0.0, 1.0, 2.0, 3.0]


def test_opcheck_finds_derivatives_that_are_missing_or_misplaced() -> None:
    class Doubled(pullback.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            return x * 2

        @staticmethod
        def backward(ctx, grad):  # type: ignore[no-untyped-def]
            return grad * 2

    lib = library.Library("tests_opcheck", "FRAGMENT")
    lib.define("below(Tensor x) -> Tensor")
    lib.impl("below", Doubled.apply, "CompositeExplicitAutograd")
    x = pullback.ones(3, requires_grad=True)
    with pytest.raises(Exception, match="does not have an autograd kernel defined at an autograd key"):
        library.opcheck(pullback.ops.tests_opcheck.below, (x,))
    bare = library.custom_op("tests_opcheck::bare", lambda x: x * 2, mutates_args=(), schema="(Tensor x) -> Tensor")
    bare.register_fake(lambda x: pullback.empty_like(x))
    assert library.opcheck(bare, (x.detach(),)) == SUCCESS
    with pytest.raises(Exception, match="test_aot_dispatch_dynamic failed with Trying to backward through"):
        library.opcheck(bare, (x,))


def test_rules_for_classes_and_modes() -> None:
    from pullback.utils._python_dispatch import TorchDispatchMode

    seen = []

    class Mode(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            seen.append(str(func))
            return func(*args, **(kwargs or {}))

    class Ten(TorchDispatchMode):
        def __torch_dispatch__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            return func(*args, **(kwargs or {}))

    op = library.custom_op(
        "tests_lib::ruled", lambda x, k=1: x * k, mutates_args=(), schema="(Tensor x, int k=1) -> Tensor"
    )
    x = pullback.ones(2)
    with Mode():
        assert op(x, k=3).tolist() == [3.0, 3.0]
    assert seen == ["tests_lib.ruled.default"]

    @op.register_torch_dispatch(Ten)
    def rule(mode, func, types, args, kwargs):  # type: ignore[no-untyped-def]
        seen.append((type(mode).__name__, args[1:], kwargs))
        return args[0] * 10

    with Ten():
        assert op(x, k=3).tolist() == [10.0, 10.0]
        assert op(x).tolist() == [10.0, 10.0]
    assert seen[1:] == [("Ten", (3,), {}), ("Ten", (), {})]
    with pytest.raises(ValueError, match=r"register_torch_dispatch\(3\): got unexpected type for op"):
        library.register_torch_dispatch(3, Ten, rule)


def test_a_class_is_asked_for_a_registered_operator() -> None:
    class Held(Tensor):
        @staticmethod
        def __new__(cls, elem):  # type: ignore[no-untyped-def]
            made = Tensor._make_wrapper_subclass(cls, elem.size(), dtype=elem.dtype, requires_grad=elem.requires_grad)
            made.elem = elem
            return made

        @classmethod
        def __torch_dispatch__(cls, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            return cls(func(*[each.elem if isinstance(each, cls) else each for each in args]))

    found = squared(Held(pullback.tensor([3.0], requires_grad=True)))
    assert type(found) is Held and found.elem.item() == 9.0
    assert found.grad_fn.name() == "GeneratedBackwardFor_tests_lib_squared_defaultBackward"
    library.register_torch_dispatch(
        "tests_lib::squared", Held, lambda cls, func, types, args, kwargs: cls(args[0].elem + 1)
    )
    assert squared(Held(pullback.tensor([3.0]))).elem.item() == 4.0


def test_autocast_lowers_what_an_operator_gets() -> None:
    seen = []
    op = library.custom_op(
        "tests_lib::lowered", lambda x, y: x + (seen.append((x.dtype, y.dtype)) or y), mutates_args=(),
        schema="(Tensor x, Tensor y) -> Tensor",
    )  # fmt: skip
    op.register_autocast("cpu", pullback.bfloat16)
    x = pullback.ones(2)
    with pullback.autocast("cpu", dtype=pullback.bfloat16):
        assert op(x, x).dtype is pullback.bfloat16
        op(x.double(), x.long())
    op(x, x)
    assert seen == [
        (pullback.bfloat16, pullback.bfloat16), (pullback.float64, pullback.int64), (pullback.float32, pullback.float32),
    ]  # fmt: skip


def test_vmap_takes_a_rule_of_an_operator_without_derivative() -> None:
    lib = library.Library("tests_batched", "FRAGMENT")
    lib.define("add(Tensor x, *, int k=1) -> Tensor")
    lib.impl("add", lambda x, *, k: x + k, "CPU")
    seen = []
    library.register_vmap(
        "tests_batched::add", lambda info, dims, x, *, k: (seen.append((info.batch_size, dims, k)) or x + 10 * k, 0)
    )
    found = pullback.vmap(lambda x: pullback.ops.tests_batched.add(x, k=2))(pullback.zeros(2, 3))
    assert found.tolist() == [[20.0] * 3] * 2 and seen == [(2, (0,), 2)]


def test_kernels_for_autograd_go_below_it() -> None:
    lib = library.Library("tests_below", "FRAGMENT")
    lib.define("double(Tensor x) -> Tensor")

    class Doubled(pullback.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            with pullback._C._AutoDispatchBelowAutograd():
                return pullback.ops.tests_below.double(x)

        @staticmethod
        def backward(ctx, grad):  # type: ignore[no-untyped-def]
            return grad * 5

    lib.impl("double", Doubled.apply, "Autograd")
    lib.impl("double", lambda x: x * 2, "CPU")
    x = pullback.ones(2, requires_grad=True)
    y = pullback.ops.tests_below.double(x)
    y.sum().backward()
    assert y.tolist() == [2.0, 2.0] and x.grad.tolist() == [5.0, 5.0]


@pytest.mark.parametrize(
    "schema, error, text",
    [
        ("kw(Tensor x, *, Tensor y) -> Tensor", NotImplementedError, "register_autograd with kwarg-only Tensor args"),
        ("shown(Tensor(a) x) -> Tensor(a)", RuntimeError, "for non-functional operator tests_formula.shown.default"),
        ("written(Tensor(a!) x) -> ()", RuntimeError, "for non-functional operator tests_formula.written.default"),
    ],
)
def test_what_has_no_formula(schema, error, text) -> None:  # type: ignore[no-untyped-def]
    lib = library.Library("tests_formula", "FRAGMENT")
    name = lib.define(schema)
    with pytest.raises(error, match=text):
        library.register_autograd(f"tests_formula::{name}", lambda ctx, grad: grad)
