"""Building blocks of neural networks: modules, parameters, functions, initial values.

A module (:class:`Module`) holds parameters and other modules; calling it computes. ``functional`` has the same
computations without state, ``init`` the draws of initial weights, ``utils`` what is done to all parameters at once.
"""

from __future__ import annotations

from pullback.nn import (
    attention as attention,
    common_types as common_types,
    functional as functional,
    grad as grad,
    init as init,
    modules as modules,
    parallel as parallel,
    parameter as parameter,
    utils as utils,
)
from pullback.nn.modules import *  # noqa: F403
from pullback.nn.parallel import DataParallel
from pullback.nn.parameter import Buffer, Parameter, UninitializedBuffer, UninitializedParameter

__all__ = [
    "Buffer",
    "DataParallel",
    "Parameter",
    "UninitializedBuffer",
    "UninitializedParameter",
    "attention",
    "common_types",
    "functional",
    "grad",
    "init",
    "modules",
    "parallel",
    "parameter",
    "utils",
    *modules.__all__,
]


def factory_kwargs(kwargs: dict[str, object] | None) -> dict[str, object]:
    """The arguments of `kwargs` with which tensors are made, out of it and of its entry ``factory_kwargs``.

    Raises:
        TypeError: for an argument that is given in both places or that no factory knows.
    """
    if kwargs is None:
        return {}
    simple = {"device", "dtype", "memory_format"}
    unknown = kwargs.keys() - simple - {"factory_kwargs"}
    if unknown:
        raise TypeError(f"unexpected kwargs {unknown}")
    nested = dict(kwargs.get("factory_kwargs", {}))  # type: ignore[call-overload]
    twice = (simple & kwargs.keys()) & nested.keys()
    if twice:
        raise TypeError(f"{twice.pop()} specified twice, in **kwargs and in factory_kwargs")
    return nested | {key: kwargs[key] for key in simple & kwargs.keys()}
