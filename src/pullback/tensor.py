"""Tensor: what holds an array, a gradient and a place in the graph, with every operator bound to it.

The state lives in `pullback.graph.tensor_base.TensorBase`; what a tensor can do stands in the mixins of
`pullback.methods`, one per family. This file joins them and tells the operators what class their results have.
"""

from __future__ import annotations

from typing import Any

from pullback.arrays.promotion import default
from pullback.graph import torch_function
from pullback.graph.tensor_base import TensorBase, set_result_class
from pullback.graph.torch_function import asking, disabled, disabled_implementation, reclassed
from pullback.methods.creation import CreationMethods
from pullback.methods.fourier import FourierMethods
from pullback.methods.history import HistoryMethods
from pullback.methods.index import IndexMethods
from pullback.methods.interop import InteropMethods, _fill
from pullback.methods.matrix import MatrixMethods
from pullback.methods.metadata import MetadataMethods
from pullback.methods.pointwise import PointwiseMethods
from pullback.methods.random import RandomMethods
from pullback.methods.reduction import ReductionMethods
from pullback.methods.shape import ShapeMethods
from pullback.methods.sparse import SparseMethods
from pullback.ops.creation.former import former_tensor
from pullback.ops.shape.reshape import alias
from pullback.protocol import ProtocolMethods


class TensorMeta(type):
    """Prints the class under PyTorch's name."""

    def __repr__(cls) -> str:
        return "<class 'torch.Tensor'>" if cls is Tensor else type.__repr__(cls)


class Tensor(  # type: ignore[misc]  # the mixins describe slots that TensorBase has
    HistoryMethods,
    MetadataMethods,
    InteropMethods,
    CreationMethods,
    PointwiseMethods,
    ReductionMethods,
    ShapeMethods,
    IndexMethods,
    MatrixMethods,
    FourierMethods,
    RandomMethods,
    SparseMethods,
    ProtocolMethods,
    TensorBase,
    metaclass=TensorMeta,
):
    """A multi-dimensional array that remembers how it was computed.

    Make one with `pullback.tensor` and its kin. ``Tensor(2, 3)`` gives uninitialised memory of that shape and
    ``Tensor([1, 2])`` a copy of the data, both of the default floating dtype.

    >>> import pullback as torch
    >>> x = torch.tensor([1., 2., 3.], requires_grad=True)
    >>> (x ** 2).sum().backward()
    >>> x.grad
    tensor([2., 4., 6.])
    """

    __slots__ = ()
    __hash__ = object.__hash__

    def __new__(cls, *args: Any, **options: Any) -> Any:
        with disabled():
            made = former_tensor(args, options, default.real, cast=True)
            return reclassed(made, cls) if type(made) is Tensor else cls._make_subclass(cls, made)

    @staticmethod
    def _make_subclass(cls: Any, data: Any, require_grad: bool = False) -> Any:
        """An instance of a subclass around the memory of `data`."""
        below = torch_function.below
        if below is not None and below.is_asked(data) and type(data) is not cls:
            below.refuse_other(cls, data)
        made = object.__new__(cls)
        _fill(made, data.detach()._array, require_grad)
        made._counter = data._counter
        return made

    @staticmethod
    def _make_wrapper_subclass(
        cls: Any, size: Any, strides: Any = None, storage_offset: Any = None, memory_format: Any = None, dtype: Any = None,
        layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
        dispatch_sizes_strides_policy: str | None = None, dispatch_device: bool = False, dispatch_layout: bool = False,
    ) -> Any:  # fmt: skip
        """An instance of a class with `__torch_dispatch__` that has these facts and no memory of its own."""
        return _below().make_wrapper(
            cls, size, strides, storage_offset, dtype, requires_grad, dispatch_sizes_strides_policy
        )

    @staticmethod
    def __torch_dispatch__(func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What computes ``func(*args, **kwargs)`` below autograd: here the function itself."""
        return _below().bare_implementation(func, types, args, kwargs)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        if cls.__torch_dispatch__ is not Tensor.__torch_dispatch__:
            _below().take_in(cls)
        elif cls.__torch_function__ is not disabled_implementation:
            cls._array = asking
            if "__torch_function__" in cls.__dict__:
                torch_function.when_met()

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What stands in for ``func(*args, **kwargs)`` where an argument is of this class: its results, as instances of
        the class. `NotImplemented` if an argument is of a class that this one knows nothing of."""
        if not all(issubclass(cls, each) for each in types):
            return NotImplemented
        with disabled():
            return reclassed(func(*args, **(kwargs or {})), cls)

    def as_subclass(self, cls: Any) -> Any:
        """This tensor as an instance of `cls`: a view of it, so that gradients come back here.

        >>> import pullback as torch
        >>> class Mine(torch.Tensor):
        ...     pass
        >>> type(torch.ones(2).as_subclass(Mine) + 1).__name__
        'Mine'
        """
        if not isinstance(cls, type):
            raise TypeError(f"cls must be a type (got {type(cls).__name__})")
        if not issubclass(cls, Tensor):
            raise TypeError(
                "Creating a Tensor subclass from a class that does not inherit from Tensor is not possible. Make sure "
                "your class inherits from Tensor."
            )
        below = torch_function.below
        if below is not None and below.is_asked(self) and type(self) is not cls:
            below.refuse_other(cls, self)
        with disabled():
            return reclassed(alias(self), cls)

    def __dir__(self) -> list[str]:
        return sorted(set(object.__dir__(self)))


def _ask_first() -> None:
    from pullback.public_functions import ask_first

    ask_first()


def _below() -> Any:
    from pullback import torch_dispatch  # what few programs need is loaded late

    return torch_dispatch


set_result_class(Tensor)
torch_function.when_met = _ask_first
