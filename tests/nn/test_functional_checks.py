"""Functional forms: numbers that are tensors, what shapes and dtypes are refused, quirks that programs may meet."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback.nn import functional as f
from pullback.nn.utils import rnn

two, half, x = torch.tensor(2.0), torch.tensor(0.5), torch.tensor([-1.0, 3.0])


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (lambda: f.threshold(x, two, 5.0), [5.0, 3.0]),
        (lambda: f.threshold(x, two, torch.tensor(5)), [5.0, 3.0]),
        (lambda: torch.threshold(x, threshold=0.0, value=two), [2.0, 3.0]),
        (lambda: f.hardshrink(x, two), [0.0, 3.0]),
        (lambda: f.softshrink(x, half), [-0.5, 2.5]),
        (lambda: f.softplus(x, torch.tensor(1), torch.tensor(2.0))[1:], [3.0]),
        (lambda: f.rrelu(x, half, half), [-0.5, 3.0]),
        (lambda: f.dropout(x, torch.tensor(0.0)), [-1.0, 3.0]),
        (lambda: f.huber_loss(x, x + 4, reduction="none", delta=two), [6.0, 6.0]),
        (lambda: f.elu(x.long().float(), two)[1:], [3.0]),
        (lambda: torch.renorm(torch.ones(1, 4), two, 0, torch.tensor(1.0))[0], [0.5] * 4),
    ],
)
def test_numbers_may_be_tensors_without_axes(found: Any, expected: list[float]) -> None:
    assert found().tolist() == pytest.approx(expected, rel=1e-6)


@pytest.mark.parametrize("wrong", [torch.ones(2), torch.tensor(1.0, requires_grad=True), "a"])
def test_other_tensors_are_no_numbers(wrong: Any) -> None:
    kind = type(wrong).__name__
    with pytest.raises(TypeError, match=rf"softplus\(\): argument 'beta' \(position 2\) must be Number, not {kind}"):
        f.softplus(x, wrong)
    with pytest.raises(TypeError, match=r"threshold\(\): argument 'threshold' \(position 2\) must be Number"):
        f.threshold(x, wrong, 1.0)


def test_gradients_pass_beside_numbers_in_tensors() -> None:
    leaf = x.clone().requires_grad_()
    f.threshold(leaf, two, 5.0).sum().backward()
    assert leaf.grad is not None and leaf.grad.tolist() == [0.0, 1.0]


@pytest.mark.filterwarnings("ignore:Casting complex values")
def test_a_cast_from_complex_has_memory_of_its_own() -> None:
    source = torch.ones(2, dtype=torch.complex64)
    for cast in (source.to(torch.float32), source.float(), source.type(torch.float32)):
        assert cast.stride() == (1,)
        cast.add_(5)
    assert source.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        (lambda: f.binary_cross_entropy(half, two), RuntimeError, "all elements of target should be between 0 and 1"),
        (lambda: f.interpolate(torch.ones(1, 1, 2, 2), size=["a", 2]), TypeError, "expected size to be one of int"),
        (lambda: f.interpolate(torch.ones(1, 1, 2), size=2.5), TypeError, r"upsample_nearest1d\(\) received"),
        (lambda: f.interpolate(torch.ones(1, 1, 2), scale_factor="2"), TypeError, r"upsample_nearest1d\(\) received"),
        (lambda: f.interpolate(torch.ones(1, 0, 2), size=2), RuntimeError, "Non-empty 3D data tensor expected"),
        (
            lambda: f.unfold(torch.ones(1, 2, 3, 3), (2, 2, 2)),
            RuntimeError,
            "expected kernel_size equals to 2, but got",
        ),
        (lambda: f.unfold(torch.ones(1, 2, 3, 3), 2.0), TypeError, r"im2col\(\): argument 'kernel_size'"),
        (lambda: f.unfold(torch.ones(1, 2, 3, 3).long(), 2), NotImplementedError, '"im2col_out_cpu" not implemented'),
        (lambda: f.unfold(torch.ones(2, 2), 2), IndexError, r"expected to be in range of \[-2, 1\], but got 2"),
        (
            lambda: f.fold(torch.ones(1, 12, 12), (4, 5), 2, dilation=8),
            RuntimeError,
            r"as \(-4, -3\), which is too small",
        ),
        (lambda: f.fold(torch.ones(1, 4, 12).int(), (4, 5), 2), NotImplementedError, '"col2im_out_cpu"'),
        (
            lambda: f.grid_sample(torch.ones(1, 1, 2), torch.ones(1, 1, 2), align_corners=True),
            RuntimeError,
            "size 1 in last dimension",
        ),
        (
            lambda: f.grid_sample(torch.ones(1, 1, 2, 2).long(), torch.ones(1, 1, 1, 2), align_corners=True),
            NotImplementedError,
            "\"grid_sampler_2d_cpu_kernel_impl\" not implemented for 'Long'",
        ),
        (lambda: f.prelu(torch.ones(2, 2), torch.ones(2).double()), RuntimeError, "Got Float and Double"),
        (lambda: f.gelu(x, "tanh"), TypeError, "takes 1 positional argument but 2 were given"),
    ],
)
def test_refused(call: Any, kind: Any, message: str) -> None:
    with pytest.raises(kind, match=message):
        call()


def test_indices_behind_the_last_offset() -> None:
    table, index, ends = torch.arange(10.0).view(5, 2), torch.tensor([1, 2, 3]), torch.tensor([0, 1, 2])
    expected = {"sum": [[2, 3], [4, 5]], "mean": [[2, 3], [2, 2.5]], "max": [[2, 3], [6, 7]]}
    for mode, bags in expected.items():
        assert f.embedding_bag(index, table, ends, mode=mode, include_last_offset=True).tolist() == bags
    nothing = torch.tensor([], dtype=torch.long)
    assert f.embedding_bag(index, table, nothing).shape == (0, 2)
    with pytest.raises(RuntimeError, match="number of offset should be at least 1"):
        f.embedding_bag(index, table, nothing, include_last_offset=True)
    with pytest.raises(RuntimeError, match="to have the same type as tensor for argument #1 'per_sample_weights'"):
        f.embedding_bag(index, table, ends, mode="sum", per_sample_weights=torch.ones(3).double())
    with pytest.warns(UserWarning, match="Argument order of nn.functional.embedding_bag was changed"):
        f.embedding_bag(table, index.view(1, 3))


def test_packing_is_one_node() -> None:
    padded = torch.arange(12.0).view(3, 2, 2).requires_grad_()
    packed = rnn.pack_padded_sequence(padded, [3, 1])
    assert packed.data[:, 0].tolist() == [0, 2, 4, 8] and packed.data.grad_fn.name() == "PackPaddedSequenceBackward0"
    (packed.data**2).sum().backward()
    assert padded.grad is not None and padded.grad[:, :, 0].tolist() == [[0, 4], [8, 0], [16, 0]]
    with pytest.raises(RuntimeError, match="Cannot pack empty tensors"):
        rnn.pack_padded_sequence(torch.ones(0, 2), [0, 0])
    with pytest.raises(TypeError, match="expected Tensor as element 1 in argument 0, but got int"):
        rnn.pad_sequence([torch.ones(1), 2])  # type: ignore[list-item]


def test_sizes_of_grids_may_be_tensors() -> None:
    size = [1, 1, torch.tensor(2), torch.tensor(1)]
    grid = f.affine_grid(torch.eye(2, 3)[None], size, align_corners=False)  # type: ignore[arg-type]
    assert grid.tolist() == [[[[0.0, -0.5]], [[0.0, 0.5]]]]
    with pytest.raises(TypeError):
        f.affine_grid(torch.eye(2, 3)[None], [1, 1, 2.5, 1], align_corners=False)  # type: ignore[list-item]


def test_grids_of_subclasses() -> None:
    class Own(torch.Tensor): ...

    grid = f.affine_grid(torch.eye(2, 3)[None].as_subclass(Own), [1, 1, 2, 1], align_corners=False)
    assert type(grid) is Own and grid.tolist() == [[[[0.0, -0.5]], [[0.0, 0.5]]]]
