"""What the matrix products refuse, in PyTorch's words."""

from __future__ import annotations

from typing import Any

from pullback.arrays.dtypes import from_numpy
from pullback.graph.inplace import spoken

# How some of PyTorch's messages name dtypes: by their C++ type.
CPP_NAMES = {
    "bool": "bool", "uint8": "unsigned char", "int8": "signed char", "int16": "short int", "int32": "int",
    "int64": "long int", "float16": "c10::Half", "bfloat16": "c10::BFloat16", "float32": "float",
    "float64": "double", "complex64": "c10::complex<float>", "complex128": "c10::complex<double>",
    "uint16": "unsigned short", "uint32": "unsigned int", "uint64": "unsigned long",
}  # fmt: skip


def cpp_name(dtype: Any) -> str:
    """PyTorch's C++ word for a NumPy dtype.

    >>> import numpy as np
    >>> cpp_name(np.dtype("i8"))
    'long int'
    """
    return CPP_NAMES[from_numpy(dtype).name]


def times(shape: Any) -> str:
    """A shape as ``2x3``."""
    return "x".join(map(str, shape))


def check_not_bool(name: str, array: Any) -> None:
    """Raise ``NotImplementedError`` for booleans, of which PyTorch has no product."""
    if array.dtype.kind == "b":
        raise NotImplementedError(f"\"{name}\" not implemented for 'Bool'")


def check_inner(a: Any, b: Any) -> None:
    """Raise unless matrix `a` has as many columns as `b` has rows."""
    if a.shape[1] != b.shape[0]:
        raise RuntimeError(f"mat1 and mat2 shapes cannot be multiplied ({times(a.shape)} and {times(b.shape)})")


def fits(a: Any, b: Any) -> bool:
    """Whether `a` and `b` are matrices of one dtype that can be multiplied: nearly every call, told at once."""
    return a.ndim == 2 == b.ndim and a.shape[1] == b.shape[0] and a.dtype == b.dtype and a.dtype.kind != "b"


def check_mm(a: Any, b: Any) -> None:
    """The operands of `mm`: two matrices of one dtype that fit."""
    for name, matrix in (("self", a), ("mat2", b)):
        if matrix.ndim != 2:
            raise RuntimeError(f"{name} must be a matrix")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"expected m1 and m2 to have the same dtype, but got: {cpp_name(a.dtype)} != {cpp_name(b.dtype)}"
        )
    check_inner(a, b)
    check_not_bool("addmm_impl_cpu_", a)


def check_bmm(a: Any, b: Any) -> None:
    """The operands of `bmm`: two stacks of equally many matrices of one dtype that fit."""
    for name, stack in (("batch1", a), ("batch2", b)):
        if stack.ndim != 3:
            raise RuntimeError(f"{name} must be a 3D tensor")
    check_stacks(a, b)
    if a.dtype != b.dtype:
        raise RuntimeError(f"expected scalar type {spoken(a.dtype)} but found {spoken(b.dtype)}")
    check_not_bool("bmm", a)


def check_stacks(a: Any, b: Any) -> None:
    """Raise unless the matrices of two stacks can be multiplied pair by pair."""
    wanted = [a.shape[0], a.shape[2]]
    if list(b.shape[:2]) != wanted:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: {wanted} but got: {list(b.shape[:2])}."
        )


def check_vectors(name: str, a: Any, b: Any) -> None:
    """The operands of `dot` and `vdot`: two vectors of one length and dtype."""
    if a.ndim != 1 or b.ndim != 1:
        raise RuntimeError(f"1D tensors expected, but got {a.ndim}D and {b.ndim}D tensors")
    if a.dtype != b.dtype:
        raise RuntimeError(
            f"{name} : expected both vectors to have same dtype, but found {spoken(a.dtype)} and {spoken(b.dtype)}"
        )
    if a.shape != b.shape:
        n, m = a.shape[0], b.shape[0]
        raise RuntimeError(
            f"inconsistent tensor size, expected tensor [{n}] and src [{m}] to have the same number of elements, "
            f"but got {n} and {m} elements respectively"
        )
    check_not_bool("dot", a)


def fits_vector(matrix: Any, vector: Any) -> bool:
    """Whether a matrix and a vector of one dtype can be multiplied: nearly every call, told at once."""
    return (
        matrix.ndim == 2
        and vector.shape == matrix.shape[1:]
        and matrix.dtype == vector.dtype
        and matrix.dtype.kind != "b"
    )


def check_mv(addend: Any, matrix: Any, vector: Any) -> None:
    """The operands of `addmv`, or of `mv` with the vector in the addend's place."""
    if matrix.ndim != 2 or vector.ndim != 1 or addend.ndim > 1:
        first = 1 if addend is vector else addend.ndim
        raise RuntimeError(f"vector + matrix @ vector expected, got {first}, {matrix.ndim}, {vector.ndim}")
    rows, columns = matrix.shape
    fits = addend is vector or addend.ndim == 0 or addend.shape[0] in (1, rows)
    if vector.shape[0] != columns or not fits:
        size = rows if addend is vector or addend.ndim == 0 else addend.shape[0]
        raise RuntimeError(f"size mismatch, got input ({size}), mat ({times(matrix.shape)}), vec ({vector.shape[0]})")
    if not addend.dtype == matrix.dtype == vector.dtype:
        raise RuntimeError(
            "addmv input tensors must have the same dtype, but got "
            f"{spoken(addend.dtype)}, {spoken(matrix.dtype)}, and {spoken(vector.dtype)}"
        )
    check_not_bool("addmv_impl_cpu", matrix)


def check_expands(addend: Any, shape: tuple[int, ...]) -> None:
    """Raise unless `addend` broadcasts to `shape`."""
    size, target = list(addend.shape), list(shape)
    if len(size) > len(target):
        raise RuntimeError(
            f"expand(torch.{spoken(addend.dtype)}Tensor{{{size}}}, size={target}): the number of sizes provided "
            f"({len(target)}) must be greater or equal to the number of dimensions in the tensor ({len(size)})"
        )
    for axis in range(len(target) - 1, len(target) - len(size) - 1, -1):
        have = size[axis - len(target) + len(size)]
        if have not in (1, target[axis]):
            raise RuntimeError(
                f"The expanded size of the tensor ({target[axis]}) must match the existing size ({have}) at "
                f"non-singleton dimension {axis}.  Target sizes: {target}.  Tensor sizes: {size}"
            )


def broadcast(a: tuple[int, ...], b: tuple[int, ...]) -> tuple[int, ...]:
    """The shape to which two shapes broadcast; ``RuntimeError`` if there is none.

    >>> broadcast((4, 1), (5,))
    (4, 5)
    """
    rank = max(len(a), len(b))
    long, wide = (1,) * (rank - len(a)) + tuple(a), (1,) * (rank - len(b)) + tuple(b)
    for axis in range(rank - 1, -1, -1):
        if long[axis] != wide[axis] and 1 not in (long[axis], wide[axis]):
            raise RuntimeError(
                f"The size of tensor a ({long[axis]}) must match the size of tensor b ({wide[axis]}) at "
                f"non-singleton dimension {axis}"
            )
    return tuple([n if m == 1 else m for n, m in zip(long, wide)])
