"""torch.autograd.functional: Jacobians, Hessians and their products with vectors, of functions of tensors.

A function may take one tensor or a tuple and return one tensor or a tuple; results nest the same way. Everything
stands on two calls of the reverse mode: the product with a vector from the left is one pass; from the right it is a
pass through a pass, as ``vᵀJ`` is linear in ``v`` (the double-backward trick).

- `arguments`: what may come in, how it is made ready, how results are given back
- `strictness`: what is said, or filled with zeros, where a result does not depend on an input
- `products`: `vjp`, `jvp`, `vhp`, `hvp`
- `jacobians`: `jacobian`, `hessian`

Matches https://docs.pytorch.org/docs/2.13/autograd.html#functional-higher-level-api.
"""

from __future__ import annotations

from pullback.autograd import forward_ad as fwAD
from pullback.autograd.functional.arguments import (
    _as_tuple,
    _as_tuple_nocheck,
    _grad_postprocess,
    _grad_preprocess,
    _tuple_postprocess,
    _validate_v,
)
from pullback.autograd.functional.jacobians import (
    _construct_standard_basis_for,
    _jacfwd,
    hessian,
    jacobian,
)
from pullback.autograd.functional.products import hvp, jvp, vhp, vjp
from pullback.autograd.functional.strictness import _autograd_grad, _check_requires_grad, _fill_in_zeros

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]

# Packages reach for these; they are re-exported under the names PyTorch gives them.
_HELPERS = (
    _as_tuple,
    _as_tuple_nocheck,
    _autograd_grad,
    _check_requires_grad,
    _construct_standard_basis_for,
    _fill_in_zeros,
    _grad_postprocess,
    _grad_preprocess,
    _jacfwd,
    _tuple_postprocess,
    _validate_v,
    fwAD,
)
