"""Filled by its family."""


class ShapeMethods:
    """Methods of the family."""

    __slots__ = ()
