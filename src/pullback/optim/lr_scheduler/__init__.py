"""Schedules: rules by which learning rates change from epoch to epoch.

A scheduler is made around an optimizer, whose learning rates it sets; ``scheduler.step()`` follows
``optimizer.step()``. Rates are computed from the last ones, so schedules can be chained; where a rule has a closed
form, ``step(epoch)`` uses it.
"""

from typing import Any as Any  # for annotations, which are looked up here

from pullback.optim.lr_scheduler.base import EPOCH_DEPRECATION_WARNING, LRScheduler, _LRScheduler
from pullback.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from pullback.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from pullback.optim.lr_scheduler.cyclic import CyclicLR, OneCycleLR
from pullback.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from pullback.optim.lr_scheduler.plateau import ReduceLROnPlateau

__all__ = [
    "EPOCH_DEPRECATION_WARNING",
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
    "_LRScheduler",
]
