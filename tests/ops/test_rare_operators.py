"""`torch.embedding_bag`, `grouped_mm`, `lobpcg`, fake quantization, deprecated methods; PyTorch's numbers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback.nn.functional import grouped_mm

try:
    import torch
except ImportError:
    torch = None

LIBRARIES = [pullback] if torch is None else [pullback, torch]
each_library = pytest.mark.parametrize("library", LIBRARIES, ids=lambda each: each.__name__)


@each_library
@pytest.mark.parametrize(
    ("mode", "padding", "values", "parts"),
    [
        (0, None, [4, 6, 0, 0, 12, 14, 10, 11], ([], [0, 0, 0, 0], [0, 0, 0, 0])),
        (0, 5, [4, 6, 0, 0, 2, 3, 0, 0], ([0, 0, 2, 2, 3], [0, 0, 0, 0], [0, 0, 0, 0])),
        (1, None, [2, 3, 0, 0, 6, 7, 10, 11], ([0, 0, 2, 2, 3], [2, 0, 2, 1], [2, 0, 2, 1])),
        (1, -1, [2, 3, 0, 0, 2, 3, 0, 0], ([0, 0, 2, 2, 3], [2, 0, 1, 0], [2, 0, 1, 0])),
        (2, 5, [4, 5, 0, 0, 2, 3, 0, 0], ([0, 0, 2, 2, 3], [2, 0, 1, 0], [[2, 2], [0, 0], [1, 1], [0, 0]])),
    ],
)
def test_embedding_bag_tells_how_bags_were_filled(
    library: Any, mode: int, padding: int | None, values: list[float], parts: tuple[Any, ...]
) -> None:
    table = library.arange(12.0).reshape(6, 2).requires_grad_()
    indices, offsets = library.tensor([0, 2, 1, 5, 5]), library.tensor([0, 2, 2, 4])
    found, *rest = library.embedding_bag(table, indices, offsets, False, mode, False, None, False, padding)
    assert found.reshape(-1).tolist() == values
    assert tuple(part.tolist() for part in rest) == parts
    assert {part.dtype for part in rest} == {library.int64}
    assert found.grad_fn.name() == "EmbeddingBagBackward0"


@each_library
def test_embedding_bag_refuses(library: Any) -> None:
    table, indices, offsets = library.ones(3, 2), library.tensor([0, 1]), library.tensor([0])
    with pytest.raises(RuntimeError, match="`mode` must be sum, mean, or max"):
        library.embedding_bag(table, indices, offsets, mode=7)
    with pytest.raises(RuntimeError, match="per_sample_weights only supported with mode='sum'"):
        library.embedding_bag(table, indices, offsets, False, 1, False, library.ones(2))


GROUPS = [((16, 8), (2, 8, 16), [3, 16]), ((2, 6, 8), (8, 16), [8, 16]), ((8, 16), (16, 8), [8, 16]), ((2, 8, 8),) * 2]


@pytest.mark.parametrize("dtype", ["float32", "bfloat16"])
@pytest.mark.parametrize("shapes", GROUPS, ids=str)
def test_grouped_mm_is_products_of_the_groups(shapes: Any, dtype: str) -> None:
    torch = pytest.importorskip("torch")
    draw = np.random.default_rng(0).standard_normal
    values, found = [draw(shape) for shape in shapes[:2]], []
    for library in (pullback, torch):
        a, b = (library.tensor(each, dtype=getattr(library, dtype), requires_grad=True) for each in values)
        ends = library.tensor(shapes[2], dtype=library.int32) if len(shapes) > 2 else None
        result = library.nn.functional.grouped_mm(a, b, offs=ends)
        assert result.grad_fn.name() == "GroupedMmBackward0"
        slopes = library.autograd.grad((result * result).sum(), (a, b))
        found.append([each.detach().float().numpy() for each in (result, *slopes)])
    for ours, theirs in zip(*found):
        np.testing.assert_allclose(ours, theirs, rtol=1e-5 if dtype == "float32" else 2e-2, atol=1e-4)


def test_grouped_mm_by_hand_and_its_derivatives() -> None:
    a = pullback.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], requires_grad=True)
    b = pullback.tensor([[[1.0], [1.0]], [[2.0], [0.0]]], requires_grad=True)
    ends = pullback.tensor([1, 3], dtype=pullback.int32)
    result = grouped_mm(a, b, offs=ends)
    assert result.tolist() == [[3.0], [6.0], [10.0]]
    d_a, d_b = pullback.autograd.grad(result.sum(), (a, b))
    assert d_a.tolist() == [[1.0, 1.0], [2.0, 0.0], [2.0, 0.0]]
    assert d_b.tolist() == [[[1.0], [2.0]], [[8.0], [10.0]]]
    _, tangent = pullback.func.jvp(
        lambda a, b: grouped_mm(a, b, offs=ends),
        (a.detach(), b.detach()),
        (pullback.ones(3, 2), pullback.zeros(2, 2, 1)),
    )
    assert tangent.tolist() == [[2.0], [2.0], [2.0]]
    short = pullback.tensor([1, 2], dtype=pullback.int32)
    assert grouped_mm(a, b, offs=short).tolist() == [[3.0], [6.0], [0.0]]


@each_library
@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"offs": None}, "Have to provide offsets if there is a 2d matrix"),
        ({"offs": [3, 8], "dtype": "int64"}, "Offsets have to be int32"),
        ({"offs": [3, 8], "out_dtype": "float64"}, "Grouped gemm output dtype must match `mat_a` dtype"),
        ({"offs": [3, 5, 8]}, "matrix batch sizes have to match"),
    ],
)
def test_grouped_mm_refuses(library: Any, change: dict[str, Any], message: str) -> None:
    offs, dtype = change["offs"], getattr(library, change.get("dtype", "int32"))
    ends = None if offs is None else library.tensor(offs, dtype=dtype)
    out = getattr(library, change["out_dtype"]) if "out_dtype" in change else None
    with pytest.raises(RuntimeError, match=message):
        library.nn.functional.grouped_mm(library.ones(8, 16), library.ones(2, 16, 32), offs=ends, out_dtype=out)
    with pytest.raises(RuntimeError, match="Expected mat_a to be Float32, BFloat16 or Float16 matrix, got Double"):
        library.nn.functional.grouped_mm(library.ones(8, 16).double(), library.ones(2, 16, 32), offs=ends)


def symmetric(n: int) -> np.ndarray:
    square = np.random.default_rng(1).standard_normal((n, n))
    return square @ square.T + np.eye(n)


@each_library
def test_lobpcg_finds_the_extreme_pairs(library: Any) -> None:
    matrix = symmetric(9)
    a, expected = library.tensor(matrix), np.linalg.eigvalsh(matrix)
    values, vectors = library.lobpcg(a, k=2)
    np.testing.assert_allclose(values.numpy(), expected[:-3:-1], rtol=1e-10)
    np.testing.assert_allclose((a @ vectors).numpy(), (vectors * values).numpy(), atol=1e-5)
    np.testing.assert_allclose(library.lobpcg(a, k=2, largest=False)[0].numpy(), expected[:2], rtol=1e-10)
    b = library.tensor(np.diag(np.arange(1.0, 10.0)))
    values, vectors = library.lobpcg(a, k=2, B=b)
    np.testing.assert_allclose((a @ vectors).numpy(), (b @ vectors * values).numpy(), atol=1e-5)
    np.testing.assert_allclose((vectors.mT @ b @ vectors).numpy(), np.eye(2), atol=1e-10)
    with pytest.raises(ValueError, match=r"LOBPCG algorithm is not applicable when the number of A rows \(=9\)"):
        library.lobpcg(a, k=4)


def test_lobpcg_has_derivatives_and_no_iterations() -> None:
    a = pullback.tensor(symmetric(6), requires_grad=True)
    assert pullback.autograd.gradcheck(lambda a: pullback.lobpcg((a + a.mT) / 2, k=2)[0], a)
    assert pullback.lobpcg(a, X=pullback.zeros(6, 2))[0].shape == (2,)
    with pytest.raises(NotImplementedError, match="tracker"):
        pullback.lobpcg(a, tracker=print)


@each_library
@pytest.mark.parametrize("dtype", ["float32", "float64", "bfloat16"])
def test_fake_quantization(library: Any, dtype: str) -> None:
    points = [-3.0, -0.125, 0.0, 0.15, 1.26, 1e9, float("nan"), float("inf")]
    x = library.tensor(points, dtype=getattr(library, dtype), requires_grad=True)
    y = library.fake_quantize_per_tensor_affine(x, 0.1, 3, -5, 10)
    np.testing.assert_allclose(
        y.detach().float().numpy(),
        [-0.8, -0.1, 0.0, 0.2, 0.7, 0.7, -0.8, 0.7],
        rtol=4e-3,
    )
    assert library.autograd.grad(y.sum(), x)[0].tolist() == [0, 1, 1, 1, 0, 0, 0, 0]
    assert y.grad_fn.name() == "FakeQuantizePerTensorAffineCachemaskBackward0"
    same = library.fake_quantize_per_tensor_affine(
        x.detach(), library.tensor(0.1), library.tensor(3, dtype=library.int32), -5, 10
    )
    assert same.tolist() == y.tolist()


@each_library
def test_fake_quantization_of_channels(library: Any) -> None:
    x = library.tensor([[0.26, 0.26], [-9.0, 9.0]], requires_grad=True)
    scale, zero = library.tensor([0.1, 0.5]), library.tensor([0, 1], dtype=library.int32)
    y = library.fake_quantize_per_channel_affine(x, scale, zero, 1, -8, 7)
    np.testing.assert_allclose(y.detach().numpy(), [[0.3, 0.5], [-0.8, 3.0]], rtol=1e-6)
    assert library.autograd.grad(y.sum(), x)[0].tolist() == [[1, 1], [0, 0]]
    for message, call in [
        ("`zero_point` must be between", lambda: library.fake_quantize_per_tensor_affine(x, 0.1, 30, -5, 10)),
        ("`quant_min` should be less than or", lambda: library.fake_quantize_per_tensor_affine(x, 0.1, 3, 10, -5)),
        ("Zero-point must be Int32", lambda: library.fake_quantize_per_channel_affine(x, scale, zero.long(), 1, -8, 7)),
        (
            "scale and zero-point need to",
            lambda: library.fake_quantize_per_channel_affine(x, scale[:1], zero, 1, -8, 7),
        ),
    ]:
        with pytest.raises(RuntimeError, match=message):
            call()


@each_library
def test_deprecated_methods(library: Any) -> None:
    x = library.arange(4.0)
    with pytest.warns(UserWarning, match="non-inplace resize is deprecated"):
        assert x.resize(2, 2).tolist() == [[0.0, 1.0], [2.0, 3.0]]
    with pytest.warns(UserWarning, match="non-inplace resize_as is deprecated"):
        assert x.resize_as(library.ones(4, 1)).shape == (4, 1)
    with pytest.raises(RuntimeError, match=r"requested resize to 5 \(5 elements in total\)"), pytest.warns(UserWarning):
        x.resize(5)
    for name in ("eig", "symeig"):
        with pytest.raises(RuntimeError, match="This function was deprecated since version 1.9 and is now removed"):
            getattr(x, name)()
    assert library.dequantize(x.half()).dtype == x.dequantize().dtype == library.float32
    assert x.slice_inverse(x).tolist() == x.tolist()
