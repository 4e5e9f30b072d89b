"""The nodes that PyTorch shows for each calling form (recorded from PyTorch 2.13)."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch

inf = float("inf")

NAMES = {
    "x.sum()": "SumBackward0",
    "x.sum(None)": "SumBackward1",
    "x.sum(dim=[])": "SumBackward1",
    "x.sum(0)": "SumBackward1",
    "x.mean()": "MeanBackward0",
    "x.mean(axis=0)": "MeanBackward1",
    "x.nansum(0)": "NansumBackward0",
    "x.nanmean()": "DivBackward0",
    "x.prod()": "ProdBackward0",
    "x.prod(0)": "ProdBackward1",
    "x.std(0)": "StdBackward0",
    "x.var(False)": "VarBackward0",
    "torch.std_mean(x)[1]": "StdMeanBackward0",
    "torch.var_mean(x, 0)[0]": "VarMeanBackward0",
    "x.amax()": "AmaxBackward0",
    "x.amin(0)": "AminBackward0",
    "x.aminmax()[0]": "AminmaxBackward0",
    "x.max()": "MaxBackward1",
    "x.max(0)[0]": "MaxBackward0",
    "x.min()": "MinBackward1",
    "x.min(0)[0]": "MinBackward0",
    "x.max(x * 2)": "MaximumBackward0",
    "x.logsumexp(0)": "LogsumexpBackward0",
    "x.softmax(1)": "SoftmaxBackward0",
    "x.log_softmax(1)": "LogSoftmaxBackward0",
    "torch.nn.functional.softmin(x, 1)": "SoftmaxBackward0",
    "x.cumsum(0)": "CumsumBackward0",
    "x.cumprod(0)": "CumprodBackward0",
    "x.cummax(0)[0]": "CummaxBackward0",
    "x.cummin(0)[0]": "CumminBackward0",
    "x.logcumsumexp(0)": "LogcumsumexpBackward0",
    "x.diff()": "SubBackward0",
    "torch.trapezoid(x)": "MulBackward1",
    "torch.trapezoid(x, x)": "DivBackward1",
    "torch.cumulative_trapezoid(x)": "CumsumBackward0",
    "x.sort()[0]": "SortBackward0",
    "x.sort(stable=True)[0]": "SortBackward1",
    "x.msort()": "SortBackward0",
    "x.topk(2)[0]": "TopkBackward0",
    "x.median()": "MedianBackward0",
    "x.median(0)[0]": "MedianBackward1",
    "x.nanmedian()": "NanmedianBackward0",
    "x.nanmedian(0)[0]": "NanmedianBackward1",
    "x.mode(0)[0]": "ModeBackward0",
    "x.kthvalue(2, 0)[0]": "KthvalueBackward0",
    "x.quantile(0.3)": "SqueezeBackward4",
    "x.unique()": "Unique2Backward0",
    "x.unique(dim=0)": "UniqueDimBackward0",
    "x.unique_consecutive()": "UniqueConsecutiveBackward0",
    "x.norm()": "LinalgVectorNormBackward0",
    "x.norm('nuc')": "SumBackward1",
    "torch.linalg.norm(x, 2)": "AmaxBackward0",
    "torch.linalg.matrix_norm(x, 1)": "AmaxBackward0",
    "torch.dist(x, x * 2)": "DistBackward0",
    "torch.renorm(x, 2, 0, 1.0)": "RenormBackward0",
    "torch.nn.functional.normalize(x)": "DivBackward0",
    "torch.cosine_similarity(x, x * 2)": "SumBackward1",
    "x.cov()": "SqueezeBackward0",
    "x.corrcoef()": "ClampBackward1",
}


def node_of(lib: Any, call: str) -> str:
    x = lib.arange(1.0, 13.0).reshape(3, 4).detach().requires_grad_()
    return eval(call, {"torch": lib, "x": x}).grad_fn.name()  # type: ignore[no-any-return]


@pytest.mark.parametrize("call", NAMES)
def test_node_has_pytorchs_name(call: str) -> None:
    assert node_of(torch, call) == NAMES[call]


@pytest.mark.parametrize("call", NAMES)
def test_the_record_is_pytorchs(call: str) -> None:
    assert node_of(pytest.importorskip("torch"), call) == NAMES[call]
