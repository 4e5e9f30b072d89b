"""Complex numbers: PyTorch's convention of gradients, conjugate and negative views of memory."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback as torch
from pullback.autograd import forward_ad, gradcheck, gradgradcheck
from tests.op_table import Draw, Row, all_rows
from tests.op_table.calls import find, mapped, tensors_in


def z(grad: bool = False) -> torch.Tensor:
    return torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex128, requires_grad=grad)


def pulled(function: Any) -> list[complex]:
    x = z(True)
    return torch.autograd.grad(function(x), x)[0].tolist()


def test_gradient_of_a_real_function_is_twice_the_conjugate_wirtinger_derivative() -> None:
    """d|z|²/dz* = z, so the gradient, by which descent steps, is 2z."""
    assert pulled(lambda x: (x.abs() ** 2).sum()) == pytest.approx([2 + 4j, 6 - 2j])
    assert pulled(lambda x: x.real.sum()) == [1, 1]
    assert pulled(lambda x: x.imag.sum()) == [1j, 1j]


def test_gradient_of_a_holomorphic_function_is_the_conjugate_derivative() -> None:
    x = z(True)
    (found,) = torch.autograd.grad(x**2, x, torch.ones_like(x))
    assert found.tolist() == [2 - 4j, 6 + 2j]


def test_real_inputs_get_real_gradients() -> None:
    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (found,) = torch.autograd.grad((x * (1 + 2j)).imag.sum(), x)
    assert found.dtype is torch.float32 and found.tolist() == [2.0, 2.0]


def test_messages() -> None:
    with pytest.raises(
        RuntimeError, match="grad can be implicitly created only for real scalar outputs but got torch.complex128"
    ):
        z(True).sum().backward()
    with pytest.raises(
        RuntimeError, match="For complex Tensors, both grad_output and output are required to have the same"
    ):
        z(True).sum().backward(torch.tensor(1.0))


def test_conjugate_views_share_memory() -> None:
    x = z()
    seen = x.conj()
    assert seen.is_conj() and not x.is_conj() and seen._base is x and seen.data_ptr() == x.data_ptr()
    x.mul_(2)
    assert seen.tolist() == [2 - 4j, 6 + 2j]
    seen[0] = 5j
    assert x.tolist() == [-5j, 6 - 2j]
    seen.add_(1j)
    assert x.tolist() == [-6j, 6 - 3j]


def test_which_results_are_conjugate_views() -> None:
    seen = z().conj()
    for other in (seen[0], seen.view(2, 1), seen.t(), seen.detach(), seen[None].transpose(0, 1)):
        assert other.is_conj()
    for other in (seen.conj(), seen * 1, seen.clone(), seen.resolve_conj(), -seen, torch.ones(2).conj()):
        assert not other.is_conj()
    assert torch.outer(z(), z()).mH.is_conj() and torch.outer(z(), z()).H.is_conj()


def test_the_imaginary_part_of_a_conjugate_is_a_negative_view() -> None:
    x = z()
    part = x.conj().imag
    assert part.is_neg() and part.tolist() == [-2.0, 1.0] and not x.imag.is_neg()
    part.fill_(7)
    assert x.tolist() == [1 - 7j, 3 - 7j]
    assert not part.resolve_neg().is_neg() and torch._neg_view(torch.ones(1)).tolist() == [-1.0]


def test_what_needs_memory_of_its_own_says_so() -> None:
    with pytest.raises(RuntimeError, match="Can't call numpy.. on Tensor that has conjugate bit set"):
        z().conj().numpy()
    with pytest.raises(RuntimeError, match="Can't call numpy.. on Tensor that has negative bit set"):
        z().conj().imag.numpy()
    with pytest.raises(RuntimeError, match="view_as_real doesn't work on unresolved conjugated tensors"):
        torch.view_as_real(z().conj())
    assert z().conj().numpy(force=True).tolist() == [1 - 2j, 3 + 1j]
    assert repr(z().conj()) == "tensor([1.-2.j, 3.+1.j], dtype=torch.complex128)"


def test_nodes() -> None:
    x = z(True)
    assert x.conj().grad_fn.name() == "ConjBackward0"
    assert x.conj().resolve_conj().grad_fn.name() == "CloneBackward0"
    assert torch.conj_physical(x).grad_fn.name() == "ConjPhysicalBackward0"
    assert x.conj().conj().grad_fn.name() == "ConjBackward0"


def test_a_write_through_a_conjugate_view_is_differentiated() -> None:
    x = z(True)
    y = x * 1
    y.conj().mul_(2j)
    (found,) = torch.autograd.grad(y.abs().sum(), x)
    assert found.tolist() == pytest.approx([complex(v) * 2 / abs(v) for v in (1 + 2j, 3 - 1j)])
    with pytest.raises(RuntimeError, match="a view of a leaf Variable that requires grad is being used in an in-place"):
        x.conj().mul_(2)


@pytest.mark.parametrize(
    "function",
    [
        lambda x: x.conj().imag * x.conj(),
        lambda x: torch.outer(x, x.conj()).mH @ x.conj(),
        lambda x: torch.linalg.svdvals(torch.outer(x, x.conj()) + torch.eye(2, dtype=torch.complex128)),
    ],
)
def test_derivatives_through_conjugate_views(function: Any) -> None:
    assert gradcheck(function, z(True), check_forward_ad=True) and gradgradcheck(function, z(True))


def test_tangents_of_conjugate_views() -> None:
    with forward_ad.dual_level():
        dual = forward_ad.make_dual(z(), torch.tensor([1j, 2.0], dtype=torch.complex128))
        assert forward_ad.unpack_dual(dual.conj()).tangent.tolist() == [-1j, 2]
        dual.conj().mul_(2)
        assert forward_ad.unpack_dual(dual).tangent.tolist() == [2j, 4]


def conjugated(array: np.ndarray, mirrored: bool) -> Any:
    if array.dtype.kind == "f":
        array = array * (1 + 0.3j)
    if array.dtype.kind != "c":
        return torch.tensor(array)
    seen = torch.tensor(np.conj(array)).conj()
    return seen if mirrored else seen.resolve_conj()


def negated(array: np.ndarray, mirrored: bool) -> Any:
    if array.dtype.kind != "f":
        return torch.tensor(array)
    seen = torch._neg_view(torch.tensor(-array))
    return seen if mirrored else seen.resolve_neg()


@pytest.mark.filterwarnings("ignore:Casting complex values")
@pytest.mark.parametrize("made", [conjugated, negated])
def test_every_operator_on_mirrored_memory(made: Any) -> None:
    """An operator sees the numbers of a conjugate or negative view as it sees them in memory of their own."""

    def run(row: Row, sample: Any, mirrored: bool) -> list[np.ndarray]:
        torch.manual_seed(0)
        args, kwargs = (mapped(each, lambda array: made(array, mirrored)) for each in (sample.args, sample.kwargs))
        return [t.detach().numpy(force=True) for t in tensors_in(find(torch, row.name)(*args, **kwargs))]

    count = 0
    for row in all_rows():
        sample = next(iter(row.samples(Draw(row.id))), None)
        if sample is None or (made is conjugated and row.name == "view_as_real"):
            continue
        try:
            expected = run(row, sample, False)
        except (RuntimeError, TypeError, NotImplementedError, ValueError, IndexError, ImportError):
            continue  # not an operator on complex numbers
        count += 1
        for found, wanted in zip(run(row, sample, True), expected, strict=True):
            np.testing.assert_allclose(found, wanted, 1e-9, 1e-9, err_msg=row.id)
    assert count > 300
