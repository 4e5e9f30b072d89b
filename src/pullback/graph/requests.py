"""What may be asked of the engine: backward and grad, checked first, with PyTorch's errors.

Match https://docs.pytorch.org/docs/2.13/generated/torch.autograd.backward.html and ``torch.autograd.grad``.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from pullback.arrays.dtypes import from_numpy
from pullback.graph import engine
from pullback.graph.provenance import forward_line
from pullback.graph.tensor_base import TensorBase, wrap


def _as_tuple(value: Any) -> tuple[Any, ...]:
    return (value,) if isinstance(value, TensorBase) or hasattr(value, "node") else tuple(value)


def _cotangent(output: Any, given: Any, batched: bool = False) -> Any:
    """The cotangent to start from at `output`, checked against it; 1 for a scalar if none was given."""
    if isinstance(output, tuple):
        shape, kind = output[0].output_shape(output[1]), output[0].output_dtype(output[1])
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
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {_size(given._array.shape)} and output[0] has a shape "
            f"of {_size(shape)}."
        )
    if (given._array.dtype.kind == "c") != (kind.kind == "c"):
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch in dtype: "
            f"grad_output[0] has a dtype of {_name(given._array.dtype)} and output[0] has a dtype of {_name(kind)}."
        )
    return given


def _check_scalar(output: Any, shape: tuple[int, ...], kind: Any) -> None:
    """Raise unless `output` is one real number, for which the cotangent 1 goes without saying."""
    if prod(shape) != 1:
        maker = None if isinstance(output, tuple) else output._grad_fn
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
    for position, output in enumerate(outputs):
        if isinstance(output, TensorBase) and not output.requires_grad:  # type: ignore[attr-defined]
            raise RuntimeError(f"element {position} of tensors does not require grad and does not have a grad_fn")
    return [_cotangent(o, g, batched) for o, g in zip(outputs, cotangents)]


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
    if grad_tensors is None and inputs is None and not create_graph and isinstance(tensors, TensorBase):
        node, array = tensors._grad_fn, tensors._array
        if (
            node is not None
            and node.n_outputs == 1
            and not array.ndim
            and array.dtype.kind == "f"
            and not tensors._view
        ):
            engine.backward_from(node, array.dtype.type(1), bool(retain_graph))  # the common call: loss.backward()
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
        _check_inputs(inputs)
    engine.backward(outputs, starts, keep=keep, create_graph=create_graph, inputs=inputs)


def _check_inputs(inputs: Sequence[Any]) -> None:
    for each in inputs:
        if isinstance(each, TensorBase) and not each.requires_grad:  # type: ignore[attr-defined]
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
) -> tuple[Any, ...]:
    """The gradients of the sum of `outputs` with respect to each of `inputs`, as a tuple; ``.grad`` is not touched.

    An input that the outputs do not depend on raises ``RuntimeError``, or gives `None` with `allow_unused`, or zeros
    with `materialize_grads`. With `is_grads_batched` the first axis of each cotangent enumerates cotangents.

    >>> import pullback as torch
    >>> x = torch.tensor(3., requires_grad=True)
    >>> g, = torch.autograd.grad(x ** 3, x, create_graph=True)
    >>> torch.autograd.grad(g, x)
    (tensor(18.),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError(
            "Expected allow_unused to be True or not passed when materialize_grads=True, but got: allow_unused=False."
        )
    allow_unused = materialize_grads if allow_unused is None else allow_unused
    found_outputs = tuple(_edge(each) for each in _as_tuple(outputs))
    found_inputs = tuple(_edge(each) for each in _as_tuple(inputs))
    keep = create_graph if retain_graph is None else retain_graph
    starts = _starts(found_outputs, grad_outputs, is_grads_batched)
    _check_inputs(found_inputs)
    if is_grads_batched:
        found = _batched(found_outputs, starts, found_inputs, keep, create_graph)
    else:
        found = engine.gradients(
            found_outputs, starts, found_inputs, keep=keep, create_graph=create_graph, allow_unused=allow_unused
        )
    for position, (value, tensor) in enumerate(zip(found, found_inputs)):
        if value is None and materialize_grads:
            found[position] = wrap(np.zeros(tensor._array.shape, tensor._array.dtype))
        elif value is None and not allow_unused:
            raise RuntimeError(
                "One of the differentiated Tensors appears to not have been used in the graph. Set allow_unused=True "
                "if this is the desired behavior."
            )
    return tuple(found)


def _batched(outputs: Any, starts: Any, inputs: Any, keep: bool, create_graph: bool) -> list[Any]:
    """One pass per cotangent, stacked. (One pass for all comes with batched arrays.)"""
    count = starts[0]._array.shape[0]
    rows = [
        engine.gradients(
            outputs,
            [start[each] for start in starts],
            inputs,
            keep=keep or create_graph or each + 1 < count,
            create_graph=create_graph,
            allow_unused=True,
        )
        for each in range(count)
    ]
    return [None if column[0] is None else np.stack(list(column)) for column in zip(*rows)]
