"""torch.func: transforms of functions, which compose.

`vmap` runs a function of one example on a batch, `grad` and `vjp` differentiate backwards, `jvp` forwards, `jacrev`,
`jacfwd` and `hessian` give whole Jacobians. They nest in any order, and with ``tensor.backward()`` around them.

Beyond PyTorch there are `hvp`, `hessian_diag`, `laplacian` and `ggn_vp`: second derivatives without the whole Hessian; and
`jet`: derivatives of any order along a curve.
"""

from pullback.func.batches import vmap as vmap
from pullback.func.curvature import (
    ggn_vp as ggn_vp,
    hessian_diag as hessian_diag,
    hvp as hvp,
    laplacian as laplacian,
)
from pullback.func.forward import jvp as jvp, linearize as linearize
from pullback.func.jacobians import hessian as hessian, jacfwd as jacfwd, jacrev as jacrev
from pullback.func.modules import (
    functional_call as functional_call,
    replace_all_batch_norm_modules_ as replace_all_batch_norm_modules_,
    stack_module_state as stack_module_state,
)
from pullback.func.others import debug_unwrap as debug_unwrap, functionalize as functionalize
from pullback.func.rearranging import rearrange as rearrange
from pullback.func.reverse import grad as grad, grad_and_value as grad_and_value, vjp as vjp
from pullback.func.taylor import jet as jet

__all__ = [
    "debug_unwrap",
    "functional_call",
    "functionalize",
    "ggn_vp",
    "grad",
    "grad_and_value",
    "hessian",
    "hessian_diag",
    "hvp",
    "jacfwd",
    "jacrev",
    "jet",
    "jvp",
    "laplacian",
    "linearize",
    "rearrange",
    "replace_all_batch_norm_modules_",
    "stack_module_state",
    "vjp",
    "vmap",
]
