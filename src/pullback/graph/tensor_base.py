"""What the graph and the operators know of a tensor: an array, a gradient and a place in the graph."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, TypeAlias

import numpy as np

from pullback.graph.versions import InferenceCounter, VersionCounter

if TYPE_CHECKING:
    from pullback.graph.node import Node
    from pullback.graph.views import View
else:
    Node = View = Any  # for whoever asks what the annotations of a class of tensors mean

Array: TypeAlias = Any
"""A raw array: NumPy's, or any that speaks its two dispatch protocols."""


class Held:
    """What a node keeps of a tensor: the tensor, its user-packed form, or the mark that it was let go."""

    __slots__ = ()


class TensorBase(Held):
    """A tensor without operators. :class:`pullback.Tensor` binds them and sets itself as `result_class`."""

    __slots__ = (
        "__dict__",
        "__weakref__",
        "_array",
        "_counter",
        "_grad",
        "_maker",
        "_output_nr",
        "_requires_grad",
        "_view",
    )

    _array: Array
    """The elements. Of a tensor without axes it may be a NumPy scalar, which is immutable and computes eight times
    faster than a 0-d array; `solid` makes memory of it for whoever writes to it or shares it."""
    _requires_grad: bool
    _maker: Node | None
    """The node that made this tensor; `None` for a leaf. Of a view, call `views.refresh` before reading it."""
    _output_nr: int
    _grad: TensorBase | None
    _counter: VersionCounter | None
    _view: View | None

    result_class: ClassVar[type[TensorBase]]

    # Rare state: read from the class until an instance sets its own.
    _hooks: Any = None
    """Hooks on the gradient of this tensor (of a leaf; those of other tensors stand at their node)."""
    _post_hooks: Any = None
    """Hooks that run after a leaf's gradient was accumulated."""
    _grad_dtype: Any = ...
    """The dtype that a leaf's gradient takes: its own by default, with `None` any may be assigned."""
    _accumulator: Any = None
    """Weak reference to the AccumulateGrad node, once somebody asked for it."""
    _retains_grad: bool = False
    _detached: int = -1
    """The value of the version counter when the tensor was last detached in place."""
    _reseated: Any = None
    """Of a base that came to show its memory in another way: the value of its counter then, and what gives the steps to
    a view that was made before."""
    _tangent: Any = None
    """Forward-mode tangent at the open level."""
    _home: int = -1
    """Of a leaf that was made inside a batch level: a number that tells so, as those of nodes do."""
    _n_outputs: int = 0
    """0 tells a leaf from a node at the end of an edge."""

    @property
    def _inference(self) -> bool:
        """Whether the tensor was made in inference mode."""
        return self._counter.__class__ is InferenceCounter


new_tensor: Any = partial(object.__new__, TensorBase)
"""Makes an empty result tensor; replaced by one for `result_class`, see `set_result_class`."""


def set_result_class(cls: type[TensorBase]) -> None:
    """Make `cls` the class of every operator's result. Called once, at the end of ``tensor.py``."""
    global new_tensor
    TensorBase.result_class = cls
    new_tensor = partial(object.__new__, cls)


def wrap(array: Array, requires_grad: bool = False) -> Any:
    """A new leaf tensor around `array`, sharing its memory."""
    tensor = new_tensor()
    tensor._array = array
    tensor._requires_grad = requires_grad
    tensor._maker = tensor._grad = tensor._counter = tensor._view = None
    tensor._output_nr = 0
    return tensor


def solid(tensor: TensorBase) -> Any:
    """The array of `tensor` as memory that can be written to and shared."""
    array = tensor._array
    if isinstance(array, np.generic):
        array = tensor._array = np.array(array)
    return array


def at_node(array: Array, node: Node, output_nr: int) -> Any:
    """A tensor that stands at output `output_nr` of `node`."""
    tensor = wrap(array)
    tensor._requires_grad = True
    tensor._maker = node
    tensor._output_nr = output_nr
    return tensor


def twin(tensor: TensorBase, array: Array) -> Any:
    """A tensor at the same place in the graph as `tensor`, around another array."""
    copy = wrap(array)
    copy._requires_grad = tensor._requires_grad
    copy._maker = tensor._maker
    copy._output_nr = tensor._output_nr
    return copy
