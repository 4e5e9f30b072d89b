"""Names that can be imported and say at their use that there is nothing behind them."""

from __future__ import annotations

from importlib import import_module

import pytest

import pullback


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
