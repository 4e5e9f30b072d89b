"""The hooks around a module's backward pass."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import pullback
from pullback.autograd import Function
from pullback.tensor import Tensor


class BackwardHookFunction(Function):
    """The identity: hands its tensors on, and their gradients back, as they are."""

    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        ctx.mark_non_differentiable(*(arg for arg in args if not arg.requires_grad))
        return args

    @staticmethod
    def backward(ctx: Any, *args: Tensor) -> tuple[Tensor, ...]:
        return args


class BackwardHook:
    """The full backward hooks and pre-hooks of one call of a module.

    The call's inputs and outputs are led through an identity node each. The output's node runs first in the
    backward pass: it sees (and with pre-hooks, replaces) the gradients of the outputs. The input's node runs last:
    it sees (and with hooks, replaces) the gradients of the inputs. Where no input requires a gradient, the hooks
    run at the output's node with ``None`` for every input.

    ::

        inputs ── identity ── forward ── identity ── outputs        forward  →
                     │                      │
                 user hooks             pre-hooks                   backward ←
    """

    def __init__(self, module: Any, user_hooks: Any, user_pre_hooks: Any) -> None:
        self.user_hooks = user_hooks
        self.user_pre_hooks = user_pre_hooks
        self.module = module
        self.grad_outputs: tuple[Any, ...] | None = None
        self.n_inputs = -1
        self.n_outputs = -1
        self.input_tensors_index: list[int] | None = None
        self.output_tensors_index: list[int] | None = None

    def setup_input_hook(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """The call's arguments, led through the node at which the user's hooks run."""
        self.n_inputs = len(args)
        res, self.input_tensors_index = _through_identity(args, lambda node: node.register_hook(self._after_inputs))
        return res

    def setup_output_hook(self, args: Any) -> Any:
        """The call's outputs, led through the node at which the user's pre-hooks run."""
        is_tuple = isinstance(args, tuple)
        outputs = args if is_tuple else (args,)
        self.n_outputs = len(outputs)
        outputs, self.output_tensors_index = _through_identity(
            outputs, lambda node: node.register_prehook(self._before_outputs)
        )
        return outputs if is_tuple else outputs[0]

    def _after_inputs(self, grad_input: tuple[Any, ...], _: tuple[Any, ...]) -> tuple[Any, ...] | None:
        if self.grad_outputs is None:
            # The output's node did not run: this gradient does not come through the module's output.
            return None
        spread = _spread(self.input_tensors_index, grad_input, self.n_inputs)
        result = self._run_hooks(spread)
        self.grad_outputs = None
        return _gather(self.input_tensors_index, result)

    def _before_outputs(self, grad_output: tuple[Any, ...]) -> tuple[Any, ...] | None:
        grads = _spread(self.output_tensors_index, grad_output, self.n_outputs)
        for hook in self.user_pre_hooks:
            replaced = hook(self.module, grads)
            if replaced is None:
                continue
            replaced = (replaced,) if isinstance(replaced, Tensor) else replaced
            _check_count("pre hook", "grad_output", len(replaced), len(grads))
            grads = replaced
        self.grad_outputs = grads
        if self.input_tensors_index is None:
            warnings.warn(
                "Full backward hook is firing when gradients are computed with respect to module outputs since no "
                "inputs require gradients. See "
                "https://docs.pytorch.org/docs/main/generated/torch.nn.Module.html#torch.nn.Module"
                ".register_full_backward_hook for more details.",
                stacklevel=5,
            )
            self._run_hooks((None,) * self.n_inputs, replace=False)
            self.grad_outputs = None
        return _gather(self.output_tensors_index, grads)

    def _run_hooks(self, grads: tuple[Any, ...], replace: bool = True) -> tuple[Any, ...]:
        for hook in self.user_hooks:
            replaced = hook(self.module, grads, self.grad_outputs)
            if replaced is None:
                continue
            if not replace:
                raise RuntimeError(
                    "Backward hook for Modules where no input requires gradient should always return None or None "
                    "for all gradients."
                )
            replaced = (replaced,) if isinstance(replaced, Tensor) else replaced
            _check_count("hook", "grad_input", len(replaced), len(grads))
            grads = replaced
        return grads


def _check_count(kind: str, what: str, got: int, expected: int) -> None:
    if got != expected:
        raise RuntimeError(f"Backward {kind} returned an invalid number of {what}, got {got}, but expected {expected}")


def _spread(indices: list[int] | None, values: tuple[Any, ...], count: int) -> tuple[Any, ...]:
    """Values at their places among `count` arguments, ``None`` where an argument was no tensor."""
    spread: list[Any] = [None] * count
    for index, value in zip(indices or (), values):
        spread[index] = value
    return tuple(spread)


def _gather(indices: list[int] | None, values: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple(values[index] for index in indices or ())


def _through_identity(args: tuple[Any, ...], attach: Callable[[Any], Any]) -> tuple[tuple[Any, ...], list[int] | None]:
    """`args` with every tensor led through one identity node, which `attach` gets, and the tensors' places."""
    indices = [index for index, arg in enumerate(args) if isinstance(arg, Tensor)]
    if not (pullback.is_grad_enabled() and any(args[index].requires_grad for index in indices)):
        return args, None
    passed = BackwardHookFunction.apply(*(args[index] for index in indices))
    if not passed:
        return args, None
    attach(next(tensor.grad_fn for tensor in passed if tensor.grad_fn is not None))
    mixed = list(args)
    for index, tensor in zip(indices, passed):
        mixed[index] = tensor
    # A named tuple takes its fields one by one.
    return (tuple(mixed) if type(args) is tuple else type(args)(*mixed)), indices
