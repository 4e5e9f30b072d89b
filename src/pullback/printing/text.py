"""The whole text of a tensor: its class, its contents, and what the contents do not say."""

from __future__ import annotations

from textwrap import indent as shift
from typing import Any

import numpy as np

from pullback.arrays import dtypes
from pullback.arrays.promotion import default
from pullback.printing.layout import format_contents
from pullback.printing.options import current


def _with_suffixes(text: str, suffixes: list[str], column: int, apart: bool = False) -> str:
    """`text` with the suffixes after it, each on the same line if it fits in `linewidth`, else at `column`; the first one
    on a line of its own if `apart`.

    >>> _with_suffixes("tensor([1]", ["dtype=torch.int8"], 7)
    'tensor([1], dtype=torch.int8'
    """
    used = len(text) - text.rfind("\n") + 1
    for suffix in suffixes:
        if apart or used + len(suffix) + 2 > current.linewidth:
            apart = False
            text += ",\n" + " " * column + suffix
            used = column + len(suffix)
        else:
            text += ", " + suffix
            used += len(suffix) + 2
    return text


def _shows_dtype(array: np.ndarray[Any, Any], dtype: dtypes.dtype) -> bool:
    """Whether the dtype cannot be read off the elements."""
    if not array.size:
        return dtype.numpy != default.real
    return dtype.numpy not in (default.real, default.complex, dtypes.int64.numpy, dtypes.bool.numpy)


def _shows_size(array: np.ndarray[Any, Any]) -> bool:
    """Whether the brackets may hide the shape: ``[]`` of other than one axis, or no edge items to show it."""
    return array.ndim != 1 if not array.size else not current.edgeitems


def format_tensor(
    array: np.ndarray[Any, Any],
    *,
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
    class_name: str = "tensor",
    dtype: dtypes.dtype | None = None,
    device: str | None = None,
    tangent_text: str | None = None,
    indent: int = 0,
    tensor_contents: str | None = None,
) -> str:
    """The text of a tensor that holds `array`, of any shape and dtype.

    Args:
        array: the elements.
        requires_grad: whether the tensor asks for a gradient; said only of a tensor without `grad_fn_name`.
        grad_fn_name: the name of the node that made the tensor, such as ``"AddBackward0"``.
        class_name: what stands before the bracket: ``"tensor"``, or the name of a subclass.
        dtype: the tensor's dtype if it is not the array's.
        device: the device's name if it is to be shown.
        tangent_text: ``f"{tangent}"`` of a dual tensor (of a 0-d one, a bare number).
        indent: the column at which the text will stand.
        tensor_contents: text to stand for the elements.

    >>> format_tensor(np.zeros((2, 2), np.float32), grad_fn_name="MulBackward0")
    'tensor([[0., 0.],\\n        [0., 0.]], grad_fn=<MulBackward0>)'
    >>> format_tensor(np.zeros((0, 3), np.int32))
    'tensor([], size=(0, 3), dtype=torch.int32)'
    """
    if dtype is None:
        dtype = dtypes.from_numpy(array.dtype)
    suffixes: list[str] = []
    if device is not None:
        suffixes.append(f"device='{device}'")
    if _shows_size(array):
        suffixes.append(f"size={array.shape}")
    if _shows_dtype(array, dtype):
        suffixes.append(f"dtype={dtype}")
    if grad_fn_name is not None:
        suffixes.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        suffixes.append("requires_grad=True")
    if tangent_text is not None:
        suffixes.append(f"tangent={tangent_text}")
    column = indent + len(class_name) + len("(")
    contents = format_contents(array, column, current) if tensor_contents is None else tensor_contents
    return _with_suffixes(f"{class_name}({contents}", suffixes, column) + ")"


def format_wrapped(class_name: str, level: int, value: str, batch_dim: int | None = None) -> str:
    """The text of a tensor inside a transform: the transform's level around the text of the value.

    >>> print(format_wrapped("BatchedTensor", 1, "tensor([1., 2.])", batch_dim=0))
    BatchedTensor(lvl=1, bdim=0, value=
        tensor([1., 2.])
    )
    """
    place = f"lvl={level}" if batch_dim is None else f"lvl={level}, bdim={batch_dim}"
    return f"{class_name}({place}, value=\n{shift(value, '    ')}\n)"


def format_value(tensor: Any, format_spec: str, plain_class: type[Any]) -> str:
    """`tensor.__format__`: a 0-d tensor of exactly `plain_class` formats as its number, all else as text.

    Raises:
        TypeError: if a format is asked of what is not a plain 0-d tensor.
    """
    if type(tensor) is plain_class and tensor.ndim == 0:
        return format(tensor.item(), format_spec)
    return object.__format__(tensor, format_spec)
