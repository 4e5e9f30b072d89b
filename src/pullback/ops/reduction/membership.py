"""Whether elements of one tensor occur in another."""

from __future__ import annotations

from typing import Any

import numpy as np

from pullback.arrays import counting
from pullback.graph.inplace import spoken
from pullback.graph.operands import NUMBERS, number
from pullback.graph.operator import nondifferentiable
from pullback.graph.tensor_base import TensorBase, wrap
from pullback.ops.reduction.names import refuse, said
from pullback.ops.typing import Scalar, V


@nondifferentiable(promotes=True)
@said("isin")
def _isin(elements: V, test_elements: V, invert: bool) -> V:
    found = counting.occurs(elements, test_elements)
    return np.logical_not(found) if invert else found


def isin(
    elements: V | Scalar = None,
    test_elements: V | Scalar = None,
    *,
    assume_unique: bool = False,
    invert: bool = False,
    out: Any = None,
    **number_of: Any,
) -> V:
    """Whether each element of `elements` is one of `test_elements`, as booleans in the shape of `elements`.

    One of the two may be a number (then also called `element` and `test_element`); dtypes promote. With `invert` the
    answer is turned around; `assume_unique` promises something that is of no use here. Raises ``RuntimeError`` for
    booleans and complex numbers.

    >>> import pullback as torch
    >>> torch.isin(torch.tensor([[1, 2], [3, 4]]), torch.tensor([2, 3]))
    tensor([[False,  True],
            [ True, False]])
    """
    elements, test_elements = number_of.pop("element", elements), number_of.pop("test_element", test_elements)
    if number_of:
        raise TypeError(f"isin() got an unexpected keyword argument '{next(iter(number_of))}'")
    given = tuple([each.item() if isinstance(each, np.generic) else each for each in (elements, test_elements)])
    tensors = [each for each in given if isinstance(each, TensorBase)]
    if not tensors or any(each.__class__ not in NUMBERS for each in given if not isinstance(each, TensorBase)):
        raise refuse("isin", elements=elements, test_elements=test_elements)
    for each in tensors:
        if each._array.dtype.kind in "bc":
            raise RuntimeError(f"Unsupported input type encountered for isin(): {spoken(each._array.dtype)}")
    like = tensors[0]._array
    first, second = (each if isinstance(each, TensorBase) else wrap(np.asarray(number(each, like))) for each in given)
    return _isin(first, second, invert, out=out)
