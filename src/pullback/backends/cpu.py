"""torch.backends.cpu: what the processor can do."""


def get_cpu_capability() -> str:
    """``"DEFAULT"``: which instructions NumPy uses is its own choice, see ``numpy.show_config()``."""
    return "DEFAULT"
