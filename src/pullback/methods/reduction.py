"""Filled by its family."""


class ReductionMethods:
    """Methods of the family."""

    __slots__ = ()
