"""The class of compiled modules; no module is one."""

from pullback.nn import Module


class OptimizedModule(Module):
    """What PyTorch's compiler makes of a module."""
