"""``axis``, ``keepdims`` and ``input`` where the parameter is called ``dim``, ``keepdim`` or ``A``."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

import pullback

X = pullback.tensor([[4.0, 1.0], [2.0, 3.0]])
ROW = pullback.tensor([1, 0])
ALONG: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    *((f"fft.{name}", (), {}) for name in ("fft", "ifft", "rfft", "irfft", "hfft", "ihfft", "fftshift", "ifftshift")),
    *((f"fft.{name}", (), {}) for name in ("fftn", "ifftn", "rfftn", "irfftn", "hfftn", "ihfftn")),
    ("tensor_split", (2,), {}),
    ("split_with_sizes", ([1, 1],), {}),
    ("unflatten", (), {"sizes": (1, 2)}),
    ("select_scatter", (X[0],), {"index": 1}),
    ("slice_scatter", (X[:, :1],), {"end": 1}),
    ("linalg.vecdot", (X,), {}),
    ("linalg.vector_norm", (), {}),
    ("linalg.norm", (), {}),
    ("gradient", (), {}),
    ("index_add", (), {"index": ROW, "source": X}),
    ("index_copy", (), {"index": ROW, "source": X}),
    ("index_fill", (), {"index": ROW, "value": 7}),
    ("index_reduce", (), {"index": ROW, "source": X, "reduce": "prod"}),
    ("scatter", (), {"index": ROW[None], "src": X}),
    ("scatter_add", (), {"index": ROW[None], "src": X}),
    ("scatter_reduce", (), {"index": ROW[None], "src": X, "reduce": "sum"}),
]


def found(name: str) -> Any:
    value: Any = pullback
    for part in name.split("."):
        value = getattr(value, part)
    return value


@pytest.mark.parametrize(("name", "args", "more"), ALONG, ids=[name for name, _, _ in ALONG])
@pytest.mark.filterwarnings("ignore:index_reduce")
def test_axis_is_dim(name: str, args: tuple[Any, ...], more: dict[str, Any]) -> None:
    function = found(name)
    ours, same = function(X, *args, axis=1, **more), function(X, *args, dim=1, **more)
    pairs = zip(ours, same) if isinstance(ours, (list, tuple)) else [(ours, same)]
    assert all(pullback.equal(one, other) for one, other in pairs)
    with pytest.raises(TypeError, match="unexpected keyword argument 'axes'"):
        function(X, *args, axes=1, **more)


@pytest.mark.parametrize("name", ["norm", "matrix_norm", "cond", "eigvals", "pinv", "matrix_rank", "vector_norm"])
def test_input_of_linalg(name: str) -> None:
    function = getattr(pullback.linalg, name)
    assert pullback.equal(function(input=X), function(X))


def test_norm_keeps_dims() -> None:
    assert pullback.linalg.norm(X, axis=1, keepdims=True).shape == (2, 1)
    assert pullback.linalg.matrix_norm(X, keepdims=True).shape == (1, 1)
    assert pullback.cross(pullback.eye(3), pullback.ones(3, 3), axis=1)[0].tolist() == [0.0, -1.0, 1.0]


def test_written_in_place() -> None:
    x = X.clone()
    assert x.scatter_(axis=0, index=ROW[None], value=5).tolist() == [[4.0, 5.0], [5.0, 3.0]]
    assert x.index_fill_(axis=1, index=ROW[:1], value=0).tolist() == [[4.0, 0.0], [5.0, 0.0]]
    assert x.index_add_(axis=0, index=ROW, source=X).tolist() == [[6.0, 3.0], [9.0, 1.0]]


def test_trapezoid_has_an_x_of_its_own() -> None:
    y, x = pullback.tensor([1.0, 2.0, 4.0]), pullback.tensor([0.0, 1.0, 3.0])
    assert pullback.trapezoid(y, x=x).item() == pullback.trapz(y, x=x).item() == 7.5
    assert pullback.cumulative_trapezoid(y, x=x, axis=0).tolist() == [1.5, 7.5]


_WARNED = """
import warnings, pullback
with warnings.catch_warnings(record=True) as caught:
    warnings.simplefilter("always")
    pullback.triangular_solve(pullback.ones(2, 1), pullback.eye(2))
    pullback.cross(pullback.eye(3), pullback.ones(3, 3))
print([(each.filename, each.lineno) for each in caught])
"""


def test_a_warning_names_the_line_of_the_call() -> None:  # in a program where no class overrides functions
    run = subprocess.run([sys.executable, "-c", _WARNED], capture_output=True, text=True, check=True)
    assert run.stdout == "[('<string>', 5), ('<string>', 6)]\n"


def test_a_generator_for_no_device_draws_on_the_cpu() -> None:
    assert pullback.Generator(device=None).device == pullback.device("cpu")
