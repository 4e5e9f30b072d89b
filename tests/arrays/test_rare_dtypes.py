"""Dtypes that few programs name."""

from __future__ import annotations

import io
import pickle

import ml_dtypes
import pytest

import pullback as torch


def test_eight_bit_floats_hold_numbers() -> None:
    x = torch.tensor([1.0, 2.3]).to(torch.float8_e4m3fn)
    assert x.dtype is torch.float8_e4m3fn and x.float().tolist() == [1.0, 2.25]


def test_names_without_arrays_refuse() -> None:
    assert torch.chalf is torch.complex32 and pickle.loads(pickle.dumps(torch.qint8)) is torch.qint8
    with pytest.raises(TypeError, match="qint8 has no NumPy dtype"):
        torch.zeros(2, dtype=torch.qint8)


HALF_COMPLEX = pytest.mark.skipif(not hasattr(ml_dtypes, "complex32"), reason="an ml_dtypes without complex32")


@HALF_COMPLEX
def test_complex_numbers_of_half_floats() -> None:
    z = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex32)
    assert z.is_complex() and z.element_size() == 4 and str(z) == "tensor([1.+2.j, 3.-1.j], dtype=torch.complex32)"
    assert (z + z * 2).tolist() == [3 + 6j, 9 - 3j] and z.conj().tolist() == [1 - 2j, 3 + 1j]
    assert z.real.tolist() == [1, 3] and z.imag.dtype is torch.float16 and z[0].item() == 1 + 2j
    assert z.abs().dtype is torch.float16 and z.abs()[0].item() == pytest.approx(5**0.5, rel=1e-3)
    assert torch.view_as_real(z).tolist() == [[1, 2], [3, -1]]
    assert torch.view_as_complex(torch.ones(2, 2).half()).dtype is torch.complex32
    assert z.to(torch.complex64).tolist() == torch.tensor([1 + 2j, 3 - 1j]).chalf().tolist()
    assert torch.complex32.to_real() is torch.float16 and torch.finfo(torch.complex32).max == 65504


@HALF_COMPLEX
def test_promotion_of_half_complex() -> None:
    for other, expected in (
        (torch.float16, torch.complex32),
        (torch.int64, torch.complex32),
        (torch.float32, torch.complex64),
        (torch.bfloat16, torch.complex64),
        (torch.float64, torch.complex128),
        (torch.complex64, torch.complex64),
        (torch.complex128, torch.complex128),
    ):
        assert torch.promote_types(torch.complex32, other) is expected is torch.promote_types(other, torch.complex32)


@HALF_COMPLEX
def test_gradients_and_modules_of_half_complex() -> None:
    z = torch.tensor([1 + 2j, 3 - 1j], dtype=torch.complex32, requires_grad=True)
    (z * z).real.sum().backward()
    assert z.grad.tolist() == [2 - 4j, 6 + 2j]
    ones = torch.ones(1, 1, 3, dtype=torch.complex32)
    result = torch.nn.functional.conv_transpose1d(ones, ones[..., :2])
    assert result.dtype is torch.complex32 and result.flatten().tolist() == [1, 2, 2, 1]
    file = io.BytesIO()
    torch.save(z.detach(), file)
    file.seek(0)
    assert torch.load(file).tolist() == [1 + 2j, 3 - 1j]
