"""What is not here answers honestly: accelerators, compilers, exporters."""

from __future__ import annotations

import copy
import importlib
import pickle
from pathlib import Path
from typing import Any

import pytest

import pullback as torch

ANSWERS = {
    "torch.cuda.is_available()": False,
    "torch.cuda.device_count()": 0,
    "torch.cuda.memory_allocated()": 0,
    "torch.cuda.get_rng_state_all()": [],
    "torch.cuda.get_arch_list()": [],
    "torch.cuda.is_bf16_supported()": False,
    "torch.mps.is_available()": False,
    "torch.xpu.is_available()": False,
    "torch.cpu.is_available()": True,
    "torch.cpu.device_count()": 1,
    "torch.cpu.current_device()": "cpu",
    "torch.accelerator.is_available()": False,
    "torch.accelerator.current_accelerator()": None,
    "torch.accelerator.device_count()": 0,
    "torch.backends.cuda.is_built()": False,
    "torch.backends.cuda.matmul.allow_tf32": False,
    "torch.backends.cudnn.is_available()": False,
    "torch.backends.cudnn.version()": None,
    "torch.backends.cudnn.benchmark": False,
    "torch.backends.cudnn.deterministic": False,
    "torch.backends.mps.is_available()": False,
    "torch.backends.mps.is_built()": False,
    "torch.distributed.is_initialized()": False,
    "torch.compiler.is_compiling()": False,
    "torch.jit.is_scripting()": False,
    "torch.jit.is_tracing()": False,
    "torch.jit.annotate(int, 3)": 3,
    "torch.jit.isinstance(3, int)": True,
    "torch.jit.fork(lambda x: x, 4).wait()": 4,
    "torch._dynamo.config.verbose": False,
    "torch.get_deterministic_debug_mode()": 0,
    "torch.compiled_with_cxx11_abi()": True,
    "torch.is_autocast_enabled()": False,
    "torch.version.cuda": None,
    "torch.__version__ >= (1, 8)": True,
    "torch.__version__ >= '2.0'": True,
    "torch.__version__ < '1.10'": False,
    "torch.__version__.split('.')[:2]": ["2", "13"],
    "type(torch.__version__).__name__": "TorchVersion",
}


@pytest.mark.parametrize("question", ANSWERS)
def test_answers(question: str) -> None:
    assert eval(question, {"torch": torch}) == ANSWERS[question]
    if importlib.util.find_spec("torch") is not None:
        assert eval(question, {"torch": importlib.import_module("torch")}) == ANSWERS[question]


@pytest.mark.parametrize(
    ("call", "kind", "message"),
    [
        ("cuda.current_device()", AssertionError, "Torch not compiled with CUDA enabled"),
        ("cuda.get_device_name()", AssertionError, "Torch not compiled with CUDA enabled"),
        ("cuda.synchronize()", AssertionError, "Torch not compiled with CUDA enabled"),
        ("cuda.FloatTensor(2)", TypeError, "type torch.cuda.FloatTensor not available"),
        ("xpu.current_device()", AssertionError, "Torch not compiled with XPU enabled"),
        ("mps.synchronize()", RuntimeError, r"Cannot execute deviceSynchronize\(\) without MPS backend."),
        ("accelerator.synchronize()", RuntimeError, "Cannot access accelerator device when none is available."),
        ("jit.load('x')", RuntimeError, "torch.jit.load: the file is a program for PyTorch's own interpreter"),
        ("jit.save(None, 'x')", RuntimeError, "save the state_dict"),
        ("onnx.export(None, (), 'x')", RuntimeError, "pullback has no ONNX exporter"),
        ("hub.load('a/b', 'c')", RuntimeError, "pullback fetches no repositories"),
        ("hub.load('a/b', 'c', source='x')", ValueError, 'Unknown source: "x"'),
        ("compile(len, mode='a', options={})", RuntimeError, "Either mode or options can be specified"),
        ("compile(len, mode='fast')", RuntimeError, "Unrecognized mode=fast, should be one of: default, lite"),
        ("get_device_module('meta')", RuntimeError, "Device 'meta' does not have a corresponding module"),
    ],
)
def test_what_cannot_be_done_is_an_error(call: str, kind: type, message: str) -> None:
    with pytest.raises(kind, match=message):
        eval(f"torch.{call}", {"torch": torch})


def test_a_compiled_module_wraps_the_module() -> None:
    layer = torch.nn.Sequential(torch.nn.Linear(2, 1), torch.nn.Dropout())
    compiled = torch.compile(layer)
    assert isinstance(compiled, torch._dynamo.OptimizedModule) and not isinstance(compiled, torch.nn.Sequential)
    assert compiled._orig_mod is layer and type(compiled.dynamo_ctx).__name__ == "OptimizeContext"
    assert list(compiled.state_dict()) == ["_orig_mod.0.weight", "_orig_mod.0.bias"]
    assert repr(compiled).startswith("OptimizedModule(\n  (_orig_mod): Sequential(\n    (0): Linear(in_features=2")
    assert compiled.eval() is compiled and not (compiled.training or layer.training or layer[1].training)
    compiled.training = True
    assert layer.training and not layer[1].training and "training" not in vars(compiled)
    compiled.rate, compiled.act = 3, torch.nn.ReLU()
    assert layer.rate == 3 and layer[2] is compiled.act and list(compiled._modules) == ["_orig_mod"]
    del compiled.rate
    assert not hasattr(layer, "rate") and len(compiled) == 3
    with pytest.raises(AttributeError, match="'Sequential' object has no attribute 'missing'"):
        _ = compiled.missing
    with pytest.raises(TypeError, match=r"Linear does not support len\(\)"):
        len(torch.compile(layer[0]))
    x = torch.tensor([[1.0, 2.0]])
    assert compiled(x).tolist() == layer(x).tolist() and compiled.forward(x).grad_fn is not None
    again = copy.deepcopy(compiled)
    assert again._orig_mod is not layer and again(x).tolist() == layer(x).tolist()
    assert pickle.loads(pickle.dumps(compiled)).act.inplace is False


def test_functions_and_modules_come_back() -> None:
    layer = torch.nn.Linear(1, 1)
    assert torch.compile(len, mode="reduce-overhead") is len and torch.compile()(len) is len
    assert torch.compile(layer, disable=True) is layer
    assert torch.compiler.disable(len) is len and torch._dynamo.allow_in_graph(len) is len
    for name in ("script", "trace"):
        with pytest.warns(UserWarning, match=f"torch.jit.{name}: pullback does not compile"):
            assert getattr(torch.jit, name)(layer) is layer
    assert torch.jit.ignore(len) is len and torch.jit.ignore(drop=True)(len) is len
    assert not isinstance(layer, torch.jit.ScriptModule)


def test_settings_are_kept_and_restored() -> None:
    torch.set_float32_matmul_precision("high")
    assert torch.get_float32_matmul_precision() == "high"
    torch.set_float32_matmul_precision("highest")
    with torch.backends.cudnn.flags(benchmark=True):
        assert torch.backends.cudnn.benchmark and not torch.backends.cudnn.enabled
    assert not torch.backends.cudnn.benchmark and torch.backends.cudnn.enabled
    with torch.backends.cuda.sdp_kernel(enable_flash=False):
        assert not torch.backends.cuda.flash_sdp_enabled()
    assert torch.backends.cuda.flash_sdp_enabled()
    with pytest.raises(TypeError, match="unexpected keyword argument 'speed'"):
        with torch.backends.cudnn.flags(speed=3):
            pass


def test_texts() -> None:
    assert torch.__config__.show().startswith("PyTorch built with:\n") and "NumPy" in torch.__config__.show()
    assert torch.__config__.parallel_info().startswith("ATen/Parallel:\n")


VERSIONS = [
    "2.13.0",
    "2.9",
    "2.13",
    "2.13.0a1",
    "2.13.0rc2",
    "2.13.0+cu118",
    "10.0",
    (2, 13),
    (2, 12, 9),
    [3],
    "2.13.1",
]


@pytest.mark.parametrize("version", ["2.13.0", "2.13.0+cpu", "1.8.0a0"])
@pytest.mark.parametrize("other", VERSIONS, ids=str)
def test_versions_compare_as_pytorchs(version: str, other: Any) -> None:
    real = pytest.importorskip("torch.torch_version").TorchVersion(version)
    ours = torch.torch_version.TorchVersion(version)
    assert (ours < other, ours <= other, ours == other, ours >= other, ours > other) == (
        real < other, real <= other, real == other, real >= other, real > other,
    )  # fmt: skip


def test_futures_wait_for_all() -> None:
    futures = [torch.futures.Future() for _ in range(3)]
    gathered = torch.futures.collect_all(futures).then(lambda done: sum(each.value() for each in done.value()))
    for i, future in enumerate(futures):
        assert not gathered.done()
        future.set_result(i)
    assert gathered.wait() == 3 and torch.futures.wait_all(futures) == [0, 1, 2]
    failing = torch.futures.Future()
    failing.set_exception(ValueError("no"))
    with pytest.raises(RuntimeError, match="Got the following error when running the callback: ValueError: no"):
        failing.then(lambda done: done.value()).wait()
    with pytest.raises(RuntimeError, match="PyTorch is not linked with support for cuda devices"):
        torch.futures.Future(devices=["cuda:0"])
    with pytest.raises(RuntimeError, match="Attempting to mark a completed Future as complete again. Note that"):
        failing.set_result(1)


def test_models_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "hubconf.py").write_text('def tiny(size=1):\n    """A tiny model."""\n    return [size]\n')
    folder = str(tmp_path)
    assert torch.hub.list(folder, source="local") == ["tiny"]
    assert torch.hub.help(folder, "tiny", source="local") == "A tiny model."
    assert torch.hub.load(folder, "tiny", size=3, source="local") == [3]
    with pytest.raises(RuntimeError, match="Cannot find callable huge in hubconf"):
        torch.hub.load(folder, "huge", source="local")


def test_weights_from_an_address(tmp_path: Path) -> None:
    torch.save(torch.ones(2), tmp_path / "weights.pt")
    url = (tmp_path / "weights.pt").as_uri()
    torch.hub.set_dir(tmp_path / "hub")
    try:
        assert torch.hub.load_state_dict_from_url(url, progress=False).tolist() == [1.0, 1.0]
        (tmp_path / "weights.pt").unlink()
        assert torch.hub.load_state_dict_from_url(url).tolist() == [1.0, 1.0]
    finally:
        torch.hub._chosen.clear()
    with pytest.raises(RuntimeError, match="invalid hash value"):
        torch.hub.download_url_to_file((tmp_path / "hub/checkpoints/weights.pt").as_uri(), str(tmp_path / "x"), "00")


def work(i: int, path: str) -> None:
    if i == 1 and path == "fail":
        raise ValueError("one fails")
    if path != "fail":
        Path(path, str(i)).write_text("done")


def test_processes_are_started_and_waited_for(tmp_path: Path) -> None:
    torch.multiprocessing.start_processes(work, (str(tmp_path),), nprocs=2, start_method="fork")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["0", "1"]
    with pytest.raises(
        torch.multiprocessing.ProcessRaisedException, match="Process 1 terminated with the following error"
    ):
        torch.multiprocessing.start_processes(work, ("fail",), nprocs=2, start_method="fork")
    assert torch.multiprocessing.get_sharing_strategy() == "file_descriptor"


@pytest.mark.parametrize(
    ("ask", "error", "text"),
    [
        (lambda: torch.cuda.set_sync_debug_mode(1), AssertionError, "Torch not compiled with CUDA enabled"),
        (lambda: torch.cuda.can_device_access_peer(0, 1), AssertionError, "Torch not compiled with CUDA enabled"),
        (lambda: torch.cuda.utilization(), ModuleNotFoundError, "nvidia-ml-py does not seem to be installed"),
        (lambda: torch.cuda.MemPool(), RuntimeError, "Tried to instantiate dummy base class MemPool"),
        (lambda: torch.cuda.device("cpu"), ValueError, "Expected a cuda device, but got: cpu"),
        (lambda: torch.cuda.nonsense, AttributeError, "module 'torch.cuda' has no attribute 'nonsense'"),
        (lambda: torch.utils.weak.TensorWeakRef(3), AssertionError, "expected torch.Tensor, got <class 'int'>"),
    ],
)
def test_rarer_names_refuse_as_pytorch(ask, error, text):
    with pytest.raises(error, match=text):
        ask()


def test_rarer_questions_about_cuda_are_answered():
    assert torch.cuda.default_generators == () and torch.cuda.has_half and not torch.cuda.has_magma
    assert torch.cuda.set_stream(None) is None
    assert torch.cuda.get_gencode_flags() == ""
    assert torch.cuda._get_device_index("cuda:1") == 1
    assert issubclass(torch.cuda.AcceleratorError, RuntimeError)
    with pytest.warns(
        FutureWarning, match="`torch.cuda.memory_cached` has been renamed to `torch.cuda.memory_reserved`"
    ):
        assert torch.cuda.memory_cached() == 0


def test_tf32_is_one_setting_under_two_names():
    assert not torch.backends.cuda.matmul.allow_tf32
    torch.backends.cuda.matmul.allow_tf32 = True
    assert torch.get_float32_matmul_precision() == "high"
    torch.set_float32_matmul_precision("highest")
    assert not torch.backends.cuda.matmul.allow_tf32


def test_settings_that_are_kept_can_be_set_for_good():
    assert torch.backends.nnpack.set_flags(False) == (True,)
    assert torch.backends.nnpack.set_flags(_enabled=True) == (False,)
    before = torch.backends.cudnn.set_flags(_benchmark=True)
    assert before[1] is False and torch.backends.cudnn.benchmark
    torch.backends.cudnn.set_flags(*before)
    assert not torch.backends.cudnn.benchmark and not torch.backends.flags_frozen()
    with torch.backends.__allow_nonbracketed_mutation():
        assert not torch.backends.flags_frozen()
    with torch.backends.mkl.verbose(torch.backends.mkl.VERBOSE_ON):
        pass
