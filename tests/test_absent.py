"""Names that can be imported and say at their use that there is nothing behind them."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib import import_module
from pathlib import Path
from pkgutil import resolve_name

import pytest

import pullback
from pullback.absent import read_names


@pytest.mark.parametrize(
    "module, name, error",
    [
        ("nested", "nested_tensor", NotImplementedError),
        ("_subclasses", "FakeTensorMode", NotImplementedError),
        ("ao.quantization", "quantize_dynamic", NotImplementedError),
        ("quantization", "prepare", NotImplementedError),
        ("utils.cpp_extension", "load_inline", RuntimeError),
        ("utils.cpp_extension", "CUDAExtension", RuntimeError),
        ("distributed.rpc", "init_rpc", RuntimeError),
        ("fx.experimental.proxy_tensor", "make_fx", NotImplementedError),
    ],
)
def test_use_raises(module: str, name: str, error: type[Exception]) -> None:
    with pytest.raises(error, match=f"{name}: pullback "):
        getattr(import_module(f"pullback.{module}"), name)([])


def test_stubs_are_the_identity() -> None:
    from pullback.ao.quantization import QuantWrapper

    model = QuantWrapper(pullback.nn.Linear(2, 1))
    assert list(model.state_dict()) == ["module.weight", "module.bias"]
    x = pullback.ones(2)
    assert model(x).item() == model.module(x).item()


def test_nothing_is_fake_or_symbolic() -> None:
    from pullback._subclasses.fake_tensor import FakeTensor, is_fake
    from pullback.fx.experimental import proxy_tensor, symbolic_shapes

    assert not is_fake(pullback.ones(1)) and not isinstance(pullback.ones(1), FakeTensor)
    assert proxy_tensor.get_proxy_mode() is None
    assert symbolic_shapes.guard_or_false(3 > 2) and not symbolic_shapes.free_symbols(3)


def test_inner_names() -> None:
    from pullback._tensor_str import PRINT_OPTS, _tensor_str
    from pullback.utils._pytree import _dict_flatten_with_keys
    from pullback.utils.data.dataloader import _BaseDataLoaderIter

    assert PRINT_OPTS.precision == 4 and _tensor_str(pullback.arange(3), 0) == "[0, 1, 2]"
    assert str(_dict_flatten_with_keys({"a": 1})[0][0][0]) == "['a']"
    assert isinstance(iter(pullback.utils.data.DataLoader([1, 2])), _BaseDataLoaderIter)
    assert pullback.ops.aten.sym_size.int(pullback.ones(2, 3), 1) == 3


def test_graphs_of_devices_cannot_be_made() -> None:
    with pytest.raises(RuntimeError, match="dummy base class CUDAGraph"):
        pullback.cuda.graph()
    assert pullback.cuda.StreamContext is pullback.cuda.stream
    assert pullback.jit._overload(len) is len
    assert pullback.hub.HASH_REGEX.search("net-0a1b.pth").group(1) == "0a1b"  # type: ignore[union-attr]


PROGRAM = """
import torch, importlib
from torch.ao.nn.intrinsic import ConvBn2d
from torch._C._profiler import ProfilerConfig
from torch._dynamo.exc import Unsupported, TorchDynamoException
from torch.distributed.rpc import RRef, init_rpc
from torch.jit import _logging
from functorch.experimental.control_flow import cond, map
import torch.package._package_pickler
import torch.distributed.checkpoint.state_dict as dcp
from torch.optim.optimizer import _get_value, _view_as_real
from torch._C._nn import gelu
assert gelu is torch.nn.functional.gelu and torch._C.TensorBase.__name__ == "TensorBase"
assert issubclass(Unsupported, RuntimeError) and issubclass(TorchDynamoException, Exception)
assert not isinstance(torch.ones(1), ConvBn2d) and ConvBn2d.__module__ == "pullback.ao.nn.intrinsic"
assert torch.mtia.is_available() is False and dcp._STATE == "state"
for call in (ConvBn2d, ProfilerConfig, RRef, torch.package.PackageImporter):
    try:
        call(1)
    except NotImplementedError as error:
        print(error)
assert cond(True, torch.neg, torch.abs, (torch.ones(1),)).item() == -1
assert map(lambda x, y: x * y, torch.arange(3), 2).tolist() == [0, 2, 4]
for name in ("torch.ao.nn.nothing", "torch.nothing"):
    try:
        importlib.import_module(name)
    except ModuleNotFoundError as error:
        print(error)
from torch import TensorType, OptionalType, FileCheck, GradScaler, DisableTorchFunctionSubclass
from torch.utils.data._utils.worker import get_worker_info
assert GradScaler is torch.amp.GradScaler and get_worker_info() is None and not isinstance(torch.ones(1), TensorType)
print(hasattr(torch._dynamo, "nothing"), torch.nn.functional.relu(torch.tensor(-1.0)).item())
"""


def test_programs_import_more_than_they_use(tmp_path: Path) -> None:
    file = tmp_path / "program.py"
    file.write_text(PROGRAM)
    environment = {**os.environ, "PYTHONPATH": str(Path(pullback.__file__).parent.parent)}
    done = subprocess.run(
        [sys.executable, "-m", "pullback", str(file)], capture_output=True, text=True, env=environment
    )
    assert done.stdout.splitlines() == [
        "ConvBn2d: pullback has no quantized tensors; keep the model in float, or in bfloat16",
        "ProfilerConfig: pullback neither traces nor compiles",
        "RRef: pullback computes in one process",
        "PackageImporter: pullback does not have it",
        "No module named 'torch.ao.nn.nothing'",
        "No module named 'torch.nothing'",
        "False 0.0",
    ], done.stderr


def test_the_list_names_what_is_there() -> None:
    """What the list says to be found elsewhere is found, and what is a module here is not listed as a name."""
    names = read_names()
    assert len(names) > 300 and names["pullback.ao.pruning"][0].startswith("pullback has no quantized")
    for module, (_, words) in names.items():
        for word in words.split():
            name, _, target = word.partition("@")
            if target and target.rstrip(":") not in names:
                assert resolve_name(target if ":" in target else f"{target}:{name}") is not None, (module, word)


def test_control_flow_runs_as_written() -> None:
    from pullback._higher_order_ops import associative_scan, foreach_map, out_dtype, scan, while_loop

    x = pullback.arange(6.0).reshape(3, 2)
    carry, results = scan(lambda total, row: (total + row, total * row), pullback.zeros(2), x)
    assert carry.tolist() == [6, 9] and results.tolist() == [[0, 0], [0, 3], [8, 20]]
    assert associative_scan(pullback.mul, x + 1, 0).tolist() == [[1, 2], [3, 8], [15, 48]]
    assert associative_scan(pullback.mul, x + 1, 0, reverse=True).tolist() == [[15, 48], [15, 24], [5, 6]]
    assert [v.tolist() for v in while_loop(lambda i, a: i < 3, lambda i, a: (i + 1, a * 2), (0 * x[0, 0], x[1]))] == [
        3,
        [16, 24],
    ]
    assert foreach_map(pullback.add, [x[0], x[1]], 1)[1].tolist() == [3, 4]
    small = pullback.ones(2, 2, dtype=pullback.int8)
    assert out_dtype(pullback.mm, pullback.int32, small, small).dtype is pullback.int32
    y = pullback.ones(1, requires_grad=True)
    pullback.cond(y.sum() > 0, lambda a: a.square(), lambda a: a, (y,)).backward()
    assert y.grad.tolist() == [2]


def test_machinery() -> None:
    assert pullback.Tag.core.value == 0 and issubclass(pullback.AcceleratorError, RuntimeError)
    assert repr(pullback.Stream()) == "torch.Stream device_type=cpu, device_index=-1, stream_id=0"
    assert pullback.Event().query() and not isinstance(pullback.nn.Linear(1, 1), pullback.ScriptObject)
