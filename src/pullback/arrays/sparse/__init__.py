"""Arrays that keep only some of their elements: numbers and their places, with no Tensor in sight.

A sparse tensor is an ordinary `Tensor` whose array is one of these. They speak NumPy's two protocols, so the operators
and derivative rules that make sense on them run as they are written: ``mm`` on a sparse array is sparse times dense, and
its rule gives the gradients that PyTorch gives. What makes no sense is refused (`base.unsupported`). A dense program
never loads this folder: whoever makes a sparse array does.
"""

from pullback.arrays.sparse import arithmetic, moving, products
from pullback.arrays.sparse.arithmetic import scatter_add as scatter_add
from pullback.arrays.sparse.base import Sparse as Sparse, is_sparse as is_sparse, unsupported as unsupported
from pullback.arrays.sparse.compressed import Compressed as Compressed, compress as compress
from pullback.arrays.sparse.coordinates import COO as COO, empty as empty, from_dense as from_dense

__all__ = ["COO", "Compressed", "Sparse", "compress", "empty", "from_dense", "is_sparse", "scatter_add", "unsupported"]
del arithmetic, moving, products
