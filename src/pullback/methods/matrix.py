"""Filled by its family."""


class MatrixMethods:
    """Methods of the family."""

    __slots__ = ()
