"""Methods of pruning: which elements or slices of a tensor go."""

from __future__ import annotations

import numbers
from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import Any

import pullback
from pullback.tensor import Tensor


class BasePruningMethod(ABC):
    """A method of pruning, which as a hook of the module also applies the mask before every forward.

    A subclass defines `compute_mask`, and `PRUNING_TYPE`: ``"unstructured"``, ``"structured"`` or ``"global"``.
    """

    _tensor_name: str
    PRUNING_TYPE: str

    def __call__(self, module: Any, inputs: Any) -> None:
        setattr(module, self._tensor_name, self.apply_mask(module))

    @abstractmethod
    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """A mask like `t`, zero where it is pruned; zero too where `default_mask` is."""

    def apply_mask(self, module: Any) -> Tensor:
        """The product of original and mask."""
        mask = getattr(module, f"{self._tensor_name}_mask")
        original = getattr(module, f"{self._tensor_name}_orig")
        return mask.to(dtype=original.dtype) * original

    @classmethod
    def apply(cls, module: Any, name: str, *args: Any, importance_scores: Any = None, **kwargs: Any) -> Any:
        """Prune the parameter `name` of `module`, in addition to what is pruned already.

        Args:
            importance_scores: what decides instead of the values, of their shape.
        """
        method = cls(*args, **kwargs)
        method._tensor_name = name
        earlier = _taken_hook(module, name)
        original = getattr(module, name)
        if importance_scores is None:
            importance_scores = original
        elif importance_scores.shape != original.shape:
            raise AssertionError(
                f"importance_scores should have the same shape as parameter {name} of {module}, got "
                f"{importance_scores.shape} vs {original.shape}"
            )
        if earlier is None:
            module.register_parameter(f"{name}_orig", original)
            del module._parameters[name]
            before = pullback.ones_like(original)
        else:
            method = _joined(earlier, method)
            before = getattr(module, f"{name}_mask").detach().clone(memory_format=pullback.contiguous_format)
        try:
            module.register_buffer(f"{name}_mask", method.compute_mask(importance_scores, default_mask=before))
            setattr(module, name, method.apply_mask(module))
            module.register_forward_pre_hook(method)
        except Exception:
            if earlier is None:
                module.register_parameter(name, getattr(module, f"{name}_orig"))
                del module._parameters[f"{name}_orig"]
            raise
        return method

    def prune(self, t: Any, default_mask: Any = None, importance_scores: Any = None) -> Tensor:
        """`t` with what the method prunes set to zero."""
        if importance_scores is None:
            importance_scores = t
        elif importance_scores.shape != t.shape:
            raise AssertionError("importance_scores should have the same shape as tensor t")
        before = pullback.ones_like(t) if default_mask is None else default_mask
        return t * self.compute_mask(importance_scores, default_mask=before)

    def remove(self, module: Any) -> None:
        """Make the pruned tensor an ordinary parameter again."""
        name = self._tensor_name
        weight = self.apply_mask(module)
        if hasattr(module, name):
            delattr(module, name)
        original = module._parameters[f"{name}_orig"]
        original.data = weight.data
        del module._parameters[f"{name}_orig"]
        del module._buffers[f"{name}_mask"]
        setattr(module, name, original)


def _taken_hook(module: Any, name: str) -> Any:
    """The method that has pruned the parameter so far, taken off the module."""
    for key, hook in module._forward_pre_hooks.items():
        if isinstance(hook, BasePruningMethod) and hook._tensor_name == name:
            del module._forward_pre_hooks[key]
            return hook
    return None


def _joined(earlier: Any, method: Any) -> PruningContainer:
    """Both methods in one."""
    if isinstance(earlier, PruningContainer):
        earlier.add_pruning_method(method)
        return earlier
    container = PruningContainer()
    container._tensor_name = method._tensor_name
    container.add_pruning_method(earlier)
    container.add_pruning_method(method)
    return container


class PruningContainer(BasePruningMethod):
    """Several methods on one parameter, in order; each acts on what those before it left."""

    def __init__(self, *args: Any) -> None:
        self._pruning_methods: tuple[Any, ...] = ()
        if not args:
            return
        self._tensor_name = args[0]._tensor_name
        for method in args:
            self.add_pruning_method(method)

    def add_pruning_method(self, method: Any) -> None:
        """Add a method for the same tensor; ``TypeError`` for anything else, ``ValueError`` for another tensor."""
        if not isinstance(method, BasePruningMethod) and method is not None:
            raise TypeError(f"{type(method)} is not a BasePruningMethod subclass")
        if method is not None and self._tensor_name != method._tensor_name:
            raise ValueError(
                "Can only add pruning methods acting on the parameter named "
                f"'{self._tensor_name}' to PruningContainer {self}. Found '{method._tensor_name}'"
            )
        self._pruning_methods += (method,)

    def __len__(self) -> int:
        return len(self._pruning_methods)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._pruning_methods)

    def __getitem__(self, idx: Any) -> Any:
        return self._pruning_methods[idx]

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far, and in what it leaves that of the last method."""
        method = self._pruning_methods[-1]
        mask = default_mask.to(dtype=t.dtype)
        if method.PRUNING_TYPE == "unstructured":
            left: Any = mask == 1
        elif method.PRUNING_TYPE == "structured":
            left = _slices_left(mask, method.dim, t.dim())
        elif method.PRUNING_TYPE == "global":
            left = [slice(None)] * t.dim()
        else:
            raise ValueError(f"Unrecognized PRUNING_TYPE {method.PRUNING_TYPE}")
        left = tuple(left) if isinstance(left, list) else left
        found = mask.detach().clone()
        found[left] = method.compute_mask(t[left], default_mask=mask[left]).to(mask.dtype)
        return found


def _slices_left(mask: Any, dim: int, count: int) -> list[Any]:
    """An index to the slices along `dim` of which something is left."""
    if not hasattr(dim, "__index__"):
        raise AttributeError("dim")
    dim = dim + count if dim < 0 else dim
    others = [other for other in range(count) if other != dim]
    index: list[Any] = [slice(None)] * count
    index[dim] = mask.sum(dim=others) != 0
    return index


# --- the methods --------------------------------------------------------------------------------------------


class Identity(BasePruningMethod):
    """Prunes nothing."""

    PRUNING_TYPE = "unstructured"

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """The mask so far."""
        return default_mask

    @classmethod
    def apply(cls, module: Any, name: str) -> Any:
        """Put a mask beside the parameter."""
        return super().apply(module, name)


class RandomUnstructured(BasePruningMethod):
    """Prunes elements at random: `amount` of them, or that share of all if it is a float."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """A mask with zeros at random."""
        return _without(t, default_mask, self.amount, pullback.rand_like, largest=True)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float) -> Any:
        """Prune the parameter `name`."""
        return super().apply(module, name, amount=amount)


class L1Unstructured(BasePruningMethod):
    """Prunes the elements of least magnitude: `amount` of them, or that share of all if it is a float."""

    PRUNING_TYPE = "unstructured"

    def __init__(self, amount: float) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """A mask with zeros at the elements of least magnitude."""
        return _without(t, default_mask, self.amount, pullback.abs, largest=False)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, importance_scores: Any = None) -> Any:
        """Prune the parameter `name`."""
        return super().apply(module, name, amount=amount, importance_scores=importance_scores)


class RandomStructured(BasePruningMethod):
    """Prunes slices along `dim` at random."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, dim: int = -1) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount
        self.dim = dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """A mask with slices of zeros at random."""
        count, pruned = _slices_to_prune(t, self.amount, self.dim)
        if pruned == 0:
            return default_mask
        drawn = pullback.rand(count)
        kept = drawn > pullback.kthvalue(drawn, k=pruned).values
        return _with_slices(t, self.dim, kept) * default_mask.to(t.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, dim: int = -1) -> Any:
        """Prune the parameter `name`."""
        return super().apply(module, name, amount=amount, dim=dim)


class LnStructured(BasePruningMethod):
    """Prunes the slices along `dim` of least n-norm."""

    PRUNING_TYPE = "structured"

    def __init__(self, amount: float, n: Any, dim: int = -1) -> None:
        _validate_pruning_amount_init(amount)
        self.amount = amount
        self.n = n
        self.dim = dim

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """A mask with zeros at the slices of least norm."""
        count, pruned = _slices_to_prune(t, self.amount, self.dim)
        if pruned == 0:
            return default_mask
        norms = _compute_norm(t, self.n, self.dim)
        kept = pullback.topk(norms, k=count - pruned, largest=True).indices
        return _with_slices(t, self.dim, kept) * default_mask.to(t.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, amount: float, n: Any, dim: int, importance_scores: Any = None) -> Any:
        """Prune the parameter `name`."""
        return super().apply(module, name, amount=amount, n=n, dim=dim, importance_scores=importance_scores)


class CustomFromMask(BasePruningMethod):
    """Prunes where a given mask is zero."""

    PRUNING_TYPE = "global"

    def __init__(self, mask: Any) -> None:
        self.mask = mask

    def compute_mask(self, t: Any, default_mask: Any) -> Any:
        """Both masks in one."""
        if default_mask.shape != self.mask.shape:
            raise AssertionError(
                f"default_mask shape {default_mask.shape} must match self.mask shape {self.mask.shape}"
            )
        return default_mask * self.mask.to(dtype=default_mask.dtype)

    @classmethod
    def apply(cls, module: Any, name: str, mask: Any) -> Any:
        """Prune the parameter `name`."""
        return super().apply(module, name, mask=mask)


# --- amounts and masks --------------------------------------------------------------------------------------


def _validate_pruning_amount_init(amount: Any) -> None:
    """A share between 0 and 1, or a number of elements."""
    if not isinstance(amount, numbers.Real):
        raise TypeError(f"Invalid type for amount: {amount}. Must be int or float.")
    if amount < 0 or (not isinstance(amount, numbers.Integral) and amount > 1):
        raise ValueError(f"amount={amount} should either be a float in the range [0, 1] or a non-negative integer")


def _validate_pruning_amount(amount: Any, tensor_size: int) -> None:
    if isinstance(amount, numbers.Integral) and amount > tensor_size:
        raise ValueError(f"amount={amount} should be smaller than the number of parameters to prune={tensor_size}")


def _compute_nparams_toprune(amount: Any, tensor_size: int) -> int:
    return amount if isinstance(amount, numbers.Integral) else round(amount * tensor_size)  # type: ignore[return-value]


def _compute_norm(t: Any, n: Any, dim: int) -> Tensor:
    """The n-norm of each slice along `dim`."""
    dim = dim + t.dim() if dim < 0 else dim
    return pullback.norm(t, p=n, dim=[other for other in range(t.dim()) if other != dim])


def _without(t: Any, default_mask: Any, amount: Any, score: Any, largest: bool) -> Any:
    """The mask with zeros where ``score(t)`` is largest, or least."""
    _validate_pruning_amount(amount, t.nelement())
    count = _compute_nparams_toprune(amount, t.nelement())
    mask = default_mask.clone(memory_format=pullback.contiguous_format)
    if count != 0:
        places = pullback.topk(score(t).view(-1), k=count, largest=largest).indices
        mask.view(-1)[places] = 0
    return mask


def _validate_structured_pruning(t: Any) -> None:
    if t.dim() <= 1:
        raise ValueError(
            "Structured pruning can only be applied to multidimensional tensors. Found tensor of shape "
            f"{t.shape} with {t.dim()} dims"
        )


def _validate_pruning_dim(t: Any, dim: int) -> None:
    if dim >= t.dim():
        raise IndexError(f"Invalid index {dim} for tensor of size {t.shape}")


def _slices_to_prune(t: Any, amount: Any, dim: int) -> tuple[int, int]:
    """How many slices there are along `dim`, and how many go."""
    _validate_structured_pruning(t)
    _validate_pruning_dim(t, dim)
    count = t.shape[dim]
    _validate_pruning_amount(amount, count)
    return count, _compute_nparams_toprune(amount, count)


def _with_slices(t: Any, dim: int, kept: Any) -> Any:
    """A mask of zeros with ones in the slices `kept` along `dim`."""
    mask = pullback.zeros_like(t)
    index: list[Any] = [slice(None)] * t.dim()
    index[dim] = kept
    mask[tuple(index)] = 1
    return mask
