"""Names of PyTorch's compiler that programs use to keep out of its way. There is no compiler here."""

from pullback._inductor import config as config, utils as utils
