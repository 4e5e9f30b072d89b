"""`vmap`, and how it cuts batches into parts."""

from pullback.func import vmap as vmap

__all__ = ["get_chunk_sizes", "vmap", "vmap_impl"]

vmap_impl = vmap


def get_chunk_sizes(total_elems: int, chunk_size: int) -> list[int]:
    """The sizes of the parts of `total_elems` examples, `chunk_size` at a time.

    >>> get_chunk_sizes(7, 3)
    [3, 3, 1]
    """
    return [min(chunk_size, total_elems - start) for start in range(0, total_elems, chunk_size)]
