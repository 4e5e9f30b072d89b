"""Filled by its family."""


class IndexMethods:
    """Methods of the family."""

    __slots__ = ()
