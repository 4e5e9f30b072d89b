"""Work where the arithmetic counts: a real layer size, long vectors, wide rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ._data import classes, expression, fill, normal


def _training(model: Any, loss: Any, x: Any, y: Any, optimizer: Any) -> Any:
    """The workload of a training step, checked by the first loss and its gradients."""
    losses: list[Any] = []

    def step() -> None:
        optimizer.zero_grad()
        value = loss(model(x), y)
        value.backward()
        optimizer.step()
        losses[:] = [value]

    return step, lambda: [losses, [p.grad for p in model.parameters()]]


def _mlp_784_adam(torch: Any, batch: int) -> Any:
    nn = torch.nn
    layers = (nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    model = fill(torch, nn.Sequential(*layers))
    x, y = normal(torch, batch, 784), classes(torch, batch, of=10)
    return _training(model, nn.CrossEntropyLoss(), x, y, torch.optim.Adam(model.parameters()))


def mlp_784_adam_batch_32(torch: Any) -> Any:
    """A training step of an MLP 784-512-512-10, batch 32, cross entropy and Adam."""
    return _mlp_784_adam(torch, 32)


def mlp_784_adam_batch_256(torch: Any) -> Any:
    """The same at batch 256."""
    return _mlp_784_adam(torch, 256)


def elementwise_4m(torch: Any) -> Any:
    """4 million floats through ``((2x + 1) x - 0.5)²`` and tanh, forward and backward."""
    x = normal(torch, 4_000_000, grad=True)

    def loss() -> Any:
        return ((((2 * x + 1) * x - 0.5) ** 2).tanh()).sum()

    return expression(loss, [x])


def softmax_256x1024(torch: Any) -> Any:
    """Softmax over rows of 1,024, forward and backward."""
    x, weight = normal(torch, 256, 1024, grad=True), normal(torch, 256, 1024, seed=1)
    return expression(lambda: (x.softmax(-1) * weight).sum(), [x])


def layer_norm_256x1024(torch: Any) -> Any:
    """Layer norm over rows of 1,024 with weight and bias, forward and backward."""
    x, cotangent = normal(torch, 256, 1024, grad=True), normal(torch, 256, 1024, seed=1)
    w, b = normal(torch, 1024, seed=2, grad=True), torch.zeros(1024, requires_grad=True)

    def loss() -> Any:
        return (torch.nn.functional.layer_norm(x, (1024,), w, b) * cotangent).sum()

    return expression(loss, [x, w, b])


def cross_entropy_1024x5000(torch: Any) -> Any:
    """Cross entropy of 1,024 samples in 5,000 classes, forward and backward."""
    x, y = normal(torch, 1024, 5000, grad=True), classes(torch, 1024, of=5000)
    return expression(lambda: torch.nn.functional.cross_entropy(x, y), [x])


def _activation(torch: Any, function: Any) -> Any:
    x, weight = normal(torch, 1024, 1024, grad=True), normal(torch, 1024, 1024, seed=1)
    return expression(lambda: (function(x) * weight).sum(), [x])


def sigmoid_1m(torch: Any) -> Any:
    """Sigmoid of a million numbers, forward and backward."""
    return _activation(torch, torch.sigmoid)


def gelu_1m(torch: Any) -> Any:
    """GELU, by the error function, of a million numbers, forward and backward."""
    return _activation(torch, torch.nn.functional.gelu)


def adamw_4m(torch: Any) -> Any:
    """A step of AdamW over one parameter of 4 million numbers."""
    p = normal(torch, 2000, 2000, grad=True)
    p.grad = normal(torch, 2000, 2000, seed=1)
    return torch.optim.AdamW([p]).step, lambda: p


def embedding_4096_of_50k(torch: Any) -> Any:
    """4,096 rows of a table 50,000 x 64, forward and backward."""
    table, rows = normal(torch, 50_000, 64, grad=True), classes(torch, 4096, of=50_000)
    weight = normal(torch, 4096, 64, seed=1)

    def loss() -> Any:
        return (torch.nn.functional.embedding(rows, table) * weight).sum()

    return expression(loss, [table])


def bias_gradient_1m(torch: Any) -> Any:
    """A bias of 32 added to a million rows, forward and backward."""
    x, b = normal(torch, 1_000_000, 32), torch.zeros(32, requires_grad=True)
    return expression(lambda: (x + b).sum(), [b])


def attention_8x8x128(torch: Any) -> Any:
    """Scaled dot-product attention, 8 samples, 8 heads, 128 x 64, forward and backward."""
    q, k, v, weight = (normal(torch, 8, 8, 128, 64, seed=i, grad=i < 3) for i in range(4))

    def loss() -> Any:
        return (torch.nn.functional.scaled_dot_product_attention(q, k, v) * weight).sum()

    return expression(loss, [q, k, v])


def cnn_28x28(torch: Any) -> Any:
    """A training step of a small CNN with batch norm and pooling, 32 images of 28 x 28, SGD with momentum."""
    nn = torch.nn
    layers = (
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(32 * 49, 10),
    )  # fmt: skip
    model = fill(torch, nn.Sequential(*layers))
    x, y = normal(torch, 32, 1, 28, 28), classes(torch, 32, of=10)
    return _training(model, nn.CrossEntropyLoss(), x, y, torch.optim.SGD(model.parameters(), lr=0.01, momentum=0.9))


def gpt_block_adamw(torch: Any) -> Any:
    """A training step of one transformer block, width 256, 8 heads, 8 x 128 tokens, AdamW."""
    nn, functional = torch.nn, torch.nn.functional
    width, batch, length = 256, 8, 128

    class Block(nn.Module):  # type: ignore[misc,name-defined]
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
            self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

        def forward(self, x: Any) -> Any:
            parts = self.qkv(self.norm1(x)).split(width, dim=-1)
            q, k, v = (each.view(batch, length, 8, -1).transpose(1, 2) for each in parts)
            seen = functional.scaled_dot_product_attention(q, k, v, is_causal=True)
            x = x + self.out(seen.transpose(1, 2).reshape(batch, length, width))
            return x + self.down(functional.gelu(self.up(self.norm2(x))))

    model = fill(torch, Block())
    x, y = normal(torch, batch, length, width), normal(torch, batch, length, width, seed=1)
    return _training(model, functional.mse_loss, x, y, torch.optim.AdamW(model.parameters(), lr=1e-3))


def logistic_regression_100k(torch: Any) -> Any:
    """Logistic regression of 100,000 x 100 float64 samples, forward and backward."""
    x = normal(torch, 100_000, 100, dtype=np.float64)
    w, b = normal(torch, 100, seed=1, scale=0.1, dtype=np.float64, grad=True), torch.zeros(1, dtype=torch.float64)
    y, b = classes(torch, 100_000, of=2).double(), b.requires_grad_()
    cross_entropy = torch.nn.functional.binary_cross_entropy_with_logits
    return expression(lambda: cross_entropy(x @ w + b, y), [w, b])
