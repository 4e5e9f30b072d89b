"""Image models of several families, trained for two steps: losses are PyTorch's."""

import timm
import torch
from timm.optim import create_optimizer_v2
from timm.scheduler import create_scheduler_v2

torch.set_default_dtype(torch.float64)
OPTIONS = {
    "resnet10t": {},
    "mobilenetv3_small_050": {},
    "convnext_atto": {"depths": (1, 1, 1, 1)},
    "vit_tiny_patch16_224": {"img_size": 64, "depth": 2},
}
EXPECTED = {
    "resnet10t": (1.703798033, 0.806359744),
    "mobilenetv3_small_050": (2.286886468, 0.065052906),
    "convnext_atto": (1.542175889, 0.237517044),
    "vit_tiny_patch16_224": (1.664167888, 0.628410010),
}
for name, options in OPTIONS.items():
    torch.manual_seed(0)
    model, x = timm.create_model(name, num_classes=5, **options), torch.randn(2, 3, 64, 64)
    optimizer = create_optimizer_v2(model, "lamb", lr=1e-2, weight_decay=0.01)
    losses = []
    for _ in range(2):
        loss = torch.nn.functional.cross_entropy(model(x), torch.tensor([1, 3]))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert all(abs(loss - expected) < 1e-6 for loss, expected in zip(losses, EXPECTED[name])), (name, losses)
features = timm.create_model("resnet10t", features_only=True)
assert [tuple(each.shape[1:]) for each in features(torch.randn(1, 3, 64, 64))][-1] == (512, 2, 2)
scheduler, _ = create_scheduler_v2(optimizer, "cosine", num_epochs=10, warmup_epochs=2, warmup_lr=0.0)
scheduler.step(1)
assert abs(optimizer.param_groups[0]["lr"] - 0.005) < 1e-12
print("ok")
