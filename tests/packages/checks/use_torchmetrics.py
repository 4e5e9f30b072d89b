"""Metrics over batches against their definitions."""

import torch
from torchmetrics import MeanMetric, MetricCollection
from torchmetrics.classification import MulticlassAccuracy, MulticlassConfusionMatrix, MulticlassF1Score
from torchmetrics.functional import pairwise_cosine_similarity, r2_score
from torchmetrics.regression import MeanSquaredError, PearsonCorrCoef

target, guess = torch.tensor([0, 1, 2, 2, 1, 0]), torch.tensor([0, 2, 2, 2, 1, 1])
metrics = MetricCollection([MulticlassAccuracy(3, average="micro"), MulticlassF1Score(3, average="macro")])
for part in (slice(0, 3), slice(3, 6)):
    metrics.update(guess[part], target[part])
found = metrics.compute()
assert abs(found["MulticlassAccuracy"].item() - 4 / 6) < 1e-6
assert abs(found["MulticlassF1Score"].item() - (2 / 3 + 1 / 2 + 4 / 5) / 3) < 1e-6
table = MulticlassConfusionMatrix(3)(guess, target)
assert table.tolist() == [[1, 1, 0], [0, 1, 1], [0, 0, 2]]
x = torch.tensor([1.0, 2.0, 3.0, 4.0], requires_grad=True)
y = torch.tensor([1.1, 1.9, 3.2, 3.8])
error = MeanSquaredError()(x, y)
error.backward()
assert abs(error.item() - 0.025) < 1e-6 and torch.allclose(x.grad, 2 * (x.detach() - y) / 4)
assert abs(r2_score(x.detach(), y).item() - (1 - 0.1 / (y - y.mean()).square().sum().item())) < 1e-6
assert abs(PearsonCorrCoef()(x.detach(), y).item() - torch.corrcoef(torch.stack([x.detach(), y]))[0, 1].item()) < 1e-6
mean = MeanMetric()
mean.update(1.0, weight=1.0)
mean.update(4.0, weight=2.0)
assert mean.compute().item() == 3.0
assert torch.allclose(pairwise_cosine_similarity(torch.eye(2), torch.ones(1, 2)), torch.full((2, 1), 2**-0.5))
print("ok")
