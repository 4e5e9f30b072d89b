"""Elements by position: reading them, writing them, finding them.

Reading by position and writing by position are each other's transposes, so every rule here is one of the words of
`pullback.arrays.scatter` and `pullback.arrays.along`, and these words are operators themselves (`written`), which gives
derivatives of any order. A write in place goes straight to the memory when nobody records it (`quiet`); otherwise the
ordinary operator runs and its result is stored.

====================  ===========================================================
`brackets`, `parse`   ``x[...]`` and ``x[...] = y``, taken apart
`advanced`            index tensors and masks, index_put
`rows`                index_select, index_add, index_copy, index_fill
`along`, `reducing`   gather, scatter, scatter_add; scatter_reduce, index_reduce
`take`, `masks`       take, put; masked_fill, masked_select, masked_scatter
`fill`                copy_, fill_, zero_
`search`              nonzero, argwhere, unravel_index
`tables`, `bags`      embedding, one_hot; embedding_bag
====================  ===========================================================
"""
