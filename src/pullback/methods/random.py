"""Filled by its family."""


class RandomMethods:
    """Methods of the family."""

    __slots__ = ()
