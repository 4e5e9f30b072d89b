"""What modules take as arguments: the forms of `to`, buffers of every kind, sizes; and what they say of the rest."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback import nn
from pullback.nn.utils import prune


@pytest.mark.parametrize(
    ("args", "settings"),
    [
        (("cpu", True), {}),
        ((None, True), {}),
        (([],), {}),
        (({},), {"non_blocking": True}),
        (("cpu", "cpu"), {}),
        (("cpu",), {"device": "cpu"}),
        ((), {"other": torch.ones(1)}),
        ((), {"dtype": 3}),
        ((torch.ones(1),), {"dtype": torch.float64}),
        (("cpu",), {"memory_format": 3}),
    ],
)
def test_to_refuses_what_no_form_takes(args: Any, settings: Any) -> None:
    with pytest.raises(TypeError, match=r"to\(\) received an invalid combination of arguments - got \("):
        nn.Linear(2, 2).to(*args, **settings)


def test_forms_of_to() -> None:
    layer = nn.Linear(2, 2)
    assert layer.to("cpu", torch.float16).weight.dtype is torch.float16
    assert layer.to(torch.float64, True).weight.dtype is torch.float64
    assert layer.to(tensor=torch.ones(1)).weight.dtype is torch.float32
    assert layer.to(None, None).to(memory_format=torch.channels_last) is layer
    assert torch._C._nn._parse_to(None, torch.float32, True) == (None, torch.float32, True, None)
    with pytest.raises(RuntimeError, match=r"\.to\(\) does not accept copy argument"):
        layer.to("cpu", copy=True)
    with pytest.raises(TypeError, match="takes from 0 to 4 positional arguments but 5 were given"):
        layer.to("cpu", torch.float32, False, False, torch.contiguous_format)


class TensorLike:
    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        raise NotImplementedError


def test_buffers_may_be_like_tensors() -> None:
    module, value = nn.Module(), TensorLike()
    module.register_buffer("b", value)  # type: ignore[arg-type]
    assert module.b is value and dict(module.named_buffers())["b"] is value
    module.b = TensorLike()
    assert module._buffers["b"] is module.b is not value
    with pytest.raises(TypeError, match="cannot assign 'int' as buffer 'b'"):
        module.b = 3


def test_a_buffer_takes_no_name_that_is_taken() -> None:
    module = nn.Module()
    module.plain = torch.ones(1)
    with pytest.raises(KeyError, match="attribute 'plain' already exists"):
        module.plain = nn.Buffer(torch.ones(1))
    assert nn.Buffer(torch.ones(1, requires_grad=True)).requires_grad


def test_registration_of_subclasses_is_asked() -> None:
    class Own(nn.Module):
        def __init__(self, persistent: bool) -> None:
            super().__init__()
            self.calls: list[int] = []
            self.value = nn.Buffer(torch.ones(2), persistent=persistent)

        def register_buffer(self, *args: Any, **settings: Any) -> None:
            self.calls.append(len(args))
            super().register_buffer(*args, **settings)

    assert Own(True).calls == [2]
    with pytest.raises(RuntimeError, match="Registering a non-persistent buffer on a Module subclass"):
        Own(False)


def test_a_checkpoint_without_counts_fills_a_module_on_meta() -> None:
    norm = nn.BatchNorm2d(3, device="meta")
    norm.load_state_dict({}, assign=True, strict=False)
    assert norm.num_batches_tracked.device.type == "cpu" and norm.num_batches_tracked.item() == 0
    listed = str(nn.ParameterList([nn.Parameter(torch.empty(1, device="meta"))]))
    assert "(0): Parameter containing: [torch.float32 of size 1])" in listed
    assert torch.empty(1, device="meta").type() == "torch.meta.FloatTensor"


def test_sizes_of_unflatten_are_asked_before_its_axis() -> None:
    assert nn.Unflatten(1.5, (2, 3)).dim == 1.5  # type: ignore[arg-type]
    with pytest.raises(TypeError, match="unflattened_size must be a tuple of ints, but found type int"):
        nn.Unflatten("f", 1)  # type: ignore[arg-type]


def test_checks_of_pruning_have_pytorch_s_names() -> None:
    assert prune._compute_nparams_toprune(0.4, 15) == 6 and prune._compute_nparams_toprune(3, 15) == 3
    with pytest.raises(TypeError, match="Invalid type for amount: I"):
        prune._validate_pruning_amount_init("I")
    with pytest.raises(ValueError, match=r"torch.Size\(\[2\]\) with 1 dims"):
        prune._validate_structured_pruning(torch.ones(2))
    with pytest.raises(IndexError, match="Invalid index 3"):
        prune._validate_pruning_dim(torch.ones(2), 3)
