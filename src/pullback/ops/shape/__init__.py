"""The same elements in another shape: views, copies, joins, cuts.

A view is an operator whose forward shows the memory of its input (`pullback.graph.views` has the rest). The public
function beside it settles what callers may write (negative dimensions, -1, a list or several arguments), raises
PyTorch's errors, and calls the operator with plain integers: these are what is replayed from the base later.

======================  ===============================================================
`reshape`, `axes`       view, reshape, flatten; transpose, permute
`singletons`            squeeze, unsqueeze, atleast_1d …
`broadcasting`          expand, broadcast_tensors, broadcast_shapes
`windows`               select, narrow, slices, unfold, as_strided
`splitting`             split, chunk, tensor_split, unbind
`joining`               cat, stack, hstack …, block_diag
`repeating`, `turning`  repeat, tile, repeat_interleave; flip, roll, rot90
`diagonals`, `grids`    diagonal, diag, trace, triu; meshgrid, combinations
`replacing`, `copies`   select_scatter …; select_copy …
`reseating`             views taken in place: unsqueeze_, transpose_
`memory`, `bits`        clone, contiguous, stride; view(dtype), view_as_real
`padding`, `patches`    pad; unfold and fold of images
`pixels`                pixel_shuffle, channel_shuffle
======================  ===============================================================
"""
