"""A group of one process: collectives leave what there is as it is, and a wrapped module trains as itself."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

import pullback as torch

dist = torch.distributed


@pytest.fixture
def group() -> Iterator[None]:
    dist.init_process_group("gloo", rank=0, world_size=1)
    yield
    dist.destroy_process_group()


def test_without_a_group(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RANK", raising=False)
    with pytest.raises(ValueError, match="environment variable RANK expected, but not set"):
        dist.init_process_group("gloo")
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(1, 1))
    with pytest.raises(AssertionError, match="Process group cannot be None"):
        dist.destroy_process_group()


def test_the_environment_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RANK", "0")
    monkeypatch.setenv("WORLD_SIZE", "1")
    dist.init_process_group(backend="nccl")
    assert dist.is_initialized() and dist.get_backend() == "nccl"
    with pytest.raises(ValueError, match="twice"):
        dist.init_process_group()
    dist.destroy_process_group()
    assert not dist.is_initialized()


def test_collectives(group: None) -> None:
    assert (dist.get_rank(), dist.get_world_size(), dist.get_process_group_ranks(dist.new_group([0]))) == (0, 1, [0])
    x, into = torch.tensor([1.0, 2.0]), torch.zeros(2)
    assert dist.all_reduce(x, op=dist.ReduceOp.SUM) is None and dist.all_reduce(x, async_op=True).wait()
    dist.broadcast(x, 0)
    dist.barrier()
    assert x.tolist() == [1.0, 2.0]
    for copy in (
        lambda: dist.all_gather([into], x),
        lambda: dist.all_gather_into_tensor(into, x),
        lambda: dist.scatter(into, [x], src=0),
        lambda: dist.gather(x, [into], dst=0),
        lambda: dist.reduce_scatter(into, [x]),
    ):
        into.zero_()
        copy()
        assert into.tolist() == [1.0, 2.0]
    objects = [None]
    dist.all_gather_object(objects, {"a": 1})
    assert objects == [{"a": 1}]


def test_a_wrapped_module_trains_as_itself(group: None) -> None:
    torch.manual_seed(0)
    layer = torch.nn.Linear(3, 2)
    model = torch.nn.parallel.DistributedDataParallel(layer)
    assert list(model.state_dict()) == ["module.weight", "module.bias"]
    with model.no_sync():
        assert not model.require_backward_grad_sync
        model(torch.ones(1, 3)).sum().backward()
    assert layer.weight.grad.tolist() == [[1.0] * 3] * 2
    with pytest.raises(RuntimeError, match="not needed"):
        torch.nn.parallel.DistributedDataParallel(torch.nn.ReLU())


def test_collectives_with_derivatives(group: None) -> None:
    from pullback.distributed import nn

    x = torch.tensor([1.0, 2.0], requires_grad=True)
    (nn.all_reduce(x).sum() + nn.all_gather(x)[0].sum() + nn.broadcast(x, 0).sum() + nn.scatter([x]).sum()).backward()
    assert x.grad.tolist() == [4.0, 4.0]
    dist.destroy_process_group()
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        nn.all_reduce(x)
    dist.init_process_group("gloo", rank=0, world_size=1)
