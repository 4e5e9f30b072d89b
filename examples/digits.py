"""Learn to read handwritten digits: 1,797 real scans of 8x8 pixels, in seconds.

A script for PyTorch, which runs without a change on pullback::

    python -m pullback examples/digits.py
    python examples/digits.py --epochs 5 --optimizer sgd        # with PyTorch

For one seed both take the same samples in the same order from the same initial weights.
"""

import argparse
import gzip
import time
from pathlib import Path

import numpy as np
import torch
from torch import nn
from torch.utils.data import DataLoader, TensorDataset, random_split

try:
    from tqdm import tqdm
except ImportError:  # the bar is a comfort, not a need

    def tqdm(batches, **_):
        return batches


DATA = Path(__file__).parent / "data" / "digits.npy.gz"


def load_digits():
    """The scans, with values from 0 to 1, and the digits they show: ``(1797, 1, 8, 8)`` and ``(1797,)``."""
    with gzip.open(DATA) as file:
        rows = torch.from_numpy(np.load(file))
    images, labels = rows[:, :64], rows[:, 64]
    return TensorDataset(images.reshape(-1, 1, 8, 8).float() / 16, labels.long())


def make_model(width=128, dropout=0.2):
    return nn.Sequential(
        nn.Flatten(),
        nn.Linear(64, width),
        nn.LayerNorm(width),
        nn.GELU(),
        nn.Dropout(dropout),
        nn.Linear(width, width),
        nn.ReLU(),
        nn.Dropout(dropout),
        nn.Linear(width, 10),
    )


def make_optimizer(name, model, lr):
    if name == "sgd":
        return torch.optim.SGD(model.parameters(), lr or 0.05, momentum=0.9, nesterov=True, weight_decay=1e-4)
    return torch.optim.AdamW(model.parameters(), lr or 3e-3, weight_decay=0.01)


def train_epoch(model, loader, loss_function, optimizer, title):
    """One pass over the training set; returns the mean loss of its samples."""
    model.train()
    total = 0.0
    for images, labels in tqdm(loader, desc=title, leave=False):
        optimizer.zero_grad()
        loss = loss_function(model(images), labels)
        loss.backward()
        optimizer.step()
        total += loss.item() * len(labels)
    return total / len(loader.dataset)


@torch.no_grad()
def accuracy(model, loader):
    """The share of samples that the model reads right."""
    model.eval()
    right = sum((model(images).argmax(1) == labels).sum().item() for images, labels in loader)
    return right / len(loader.dataset)


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--optimizer", choices=("adamw", "sgd"), default="adamw")
    parser.add_argument("--lr", type=float, help="learning rate (default: 3e-3 for adamw, 0.05 for sgd)")
    parser.add_argument("--width", type=int, default=128, help="size of the hidden layers")
    parser.add_argument("--dropout", type=float, default=0.2)
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    train_set, test_set = random_split(load_digits(), [1437, 360])
    train_loader = DataLoader(train_set, args.batch_size, shuffle=True)
    test_loader = DataLoader(test_set, 360)
    model = make_model(args.width, args.dropout)
    optimizer = make_optimizer(args.optimizer, model, args.lr)
    scheduler = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, args.epochs)
    loss_function = nn.CrossEntropyLoss()

    start = time.perf_counter()
    for epoch in range(1, args.epochs + 1):
        loss = train_epoch(model, train_loader, loss_function, optimizer, f"epoch {epoch}")
        scheduler.step()
        print(f"epoch {epoch:2}  loss {loss:.6f}  test accuracy {accuracy(model, test_loader):.2%}")
    print(f"final test accuracy {accuracy(model, test_loader):.2%}  ({time.perf_counter() - start:.1f} s)")


if __name__ == "__main__":
    main()
