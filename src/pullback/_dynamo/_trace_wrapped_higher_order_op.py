"""A mode for tracers of indexing; nothing is traced here."""

from contextlib import nullcontext as TransformGetItemToIndex

__all__ = ["TransformGetItemToIndex"]
