"""Whole Jacobians and Hessians, row by row in reverse mode or column by column in forward mode."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import accumulate
from typing import Any

from pullback.arrays.batched import NeedsValues
from pullback.autograd import forward_ad
from pullback.autograd.functional.arguments import (
    _as_tuple,
    _grad_postprocess,
    _grad_preprocess,
    _tuple_postprocess,
    single_number,
)
from pullback.autograd.functional.strictness import _autograd_grad, _check_requires_grad
from pullback.autograd.grad_mode import enable_grad
from pullback.graph import levels
from pullback.graph.batching import BatchLevel
from pullback.ops.creation.filled import zeros_like
from pullback.ops.shape.joining import stack

_OUTPUTS = "outputs of the user-provided function"
_STRATEGIES = ("forward-mode", "reverse-mode")


def _construct_standard_basis_for(tensors: Sequence[Any], tensor_numels: Sequence[int]) -> tuple[Any, ...]:
    """The standard basis of the space of all `tensors` together, cut into the parts that belong to each.

    For tensors of n₁, n₂, … elements these are matrices of shapes ``(n₁ + n₂ + …, nᵢ)``; laid side by side they are
    the identity.
    """
    if len(tensors) != len(tensor_numels):
        raise AssertionError(
            f"Expected tensors and tensor_numels to have the same length, but got {len(tensors)} and "
            f"{len(tensor_numels)}"
        )
    if not tensors:
        raise AssertionError("Expected at least one tensor")
    total = sum(tensor_numels)
    starts = (0, *accumulate(tensor_numels))
    parts = tuple(tensor.new_zeros(total, count) for tensor, count in zip(tensors, tensor_numels))
    for part, start, count in zip(parts, starts, tensor_numels):
        part[start : start + count].diagonal().fill_(1)
    return parts


def jacobian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """The Jacobian of `func` at `inputs`.

    For one output and one input a tensor of shape ``(*output.shape, *input.shape)``; a tuple of inputs gives a tuple
    of these, a tuple of outputs a tuple of such tuples. `create_graph` makes the result differentiable; `strict`
    raises ``RuntimeError`` where an output does not depend on an input. `vectorize` evaluates all rows in one request;
    ``strategy="forward-mode"`` pushes all columns in one pass and needs it.

    >>> import pullback as torch
    >>> from pullback.autograd.functional import jacobian
    >>> jacobian(lambda x: x.exp().sum(1), torch.zeros(2, 2))
    tensor([[[1., 1.],
             [0., 0.]],
    <BLANKLINE>
            [[0., 0.],
             [1., 1.]]])
    """
    if strategy not in _STRATEGIES:
        raise AssertionError(
            'Expected strategy to be either "forward-mode" or "reverse-mode". Hint: If your function has more outputs '
            'than inputs, "forward-mode" tends to be more performant. Otherwise, prefer to use "reverse-mode".'
        )
    if strategy == "forward-mode":
        if create_graph:
            raise NotImplementedError(
                'torch.autograd.functional.jacobian: `create_graph=True` and `strategy="forward-mode"` are not '
                'supported together (yet). Please either set `create_graph=False` or `strategy="reverse-mode"`.'
            )
        return _jacfwd(func, inputs, strict, vectorize)
    with enable_grad():
        is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "jacobian")
        inputs = _grad_preprocess(inputs, create_graph=create_graph, need_graph=True)
        is_outputs_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, "jacobian")
        _check_requires_grad(outputs, "outputs", strict=strict)
        if vectorize:
            if strict:
                raise RuntimeError(
                    "torch.autograd.functional.jacobian: `strict=True` and `vectorized=True` are not supported "
                    "together. Please either set `strict=False` or `vectorize=False`."
                )
            found = _all_rows(outputs, inputs, create_graph)
        else:
            found = tuple(_rows(output, nr, inputs, create_graph, strict) for nr, output in enumerate(outputs))
        found = _grad_postprocess(found, create_graph)
    return _tuple_postprocess(found, (is_outputs_tuple, is_inputs_tuple))


def _rows(output: Any, nr: int, inputs: tuple[Any, ...], create_graph: bool, strict: bool) -> tuple[Any, ...]:
    """The Jacobians of one output by each input, from one pass for every element of the output."""
    columns: tuple[list[Any], ...] = tuple([] for _ in inputs)
    flat = output.reshape(-1)
    for element in range(output.nelement()):
        pulled = _autograd_grad((flat[element],), inputs, retain_graph=True, create_graph=create_graph)
        for position, (gradient, tensor) in enumerate(zip(pulled, inputs)):
            if strict:
                _check_dependence(gradient, position, nr, create_graph)
            columns[position].append(zeros_like(tensor) if gradient is None else gradient)
    return tuple(
        stack(rows).view(output.size() + tensor.size()) if rows else tensor.new_zeros(output.size() + tensor.size())
        for rows, tensor in zip(columns, inputs)
    )


def _check_dependence(gradient: Any, position: int, nr: int, create_graph: bool) -> None:
    """Raise ``RuntimeError`` where strict mode forbids what came back for input `position` of output `nr`."""
    if gradient is None:
        raise RuntimeError(
            f"Output {nr} of the user-provided function is independent of input {position}. This is not allowed in "
            "strict mode."
        )
    if create_graph and not gradient.requires_grad:
        raise RuntimeError(
            f"The jacobian of the user-provided function is independent of input {position}. This is not allowed in "
            "strict mode when create_graph=True."
        )


def _all_rows(outputs: tuple[Any, ...], inputs: tuple[Any, ...], create_graph: bool) -> tuple[tuple[Any, ...], ...]:
    """The Jacobians of all outputs from one request for all basis vectors."""
    if not outputs:
        return ()
    counts = [output.numel() for output in outputs]
    basis = _construct_standard_basis_for(outputs, counts)
    flat = tuple(output.reshape(-1) for output in outputs)
    pulled = _autograd_grad(flat, inputs, basis, create_graph=create_graph, retain_graph=True, is_grads_batched=True)
    total = sum(counts)
    rows = [
        tensor.new_zeros(total, *tensor.size()) if gradient is None else gradient
        for gradient, tensor in zip(pulled, inputs)
    ]
    by_input = [
        [part.view(output.size() + tensor.size()) for part, output in zip(each.split(counts, dim=0), outputs)]
        for each, tensor in zip(rows, inputs)
    ]
    return tuple(zip(*by_input))


def _jacfwd(func: Callable[..., Any], inputs: Any, strict: bool = False, vectorize: bool = False) -> Any:
    """The Jacobian by forward mode, all columns in one pass; see `jacobian`."""
    if strict:
        raise RuntimeError(
            'torch.autograd.functional.jacobian: `strict=True` and `strategy="forward-mode"` are not supported '
            'together (yet). Please either set `strict=False` or `strategy="reverse-mode"`.'
        )
    if not vectorize:
        raise NotImplementedError(
            "Computing Jacobian using forward-AD or forward-over-reverse Hessian is"  # the missing space is PyTorch's
            "only implemented for `vectorize=True`."
        )
    is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "jacobian")
    counts = [tensor.numel() for tensor in inputs]
    basis = _construct_standard_basis_for(inputs, counts)
    if not sum(counts):
        is_outputs_tuple, outputs = _as_tuple(func(*inputs), _OUTPUTS, "jacobian")
        found = [[output.new_zeros(output.size() + t.size()) for t in inputs] for output in outputs]
        return _tuple_postprocess(found, (is_outputs_tuple, is_inputs_tuple))
    directions = [part.view(-1, *t.size()) for part, t in zip(basis, inputs)]
    is_outputs_tuple, columns = _push_all(func, inputs, directions)
    found = []
    for column in columns:  # the elements of the inputs move behind the axes of the output
        shape, whole = column.size()[1:], column.movedim(0, -1)
        found.append([part.reshape(shape + t.size()) for part, t in zip(whole.split(counts, dim=-1), inputs)])
    return _tuple_postprocess(found, (is_outputs_tuple, is_inputs_tuple))


def _push_all(func: Callable[..., Any], inputs: tuple[Any, ...], directions: list[Any]) -> tuple[bool, list[Any]]:
    """`_push` for all `directions` at once, along the first axis of what it returns; one after the other where `func`
    asks for the value of a tangent."""
    level = BatchLevel(len(directions[0]), "unsupported")
    try:
        with levels.opened(level):
            is_tuple, found = _push(func, inputs, [level.split(each, 0) for each in directions])
            return is_tuple, [level.joined(each, 0) for each in found]
    except NeedsValues as asked:
        if asked.level != level.number:
            raise
    rows = [_push(func, inputs, list(each)) for each in zip(*directions)]
    return rows[0][0], [stack(column) for column in zip(*(row for _, row in rows))]


def _push(func: Callable[..., Any], inputs: tuple[Any, ...], tangents: list[Any]) -> tuple[bool, list[Any]]:
    """Whether `func` returns a tuple, and the tangents of what it returns."""
    with forward_ad.dual_level():
        duals = tuple(forward_ad.make_dual(each, tangent) for each, tangent in zip(inputs, tangents))
        is_tuple, outputs = _as_tuple(func(*duals), _OUTPUTS, "jacobian")
        found = []
        for output in outputs:
            primal, tangent = forward_ad.unpack_dual(output)
            found.append(zeros_like(primal) if tangent is None else tangent)
    return is_tuple, found


def hessian(
    func: Callable[..., Any],
    inputs: Any,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """The Hessian of `func`, which returns one number, at `inputs`: the Jacobian of its gradient.

    For one input a tensor of shape ``(*input.shape, *input.shape)``; for a tuple of inputs a tuple of tuples, the
    first index that of the first differentiation. The other arguments are those of `jacobian`.

    >>> import pullback as torch
    >>> from pullback.autograd.functional import hessian
    >>> hessian(lambda x: (x ** 3).sum(), torch.tensor([1., 2.]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    is_inputs_tuple, inputs = _as_tuple(inputs, "inputs", "hessian")
    if outer_jacobian_strategy not in _STRATEGIES:
        raise AssertionError('Expected strategy to be either "forward-mode" or "reverse-mode".')

    def number(*values: Any) -> Any:
        output = func(*values)
        is_tuple, outputs = _as_tuple(output, _OUTPUTS, "hessian")
        _check_requires_grad(outputs, "outputs", strict=strict)
        single_number(outputs, is_tuple, "hessian")
        return output.squeeze()

    def gradient(*values: Any) -> Any:
        if outer_jacobian_strategy == "forward-mode":
            # The tangents travel with these tensors, so they must themselves enter the graph of the gradient.
            for each in values:
                each.requires_grad = True
        found = jacobian(number, values, create_graph=True)
        _check_requires_grad(found, "jacobian", strict=strict)
        return found

    found = jacobian(
        gradient,
        inputs,
        create_graph=create_graph,
        strict=strict,
        vectorize=vectorize,
        strategy=outer_jacobian_strategy,
    )
    return _tuple_postprocess(found, (is_inputs_tuple, is_inputs_tuple))
