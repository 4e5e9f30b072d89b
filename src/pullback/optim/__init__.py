"""Optimizers, which move parameters along their gradients, and schedules of learning rates."""

from pullback.optim import lr_scheduler as lr_scheduler
from pullback.optim.adam import Adam
from pullback.optim.adamw import AdamW
from pullback.optim.optimizer import Optimizer
from pullback.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]
