"""Operations counted by module, and the modules that run in a forward and a backward pass."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch
from pullback import nn
from pullback.utils import flop_counter
from pullback.utils.flop_counter import FlopCounterMode
from pullback.utils.module_tracker import ModuleTracker

aten = torch.ops.aten


def counted(run: Any) -> dict[str, dict[str, int]]:
    with FlopCounterMode(display=False) as counter:
        run()
    return {name: {str(key): n for key, n in found.items()} for name, found in counter.get_flop_counts().items()}


def test_counts_by_module() -> None:
    net = nn.Sequential(nn.Linear(2, 3), nn.Sequential(nn.ReLU(), nn.Linear(3, 1)))
    whole, last = {"aten.addmm": 18, "aten.mm": 24}, {"aten.addmm": 6, "aten.mm": 12}
    assert counted(lambda: net(torch.ones(1, 2)).sum().backward()) == {
        "Global": whole,
        "Sequential": whole,
        "Sequential.0": {"aten.addmm": 12, "aten.mm": 12},
        "Sequential.1": last,
        "Sequential.1.1": last,
    }
    with FlopCounterMode(display=False) as counter:
        torch.ones(2, 3) @ torch.ones(3, 4)
    assert counter.get_flop_counts()["Global"][aten.mm] == 48 and "100.00%" in counter.get_table()


@pytest.mark.parametrize(
    ("layer", "image", "forward", "backward"),
    [
        (lambda: nn.Conv2d(3, 6, 3), torch.ones(1, 3, 8, 8), 11664, 11664),
        (lambda: nn.Conv2d(3, 6, 3, groups=3, stride=2), torch.ones(2, 3, 8, 8, requires_grad=True), 1944, 7776),
        (lambda: nn.ConvTranspose2d(3, 6, 3), torch.ones(1, 3, 8, 8, requires_grad=True), 20736, 41472),
    ],
)
def test_convolutions(layer: Any, image: Any, forward: int, backward: int) -> None:
    found = counted(lambda: layer()(image).sum().backward())["Global"]
    assert found == {"aten.convolution": forward, "aten.convolution_backward": backward}


def test_products_and_formulas() -> None:
    linear = nn.Linear(3, 4, bias=False)
    x = torch.ones(2, 5, 3, requires_grad=True)
    assert counted(lambda: linear(x).sum().backward())["Global"] == {"aten.mm": 720}
    assert flop_counter.mm_flop((2, 3), (3, 4)) == flop_counter.addmm_flop(None, (2, 3), (3, 4)) == 48
    assert flop_counter.conv_flop_count((1, 3, 8, 8), (6, 3, 3, 3), (1, 6, 6, 6)) == 11664
    assert flop_counter.sdpa_flop(*[(1, 2, 3, 4)] * 3) == 288
    assert flop_counter.convert_num_with_suffix(1500, flop_counter.get_suffix_str(12345)) == "1.500K"
    own = FlopCounterMode(display=False, custom_mapping={aten.add: lambda *shapes, out_shape: 7})
    with own:
        torch.ones(1) + torch.ones(1)
    assert own.get_total_flops() == 7


def test_modules_that_run() -> None:
    tracker = ModuleTracker()
    forward: list[Any] = []
    backward: list[Any] = []

    class Double(nn.Module):
        def forward(self, x: Any) -> Any:
            forward.append(tracker.parents - {"Global"})
            x.register_hook(lambda grad: backward.append((tracker.parents - {"Global"}, tracker.is_bw)))
            return x * 2

    net = nn.Sequential(Double(), nn.Sequential(Double()))
    with tracker:
        net(torch.ones(1, requires_grad=True)).sum().backward()
    assert forward == [{"Sequential", "Sequential.0"}, {"Sequential", "Sequential.1", "Sequential.1.0"}]
    assert backward == [({"Sequential", "Sequential.0"}, True), (set(), True)]
    assert tracker.parents == {"Global"} and not tracker.is_bw
