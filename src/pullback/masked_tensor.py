"""`torch.masked.MaskedTensor`: a tensor that carries a mask, and passes over what that hides.

What an operator means for the mask is one of few things, by the operator's name: it stays (`UNARY`), it must be that of
the other operand too (`BINARY`), it is cut and turned as the data are (`PASSED`), or it says where anything was left
(`REDUCED`). Other operators raise ``TypeError``, as PyTorch's do.
"""

from __future__ import annotations

import warnings
from typing import Any

import pullback as torch
from pullback.graph.torch_function import disabled
from pullback.tensor import Tensor

UNARY = frozenset(
    "abs absolute acos arccos acosh arccosh angle asin arcsin asinh arcsinh atan arctan atanh arctanh bitwise_not ceil clamp "
    "clip conj_physical cos cosh deg2rad digamma erf erfc erfinv exp exp2 expm1 fix floor frac lgamma log log10 log1p log2 "
    "logit i0 isnan nan_to_num neg negative positive pow rad2deg reciprocal round rsqrt sigmoid sign sgn signbit sin sinc "
    "sinh sqrt square tan tanh trunc clone detach contiguous to double float half bfloat16 int long bool".split()
)
BINARY = frozenset(
    "add atan2 arctan2 bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift div divide floor_divide "
    "fmod logaddexp logaddexp2 mul multiply nextafter remainder sub subtract true_divide eq ne le ge greater greater_equal "
    "gt less_equal lt less maximum minimum fmax fmin not_equal".split()
)
PASSED = frozenset(
    "select transpose split t narrow chunk unbind expand view reshape cat stack unsqueeze squeeze unfold flatten where "
    "__getitem__ ones_like expand_as view_as reshape_as swapaxes movedim permute T mT".split()
)
REDUCED = frozenset("sum mean amin amax argmin argmax prod all var std norm".split())
NORMALIZED = frozenset(("softmax", "log_softmax"))
_PLAIN = frozenset("item __float__ __int__ __bool__ __len__ size dim numel stride is_contiguous is_floating_point backward "
                   "requires_grad_ retain_grad register_hook is_complex data_ptr storage_offset nelement __format__".split())  # fmt: skip
_GRAD: Any = Tensor.grad
_MATCH = "Input masks must match. If you need support for this, please open an issue on Github."


class MaskedTensor(Tensor):
    """`data` seen where `mask` holds. Both have one shape; the mask is boolean.

    >>> x = torch.masked.as_masked_tensor(torch.tensor([1., 2., 4.]), torch.tensor([True, False, True]))
    >>> x, (x * 2).sum(), x.to_tensor(0)
    (MaskedTensor(
      [  1.0000,       --,   4.0000]
    ), MaskedTensor( 10.0000, True), tensor([1., 0., 4.]))
    """

    _masked_mask: Tensor

    def __new__(cls, data: Tensor, mask: Tensor, requires_grad: bool = False) -> MaskedTensor:
        """The tensor; differentiable again from here on with `requires_grad`."""
        warnings.warn(
            "The PyTorch API of MaskedTensors is in prototype stage and will change in the near future. Please open a "
            "Github issue for features requests and see our documentation on the torch.masked module for further "
            "information about the project.",
            UserWarning,
            stacklevel=3,
        )
        if data.requires_grad:
            warnings.warn(
                "It is not recommended to create a MaskedTensor with a tensor that requires_grad. To avoid this, you "
                "can use data.detach().clone()",
                UserWarning,
                stacklevel=3,
            )
        _check(data, mask)
        return _masked(data.detach(), mask).requires_grad_(requires_grad)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name, kwargs = func.__name__, kwargs or {}
        with disabled():
            if name.rstrip("_") in UNARY | BINARY and not name.startswith("__"):
                return _elementwise(name, func, args, kwargs)
            if name in PASSED:
                return _passed(func, args, kwargs)
            if name in REDUCED:
                return _reduced(name, *args, **kwargs)
            if name in NORMALIZED:
                return _normalized(name, *args, **kwargs)
            return func(*args, **kwargs) if name in _PLAIN else NotImplemented

    def get_data(self) -> Tensor:
        """The data, hidden ones too."""
        return _data(self)

    def get_mask(self) -> Tensor:
        """Where the data count."""
        return self._masked_mask

    def to_tensor(self, value: Any) -> Tensor:
        """The data with `value` where they are hidden."""
        return self.get_data().masked_fill(~self._masked_mask, value)

    def numpy(self, *, force: bool = False) -> Any:
        """Refused: an array has no mask."""
        raise RuntimeError(".numpy() is not supported for tensor subclasses.")

    def tolist(self) -> Any:
        """Refused: a list has no mask."""
        raise RuntimeError(".tolist() is not supported for tensor subclasses, got MaskedTensor")

    @property
    def grad(self) -> Any:
        """The gradient, hidden where this tensor is."""
        found = _GRAD.__get__(self)
        return found if found is None or isinstance(found, MaskedTensor) else _masked(found, self._masked_mask)

    @grad.setter
    def grad(self, value: Any) -> None:
        _GRAD.__set__(self, value)

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        """The text, ``--`` for what is hidden."""
        data, mask = self.get_data().tolist(), self._masked_mask.tolist()
        form = "{:8.4f}" if self.dtype.is_floating_point else "{}"
        if self.ndim == 0:
            return f"MaskedTensor({form.format(data) if mask else '--'}, {mask})"
        return "MaskedTensor(\n" + _indented(_text(data, mask, form)) + "\n)"

    __str__ = __repr__


def _text(data: Any, mask: Any, form: str) -> str:
    if not isinstance(data, list):
        return form.format(data) if mask else "      --"
    parts = [_text(each, hidden, form) for each, hidden in zip(data, mask)]
    if data and isinstance(data[0], list):
        return "[\n" + ",\n".join(_indented(part) for part in parts) + "\n]"
    return f"[{', '.join(parts)}]"


def _indented(text: str) -> str:
    return "\n".join(f"  {line}" for line in text.split("\n"))


def _check(data: Any, mask: Any) -> None:
    for name, each in (("data", data), ("mask", mask)):
        if not isinstance(each, Tensor):
            raise TypeError(f"{name} must be a Tensor")
        if each.layout != torch.strided:
            raise TypeError(f"MaskedTensor: {name} of layout {each.layout} is not supported. Use to_dense().")
    if isinstance(data, MaskedTensor):
        raise TypeError("data must be a Tensor")
    if mask.dtype != torch.bool:
        raise TypeError("mask must have dtype bool.")
    if data.is_complex():
        raise TypeError(f"{data.dtype} is not supported in MaskedTensor.")
    if data.dim() != mask.dim():
        raise ValueError("data.dim() must equal mask.dim()")
    if data.size() != mask.size():
        raise ValueError("data.size() must equal mask.size()")


def _masked(data: Tensor, mask: Tensor) -> MaskedTensor:
    """`data` under a mask, differentiable as they are."""
    with disabled():
        found = data.as_subclass(MaskedTensor)
    found._masked_mask = mask
    return found


def _data(value: Any) -> Any:
    """The plain tensor with the same history."""
    if isinstance(value, (list, tuple)):
        return type(value)(_data(each) for each in value)
    if not isinstance(value, MaskedTensor):
        return value
    with disabled():
        return value.as_subclass(Tensor)


def _mask(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_mask(each) for each in value)
    return value._masked_mask if isinstance(value, MaskedTensor) else value


def _elementwise(name: str, func: Any, args: Any, kwargs: Any) -> Any:
    masks = [each._masked_mask for each in args if isinstance(each, MaskedTensor)]
    if any(each is not masks[0] and not torch.equal(each, masks[0]) for each in masks[1:]):
        raise ValueError(_MATCH)
    result = func(*_data(tuple(args)), **kwargs)
    return args[0] if name.endswith("_") else _masked(result, masks[0])


def _passed(func: Any, args: Any, kwargs: Any) -> Any:
    data, mask = func(*_data(tuple(args)), **kwargs), func(*_mask(tuple(args)), **kwargs)
    if isinstance(data, (list, tuple)):
        return type(data)(_masked(*pair) for pair in zip(data, mask))
    return _masked(data, mask)


def _reduced(name: str, input: MaskedTensor, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
    mask, found = input._masked_mask, input.get_data()
    left = mask.any() if dim is None else torch.any(mask, dim, keepdim)
    if name == "all":
        found = (
            found.masked_fill(~mask, True).all() if dim is None else found.masked_fill(~mask, True).all(dim, keepdim)
        )
        return _masked(found, left)
    if name in ("var", "std"):
        options["unbiased"] = bool(options.pop("correction", 1)) if "unbiased" not in options else options["unbiased"]
    before = (options.pop("p", 2),) if name == "norm" else ()
    return _masked(getattr(torch.masked, name)(found, *before, dim=dim, keepdim=keepdim, mask=mask, **options), left)


def _normalized(name: str, input: MaskedTensor, dim: int, dtype: Any = None) -> MaskedTensor:
    mask = input._masked_mask
    return _masked(getattr(torch.masked, name)(input.get_data(), dim, dtype=dtype, mask=mask), mask)


def masked_tensor(data: Tensor, mask: Tensor, requires_grad: bool = False) -> MaskedTensor:
    """A `MaskedTensor` with data and mask of its own; warns, as PyTorch does, that their interface may change."""
    _check(data, mask)
    return MaskedTensor(data.clone() if not data.requires_grad else data, mask.clone(), requires_grad)


def as_masked_tensor(data: Tensor, mask: Tensor) -> MaskedTensor:
    """A `MaskedTensor` that shares the memory of `data` and passes gradients back to it."""
    _check(data, mask)
    return _masked(data, mask)


def is_masked_tensor(obj: Any) -> bool:
    """Whether `obj` carries a mask."""
    return isinstance(obj, MaskedTensor)
