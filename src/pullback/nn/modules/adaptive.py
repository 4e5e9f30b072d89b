"""Softmax over very many classes: frequent ones first, rare ones in clusters (Grave et al., 2017)."""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import Any

import pullback
from pullback.nn import functional as F
from pullback.nn.modules.container import ModuleList, Sequential
from pullback.nn.modules.linear import Linear
from pullback.nn.modules.module import Module
from pullback.tensor import Tensor

__all__ = ["AdaptiveLogSoftmaxWithLoss"]

_ASMoutput = namedtuple("_ASMoutput", ["output", "loss"])


class AdaptiveLogSoftmaxWithLoss(Module):
    """Log-probabilities of the target classes, and their negative mean.

    Classes are ordered by frequency. The head decides between the first ``cutoffs[0]`` classes and the clusters; each
    cluster has a tail of its own, narrower than the one before by `div_value`.

    Shapes: ``(N, in_features), (N) -> output (N), loss ()``, all without ``N`` for one sample.

    Args:
        in_features: width of the input.
        n_classes: number of classes.
        cutoffs: first classes of the clusters, rising, each between 1 and ``n_classes - 1``.
        div_value: how much narrower each tail is.
        head_bias: whether the head adds one.

    Raises:
        ValueError: for cutoffs that do not rise between 1 and ``n_classes - 1``.
    """

    def __init__(
        self,
        in_features: int,
        n_classes: int,
        cutoffs: Sequence[int],
        div_value: float = 4.0,
        head_bias: bool = False,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        cutoffs = list(cutoffs)
        if not cutoffs:
            raise ValueError("cutoffs should be a sequence of length larger than 0")
        if (
            any(int(cut) != cut for cut in cutoffs)
            or cutoffs != sorted(set(cutoffs))
            or not 0 < cutoffs[0] <= cutoffs[-1] < n_classes
        ):
            raise ValueError(
                "cutoffs should be a sequence of unique, positive integers sorted in an increasing order, where each "
                "value is between 1 and n_classes-1"
            )
        self.in_features = in_features
        self.n_classes = n_classes
        self.cutoffs = [*cutoffs, n_classes]
        self.div_value = div_value
        self.head_bias = head_bias
        self.shortlist_size = self.cutoffs[0]
        self.n_clusters = len(self.cutoffs) - 1
        self.head_size = self.shortlist_size + self.n_clusters
        factory = {"device": device, "dtype": dtype}
        self.head = Linear(in_features, self.head_size, bias=head_bias, **factory)
        self.tail = ModuleList()
        for cluster, (low, high) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            width = int(in_features // div_value ** (cluster + 1))
            first = Linear(in_features, width, bias=False, **factory)
            self.tail.append(Sequential(first, Linear(width, high - low, bias=False, **factory)))

    def reset_parameters(self) -> None:
        """Draw the weights anew."""
        self.head.reset_parameters()
        for first, second in self.tail:
            first.reset_parameters()
            second.reset_parameters()

    def forward(self, input_: Tensor, target_: Tensor) -> _ASMoutput:
        batched = target_.dim() > 0
        _check_target(input_, target_)
        if not batched:
            input_, target_ = input_.unsqueeze(0), target_.unsqueeze(0)
        gather, output = self._within_clusters(input_, target_)
        head = F.log_softmax(self.head(input_), dim=1)
        output = output + head.gather(1, gather.unsqueeze(1)).squeeze()
        loss = (-output).mean()
        return _ASMoutput(output if batched else output.squeeze(0), loss)

    def _within_clusters(self, input: Tensor, target: Tensor) -> tuple[Tensor, Tensor]:
        """Which output of the head each sample needs, and its log-probability within its cluster (0 in the head)."""
        output = input.new_zeros(target.size(0))
        gather = target.new_empty(target.size(0))
        used = 0
        for number, (low, high) in enumerate(zip([0, *self.cutoffs], self.cutoffs)):
            rows = ((target >= low) & (target < high)).nonzero().squeeze(1)
            if rows.numel() == 0:
                continue
            used += rows.numel()
            if number == 0:
                gather.index_copy_(0, rows, target[rows])
                continue
            within = F.log_softmax(self.tail[number - 1](input.index_select(0, rows)), dim=1)
            places = (target[rows] - low).unsqueeze(1)
            gather.index_fill_(0, rows, self.cutoffs[0] + number - 1)
            output.index_copy_(0, rows, within.gather(1, places).squeeze(1))
        if used != target.size(0):
            raise RuntimeError(
                f"Target values should be in [0, {self.n_classes - 1}], but values in range "
                f"[{target.min().item()}, {target.max().item()}] were found. "
            )
        return gather, output

    def _get_full_log_prob(self, input: Tensor, head_output: Tensor) -> Tensor:
        """Log-probabilities ``(N, n_classes)`` from the input and what the head says of it."""
        result = input.new_empty((head_output.size(0), self.n_classes))
        head = F.log_softmax(head_output, dim=1)
        result[:, : self.shortlist_size] = head[:, : self.shortlist_size]
        for cluster, (low, high) in enumerate(zip(self.cutoffs, self.cutoffs[1:])):
            within = F.log_softmax(self.tail[cluster](input), dim=1)
            result[:, low:high] = within + head[:, self.shortlist_size + cluster].unsqueeze(1)
        return result

    def log_prob(self, input: Tensor) -> Tensor:
        """Log-probabilities of all classes. Shapes: ``(N, in_features) -> (N, n_classes)``."""
        return self._get_full_log_prob(input, self.head(input))

    def predict(self, input: Tensor) -> Tensor:
        """The most probable class of each sample; tails are computed for those whose head points there.

        Shapes: ``(N, in_features) -> (N)``.
        """
        head = self.head(input)
        output = pullback.argmax(head, dim=1)
        elsewhere = output >= self.shortlist_size
        if not bool(elsewhere.any()):
            return output
        if bool(elsewhere.all()):
            return pullback.argmax(self._get_full_log_prob(input, head), dim=1)
        output[elsewhere] = pullback.argmax(self._get_full_log_prob(input[elsewhere], head[elsewhere]), dim=1)
        return output


def _check_target(input: Tensor, target: Tensor) -> None:
    if target.dim() == 1:
        if input.size(0) != target.size(0):
            raise RuntimeError("Input and target should have the same size in the batch dimension.")
        if input.dim() != 2:
            raise RuntimeError("1D target tensor expects 2D input tensors, but found inputs with size", input.size())
    elif target.dim() == 0:
        if input.dim() != 1:
            raise RuntimeError("0D target tensor expects 1D input tensors, but found inputs with size", input.size())
    else:
        raise RuntimeError("0D or 1D target tensor expected, multi-target not supported")
