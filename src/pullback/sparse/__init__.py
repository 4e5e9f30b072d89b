"""torch.sparse: tensors that keep only some of their elements.

The layers from below: `pullback.arrays.sparse` has the arrays; `places` the operators that put values into places, read
them there and write all places out, each the derivative of another; on these stand the conversions, products, sums and
softmax. Everything else a sparse tensor can do comes from the ordinary operators, whose text NumPy's protocols carry to
sparse arrays as to all others. A program without sparse tensors never loads this folder.
"""

from pullback.sparse.conversion import (
    sparse_mask as sparse_mask,
    to_dense as to_dense,
    to_sparse as to_sparse,
    to_sparse_coo as to_sparse_coo,
    to_sparse_csc as to_sparse_csc,
    to_sparse_csr as to_sparse_csr,
)
from pullback.sparse.creation import (
    BFloat16Tensor as BFloat16Tensor,
    ByteTensor as ByteTensor,
    CharTensor as CharTensor,
    DoubleTensor as DoubleTensor,
    FloatTensor as FloatTensor,
    HalfTensor as HalfTensor,
    IntTensor as IntTensor,
    LongTensor as LongTensor,
    ShortTensor as ShortTensor,
    sparse_compressed_tensor as sparse_compressed_tensor,
    sparse_coo_tensor as sparse_coo_tensor,
    sparse_csc_tensor as sparse_csc_tensor,
    sparse_csr_tensor as sparse_csr_tensor,
)
from pullback.sparse.diagonals import spdiags
from pullback.sparse.gradients import as_sparse_gradcheck
from pullback.sparse.invariants import check_sparse_tensor_invariants
from pullback.sparse.products import (
    addmm,
    hspmm as hspmm,
    mm,
    sampled_addmm,
    smm as smm,
    sspaddmm as sspaddmm,
)
from pullback.sparse.reductions import log_softmax, softmax, sum

__all__ = [
    "addmm",
    "as_sparse_gradcheck",
    "check_sparse_tensor_invariants",
    "log_softmax",
    "mm",
    "sampled_addmm",
    "softmax",
    "spdiags",
    "sum",
]
