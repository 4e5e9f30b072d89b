"""torch.utils.tensorboard: numbers, texts and pictures for TensorBoard, which must be installed.

Raises:
    ImportError: when it is not.
"""

import tensorboard as tensorboard

from pullback.utils.tensorboard.writer import FileWriter, SummaryWriter

__all__ = ["FileWriter", "SummaryWriter"]
