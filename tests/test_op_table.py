"""Every operator of the table, against PyTorch, finite differences, and the strict stand-in array."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck, gradgradcheck
from pullback.graph import engine
from pullback.graph.tensor_base import TensorBase, wrap
from tests.op_table import Draw, Row, Sample, all_rows
from tests.op_table.calls import Call, find, gradients, mapped, numpy, tensors_in
from tests.op_table.recorded import reference
from tests.strict_array import StrictArray, reveal

ROWS = all_rows()


def rows(keep: Any = lambda row: True) -> Any:
    return pytest.mark.parametrize("row", [row for row in ROWS if keep(row)], ids=lambda row: row.id)


def samples(row: Row) -> list[Sample]:
    return list(row.samples(Draw(row.id)))


def close(found: np.ndarray, expected: np.ndarray, rtol: float, atol: float, what: str) -> None:
    assert found.shape == expected.shape, f"{what}: shape {found.shape}, PyTorch {expected.shape}"
    assert found.dtype == expected.dtype, f"{what}: dtype {found.dtype}, PyTorch {expected.dtype}"
    np.testing.assert_allclose(found, expected, rtol, atol, equal_nan=True, err_msg=what)


@rows()
def test_forward_and_gradient_equal_pytorchs(row: Row) -> None:
    """Values, dtypes and first gradients; live, or recorded where PyTorch is not installed."""
    for number, sample in enumerate(samples(row)):
        ours = Call(pullback, row, sample, grad=row.differentiable)
        outputs = ours.run()
        pulled = gradients(pullback, outputs, ours.tracked) if row.differentiable and ours.tracked else []
        expected_outputs, expected_gradients = reference(row, sample, number)
        assert len(outputs) == len(expected_outputs)
        for found, expected in zip(outputs, expected_outputs):
            close(numpy(found), expected, row.tolerance, row.tolerance, f"sample {number}")
        for found, expected in zip(pulled, expected_gradients):
            assert (found is None) == (expected is None), f"sample {number}: gradient {found}, PyTorch {expected}"
            if found is not None:
                close(numpy(found), expected, row.tolerance * 10, row.tolerance * 10, f"gradient of sample {number}")


@rows(lambda row: row.differentiable)
def test_gradcheck_reverse_and_forward(row: Row) -> None:
    for sample in samples(row):
        call = Call(pullback, row, sample, grad=True)
        if call.tracked and all(t.numel() <= 60 for t in call.tracked):
            function, tracked = call.as_function_of_tracked()
            assert gradcheck(function, tracked, check_forward_ad=True, fast_mode=True)


@rows(lambda row: row.differentiable and row.twice)
def test_gradgradcheck(row: Row) -> None:
    for sample in samples(row):
        call = Call(pullback, row, sample, grad=True)
        if call.tracked and all(t.numel() <= 60 for t in call.tracked):
            function, tracked = call.as_function_of_tracked()
            if any(o.requires_grad for o in function(*tracked)):
                assert gradgradcheck(function, tracked, fast_mode=True)


@rows(lambda row: bool(row.dtypes))
def test_dtypes_equal_pytorchs(row: Row) -> None:
    torch = pytest.importorskip("torch")
    for dtype in row.dtypes:
        tolerance = {"float16": 2e-3, "bfloat16": 1.6e-2, "float32": 3e-6, "complex64": 3e-6}.get(dtype, row.tolerance)
        for number, sample in enumerate(samples(row)):
            ours = Call(pullback, row, sample, dtype).run()
            theirs = Call(torch, row, sample, dtype).run()
            for found, expected in zip(ours, theirs, strict=True):
                assert str(found.dtype) == str(expected.dtype), f"{dtype}, sample {number}"
                close(numpy(found), numpy(expected), tolerance, tolerance, f"{dtype}, sample {number}")


@rows()
def test_strided_inputs_give_the_same(row: Row) -> None:
    """Non-contiguous inputs: every array as a window with gaps on larger memory."""

    def with_gaps(array: np.ndarray) -> Any:
        if not array.ndim:
            return pullback.from_numpy(np.array(array))
        memory = np.zeros((*array.shape[:-1], array.shape[-1] * 2), array.dtype)
        memory[..., ::2] = array
        return pullback.from_numpy(memory[..., ::2])

    for sample in samples(row):
        plain = Call(pullback, row, sample).run()
        args, kwargs = mapped(sample.args, with_gaps), mapped(sample.kwargs, with_gaps)
        try:
            strided = tensors_in(find(pullback, row.name)(*args, **kwargs))
        except RuntimeError as error:
            assert "view" in str(error)  # a view of strided memory may not exist; PyTorch raises too
            continue
        for found, expected in zip(strided, plain, strict=True):
            np.testing.assert_allclose(numpy(found), numpy(expected), 1e-12, 1e-12)


@rows(lambda row: row.broadcasts)
def test_broadcasting_empty_and_0d(row: Row) -> None:
    """Shapes that broadcast, 0-d against axes, empty ones: shape and values as PyTorch's."""
    torch = pytest.importorskip("torch")
    draw = Draw(row.id + "shapes")
    for first, second in (
        ((3, 1), (4,)),
        ((), (2, 3)),
        ((2, 3), ()),
        ((0, 3), (3,)),
        ((1,), (0,)),
        ((2, 1, 3), (4, 1)),
    ):
        sample = Sample((draw.positive(*first), draw.positive(*second)))
        ours, theirs = Call(pullback, row, sample).run(), Call(torch, row, sample).run()
        for found, expected in zip(ours, theirs, strict=True):
            close(numpy(found), numpy(expected), row.tolerance, row.tolerance, f"{first} with {second}")


@rows(lambda row: row.in_place is not None)
def test_in_place_equals_ordinary(row: Row) -> None:
    for sample in samples(row):
        call = Call(pullback, row, sample, grad=row.differentiable)
        expected = call.run()[0]
        target = call.args[0].clone() * 1 if call.args[0].requires_grad else call.args[0].clone()
        if tuple(expected.shape) != tuple(target.shape) or expected.dtype != target.dtype:
            continue
        before = target._version
        found = getattr(target, row.in_place)(*call.args[1:], **call.kwargs)  # type: ignore[arg-type]
        assert found is target and target._version > before
        np.testing.assert_array_equal(numpy(found), numpy(expected))
        if call.tracked and expected.requires_grad:
            for a, b in zip(gradients(pullback, [found], call.tracked), gradients(pullback, [expected], call.tracked)):
                assert (a is None) == (b is None)
                if a is not None:
                    np.testing.assert_allclose(numpy(a), numpy(b), 1e-12, 1e-12)


@rows(lambda row: row.out)
def test_out_receives_the_result(row: Row) -> None:
    for sample in samples(row):
        call = Call(pullback, row, sample)
        expected = call.run()
        targets = [pullback.empty(0, dtype=each.dtype) for each in expected]
        out = targets[0] if len(targets) == 1 else tuple(targets)
        call.function(*call.args, **call.kwargs, out=out)
        for found, value in zip(targets, expected):
            np.testing.assert_array_equal(numpy(found), numpy(value))


@rows()
def test_bad_input_raises_pytorchs_type(row: Row) -> None:
    for sample, kind in row.errors(Draw(row.id)):
        call = Call(pullback, row, sample)
        before = [numpy(t).copy() for t in call.inputs]
        with pytest.raises(kind):
            call.run()
        for tensor, value in zip(call.inputs, before):
            np.testing.assert_array_equal(numpy(tensor), value)


@rows(lambda row: row.portable)
def test_forward_and_rules_run_on_a_strict_array(row: Row) -> None:
    """The guard on the design: no operator receives or makes a bare NumPy array from a portable one."""
    for sample in samples(row)[:4]:
        tracked: list[TensorBase] = []

        def strict(array: np.ndarray) -> Any:
            tensor = wrap(StrictArray(array))
            if row.differentiable and array.dtype.kind in "fc":
                tensor._requires_grad = True
                tracked.append(tensor)
            return tensor

        outputs = tensors_in(find(pullback, row.name)(*mapped(sample.args, strict), **mapped(sample.kwargs, strict)))
        expected = Call(pullback, row, sample, grad=row.differentiable)
        plain = expected.run()
        for found, value in zip(outputs, plain, strict=True):
            np.testing.assert_allclose(reveal(found._array), numpy(value), 1e-12, 1e-12)
        live = [o for o in outputs if o._requires_grad]
        if live and tracked:
            ones = [wrap(StrictArray(np.ones(o._array.shape, o._array.dtype))) for o in live]
            pulled = engine.gradients(live, ones, tracked)
            plain_live = [o for o in plain if o.requires_grad]
            plain_ones = [pullback.ones_like(o) for o in plain_live]
            wanted = pullback.autograd.grad(plain_live, expected.tracked, plain_ones, allow_unused=True)
            for found, value in zip(pulled, wanted, strict=True):
                assert (found is None) == (value is None)
                if found is not None:
                    np.testing.assert_allclose(reveal(found._array), numpy(value), 1e-12, 1e-12)
