"""Where a result does not depend on an input: zeros, or an error in strict mode that says which and at what stage."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pullback.graph.requests import grad
from pullback.ops.creation.filled import zeros_like

_TWICE = (
    " This is not allowed in strict mode. You should ensure that your function is twice differentiable and that the "
    "jacobian depends on the inputs (this would be violated by a linear function for example)."
)
_THRICE = (
    " This is not allowed in strict mode. You should ensure that your function is thrice differentiable and that the "
    "hessian depends on the inputs."
)

# What _check_requires_grad says of a tensor that does not require grad, by what the tensors are.
_WITHOUT_GRAD = {
    "hessian": "The hessian of the user-provided function with respect to input {} is independent of the input."
    + _THRICE,
    "jacobian": "While computing the hessian, found that the jacobian of the user-provided function with respect to "
    "input {} is independent of the input." + _TWICE,
    "grad_inputs": "The gradient with respect to input {} is independent of the inputs of the user-provided function. "
    "This is not allowed in strict mode.",
    "outputs": "Output {} of the user-provided function does not require gradients. The outputs must be computed in a "
    "differentiable manner from the input when running in strict mode.",
}

# What _fill_in_zeros says of a missing gradient, by the stage it was missing at.
_MISSING = {
    "back": "The output of the user-provided function is independent of input {}. This is not allowed in strict mode.",
    "back_trick": "The gradient with respect to the input is independent of entry {} in the grad_outputs when using "
    "the double backward trick to compute forward mode gradients. This is not allowed in strict mode.",
    "double_back": "The jacobian of the user-provided function is independent of input {}. This is not allowed in "
    "strict mode.",
    "double_back_trick": "The hessian of the user-provided function is independent of entry {} in the grad_jacobian. "
    "This is not allowed in strict mode as it prevents from using the double backward trick to replace forward mode AD.",
}


def _check_requires_grad(inputs: Sequence[Any] | None, input_type: str, strict: bool) -> None:
    """In strict mode, raise ``RuntimeError`` unless every one of `inputs` is there and requires grad.

    `input_type` is ``"outputs"``, ``"grad_inputs"``, ``"jacobian"`` or ``"hessian"``.
    """
    if not strict:
        return
    if input_type not in _WITHOUT_GRAD:
        raise RuntimeError("Invalid input_type to _check_requires_grad")
    for position, each in enumerate(inputs or ()):
        if each is None:
            raise RuntimeError(_MISSING["back"].format(position))
        if not each.requires_grad:
            raise RuntimeError(_WITHOUT_GRAD[input_type].format(position))


def _fill_in_zeros(
    grads: Sequence[Any], refs: Sequence[Any], strict: bool, create_graph: bool, stage: str
) -> tuple[Any, ...]:
    """`grads` with zeros in the shape of `refs` where one is missing; in strict mode ``RuntimeError`` instead.

    With `create_graph` strict mode also refuses gradients that do not require grad.
    """
    if stage not in _MISSING:
        raise RuntimeError(f"Invalid stage argument '{stage}' to _fill_in_zeros")
    filled = []
    for position, (each, ref) in enumerate(zip(grads, refs)):
        if each is None and strict:
            raise RuntimeError(_MISSING[stage].format(position))
        if each is not None and strict and create_graph and not each.requires_grad:
            order = "hessian" if "double" in stage else "jacobian"
            raise RuntimeError(
                f"The {order} of the user-provided function is independent of input {position}. This is not allowed "
                "in strict mode when create_graph=True."
            )
        filled.append(zeros_like(ref) if each is None else each)
    return tuple(filled)


def _autograd_grad(
    outputs: tuple[Any, ...],
    inputs: tuple[Any, ...],
    grad_outputs: Any = None,
    create_graph: bool = False,
    retain_graph: bool | None = None,
    is_grads_batched: bool = False,
) -> tuple[Any, ...]:
    """`pullback.autograd.grad` that passes over outputs without history and gives `None` where there is no path."""
    starts = (None,) * len(outputs) if grad_outputs is None else grad_outputs
    pairs = [(o, g) for o, g in zip(outputs, starts) if o is not None and o.requires_grad]
    if not pairs:
        return (None,) * len(inputs)
    live, given = zip(*pairs)
    return grad(
        live,
        inputs,
        given,
        retain_graph=retain_graph,
        create_graph=create_graph,
        allow_unused=True,
        is_grads_batched=is_grads_batched,
    )
