"""The base class of distributions: shapes, validation, and what every distribution can be asked."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from typing import Any, ClassVar, TypeVar

import pullback
from pullback.distributions import constraints
from pullback.distributions.utils import lazy_property
from pullback.size import Size
from pullback.tensor import Tensor

__all__ = ["Distribution"]

D = TypeVar("D", bound="Distribution")


class Distribution:
    """A probability distribution, or a batch of them.

    A sample has shape ``sample_shape + batch_shape + event_shape``: `sample_shape` is asked for, the members of the
    batch have parameters of their own, and an event is one value of one member.

    Args:
        batch_shape: how many distributions there are.
        event_shape: the shape of one value.
        validate_args: check parameters and values; by default as `set_default_validate_args` says.

    Raises:
        ValueError: for a parameter outside of its constraint.
    """

    has_rsample: Any = False
    has_enumerate_support: Any = False
    _validate_args: bool = __debug__
    _expands: ClassVar[Mapping[str, int]] = {}
    """The parameters that `expand` expands, and how many axes of theirs belong to the event."""

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Choose whether distributions check parameters and values where they are not told."""
        if value not in (True, False):
            raise ValueError
        Distribution._validate_args = value

    def __init__(self, batch_shape: Any = (), event_shape: Any = (), validate_args: bool | None = None) -> None:
        self._batch_shape = Size(batch_shape)
        self._event_shape = Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if self._validate_args:
            self._check_parameters()
        super().__init__()

    def _check_parameters(self) -> None:
        try:
            arg_constraints = self.arg_constraints
        except NotImplementedError:
            warnings.warn(
                f"{type(self)} does not define `arg_constraints`. "
                "Please set `arg_constraints = {}` or initialize the distribution "
                "with `validate_args=False` to turn off validation.",
                stacklevel=3,
            )
            return
        for name, constraint in arg_constraints.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(getattr(type(self), name, None), lazy_property):
                continue  # it follows from another parameter
            value = getattr(self, name)
            if not constraint.check(value).all():
                raise ValueError(
                    f"Expected parameter {name} ({type(value).__name__} of shape {tuple(value.shape)}) of "
                    f"distribution {self!r} to satisfy the constraint {constraint!r}, but found invalid values:\n{value}"
                )

    def expand(self: D, batch_shape: Any, _instance: Any = None) -> D:
        """The same distribution in a larger batch; parameters share their memory.

        Args:
            batch_shape: the new shape of the batch.
            _instance: for subclasses, the new instance.
        """
        return self._expanded_as(Distribution, batch_shape, _instance)

    def _expanded_as(self: D, cls: Any, batch_shape: Any, _instance: Any) -> D:
        """`expand` as `cls` does it, for which it has declared `_expands`."""
        owner = cls if cls is not Distribution else _declaring_class(type(self))
        if owner is None:
            raise NotImplementedError
        new = self._get_checked_instance(owner, _instance)
        batch_shape = Size(batch_shape)
        for name, event_dim in owner._expands.items():
            if name in self.__dict__:
                value = self.__dict__[name]
                event = value.shape[len(value.shape) - event_dim :]
                new.__dict__[name] = value.expand(batch_shape + event)
        Distribution.__init__(new, batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _get_checked_instance(self, cls: Any, _instance: Any = None) -> Any:
        if _instance is None and type(self).__init__ != cls.__init__:
            raise NotImplementedError(
                f"Subclass {self.__class__.__name__} of {cls.__name__} that defines a custom __init__ method "
                "must also define a custom .expand() method."
            )
        return self.__new__(type(self)) if _instance is None else _instance

    # --- shapes and sets ----------------------------------------------------------------------------------------

    @property
    def batch_shape(self) -> Size:
        """How many distributions there are."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one value."""
        return self._event_shape

    @property
    def arg_constraints(self) -> Any:
        """The constraint of each parameter, by name."""
        raise NotImplementedError

    @property
    def support(self) -> Any:
        """The constraint of values."""
        raise NotImplementedError

    # --- moments ------------------------------------------------------------------------------------------------

    @property
    def mean(self) -> Tensor:
        """The mean."""
        raise NotImplementedError

    @property
    def mode(self) -> Tensor:
        """The most likely value."""
        raise NotImplementedError(f"{self.__class__} does not implement mode")

    @property
    def variance(self) -> Tensor:
        """The variance."""
        raise NotImplementedError

    @property
    def stddev(self) -> Tensor:
        """The standard deviation."""
        return self.variance.sqrt()

    # --- samples and densities ----------------------------------------------------------------------------------

    def sample(self, sample_shape: Any = ()) -> Tensor:
        """Values drawn at random, without history."""
        with pullback.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Tensor:
        """Values drawn at random that follow the parameters: they can be differentiated."""
        raise NotImplementedError

    def sample_n(self, n: int) -> Tensor:
        """`n` values; the former form of ``sample((n,))``."""
        warnings.warn("sample_n will be deprecated. Use .sample((n,)) instead", FutureWarning, stacklevel=2)
        return self.sample(Size((n,)))

    def log_prob(self, value: Any) -> Tensor:
        """The logarithm of the density, or of the probability, of values."""
        raise NotImplementedError

    def cdf(self, value: Any) -> Tensor:
        """The probability of what is not greater than `value`."""
        raise NotImplementedError

    def icdf(self, value: Any) -> Tensor:
        """The value whose `cdf` is `value`."""
        raise NotImplementedError

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """All values of a discrete distribution along a new first axis; with `expand` for each member of the batch."""
        raise NotImplementedError

    def entropy(self) -> Tensor:
        """The entropy, in nats."""
        raise NotImplementedError

    def perplexity(self) -> Tensor:
        """The exponential of the entropy."""
        return pullback.exp(self.entropy())

    # --- checks and text ----------------------------------------------------------------------------------------

    def _extended_shape(self, sample_shape: Any = ()) -> Size:
        if not isinstance(sample_shape, Size):
            sample_shape = Size(sample_shape)
        return Size(sample_shape + self._batch_shape + self._event_shape)

    def _validate_sample(self, value: Any) -> None:
        """Raise ``ValueError`` for values of other shapes, or outside of the support."""
        if not isinstance(value, Tensor):
            raise ValueError("The value argument to log_prob must be a Tensor")
        start = len(value.size()) - len(self._event_shape)
        if value.size()[start:] != self._event_shape:
            raise ValueError(
                f"The right-most size of value must match event_shape: {value.size()} vs {self._event_shape}."
            )
        actual, expected = value.size(), self._batch_shape + self._event_shape
        for i, j in zip(reversed(actual), reversed(expected)):
            if i != 1 and j != 1 and i != j:
                raise ValueError(f"Value is not broadcastable with batch_shape+event_shape: {actual} vs {expected}.")
        try:
            support = self.support
        except NotImplementedError:
            warnings.warn(
                f"{self.__class__} does not define `support` to enable sample validation. "
                "Please initialize the distribution with `validate_args=False` to turn off validation.",
                stacklevel=3,
            )
            return
        if support is None:
            raise AssertionError("support is unexpectedly None")
        if not support.check(value).all():
            raise ValueError(
                "Expected value argument "
                f"({type(value).__name__} of shape {tuple(value.shape)}) "
                f"to be within the support ({support!r}) of the distribution {self!r}, but found invalid values:\n{value}"
            )

    def __repr__(self) -> str:
        shown = [
            f"{name}: {value if value.numel() == 1 else value.size()}"
            for name, value in ((name, self.__dict__[name]) for name in self.arg_constraints if name in self.__dict__)
        ]
        return f"{type(self).__name__}({', '.join(shown)})"


def _declaring_class(cls: Any) -> Any:
    """The nearest class that says what it expands."""
    return next((base for base in cls.__mro__ if "_expands" in vars(base) and base is not Distribution), None)
