"""`torch.masked`: reductions and normalisations that pass over the elements at which a mask is false.

A `mask` is boolean and broadcasts to the input. What is masked out counts as the identity of the operation (0 in a sum,
-inf in a maximum), so the result where everything is masked out is that identity; where the operation has none (a mean, a
variance) it is NaN. `dtype` is that of the computation and the result, by default the input's (for sums and products of
integers int64). `dim` is one dimension or several; none, or an empty list, means all.
"""

from importlib import import_module
from typing import Any

from pullback.masked.normalizations import (
    cumprod as cumprod,
    cumsum as cumsum,
    log_softmax as log_softmax,
    logaddexp as logaddexp,
    normalize as normalize,
    softmax as softmax,
    softmin as softmin,
)
from pullback.masked.reach import _input_mask as _input_mask, _output_mask as _output_mask
from pullback.masked.reductions import (
    amax as amax,
    amin as amin,
    argmax as argmax,
    argmin as argmin,
    logsumexp as logsumexp,
    mean as mean,
    median as median,
    norm as norm,
    prod as prod,
    std as std,
    sum as sum,
    var as var,
)

__all__ = [
    "MaskedTensor",
    "amax",
    "amin",
    "argmax",
    "argmin",
    "as_masked_tensor",
    "cumprod",
    "cumsum",
    "is_masked_tensor",
    "log_softmax",
    "logaddexp",
    "logsumexp",
    "masked_tensor",
    "mean",
    "median",
    "norm",
    "normalize",
    "prod",
    "softmax",
    "softmin",
    "std",
    "sum",
    "var",
]


def __getattr__(name: str) -> Any:
    if name in ("MaskedTensor", "as_masked_tensor", "is_masked_tensor", "masked_tensor"):
        return getattr(
            import_module("pullback.masked_tensor"), name
        )  # a tensor stands above these functions of tensors
    raise AttributeError(f"module 'torch.masked' has no attribute '{name}'")
