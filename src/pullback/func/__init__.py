"""torch.func: transforms of functions, which compose.

`vmap` runs a function of one example on a batch, `grad` and `vjp` differentiate backwards, `jvp` forwards, `jacrev`,
`jacfwd` and `hessian` give whole Jacobians. They nest in any order, and with ``tensor.backward()`` around them.
"""

from pullback.func.batches import vmap as vmap
from pullback.func.forward import jvp as jvp, linearize as linearize
from pullback.func.jacobians import hessian as hessian, jacfwd as jacfwd, jacrev as jacrev
from pullback.func.reverse import grad as grad, grad_and_value as grad_and_value, vjp as vjp
