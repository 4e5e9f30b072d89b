"""torch.quantization, the older name of `torch.ao.quantization`."""

from pullback.ao.quantization import *  # noqa: F403
from pullback.ao.quantization import __all__ as __all__
