"""What a batched array cannot do, said so that `vmap` can find another way."""

from __future__ import annotations


class NeedsValues(RuntimeError):
    """Somebody asked for the value behind a batched array, which is a different one in each example."""

    def __init__(self, level: int, message: str) -> None:
        super().__init__(message)
        self.level = level


class WiderWrite(RuntimeError):
    """A value that differs between examples was to be written into memory that they share."""


CONTROL_FLOW = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that "
    "yet, please file an issue at https://github.com/pytorch/pytorch/issues ."
)
ITEM = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, "
    "please try to rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch "
    "internals, please file a bug report."
)
MEMORY = "Cannot access data pointer of Tensor that doesn't have storage"
SHAPE = (
    "vmap: the shape of a result depends on the values of a batched tensor; it would differ between examples, which "
    "one tensor cannot hold."
)
RANDOM = (
    "vmap: Cannot ask for different inplace randomness on an unbatched tensor. This will appear like same randomness. "
    "If this is necessary for your usage, please file an issue with functorch."
)
NORM = (
    "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in place, were "
    "not batched.\nIf you are using a module and do not need eval mode, please set `track_running_stats` to be False.If "
    "you are using a prebuilt module and do not need eval mode, please see the functorch website for resources on how to "
    "patch your module to work with vmap"
)
WRITE = (
    "vmap: inplace arithmetic(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args "
    "that has more elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped "
    "over in a vmap. Please try to use out-of-place operators instead of inplace arithmetic. If said operator is being "
    "called inside the PyTorch framework, please file a bug report instead."
)
