"""What may be asked of the engine: backward and grad, checked first, with PyTorch's errors.

Match https://docs.pytorch.org/docs/2.13/generated/torch.autograd.backward.html and ``torch.autograd.grad``.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.dtypes import from_numpy
from pullback.graph import engine
from pullback.graph.levels import is_transformed, open_levels
from pullback.graph.node import value_at
from pullback.graph.once import warn_once
from pullback.graph.provenance import forward_line
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.graph.views import refresh

_CYCLE = (
    "Using backward() with create_graph=True will create a reference cycle between the parameter and its gradient which can "
    "cause a memory leak. We recommend using autograd.grad when creating the graph to avoid this. If you have to use this "
    "function, make sure to reset the .grad fields of your parameters to None after use to break the cycle and avoid the "
    "leak."
)


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, TensorBase) or hasattr(value, "node") else tuple(value)


_BATCHED_MISMATCH = (
    "If `is_grads_batched=True`, we interpret the first dimension of each grad_output as the batch dimension. The sizes of "
    "the remaining dimensions are expected to match the shape of corresponding output, but a mismatch was detected: {} If "
    "you only want some tensors in `grad_output` to be considered batched, consider using vmap."
)


def _cotangent(output: Any, given: Any, batched: bool = False, position: int = 0) -> Any:
    """The cotangent to start from at `output`, checked against it; 1 for a scalar if none was given."""
    if isinstance(output, tuple):
        shape, kind = value_at(*output)
    else:
        shape, kind = output._array.shape, output._array.dtype
    if given is None:
        if shape == () and kind.kind == "f":
            return wrap(kind.type(1))
        _check_scalar(output, shape, kind)
        return wrap(np.ones(shape, kind))
    if not isinstance(given, TensorBase):
        raise TypeError(f"gradients can be either Tensors or None, but got {type(given).__name__}")
    found = given._array.shape[1:] if batched else given._array.shape
    if found != shape:
        told = f"grad_output[{position}] has a shape of {_size(given._array.shape)} and output[{position}] has a shape of {_size(shape)}."
        raise RuntimeError(_BATCHED_MISMATCH.format(told) if batched else f"Mismatch in shape: {told}")
    if (given._array.dtype.kind == "c") != (kind.kind == "c"):
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[{position}] has a dtype of {_name(given._array.dtype)} and output[{position}] has a dtype of "
            f"{_name(kind)}."
        )
    return given


def _check_scalar(output: Any, shape: tuple[int, ...], kind: Any) -> None:
    """Raise unless `output` is one real number, for which the cotangent 1 goes without saying."""
    if prod(shape) != 1:
        maker = None if isinstance(output, tuple) else output._maker
        line = forward_line(maker) if maker is not None else ""
        raise RuntimeError(
            "grad can be implicitly created only for scalar outputs"
            + (f" (this one has shape {tuple(shape)} and was made at {line})" if line else "")
        )
    if kind.kind == "c":
        raise RuntimeError(f"grad can be implicitly created only for real scalar outputs but got {_name(kind)}")
    if kind.kind in "biu":
        raise RuntimeError(f"grad can be implicitly created only for float scalar outputs but got {_name(kind)}")


def _name(kind: Any) -> str:
    return repr(from_numpy(kind))


def _size(shape: Any) -> str:
    return f"torch.Size({list(shape)})"


def _starts(outputs: Sequence[Any], given: Any, batched: bool = False) -> list[Any]:
    cotangents = [None] * len(outputs) if given is None else list(_as_tuple(given))
    if len(cotangents) != len(outputs):
        raise RuntimeError(f"got {len(outputs)} tensors and {len(cotangents)} gradients")
    starts = [
        None if g is None and not _requires(o) else _cotangent(o, g, batched) for o, g in zip(outputs, cotangents)
    ]
    for position, output in enumerate(outputs):
        if not _requires(output) or _leads_nowhere(output):
            raise RuntimeError(f"element {position} of tensors does not require grad and does not have a grad_fn")
    return starts


def _leads_nowhere(output: Any) -> bool:
    """Whether a view was made while nothing was recorded. Raises where a write has made its history ambiguous."""
    return isinstance(output, TensorBase) and output.grad_fn is None and output._maker is not None  # type: ignore[attr-defined]


def _requires(output: Any) -> bool:
    if output.__class__ is tuple:
        return True
    return output._requires_grad if output._view is None else output.requires_grad  # type: ignore[no-any-return]


def _root(output: Any, given: Any) -> Any:
    """The node of one tensor that is no view, and the array to start from: 1 for a real scalar, or a cotangent of the same
    shape and dtype. Nothing is left to check then; `None` for everything else."""
    if isinstance(output, TensorBase) and not output._view:
        node, array = output._maker, output._array
        if node is not None and node._n_outputs == 1:
            if given is None:
                if not array.ndim and array.dtype.kind == "f":
                    return node, node._dtype.type(1)
            elif isinstance(given, TensorBase):
                start = given._array
                if start.shape == array.shape and start.dtype is array.dtype is node._dtype:
                    return node, start
    return None


def _edge(output: Any) -> Any:
    """A tensor as it is; a GradientEdge as the pair the engine knows."""
    if isinstance(output, TensorBase):
        return output
    node, nr = output.node, output.output_nr
    return (getattr(node, "variable", node), nr)


def backward(
    tensors: Any,
    grad_tensors: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    grad_variables: Any = None,
    inputs: Any = None,
) -> None:
    """Accumulate the gradients of `tensors` into ``.grad`` of the leaves of their graph.

    `grad_tensors` gives the cotangent of each; a scalar starts from 1. `retain_graph` keeps saved values for another
    pass (default: what `create_graph` says); `create_graph` makes the gradients differentiable; `inputs` restricts
    what is accumulated. Raises ``RuntimeError`` for what needs no gradient, has no implicit cotangent, or has freed
    its graph.
    """
    if is_transformed() or open_levels():
        raise RuntimeError(engine.IN_TRANSFORM)
    if inputs is None and not create_graph and grad_variables is None:
        root = _root(tensors, grad_tensors)
        if root is not None:
            node, start = root
            engine.backward_from(node, start, bool(retain_graph))  # the common call: loss.backward()
            return
    if grad_variables is not None:
        if grad_tensors is not None:
            raise RuntimeError(
                "`grad_tensors` and `grad_variables` (deprecated) arguments both passed to `backward()`. Please only "
                "use `grad_tensors`."
            )
        grad_tensors = grad_variables
    outputs = tuple(_edge(each) for each in _as_tuple(tensors))
    keep = create_graph if retain_graph is None else retain_graph
    starts = _starts(outputs, grad_tensors)
    if inputs is not None:
        inputs = tuple(_edge(each) for each in _as_tuple(inputs))
        if not inputs:
            raise RuntimeError("`inputs` argument to `backward()` cannot be empty.")
        for each in inputs:
            if not _requires(each):
                raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
            if isinstance(each, TensorBase):
                refresh(each, asked=True)  # a view whose base has got a history since is no leaf
                each.retain_grad()  # type: ignore[attr-defined]
    if create_graph:
        warn_once(_CYCLE, stacklevel=3)
    engine.backward(outputs, starts, keep=keep, create_graph=create_graph, inputs=inputs)


def _check_inputs(inputs: Sequence[Any]) -> None:
    for each in inputs:
        if not _requires(each):
            raise RuntimeError("One of the differentiated Tensors does not require grad")


def grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    only_inputs: bool = True,
    allow_unused: bool | None = None,
    is_grads_batched: bool = False,
    materialize_grads: bool = False,
    per_sample: bool = False,
) -> tuple[Any, ...]:
    """The gradients of the sum of `outputs` with respect to each of `inputs`, as a tuple; ``.grad`` is not touched.

    An input that the outputs do not depend on raises ``RuntimeError``, or gives `None` with `allow_unused`, or zeros
    with `materialize_grads`. With `is_grads_batched` the first axis of each cotangent enumerates cotangents. With
    `per_sample` (not in PyTorch) the first axis of each output enumerates samples, and the gradients of all samples come
    apart, along a first axis of their own.

    >>> import pullback as torch
    >>> x = torch.tensor(3., requires_grad=True)
    >>> g, = torch.autograd.grad(x ** 3, x, create_graph=True)
    >>> torch.autograd.grad(g, x)
    (tensor(18.),)
    """
    if only_inputs is not True:
        warnings.warn(
            "only_inputs argument is deprecated and is ignored now (defaults to True). To accumulate gradient for other "
            "parts of the graph, please use torch.autograd.backward.",
            FutureWarning,
            stacklevel=2,
        )
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    found_inputs = [inputs] if isinstance(inputs, TensorBase) else [_edge(each) for each in _as_tuple(inputs)]
    if not found_inputs:
        raise RuntimeError("`inputs` argument to `grad()` cannot be empty.")
    keep = create_graph if retain_graph is None else retain_graph
    root = _root(outputs, None) if grad_outputs is None and not (is_grads_batched or per_sample) else None
    if root is not None:
        node, start = root
        _check_inputs(found_inputs)
        found = engine.gradients_from(node, start, found_inputs, bool(keep), create_graph)
    else:
        found_outputs = tuple([_edge(each) for each in _as_tuple(outputs)])
        if per_sample:
            grad_outputs = _sample_cotangents(found_outputs, grad_outputs, is_grads_batched)
        starts = _starts(found_outputs, grad_outputs, is_grads_batched)
        _check_inputs(found_inputs)
        if is_grads_batched or per_sample:
            found = _batched(found_outputs, starts, found_inputs, keep, create_graph, per_sample)
        else:
            found = engine.gradients(found_outputs, starts, found_inputs, keep=keep, create_graph=create_graph)
    for position, (value, tensor) in enumerate(zip(found, found_inputs)):
        if value is None and materialize_grads:
            if tensor.__class__ is tuple:
                raise RuntimeError("materialize_grads cannot be used when the given input is a GradientEdge")
            found[position] = wrap(np.zeros(tensor._array.shape, tensor._array.dtype), requires_grad=create_graph)
        elif value is None and not allow_unused:
            raise RuntimeError(
                f"The differentiated Tensor at index {position} appears to not have been used in the graph. Set "
                "allow_unused=True if this is the desired behavior."
            )
    return tuple(found)


def _sample_cotangents(outputs: Any, given: Any, batched: bool) -> Any:
    """The cotangents of outputs whose first axis enumerates samples: ones if none are given."""
    shapes = [value_at(*each)[0] if isinstance(each, tuple) else each._array.shape for each in outputs]
    if batched:
        raise ValueError("is_grads_batched and per_sample cannot be combined: the first axis is one or the other")
    if not all(shapes) or len({shape[0] for shape in shapes}) != 1:
        raise RuntimeError(
            "with per_sample=True the first axis of every output enumerates the samples, as many in each; got shapes "
            f"{', '.join(str(tuple(shape)) for shape in shapes)}. Use reduction='none' in the loss."
        )
    if given is None:
        kinds = [value_at(*each)[1] if isinstance(each, tuple) else each._array.dtype for each in outputs]
        return [wrap(np.ones(shape, kind)) for shape, kind in zip(shapes, kinds)]
    return given


def _batched(
    outputs: Any, starts: Any, inputs: Any, keep: bool, create_graph: bool, per_sample: bool = False
) -> list[Any]:
    """One pass for all cotangents, or for all samples, which are a batch."""
    from pullback.graph import batching  # what few programs need is loaded late

    work = batching.sample_gradients if per_sample else batching.gradients
    return work(outputs, starts, inputs, keep=keep, create_graph=create_graph)
