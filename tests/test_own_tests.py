"""What PyTorch's own test files ask for beside numbers: names they import, warnings, and errors."""

import inspect
from typing import Any

import numpy as np
import pytest

import pullback as torch


def test_names_that_the_test_files_import() -> None:
    from pullback import _prims_common as prims, _utils, _utils_internal
    from pullback._export.wrappers import mark_subclass_constructor_exportable_experimental as mark
    from pullback.testing._comparison import default_tolerances
    from pullback.utils._mode_utils import all_same_mode
    from pullback.utils.dlpack import DLDeviceType

    assert torch.ones(1).__dlpack_device__() == (DLDeviceType.kDLCPU, 0)
    assert default_tolerances(torch.int8) == (0.0, 0.0)
    assert default_tolerances(torch.float32, torch.ones(1).half()) == (1e-3, 1e-5)
    assert prims.corresponding_complex_dtype(torch.float32) is torch.complex64
    assert prims.corresponding_real_dtype(torch.complex128) is torch.float64
    with pytest.raises(KeyError):
        prims.corresponding_complex_dtype(torch.int8)
    kinds = (prims.is_boolean_dtype, prims.is_integer_dtype, prims.is_float_dtype, prims.is_complex_dtype)
    assert [[kind(dtype) for kind in kinds].index(True) for dtype in (torch.bool, torch.int8, torch.half)] == [0, 1, 2]
    assert _utils._element_size(torch.complex64) == 8
    assert _utils_internal.get_file_path("a", "b").endswith("a/b") and _utils_internal.get_file_path_2("a") == "a"
    assert (
        torch._disable_dynamo(len) is len and mark(len) is len and all_same_mode([1, 1]) and not all_same_mode([1, 2])
    )


def test_the_switch_of_deterministic_memory_is_a_bool() -> None:
    assert torch.utils.deterministic.fill_uninitialized_memory is True
    with pytest.raises(RuntimeError, match="expected a bool, but got int"):
        torch.utils.deterministic.fill_uninitialized_memory = 1


@pytest.mark.parametrize("name", ["masked_fill_", "index_fill_", "index_put_", "mask", "indices"])
def test_writing_at_places_of_an_expanded_tensor_warns(name: str) -> None:
    x, places, mask = torch.zeros(1).expand(4), torch.tensor([0, 1]), torch.ones(4, dtype=torch.bool)
    write: Any = {
        "masked_fill_": lambda: x.masked_fill_(mask, 2.0),
        "index_fill_": lambda: x.index_fill_(0, places, 2.0),
        "index_put_": lambda: x.index_put_((places,), torch.tensor(2.0)),
        "mask": lambda: x.__setitem__(mask, 2.0),
        "indices": lambda: x.__setitem__(places, 2.0),
    }[name]
    told = {"mask": "masked_fill_", "indices": "index_put_"}.get(name, name)
    with pytest.warns(UserWarning, match=f"Use of {told} on expanded tensors is deprecated"):
        write()
    assert x.tolist() == [2.0] * 4


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: torch.diff(torch.ones(3, 2), dim=0, append=torch.ones(1, 3)), RuntimeError, "diff expects the shape"),
        (lambda: torch.ones(2).cumsum(0, dtype="x"), TypeError, "must be torch.dtype, not str"),
        (lambda: torch.device(""), RuntimeError, "must not be empty"),
        (lambda: torch.device("cuda:01"), RuntimeError, "Invalid device string: 'cuda:01'"),
        (lambda: torch.ones(2).as_subclass(dict), TypeError, "does not inherit from Tensor"),
        (lambda: torch.fft.fft2(torch.tensor(1.0), dim=(0,)), IndexError, "Dimension specified as 0 but tensor has no"),
        (lambda: torch.conv1d(torch.ones(1, 1, 4), torch.ones(1, 2)), RuntimeError, "at least three dimensions"),
        (
            lambda: torch.conv2d(torch.ones(1, 1, 4, 3), torch.ones(1, 2, 2), padding="same"),
            RuntimeError,
            "Expected 3-dimensional input for 3-dimensional weight",
        ),
        (lambda: torch.ones(2).__dlpack__(stream=object()), TypeError, "stream must be"),
        (lambda: torch.from_dlpack(torch.ones(2, requires_grad=True)), BufferError, "require gradient"),
        (lambda: torch.from_dlpack(3), RuntimeError, "invalid capsule"),
        (lambda: torch.asarray([1], copy=False), ValueError, "can't alias arbitrary sequence"),
        (
            lambda: torch.asarray(np.ones(2), copy=False, dtype=torch.float32),
            ValueError,
            "can't alias tensor with dtype",
        ),
        (lambda: torch.kron(torch.ones(1), 3), TypeError, "must be Tensor, not int"),
        (lambda: torch.unique(torch.empty(0, 0), dim=0), RuntimeError, "Number of zero sized dimensions"),
        (lambda: torch.ormqr(torch.ones(5, 0), torch.ones(5), torch.ones(5, 5)), RuntimeError, "must be equal to min"),
        (lambda: torch.nn.functional.max_pool3d(torch.ones(2, 1, 0, 1, 2), 1), RuntimeError, "to have positive length"),
    ],
    ids=lambda value: inspect.getsource(value).strip()[9:50] if callable(value) and not isinstance(value, type) else "",
)
def test_errors(call: Any, error: type[Exception], text: str) -> None:
    with pytest.raises(error, match=text):
        call()


def test_a_mask_or_an_index_in_the_memory_that_is_written_is_refused() -> None:
    mask, places = torch.tensor([True, False, True]), torch.tensor([0, 1, 2])
    for write in (lambda: mask[1:].masked_fill_(mask[:-1], False), lambda: places.index_fill_(0, places, 7)):
        with pytest.raises(RuntimeError, match="unsupported operation: some elements of the input tensor"):
            write()
    assert mask.tolist() == [True, False, True] and places.tolist() == [0, 1, 2]
    assert mask.masked_fill_(mask, False).tolist() == [False] * 3


@pytest.mark.parametrize("p", [0.0, 1.5, 2.0, float("inf")])
def test_rows_without_columns_have_no_distance(p: float) -> None:
    assert torch.equal(torch.cdist(torch.ones(3, 0), torch.ones(2, 0), p=p), torch.zeros(3, 2))


def test_transposing_what_is_no_matrix_warns_once() -> None:
    torch.set_warn_always(True)
    try:
        with pytest.warns(UserWarning, match="The use of `x.T` on tensors of dimension other than 2"):
            assert torch.ones(2, 3, 4).T.shape == (4, 3, 2)
        for name, hint in (("T", "the identity"), ("mT", "the identity"), ("mH", r"x.conj\(\)"), ("H", r"x.conj\(\)")):
            with pytest.warns(UserWarning, match=f"Tensor.{name} is deprecated on 0-D tensors. .*{hint}"):
                assert getattr(torch.tensor(3.0), name).item() == 3.0
        with pytest.warns(UserWarning, match="The given buffer is not writable"):
            assert torch.frombuffer(b"\0\0\0\0", dtype=torch.float32).tolist() == [0.0]
    finally:
        torch.set_warn_always(False)


def test_probabilities_may_be_a_negative_view() -> None:
    view = torch._neg_view(torch.tensor([-1.0, 0.0, -1.0]))
    assert view.is_neg() and torch.bernoulli(view).tolist() == [1.0, 0.0, 1.0]


def test_a_capsule_is_taken_once() -> None:
    capsule = torch.utils.dlpack.to_dlpack(torch.ones(2))
    assert torch.from_dlpack(capsule).tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="consumed only once"):
        torch.from_dlpack(capsule)
