"""Arrays with a hidden axis: what `vmap` hands to a function that knows nothing of batches.

A `BatchedArray` shows the shape of one example and computes for all of them. Its *payload* holds them, the batch in
front; an operator written for one example is carried onto all by NumPy's two protocols, so none has a batching rule. ::

    payload   (batch, 3, 4)      shape   (3, 4)      np.add.reduce(array, axis=0)  →  payload reduced along axis 1

Batches nest: the payload of an inner array may be an outer `BatchedArray`. Every `vmap` has a level, a number that grows
inwards; where arrays of several levels meet, the innermost is settled first and the rest by the payloads themselves.
An array that lacks a level is the same for all examples of it.

How each function reaches the payload stands in tables, a file per family: ufuncs align axes (`ufuncs`), reductions and
shape functions shift them (`reducing`, `shaping`), index arrays name the example too (`picking`), what works on the last axes
takes the batch as one more leading axis (`trailing`). What stands in no table runs example by example (`looping`).
"""

from pullback.arrays.batched.array import BatchedArray as BatchedArray, complete, payload_at as payload_at
from pullback.arrays.batched.brackets import read, write
from pullback.arrays.batched.errors import NeedsValues as NeedsValues, WiderWrite as WiderWrite
from pullback.arrays.batched.functions import on_function
from pullback.arrays.batched.ufuncs import on_ufunc

complete(ufunc=on_ufunc, function=on_function, read=read, write=write)
