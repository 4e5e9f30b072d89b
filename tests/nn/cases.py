"""Modules for the tests: an expression that makes one, and the shapes of its inputs.

``recorded.json`` holds what PyTorch 2.13 made of each expression with seed 0: the representation and the beginning of
every entry of the state. ``python -m tests.nn.cases`` writes it anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).parent / "recorded.json"
KEPT = 6
"""Values of a tensor that are recorded."""

CASES: dict[str, list[tuple[int, ...]]] = {
    "nn.Identity()": [(2, 3)],
    "nn.Linear(3, 5)": [(2, 3)],
    "nn.Linear(3, 5, bias=False)": [(4, 2, 3)],
    "nn.Bilinear(3, 4, 2)": [(5, 3), (5, 4)],
    "nn.LayerNorm(6)": [(2, 3, 6)],
    "nn.LayerNorm((3, 6), eps=1e-3, bias=False)": [(2, 3, 6)],
    "nn.LayerNorm(6, elementwise_affine=False)": [(2, 6)],
    "nn.RMSNorm(6)": [(2, 3, 6)],
    "nn.RMSNorm((3, 6), eps=1e-3, elementwise_affine=False)": [(2, 3, 6)],
    "nn.GroupNorm(2, 6)": [(2, 6, 4)],
    "nn.GroupNorm(3, 6, affine=False)": [(2, 6, 4)],
    "nn.BatchNorm1d(4)": [(5, 4)],
    "nn.BatchNorm1d(4, momentum=None, affine=False)": [(5, 4, 3)],
    "nn.BatchNorm2d(3, track_running_stats=False)": [(2, 3, 4, 5)],
    "nn.BatchNorm3d(2, eps=1e-2)": [(2, 2, 3, 4, 5)],
    "nn.Flatten()": [(2, 3, 4)],
    "nn.Flatten(0, 1)": [(2, 3, 4)],
    "nn.Unflatten(1, (2, 3))": [(4, 6)],
    "nn.Unflatten(1, torch.Size([3, 2]))": [(4, 6)],
    "nn.ReLU()": [(3, 4)],
    "nn.ReLU(inplace=True)": [],
    "nn.ReLU6()": [(3, 4)],
    "nn.ReLU6(inplace=True)": [],
    "nn.RReLU()": [],
    "nn.LeakyReLU(0.2)": [(3, 4)],
    "nn.PReLU()": [(3, 4)],
    "nn.PReLU(4, init=0.5)": [(3, 4)],
    "nn.ELU(alpha=0.7)": [(3, 4)],
    "nn.SELU()": [(3, 4)],
    "nn.CELU(alpha=0.7)": [(3, 4)],
    "nn.GELU()": [(3, 4)],
    "nn.GELU(approximate='tanh')": [(3, 4)],
    "nn.SiLU()": [(3, 4)],
    "nn.Mish()": [(3, 4)],
    "nn.Sigmoid()": [(3, 4)],
    "nn.Tanh()": [(3, 4)],
    "nn.Hardtanh(-0.5, 0.7)": [(3, 4)],
    "nn.Hardswish()": [(3, 4)],
    "nn.Hardsigmoid()": [(3, 4)],
    "nn.Softplus(beta=2.0)": [(3, 4)],
    "nn.Softsign()": [(3, 4)],
    "nn.Softmax(dim=1)": [(3, 4)],
    "nn.Softmax2d()": [(2, 3, 4, 5)],
    "nn.LogSoftmax(dim=-1)": [(3, 4)],
    "nn.Softmin(dim=0)": [(3, 4)],
    "nn.LogSigmoid()": [(3, 4)],
    "nn.Threshold(0.1, 20)": [(3, 4)],
    "nn.GLU()": [(3, 4)],
    "nn.Tanhshrink()": [(3, 4)],
    "nn.Softshrink(0.3)": [(3, 4)],
    "nn.Hardshrink(0.3)": [(3, 4)],
    "nn.Dropout(0.3)": [],
    "nn.Dropout1d(0.3, inplace=True)": [],
    "nn.Dropout2d()": [],
    "nn.Dropout3d()": [],
    "nn.AlphaDropout()": [],
    "nn.FeatureAlphaDropout()": [],
    "nn.Embedding(10, 3)": [],
    "nn.Embedding(10, 3, padding_idx=-1, max_norm=1.0, norm_type=3.0, scale_grad_by_freq=True)": [],
    "nn.Conv1d(4, 6, 3)": [(2, 4, 8)],
    "nn.Conv1d(4, 6, 3, stride=2, padding=1, groups=2, bias=False)": [(2, 4, 8)],
    "nn.Conv2d(3, 4, 3)": [(2, 3, 6, 7)],
    "nn.Conv2d(3, 6, (3, 2), stride=(2, 1), padding=(1, 2), dilation=(1, 2), groups=3)": [(2, 3, 6, 7)],
    "nn.Conv2d(3, 4, 3, padding='same', dilation=2)": [(2, 3, 6, 7)],
    "nn.Conv2d(3, 4, 4, padding='same', padding_mode='reflect')": [(2, 3, 6, 7)],
    "nn.Conv2d(3, 4, 3, padding=(1, 2), padding_mode='circular')": [(2, 3, 6, 7)],
    "nn.Conv3d(2, 3, 2)": [(1, 2, 4, 5, 6)],
    "nn.ConvTranspose1d(4, 6, 3, stride=2)": [(2, 4, 5)],
    "nn.ConvTranspose2d(4, 6, 3, 2, padding=1, output_padding=1, groups=2)": [(2, 4, 4, 5)],
    "nn.ConvTranspose3d(2, 2, 2)": [(1, 2, 3, 3, 3)],
    "nn.MaxPool1d(2)": [(2, 3, 9)],
    "nn.MaxPool2d((2, 3), stride=1, padding=1)": [(2, 3, 6, 7)],
    "nn.MaxPool3d(2, ceil_mode=True)": [(1, 2, 5, 5, 5)],
    "nn.AvgPool1d(3, stride=2)": [(2, 3, 9)],
    "nn.AvgPool2d(2, padding=1, count_include_pad=False)": [(2, 3, 6, 7)],
    "nn.AvgPool3d((2, 1, 2))": [(1, 2, 4, 4, 4)],
    "nn.AdaptiveAvgPool1d(4)": [(2, 3, 9)],
    "nn.AdaptiveAvgPool2d((3, None))": [(2, 3, 7, 5)],
    "nn.AdaptiveAvgPool3d(2)": [(1, 2, 5, 4, 3)],
    "nn.AdaptiveMaxPool1d(4)": [(2, 3, 9)],
    "nn.AdaptiveMaxPool2d((3, None))": [(2, 3, 7, 5)],
    "nn.AdaptiveMaxPool3d(2)": [(1, 2, 5, 4, 3)],
    "nn.Upsample(scale_factor=2)": [(1, 2, 3, 3)],
    "nn.Upsample(size=(5, 4), mode='bilinear', align_corners=True)": [(1, 2, 3, 3)],
    "nn.UpsamplingNearest2d(scale_factor=2)": [(1, 2, 3, 3)],
    "nn.UpsamplingBilinear2d(size=5)": [(1, 2, 3, 3)],
    "nn.ZeroPad1d(2)": [(1, 2, 3)],
    "nn.ZeroPad2d((0, 1, 2, 3))": [(1, 2, 3, 4)],
    "nn.ZeroPad3d(1)": [(1, 2, 3, 4, 5)],
    "nn.ConstantPad1d((1, 2), 3.5)": [(1, 2, 3)],
    "nn.ConstantPad2d(1, 3.5)": [(1, 2, 3, 4)],
    "nn.ConstantPad3d(1, -1)": [(1, 2, 3, 4, 5)],
    "nn.ReflectionPad1d(2)": [(1, 2, 4)],
    "nn.ReflectionPad2d((1, 2, 0, 1))": [(1, 2, 3, 4)],
    "nn.ReflectionPad3d(1)": [(1, 2, 3, 4, 5)],
    "nn.ReplicationPad1d(2)": [(1, 2, 4)],
    "nn.ReplicationPad2d((1, 2, 0, 1))": [(1, 2, 3, 4)],
    "nn.ReplicationPad3d(1)": [(1, 2, 3, 4, 5)],
    "nn.CircularPad1d((1, 2))": [(1, 2, 3)],
    "nn.CircularPad2d(1)": [(1, 2, 3, 4)],
    "nn.CircularPad3d(1)": [(1, 2, 3, 4, 5)],
    "nn.CrossEntropyLoss(label_smoothing=0.1)": [],
    "nn.NLLLoss()": [],
    "nn.MSELoss()": [(3, 4), (3, 4)],
    "nn.MSELoss(reduction='sum')": [(3, 4), (3, 4)],
    "nn.L1Loss(reduction='none')": [(3, 4), (3, 4)],
    "nn.SmoothL1Loss(beta=0.5)": [(3, 4), (3, 4)],
    "nn.HuberLoss(delta=0.7)": [(3, 4), (3, 4)],
    "nn.BCELoss()": [],
    "nn.BCEWithLogitsLoss()": [],
    "nn.KLDivLoss(reduction='batchmean')": [],
    "nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))": [(5, 3)],
    "nn.Sequential()": [(2,)],
    "nn.ModuleList([nn.Linear(1, 2), nn.Linear(1, 2), nn.ReLU(), nn.ReLU(), nn.Linear(1, 2)])": [],
    "nn.ModuleList([nn.Sequential(nn.Tanh(), nn.Tanh()), nn.Sequential(nn.Tanh(), nn.Tanh())])": [],
    "nn.ModuleDict({'act': nn.ReLU(), 'map': nn.ModuleDict({'lin': nn.Linear(1, 2)})})": [],
    "nn.ParameterList([torch.ones(2), nn.Parameter(torch.ones(2, 3)), 'text', 5])": [],
    "nn.ParameterDict({'b': torch.ones(2), 'a': 3, 'c': nn.Parameter(torch.ones(()))})": [],
    "nn.ParameterDict({'only': torch.ones(2)})": [],
    "nn.ParameterList()": [],
}


def build(expression: str, torch: Any) -> Any:
    """The module of `expression`, made with seed 0 by `torch`, which may be pullback."""
    torch.manual_seed(0)
    return eval(expression, {"nn": torch.nn, "torch": torch})


def describe(module: Any) -> dict[str, Any]:
    """What is recorded of a module."""
    state = {
        name: [list(value.shape), value.double().flatten()[:KEPT].tolist()]
        for name, value in module.state_dict().items()
    }
    return {"repr": repr(module), "state": state}


def recorded() -> dict[str, Any]:
    """What was recorded, by expression."""
    return json.loads(RECORDED.read_text())


if __name__ == "__main__":
    import torch

    found = {expression: describe(build(expression, torch)) for expression in CASES}
    RECORDED.write_text(json.dumps(found, indent=0, ensure_ascii=False) + "\n")
