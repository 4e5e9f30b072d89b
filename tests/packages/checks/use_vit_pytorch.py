"""Vision transformers of several kinds, trained for a step: losses are PyTorch's."""

import torch
from vit_pytorch import SimpleViT, ViT
from vit_pytorch.cct import CCT
from vit_pytorch.extractor import Extractor
from vit_pytorch.max_vit import MaxViT

torch.set_default_dtype(torch.float64)
SIZES = {"image_size": 32, "patch_size": 8, "num_classes": 5, "dim": 32, "depth": 2, "heads": 2, "mlp_dim": 40}
MAKERS = {
    "ViT": lambda: ViT(**SIZES, dropout=0.1),
    "SimpleViT": lambda: SimpleViT(**SIZES),
    "CCT": lambda: CCT(
        img_size=32,
        embedding_dim=32,
        num_layers=1,
        num_heads=2,
        num_classes=5,
        n_conv_layers=1,
        mlp_ratio=2.0,
        kernel_size=3,
    ),
    "MaxViT": lambda: MaxViT(num_classes=5, dim_conv_stem=8, dim=16, dim_head=8, depth=(1,), window_size=8),
}
EXPECTED = {
    "ViT": (3.181275962, 1.339003088),
    "SimpleViT": (1.832150446, 0.551065298),
    "CCT": (1.619397198, 1.426521502),
    "MaxViT": (1.790996871, 0.550481646),
}
for name, make in MAKERS.items():
    torch.manual_seed(0)
    model, x = make(), torch.randn(2, 3, 32, 32)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2)
    losses = []
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(model(x), torch.tensor([1, 3]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert all(abs(loss - expected) < 1e-6 for loss, expected in zip(losses, EXPECTED[name])), (name, losses)
assert Extractor(ViT(**SIZES))(torch.randn(1, 3, 32, 32))[1].shape == (1, 17, 32)
print("ok")
