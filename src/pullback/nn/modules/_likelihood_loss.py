"""Losses that are likelihoods of counts, of normal draws, of sequences, and of classes of a linear map."""

from __future__ import annotations

import math
from typing import Any

from pullback.nn import functional as F
from pullback.nn.modules._loss_base import _Loss, _WeightedLoss
from pullback.nn.modules.linear import Linear
from pullback.nn.modules.linear_cross_entropy_options import LinearCrossEntropyOptions
from pullback.tensor import Tensor


class PoissonNLLLoss(_Loss):
    """Negative log likelihood of counts under Poisson rates ``exp(input)``, or `input` itself unless `log_input`.

    Args:
        full: add Stirling's approximation of ``log(target!)``.
        eps: keeps the logarithm of a rate finite.
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__(size_average, reduce, reduction)
        self.log_input = log_input
        self.full = full
        self.eps = eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return F.poisson_nll_loss(
            log_input, target, log_input=self.log_input, full=self.full, eps=self.eps, reduction=self.reduction
        )


class GaussianNLLLoss(_Loss):
    """Negative log likelihood of `target` under normal distributions of mean `input` and variance `var`.

    Args:
        full: add the constant ``log(2π)/2``.
        eps: smallest variance; smaller ones count as this.
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(None, None, reduction)
        self.full = full
        self.eps = eps

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return F.gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class CTCLoss(_Loss):
    """Negative log likelihood of labels whose places in time are not known (Graves et al., 2006).

    Shapes: log-probabilities ``(T, N, C)`` or ``(T, C)``; labels ``(N, S)`` or in one row; lengths ``(N)``.

    Args:
        blank: class that stands for no label.
        zero_infinity: let a target that is too long for its input count for nothing.
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank = blank
        self.zero_infinity = zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Tensor, target_lengths: Tensor) -> Tensor:
        return F.ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )


class LinearCrossEntropyLoss(_WeightedLoss):
    """A linear layer to logits and their cross entropy, in one module.

    Shapes: ``(N, in_features)`` or ``(in_features)``; targets as `CrossEntropyLoss` takes them for logits
    ``(N, num_classes, *out_features)``.

    Args:
        out_features: sizes behind the classes, one loss each.
        bias: whether the layer adds one.
        ignore_index: target class that contributes nothing; -100 by default.
        options: see `LinearCrossEntropyOptions`.
    """

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: tuple[int, ...] = (),
        bias: bool = False,
        device: Any = None,
        dtype: Any = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: LinearCrossEntropyOptions | None = None,
    ) -> None:
        if weight is not None and weight.shape != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, reduction=reduction)
        self.in_features = in_features
        self.num_classes = num_classes
        self.out_features = out_features
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing
        self.options = options
        self.linear = Linear(in_features, num_classes * math.prod(out_features), bias, device, dtype)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        sizes = (self.num_classes, *self.out_features)
        bias = self.linear.bias
        return F.linear_cross_entropy(
            input,
            self.linear.weight.view(*sizes, self.in_features),
            target,
            linear_bias=None if bias is None else bias.view(sizes),
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
            options=self.options,
        )

    def extra_repr(self) -> str:
        names = ("in_features", "num_classes", "out_features")
        shown = [f"{name}={getattr(self, name)}" for name in names]
        shown.append(f"bias={self.linear.bias is not None}")
        shown += [f"{name}={getattr(self, name)}" for name in ("reduction", "ignore_index", "label_smoothing")]
        return ", ".join([*shown, f"options={self.options!r}"])
