"""Names that PyTorch's tests and other libraries import from inside torch."""

from __future__ import annotations

import copy
import gc
import inspect
import io
import pickle
import sys
import weakref
from types import ModuleType
from typing import Any

import pytest

import pullback as torch
from pullback.optim import _writing
from pullback.utils import _lists, _settings
from pullback.utils._python_dispatch import BaseTorchDispatchMode, _pop_mode, _pop_mode_temporarily, _push_mode
from pullback.utils._traceback import CapturedTraceback


def test_lists_of_tensors() -> None:
    tensors = [torch.arange(2.0), torch.ones(1, 2), torch.tensor([3])]
    flat = _lists._flatten_dense_tensors(tensors[:2])
    assert flat.tolist() == [0, 1, 1, 1]
    assert [t.shape for t in _lists._unflatten_dense_tensors(flat, tensors[:2])] == [(2,), (1, 2)]
    assert [[t.numel() for t in group] for group in _lists._take_tensors(tensors, 12)] == [[2], [2], [1]]
    ordered = _lists._reorder_tensors_as(tensors, [tensors[2], tensors[0], tensors[1]])
    assert [t.dtype for t in ordered] == [torch.int64, torch.float32, torch.float32]
    assert _lists._handle_complex(torch.tensor([1j])).tolist() == [[0, 1]] and _lists._handle_complex(flat) is flat
    assert _lists._import_dotted_name("pullback.float32") is torch.float32
    text = _lists.render_call(torch.add, [torch.ones(2), 3], {"alpha": 2})
    assert text == "torch.add(tensor([...], size=(2,)), 3, alpha=2)"
    assert _lists.render_call(torch.neg, [torch.tensor(1)], {}) == "torch.neg(tensor(1, size=(), dtype=torch.int64))"


def test_modules_of_options() -> None:
    module = ModuleType("options_for_a_test")
    vars(module).update(level=1, deep=_settings.Config(default=True), _hidden=2)
    _settings.install_config_module(module)
    options: Any = module
    assert options.get_config_copy() == {"level": 1, "deep": True}
    with options.patch("level", 5):
        assert options.level == 5
    with options.patch(level=6, deep=False):
        assert options.get_config_copy() == {"level": 6, "deep": False}
    assert options.level == 1
    del sys.modules["options_for_a_test"]


def test_what_writers_of_optimizers_import() -> None:
    class Step:
        def __init__(self, differentiable: bool) -> None:
            self.defaults = {"differentiable": differentiable}

        @_writing._use_grad_for_differentiable
        def step(self) -> bool:
            return torch.is_grad_enabled()

    assert Step(True).step() and not Step(False).step()
    assert _writing._get_value(torch.tensor(2.0)) == 2 == _writing._get_value(2)
    assert _writing._to_scalar(torch.ones(1)).dim() == 0
    params, grads = [torch.tensor([1j]), torch.ones(1)], [torch.tensor([2j]), torch.ones(1)]
    _writing._view_as_real(params, grads)
    assert params[0].shape == (1, 2) == grads[0].shape and params[1].shape == (1,)
    assert _writing._default_to_fused_or_foreach([torch.ones(1)], False, True) == (True, False)
    assert _writing._default_to_fused_or_foreach([torch.ones(1)], True, True) == (False, False)
    assert _writing._get_scalar_dtype() is torch.float32


def test_overrides_for_testing() -> None:
    overrides = torch.overrides.get_testing_overrides()
    assert len(overrides) > 500 and overrides[torch.add](1, 2) == -1
    assert list(inspect.signature(overrides[torch.matmul]).parameters)[:2] == ["input", "other"]
    assert torch.overrides._get_current_function_mode() is None
    with torch.overrides.BaseTorchFunctionMode() as mode, torch.overrides.enable_reentrant_dispatch():
        assert torch.overrides._get_current_function_mode_stack() == [mode]


def test_dispatch_modes_by_hand() -> None:
    mode = BaseTorchDispatchMode()
    _push_mode(mode)
    with _pop_mode_temporarily() as popped:
        assert popped is mode and torch._C._len_torch_dispatch_stack() == 0
    assert torch._C._len_torch_dispatch_stack() == 1 and (torch.ones(1) + 1).item() == 2
    assert _pop_mode() is mode and torch._C._len_torch_dispatch_stack() == 0


def test_captured_tracebacks() -> None:
    tb = CapturedTraceback.extract()
    assert tb.summary()[-1].name == "test_captured_tracebacks" and "extract()" in tb.format()[-1]
    assert CapturedTraceback.extract(skip=1).summary()[-1].name != "test_captured_tracebacks"
    assert CapturedTraceback.format_all([None, tb])[0] == []
    tb.cleanup()
    assert not tb.summary()


def test_saving_without_the_data() -> None:
    state, whole, empty = {"a": torch.ones(3), "b": torch.arange(4)}, io.BytesIO(), io.BytesIO()
    torch.save(state, whole)
    with torch.serialization.skip_data():
        torch.save(state, empty)
        whole.seek(0)
        shapes = {name: value.shape for name, value in torch.load(whole).items()}
        with pytest.raises(RuntimeError, match="Cannot use skip_data=True with"):
            torch.save(state, io.BytesIO(), _use_new_zipfile_serialization=False)
    empty.seek(0)
    assert shapes == {"a": (3,), "b": (4,)} and len(empty.getvalue()) == len(whole.getvalue())
    assert torch.load(empty)["a"].tolist() == [0, 0, 0]


def _seen(module: Any, state_dict: Any, *rest: Any) -> None:
    module.seen = True


def test_hooks_do_not_keep_their_module() -> None:
    module = torch.nn.Linear(1, 1)
    module.register_load_state_dict_pre_hook(_seen)
    for each in (copy.deepcopy(module), pickle.loads(pickle.dumps(module)), module):
        each.load_state_dict(module.state_dict())
        assert each.seen
    gc.disable()
    try:
        watched = weakref.ref(module)
        del module, each
        assert watched() is None
    finally:
        gc.enable()


def test_one_number_for_a_parameter_without_axes() -> None:
    module = torch.nn.Module()
    module.p = torch.nn.Parameter(torch.tensor(5.0))
    module.load_state_dict({"p": torch.tensor([3.0])})
    assert module.p.item() == 3
    with pytest.raises(RuntimeError, match="size mismatch for p"):
        module.load_state_dict({"p": torch.ones(2)})


def test_strides_and_formats_by_name() -> None:
    from pullback._prims_common import make_contiguous_strides_for, suggest_memory_format, type_to_dtype

    assert make_contiguous_strides_for((2, 3, 4)) == (12, 4, 1) and make_contiguous_strides_for(()) == ()
    assert make_contiguous_strides_for((2, 3, 4), False) == (12, 1, 3)
    x = torch.ones(1, 2, 3, 3)
    assert suggest_memory_format(x) is torch.contiguous_format
    assert suggest_memory_format(x.to(memory_format=torch.channels_last)) is torch.channels_last
    assert type_to_dtype(float) is torch.float32 and type_to_dtype(int) is torch.int64
