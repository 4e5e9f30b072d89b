"""Names that PyTorch's own tests and tools reach for: ``_grad_fn``, version counters, operators without a derivative."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import pullback as torch


def test_grad_fn_can_be_let_go_of_and_nothing_else() -> None:
    x = torch.ones(2, requires_grad=True)
    y = x * 2
    assert y._grad_fn.name() == "MulBackward0"
    with pytest.raises(RuntimeError, match="Deletion of _grad_fn not allowed"):
        del y._grad_fn
    with pytest.raises(RuntimeError, match="_grad_fn can be only set to None"):
        y._grad_fn = x
    y._grad_fn = None
    assert y.grad_fn is None and not y.requires_grad
    with pytest.raises(RuntimeError, match="Can't detach views in-place"):
        (x * 2)[:1]._grad_fn = None


@pytest.mark.filterwarnings("ignore:.*should not be instantiated:DeprecationWarning")
def test_an_instance_of_a_function_answers_as_a_node_that_never_ran() -> None:
    class Same(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x

    made = Same()
    assert made.next_functions == () and made.metadata == {} and made.saved_tensors == () and made.name() == "Same"
    made.save_for_backward(torch.ones(1))
    with pytest.raises(AttributeError, match="'Same' object has no attribute 'unknown'"):
        made.unknown  # noqa: B018


def test_version_counters_can_be_set_and_kept() -> None:
    x = torch.ones(2, requires_grad=True).clone()
    x.add_(1)
    with torch.autograd._unsafe_preserve_version_counter(x):
        x.mul_(2)
    assert x._version == 1
    torch._C._autograd._unsafe_set_version_counter([x, y := torch.ones(1)], [5, 7])
    assert (x._version, y._version) == (5, 7)
    with pytest.raises(RuntimeError, match="Cannot set a version_counter to a value below 0: -1"):
        torch._C._autograd._unsafe_set_version_counter((x,), (-1,))
    with pytest.raises(RuntimeError, match="tensors_len=1, versions_len=2"):
        torch._C._autograd._unsafe_set_version_counter((x,), (1, 2))


def test_a_pass_tells_whether_it_keeps_its_graph() -> None:
    told = []
    x = torch.ones(2, requires_grad=True)
    y = (x * 2).sum()
    x.register_hook(lambda grad: told.append(torch._C._autograd._get_current_graph_task_keep_graph()))
    y.backward(retain_graph=True)
    y.backward()
    assert told == [True, False]


def test_objects_are_kept_for_the_thread() -> None:
    torch._C._stash_obj_in_tls("held", [1])
    assert torch._C._is_key_in_tls("held") and torch._C._get_obj_in_tls("held") == [1]
    with pytest.raises(RuntimeError, match="to be true, but got false"):
        torch._C._get_obj_in_tls("missing")


def test_a_warning_of_a_derivative_is_given_in_every_pass() -> None:
    x = torch.zeros((), requires_grad=True)
    y = torch._C._nn._test_warn_in_autograd(x)
    for _ in range(2):
        with pytest.warns(UserWarning, match="Warn from backward"):
            y.backward(retain_graph=True)
    assert x.grad.item() == 2 and y.grad_fn.name() == "TestWarnInAutogradBackward0"


def test_operators_by_which_pytorch_tests_where_a_rule_is_found() -> None:
    x = torch.ones(2, 2, requires_grad=True)
    grad = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert torch.autograd.grad(torch._test_autograd_multiple_dispatch(x), x, grad)[0].tolist() == [[2, 3], [4, 5]]
    assert torch.autograd.grad(torch._test_autograd_multiple_dispatch(x, True), x, grad)[0].tolist() == grad.tolist()
    copy = torch._test_autograd_multiple_dispatch_view_copy(x)
    view = torch._test_autograd_multiple_dispatch_view(x)
    assert view._base is x and not copy._is_view() and view.tolist() == copy.tolist() == [1.0] * 4
    for each in (view, copy):
        assert torch.autograd.grad(each, x, grad.reshape(4))[0].tolist() == grad.tolist()


def test_convolution_backward_gives_what_is_asked_for() -> None:
    draw = torch.Generator().manual_seed(0)
    x, w, b = (torch.randn(*s, generator=draw, dtype=torch.float64) for s in ((2, 3, 6), (4, 3, 2), (4,)))
    for each in (x, w, b):
        each.requires_grad_()
    y = torch.nn.functional.conv1d(x, w, b, stride=2)
    grad = torch.randn(*y.shape, generator=draw, dtype=torch.float64)
    expected = torch.autograd.grad(y, (x, w, b), grad)
    found = torch.ops.aten.convolution_backward(grad, x, w, (4,), (2,), (0,), (1,), False, (0,), 1, (True,) * 3)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one.detach().numpy(), other.numpy(), 1e-12)
    nothing, some, none = torch.ops.aten.convolution_backward(
        grad, x, w, (4,), (2,), (0,), (1,), False, (0,), 1, (False, True, False)
    )
    assert nothing is none is None and some.grad_fn.name() == "ConvolutionBackwardBackward0"


def test_operators_keep_their_overloads_in_aten() -> None:
    for name, overload in (("view", "default"), ("linear", "default"), ("softmax", "int"), ("reshape", "default")):
        assert str(getattr(getattr(torch.ops.aten, name), overload)) == f"aten.{name}.{overload}"


def test_warnings_name_the_line_of_the_caller() -> None:
    for call in (
        lambda: torch.ones(1).std(), lambda: torch.sum(torch.ones(2, 2), 0, out=torch.ones(5)),
        lambda: torch.tensor([np.ones(2), np.ones(2)]), lambda: torch.ones(2)[torch.tensor([1, 0], dtype=torch.uint8)],
    ):  # fmt: skip
        torch.set_warn_always(True)
        with pytest.warns(UserWarning) as given:
            call()
        torch.set_warn_always(False)
        assert {each.filename for each in given} == {__file__}


def test_zeros_laid_out_as_another_tensor() -> None:
    make = torch.ops.aten._new_zeros_with_same_feature_meta
    found = make(torch.ones(3, 4, 5), torch.ones(2, 6).t(), self_num_batch_dims=1)
    assert found.shape == (3, 6, 2) and found.stride() == (12, 1, 6) and not found.any()
    found = make(torch.ones(3, 4, 5), torch.ones(2, 6)[:, :3], self_num_batch_dims=2)
    assert found.stride() == (48, 12, 6, 1) and found.untyped_storage().nbytes() == 576


def test_numbers_that_require_grad_are_refused() -> None:
    x = torch.tensor(3.0, requires_grad=True)
    for call in (
        lambda: torch.full((2,), x), lambda: torch.full_like(torch.ones(2), x), lambda: torch.ones(2).new_full((2,), x),
        lambda: torch.arange(x), lambda: torch.ones(2).clamp(min=0, max=x),
    ):  # fmt: skip
        with pytest.raises(TypeError, match="must be Number, not Tensor"):
            call()
    assert torch.full((2,), x.detach()).tolist() == [3.0, 3.0]
    with pytest.raises(RuntimeError, match="Cannot access accelerator device when none is available"):
        x.pin_memory()


class TestOperatorsWithoutDerivative:
    """A kernel for the CPU alone: a backward pass through what it gives warns, whatever the kernel did."""

    def library(self, schema: str, kernel: Any) -> Any:
        self.made = torch.library.Library("inner_names", "FRAGMENT")
        name = self.made.define(schema)
        self.made.impl(name, kernel, "CPU")
        return getattr(torch.ops.inner_names, name).default

    def teardown_method(self) -> None:
        self.made._destroy()

    def warned(self, run: Any) -> Any:
        with pytest.warns(UserWarning, match="an autograd kernel was not registered"):
            return run()

    def test_operators_inside_keep_their_history(self) -> None:
        operator = self.library("inside(Tensor self) -> Tensor", lambda x: x.sin().sum())
        x = torch.tensor([0.5, 1.0], requires_grad=True)
        self.warned(operator(x).backward)
        np.testing.assert_allclose(x.grad.numpy(), np.cos([0.5, 1.0]), 1e-6)

    def test_a_bare_result_gives_no_gradient(self) -> None:
        operator = self.library("bare(Tensor a, Tensor? b) -> Tensor", lambda a, b: a.detach() * 2)
        x = torch.ones(2, requires_grad=True)
        y = operator(x, None)
        assert y.grad_fn.name() == "torch::autograd::WarnNotImplemented"
        self.warned(y.sum().backward)
        assert x.grad is None

    def test_a_write_into_a_view_warns_at_its_base_too(self) -> None:
        def kernel(x: Any) -> Any:
            with torch.no_grad():
                return x.sin_()

        operator = self.library("written(Tensor(a!) self) -> Tensor(a!)", kernel)
        whole = torch.ones(3, requires_grad=True).clone()
        part = operator(whole[0])
        for each in (part, whole):
            self.warned(lambda each=each: each.sum().backward(retain_graph=True))

    def test_nothing_is_said_where_nothing_is_recorded(self) -> None:
        operator = self.library("quiet(Tensor a, Tensor b) -> (Tensor, Tensor)", lambda a, b: (None, b.clone()))
        with warnings.catch_warnings(), torch.no_grad():
            warnings.simplefilter("error")
            nothing, copy = operator(None, torch.ones(2, requires_grad=True))
        assert nothing is None and not copy.requires_grad
