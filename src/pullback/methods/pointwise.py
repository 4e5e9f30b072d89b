"""Filled by its family."""


class PointwiseMethods:
    """Methods of the family."""

    __slots__ = ()
