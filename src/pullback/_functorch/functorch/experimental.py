"""Transforms that were tried out here first."""

from pullback._functorch.apis import chunk_vmap as chunk_vmap
from pullback.func import (
    functionalize as functionalize,
    hessian as hessian,
    jacfwd as jacfwd,
    jvp as jvp,
    replace_all_batch_norm_modules_ as replace_all_batch_norm_modules_,
)
