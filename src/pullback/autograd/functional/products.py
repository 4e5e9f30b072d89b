"""Products of Jacobians and Hessians with vectors, without writing out the matrices."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pullback.autograd.functional.arguments import (
    _as_tuple,
    _grad_postprocess,
    _grad_preprocess,
    _tuple_postprocess,
    prepared_vector,
    single_number,
)
from pullback.autograd.functional.strictness import _autograd_grad, _check_requires_grad, _fill_in_zeros
from pullback.autograd.grad_mode import enable_grad, set_grad_enabled
from pullback.graph.modes import is_grad_enabled
from pullback.ops.creation.filled import zeros_like

_OUTPUTS = "outputs of the user-provided function"
_OF_INPUT = "the input to the user-provided function is"
_OF_OUTPUT = "the user-provided function returns"


def _last_pass(create_graph: bool) -> set_grad_enabled:
    """The mode of the pass that gives the result: recording if its graph is wanted, else as the caller has it."""
    return set_grad_enabled(create_graph or is_grad_enabled())


def vjp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs of ``func(*inputs)`` and the product ``vᵀ J`` of a vector with its Jacobian.

    `inputs` is a tensor or a tuple of tensors; `v` has the structure and the shapes of the outputs and may be left
    out for an output of one element. The product has the structure and shapes of `inputs`. `create_graph` makes both
    results differentiable; `strict` raises ``RuntimeError`` where an output does not depend on an input, instead of
    giving zeros.

    >>> import pullback as torch
    >>> from pullback.autograd.functional import vjp
    >>> x = torch.tensor([1., 2., 3.])
    >>> vjp(lambda x: x ** 2, x, torch.tensor([1., 1., 10.]))
    (tensor([1., 4., 9.]), tensor([ 2.,  4., 60.]))
    """
    with enable_grad():
        is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "vjp")
        inputs = _grad_preprocess(inputs, create_graph=create_graph, need_graph=True)
        is_outputs_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, "vjp")
        _check_requires_grad(outputs, "outputs", strict=strict)
        v = prepared_vector(v, outputs, is_outputs_tuple, "vjp", create_graph, _OF_OUTPUT)
    with _last_pass(create_graph):
        found = _autograd_grad(outputs, inputs, v, create_graph=create_graph)
        found = _fill_in_zeros(found, inputs, strict, create_graph, "back")
    outputs = _grad_postprocess(outputs, create_graph)
    found = _grad_postprocess(found, create_graph)
    return _tuple_postprocess(outputs, is_outputs_tuple), _tuple_postprocess(found, is_inputs_tuple)


def jvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The outputs of ``func(*inputs)`` and the product ``J v`` of its Jacobian with a vector.

    `v` has the structure and the shapes of `inputs`, the product those of the outputs; the rest is as in `vjp`.

    >>> import pullback as torch
    >>> from pullback.autograd.functional import jvp
    >>> jvp(lambda x: x ** 2, torch.tensor([1., 2.]), torch.tensor([1., 10.]))
    (tensor([1., 4.]), tensor([ 2., 40.]))
    """
    with enable_grad():
        is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "jvp")
        inputs = _grad_preprocess(inputs, create_graph=create_graph, need_graph=True)
        v = prepared_vector(v, inputs, is_inputs_tuple, "jvp", create_graph, _OF_INPUT)
        is_outputs_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, "jvp")
        _check_requires_grad(outputs, "outputs", strict=strict)
        # The pulled-back cotangent is linear in it, with the Jacobian as its matrix.
        cotangents = tuple(zeros_like(each, requires_grad=True) for each in outputs)
        pulled = _autograd_grad(outputs, inputs, cotangents, create_graph=True)
        _check_requires_grad(pulled, "grad_inputs", strict=strict)
    with _last_pass(create_graph):
        found = _autograd_grad(pulled, cotangents, v, create_graph=create_graph)
        found = _fill_in_zeros(found, outputs, strict, create_graph, "back_trick")
    outputs = _grad_postprocess(outputs, create_graph)
    found = _grad_postprocess(found, create_graph)
    return _tuple_postprocess(outputs, is_outputs_tuple), _tuple_postprocess(found, is_outputs_tuple)


def vhp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The one number ``func(*inputs)`` and the product ``vᵀ H`` of a vector with its Hessian.

    `v` and the product have the structure and the shapes of `inputs`; the rest is as in `vjp`. Raises
    ``RuntimeError`` unless the function returns one tensor of one element.

    >>> import pullback as torch
    >>> from pullback.autograd.functional import vhp
    >>> vhp(lambda x: (x ** 3).sum(), torch.tensor([1., 2.]), torch.tensor([1., 10.]))
    (tensor(9.), tensor([  6., 120.]))
    """
    with enable_grad():
        is_inputs_tuple, inputs, v, outputs, jacobian = _first_derivative(func, inputs, v, create_graph, strict, "vhp")
    with _last_pass(create_graph):
        found = _autograd_grad(jacobian, inputs, v, create_graph=create_graph)
        found = _fill_in_zeros(found, inputs, strict, create_graph, "double_back")
    outputs = _grad_postprocess(outputs, create_graph)
    found = _grad_postprocess(found, create_graph)
    return outputs[0], _tuple_postprocess(found, is_inputs_tuple)


def hvp(
    func: Callable[..., Any], inputs: Any, v: Any = None, create_graph: bool = False, strict: bool = False
) -> tuple[Any, Any]:
    """The one number ``func(*inputs)`` and the product ``H v`` of its Hessian with a vector.

    Equal to `vhp` where the function is twice continuously differentiable, and slower; otherwise as `vhp`.

    >>> import pullback as torch
    >>> from pullback.autograd.functional import hvp
    >>> hvp(lambda x: (x ** 3).sum(), torch.tensor([1., 2.]), torch.tensor([1., 10.]))
    (tensor(9.), tensor([  6., 120.]))
    """
    with enable_grad():
        is_inputs_tuple, inputs, v, outputs, jacobian = _first_derivative(func, inputs, v, create_graph, strict, "hvp")
        cotangents = tuple(zeros_like(each, requires_grad=True) for each in inputs)
        pulled = _autograd_grad(jacobian, inputs, cotangents, create_graph=True)
        _check_requires_grad(pulled, "hessian", strict=strict)
    with _last_pass(create_graph):
        found = _autograd_grad(pulled, cotangents, v, create_graph=create_graph)
        found = _fill_in_zeros(found, inputs, strict, create_graph, "double_back_trick")
    outputs = _grad_postprocess(outputs, create_graph)
    found = _grad_postprocess(found, create_graph)
    return outputs[0], _tuple_postprocess(found, is_inputs_tuple)


def _first_derivative(
    func: Callable[..., Any], inputs: Any, v: Any, create_graph: bool, strict: bool, name: str
) -> tuple[bool, Any, Any, Any, Any]:
    """The common start of the products with a Hessian: inputs, vector, outputs and the gradient, ready and checked."""
    is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", name)
    inputs = _grad_preprocess(inputs, create_graph=create_graph, need_graph=True)
    v = prepared_vector(v, inputs, is_inputs_tuple, name, create_graph, _OF_INPUT)
    is_outputs_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, name)
    single_number(outputs, is_outputs_tuple, name)
    _check_requires_grad(outputs, "outputs", strict=strict)
    jacobian = _autograd_grad(outputs, inputs, create_graph=True)
    _check_requires_grad(jacobian, "jacobian", strict=strict)
    return is_inputs_tuple, inputs, v, outputs, jacobian
