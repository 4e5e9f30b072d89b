"""``torch.ao``: quantized modules. There are no quantized tensors here, so the namespaces that programs walk are empty."""

from pullback.ao import nn as nn
