"""Choices of what will be the default one day: how the conversion of a module replaces its parameters."""

from __future__ import annotations

_chosen = {"overwrite": False, "swap": False}


def set_overwrite_module_params_on_conversion(value: bool) -> None:
    """Whether `Module.to` and its like make new parameters instead of changing ``param.data``.

    >>> set_overwrite_module_params_on_conversion(False)
    """
    _chosen["overwrite"] = value


def get_overwrite_module_params_on_conversion() -> bool:
    """What `set_overwrite_module_params_on_conversion` was told; at first `False`."""
    return _chosen["overwrite"]


def set_swap_module_params_on_conversion(value: bool) -> None:
    """Whether conversions and `load_state_dict` make new tensors and swap them with the old, which stay the objects
    that the module holds (`torch.utils.swap_tensors`).

    >>> set_swap_module_params_on_conversion(False)
    """
    _chosen["swap"] = value


def get_swap_module_params_on_conversion() -> bool:
    """What `set_swap_module_params_on_conversion` was told; at first `False`."""
    return _chosen["swap"]
