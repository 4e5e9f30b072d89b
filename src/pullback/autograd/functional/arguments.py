"""What the functions of `pullback.autograd.functional` take, how it is made ready, and how results are given back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.graph.tensor_base import TensorBase


def _as_tuple_nocheck(value: Any) -> tuple[Any, ...]:
    """`value` as a tuple: lists and tuples by their elements, anything else alone."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def _as_tuple(inp: Any, arg_name: str | None = None, fn_name: str | None = None) -> Any:
    """Whether `inp` is a tuple, and its tensors as one; with no names given only the tuple.

    Raises ``TypeError``, naming `arg_name` and `fn_name`, for what is neither a tensor nor a tuple of tensors.
    """
    if arg_name is None and fn_name is None:
        return _as_tuple_nocheck(inp)
    is_tuple = isinstance(inp, tuple)
    values = inp if is_tuple else (inp,)
    for position, each in enumerate(values):
        if not isinstance(each, TensorBase):
            what = f"value at index {position}" if is_tuple else f"given {arg_name}"
            raise TypeError(
                f"The {arg_name} given to {fn_name} must be either a Tensor or a tuple of Tensors but the {what} has "
                f"type {type(each)}."
            )
    return is_tuple, values


def _tuple_postprocess(res: Any, to_unpack: Any) -> Any:
    """Take the tuples off `res` that the caller did not ask for.

    `to_unpack` says whether what came in was a tuple; a pair says it for the two levels of a nested result.
    """
    if not isinstance(to_unpack, tuple):
        return res if to_unpack else res[0]
    outer, inner = to_unpack
    if not inner:
        res = tuple(each[0] for each in res)
    return res if outer else res[0]


def _grad_preprocess(inputs: Sequence[Any], create_graph: bool, need_graph: bool) -> tuple[Any, ...]:
    """Tensors to differentiate at: views of the caller's where the result is to be differentiable with respect to
    them, leaves of their own otherwise (which require grad if `need_graph`)."""
    return tuple(
        each.view_as(each) if create_graph and each.requires_grad else each.detach().requires_grad_(need_graph)
        for each in inputs
    )


def _grad_postprocess(inputs: Any, create_graph: bool) -> Any:
    """Results to hand out: cut from the graph unless `create_graph`. Tuples nest."""
    if create_graph:
        return inputs
    if isinstance(inputs[0], TensorBase):
        return tuple(each.detach() for each in inputs)
    return tuple(_grad_postprocess(each, create_graph) for each in inputs)


def _validate_v(v: Sequence[Any], other: Sequence[Any], is_other_tuple: bool) -> None:
    """Raise ``RuntimeError`` unless the vector `v` has the structure and the shapes of `other`."""
    if is_other_tuple and len(other) != len(v):
        raise RuntimeError(f"v is a tuple of invalid length: should be {len(other)} but got {len(v)}.")
    if not is_other_tuple and len(v) != 1:
        raise RuntimeError("The given v should contain a single Tensor.")
    for position, (each, wanted) in enumerate(zip(v, other)):
        if each.size() != wanted.size():
            entry = f"Entry {position} in v" if is_other_tuple else "v"
            raise RuntimeError(f"{entry} has invalid size: should be {wanted.size()} but got {each.size()}.")


def prepared_vector(
    v: Any, like: Sequence[Any], is_tuple: bool, fn_name: str, create_graph: bool, subject: str
) -> tuple[Any, ...] | None:
    """The vector of a product, checked against `like`; `None` stands for 1 where `like` is a single element."""
    if v is not None:
        _, v = _as_tuple(v, "v", fn_name)
        v = _grad_preprocess(v, create_graph=create_graph, need_graph=False)
        _validate_v(v, like, is_tuple)
        return v  # type: ignore[no-any-return]
    if len(like) != 1 or like[0].nelement() != 1:
        raise RuntimeError(f"The vector v can only be None if {subject} a single Tensor with a single element.")
    return None


def single_number(outputs: tuple[Any, ...], is_tuple: bool, fn_name: str) -> None:
    """Raise ``RuntimeError`` unless a function returned one tensor of one element."""
    if is_tuple:
        raise RuntimeError(f"The function given to {fn_name} should return a single Tensor")
    if outputs[0].nelement() != 1:
        raise RuntimeError(f"The Tensor returned by the function given to {fn_name} should contain a single element")
