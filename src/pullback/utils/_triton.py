"""Triton, a language for other devices."""


def has_triton() -> bool:
    """False."""
    return False


has_triton_package = has_triton
