"""The names that functional transforms had before, and those behind ``torch.func``."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

import pullback as torch
from pullback._functorch import apis, eager_transforms, make_functional, utils
from pullback._functorch.vmap import get_chunk_sizes
from pullback.func import grad, vmap


def test_functional_modules() -> None:
    x = torch.randn(4, 2)
    net = torch.nn.Sequential(torch.nn.Linear(2, 3), torch.nn.BatchNorm1d(3)).eval()
    function, parameters, buffers = make_functional.make_functional_with_buffers(net)
    np.testing.assert_array_equal(function(parameters, buffers, x).detach().numpy(), net(x).detach().numpy())
    with pytest.raises(RuntimeError, match="`model` has buffers"):
        make_functional.make_functional(net)
    plain, weights = make_functional.make_functional(torch.nn.Linear(2, 3), disable_autograd_tracking=True)
    assert not any(each.requires_grad for each in weights)
    assert plain(weights, x).shape == (4, 3)
    assert str(plain).startswith("FunctionalModule(\n  (stateless_model): Linear(")


def test_ensembles() -> None:
    models = [torch.nn.Linear(2, 3) for _ in range(5)]
    function, parameters, buffers = make_functional.combine_state_for_ensemble(models)
    x = torch.randn(4, 2)
    found = vmap(function, (0, 0, None))(parameters, buffers, x)
    np.testing.assert_allclose(found.detach().numpy(), torch.stack([m(x) for m in models]).detach().numpy(), 1e-6)
    with pytest.raises(RuntimeError, match="Expected at least one model, got 0"):
        make_functional.combine_state_for_ensemble([])
    weights, _, names = make_functional.functional_init(torch.nn.Linear, (5,))(2, 3)
    assert [each.shape for each in weights] == [(5, 3, 2), (5, 3)]
    assert names == ("weight", "bias")


def test_parts_of_the_transforms() -> None:
    assert apis.vmap is torch.vmap is torch.func.vmap
    assert get_chunk_sizes(7, 3) == [3, 3, 1]
    assert eager_transforms._slice_argnums((1, 2, 3), (0, -1)) == (1, 3)
    found = apis.chunk_vmap(torch.sin, chunks=3)(torch.ones(7))
    np.testing.assert_allclose(found.numpy(), np.sin(np.ones(7, np.float32)))


def test_old_style_functions_can_be_allowed() -> None:
    class Double(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):  # type: ignore[no-untyped-def]
            return x * 2

        @staticmethod
        def backward(ctx, grad):  # type: ignore[no-untyped-def]
            return grad * 2

    with utils.enable_single_level_autograd_function():
        assert grad(lambda x: Double.apply(x).sum())(torch.ones(2)).tolist() == [2.0, 2.0]


PROGRAM = """
import functorch, torch, warnings
from functorch import combine_state_for_ensemble, jacrev, make_functional, vmap
from functorch.experimental import chunk_vmap, replace_all_batch_norm_modules_
from torch._C._functorch import (
    _add_batch_dim, _remove_batch_dim, _vmap_decrement_nesting, _vmap_increment_nesting, get_unwrapped, is_batchedtensor,
    is_gradtrackingtensor, maybe_current_level, maybe_get_bdim, maybe_get_level,
)
from torch._functorch.eager_transforms import jvp
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    print(vmap(torch.sin)(torch.zeros(2)), caught[0].category.__name__, caught[0].message)

def look(x):
    print(is_batchedtensor(x), maybe_get_level(x), maybe_get_bdim(x), get_unwrapped(x).shape, maybe_current_level())
    torch.func.grad(lambda y: (print(is_gradtrackingtensor(y)), y.sum())[1])(torch.ones(2))
    return x

torch.vmap(look)(torch.zeros(3, 2))
level = _vmap_increment_nesting(3, "error")
inside = _add_batch_dim(torch.arange(6.).reshape(2, 3), 1, level)
print(inside.shape, _remove_batch_dim(inside * 2, level, 3, 0), _vmap_decrement_nesting(), maybe_current_level())
"""


def test_names_of_a_program() -> None:
    found = subprocess.run(
        [sys.executable, "-m", "pullback", "-c", PROGRAM], capture_output=True, text=True, check=True, timeout=60
    )
    first, *rest = found.stdout.splitlines()
    assert first.startswith("tensor([0., 0.]) FutureWarning We've integrated functorch into PyTorch.")
    assert "`functorch.vmap` is deprecated" in first
    assert rest == [
        "True 1 0 torch.Size([3, 2]) 1",
        "True",
        "torch.Size([2]) tensor([[ 0.,  6.],",
        "        [ 2.,  8.],",
        "        [ 4., 10.]]) 1 None",
    ]
