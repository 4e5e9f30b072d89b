"""Graphs specialized for arguments, and passes over graphs."""

from __future__ import annotations

import pytest

import pullback as torch
from pullback import fx, nn


class _Scaled(nn.Module):
    def forward(self, x: torch.Tensor, flag: bool, n: int = 2) -> torch.Tensor:
        return (x if flag else -x) * n


def test_arguments_that_a_graph_is_specialized_for_stay_and_are_checked() -> None:
    traced = fx.symbolic_trace(_Scaled(), concrete_args={"flag": False})
    assert traced.code.strip().splitlines() == [
        "def forward(self, x : _torch_Tensor_, flag_1, n : _int_ = 2) -> _torch_Tensor_:",
        "    eq = flag_1 == False;  flag_1 = None",
        "    _assert = torch._assert(eq, 'flag has been specialized to have value False but got another value');  "
        "eq = _assert = None",
        "    neg = -x;  x = None",
        "    mul = neg * n;  neg = n = None",
        "    return mul",
    ]
    assert traced(torch.ones(2), False, 3).tolist() == [-3.0, -3.0]
    with pytest.raises(AssertionError, match="flag has been specialized to have value False"):
        traced(torch.ones(2), True)
    nothing = fx.symbolic_trace(lambda x, y=None: x if y is None else y, concrete_args={"y": None})
    assert nothing(1, None) == 1
    with pytest.raises(AssertionError, match="y has been specialized to have value None"):
        nothing(1, 2)
    with pytest.warns(UserWarning, match="Was not able to add assertion"):
        applied = fx.symbolic_trace(lambda x, f: f(x), concrete_args={"f": torch.relu})
    assert applied(torch.tensor([-1.0, 1.0]), None).tolist() == [0.0, 1.0]


def test_keyword_only_parameters_come_before_the_starred_ones() -> None:
    def scaled(x, *rest, k=1, **named):  # type: ignore[no-untyped-def]
        return x * k

    traced = fx.symbolic_trace(scaled)
    assert "def forward(self, x, k = 1, *rest, **named):" in traced.code
    assert traced(torch.ones(2), k=2).tolist() == [2.0, 2.0]


def test_shapes_are_noted_at_every_node() -> None:
    from pullback.fx.passes.shape_prop import ShapeProp

    traced = fx.symbolic_trace(lambda x: x.t().chunk(2)[0] + 1)
    result = ShapeProp(traced).propagate(torch.ones(3, 4, requires_grad=True))
    assert tuple(result.shape) == (2, 3)
    kinds = {node.name: node.meta["tensor_meta"] for node in traced.graph.nodes}
    assert [tuple(kinds[name].shape) for name in ("x", "t", "getitem", "add")] == [(3, 4), (4, 3), (2, 3), (2, 3)]
    assert kinds["t"].stride == (1, 4) and kinds["add"].requires_grad and kinds["add"].dtype is torch.float32
    assert [tuple(each.shape) for each in kinds["chunk"]] == [(2, 3), (2, 3)]
    with pytest.raises(RuntimeError, match="ShapeProp error for: node=%t"):
        ShapeProp(traced).propagate(torch.ones(3, 4, 5))


def test_batch_norms_are_folded_into_convolutions() -> None:
    from pullback.fx.experimental.optimization import fuse, remove_dropout

    torch.manual_seed(0)
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.ReLU(), nn.Dropout(0.5)).eval()
    model[1].running_mean.add_(0.5)
    fused = fuse(model)
    x = torch.rand(2, 1, 5, 5)
    assert [type(each).__name__ for each in fused.children()] == ["Conv2d", "ReLU", "Dropout"]
    assert torch.allclose(fused(x), model(x), atol=1e-6)
    assert "Dropout" not in [type(each).__name__ for each in remove_dropout(model).children()]
