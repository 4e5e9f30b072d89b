"""``python -m pullback``: torch programs unmodified, one module object under both names."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pullback import torch_version

SOURCE = str(Path(__file__).parent.parent / "src")


def run(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONPATH": SOURCE}
    return subprocess.run(
        [sys.executable, "-m", "pullback", *arguments],
        capture_output=True,
        text=True,
        env=environment,
        cwd=cwd,
        timeout=120,
    )


def test_script_with_arguments(tmp_path: Path) -> None:
    script = tmp_path / "train.py"
    script.write_text(
        "import sys, torch\nimport torch.nn.functional as F\nfrom torch import nn\n"
        "x = torch.ones(2, requires_grad=True)\n(F.relu(x) * 3).sum().backward()\n"
        "print(x.grad, sys.argv[1:], __name__, torch.__version__.startswith('2.13.0'))\n"
    )
    done = run(str(script), "--epochs", "3")
    assert done.stdout == "tensor([3., 3.]) ['--epochs', '3'] __main__ True\n", done.stderr


def test_code_and_module(tmp_path: Path) -> None:
    assert run("-c", "import torch, sys; print(torch.tensor(2.), sys.argv)", "a").stdout == "tensor(2.) ['-c', 'a']\n"
    (tmp_path / "job.py").write_text("import sys, torch; print(torch.zeros(1), sys.argv[1:])")
    assert run("-m", "job", "b", cwd=tmp_path).stdout == "tensor([0.]) ['b']\n"


def test_one_module_under_both_names() -> None:
    code = (
        "import torch, pullback, pickle\n"
        "import torch.nn.functional, torch.autograd.function\n"
        "from torch.utils.data import DataLoader\n"
        "import pullback.utils.data\n"
        "assert torch is pullback and torch.nn is pullback.nn\n"
        "assert torch.nn.functional is pullback.nn.functional\n"
        "assert DataLoader is pullback.utils.data.DataLoader\n"
        "assert isinstance(torch.ones(1), pullback.Tensor)\n"
        "layer = torch.nn.Linear(2, 1)\n"
        "again = pickle.loads(pickle.dumps(layer))\n"
        "assert isinstance(again, pullback.nn.Linear) and torch.equal(again.weight, layer.weight)\n"
        "assert torch.nn.__name__ == 'pullback.nn'\n"
        "print('same')"
    )
    done = run("-c", code)
    assert done.stdout == "same\n", done.stderr


def test_what_torch_does_not_have_is_not_there() -> None:
    done = run("-c", "import torch.no_such_module")
    assert done.returncode == 1 and "No module named 'torch.no_such_module'" in done.stderr
    done = run("-c", "import torch; torch.no_such_name")
    assert done.returncode == 1 and "module 'torch' has no attribute 'no_such_name'" in done.stderr


def test_wrong_calls_say_how() -> None:
    assert run("no_such_script.py").returncode == 2
    assert run("-m").returncode == 2
    assert run("--no-such-option").returncode == 2


def test_objects_with_torch_function_are_asked_from_the_first_call_on() -> None:
    code = (
        "import torch\n"
        "class Mine:\n"
        "    @classmethod\n"
        "    def __torch_function__(cls, func, types, args=(), kwargs=None):\n"
        "        return func is torch.linalg.cholesky, len(args), kwargs\n"
        "print(torch.linalg.cholesky(Mine(), upper=True))\n"
    )
    done = run("-c", code)
    assert done.stdout == "(True, 1, {'upper': True})\n", done.stderr


def test_processes_started_from_a_program_find_it_too(tmp_path: Path) -> None:
    script = tmp_path / "parent.py"
    script.write_text(
        "import multiprocessing, subprocess, sys\nimport torch.nn as nn\n"
        "def work(layer):\n    import torch\n    return torch.__version__, layer(torch.ones(2)).item()\n"
        "if __name__ == '__main__':\n"
        "    layer = nn.Linear(2, 1)\n    nn.init.ones_(layer.weight)\n    nn.init.zeros_(layer.bias)\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n        print(pool.map(work, [layer]))\n"
        "    child = 'import torch.nn.functional, torch; print(torch.__version__, torch.nn.functional.__name__)'\n"
        "    print(subprocess.run([sys.executable, '-c', child], capture_output=True, text=True).stdout.strip())\n"
    )
    done = run(str(script))
    version = torch_version.__version__
    assert done.stdout == f"[('{version}', 2.0)]\n{version} pullback.nn.functional\n", done.stderr


def test_classes_say_where_they_stand_in_pytorch() -> None:
    code = (
        "import pickle, torch, torch.utils.data\n"
        "from torch import distributions, nn, optim\n"
        "kinds = [torch.Tensor, torch.Size, torch.dtype, torch.device, torch.finfo, torch.Generator, nn.Parameter,\n"
        "         nn.Module, nn.Linear, nn.MultiheadAttention, nn.LSTMCell, optim.AdamW, optim.lr_scheduler.StepLR,\n"
        "         distributions.Normal, distributions.ComposeTransform, torch.autograd.Function, torch.no_grad,\n"
        "         torch.utils.data.DataLoader, torch.utils.data.Subset]\n"
        "print(*[f'{kind.__module__}.{kind.__qualname__}' for kind in kinds], sep='\\n')\n"
        "assert all(pickle.loads(pickle.dumps(kind)) is kind for kind in kinds)\n"
        "assert pickle.loads(pickle.dumps(torch.float16)) is torch.float16\n"
        "print(torch.typename(nn.GELU()), nn.ReLU)\n"
    )
    done = run("-c", code)
    assert done.stdout.split("\n") == [
        "torch.Tensor",
        "torch.Size",
        "torch.dtype",
        "torch.device",
        "torch.finfo",
        "torch._C.Generator",
        "torch.nn.parameter.Parameter",
        "torch.nn.modules.module.Module",
        "torch.nn.modules.linear.Linear",
        "torch.nn.modules.activation.MultiheadAttention",
        "torch.nn.modules.rnn.LSTMCell",
        "torch.optim.adamw.AdamW",
        "torch.optim.lr_scheduler.StepLR",
        "torch.distributions.normal.Normal",
        "torch.distributions.transforms.ComposeTransform",
        "torch.autograd.function.Function",
        "torch.autograd.grad_mode.no_grad",
        "torch.utils.data.dataloader.DataLoader",
        "torch.utils.data.dataset.Subset",
        "torch.nn.modules.activation.GELU <class 'torch.nn.modules.activation.ReLU'>",
        "",
    ], done.stderr


HINTS = """
import importlib, pkgutil, sys, torch, typing
for name in ("nn.modules", "distributions", "optim.lr_scheduler", "utils.hooks", "utils.data"):
    home = importlib.import_module("torch." + name)
    for found in pkgutil.iter_modules(getattr(home, "__path__", ())):
        importlib.import_module(f"torch.{name}.{found.name}")
classes = {each for name in list(sys.modules) if name.startswith("torch.") for each in vars(sys.modules[name]).values()
           if isinstance(each, type) and each.__module__.startswith("torch.")}
for each in classes:
    typing.get_type_hints(each)
print(len(classes) > 400, typing.get_type_hints(torch.nn.Module)["forward"])
"""


def test_annotations_of_classes_are_understood_where_the_classes_say_they_stand() -> None:
    found = run("-c", HINTS)
    assert found.stdout == "True collections.abc.Callable[..., typing.Any]\n", found.stderr
