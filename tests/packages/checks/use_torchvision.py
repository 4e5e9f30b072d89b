"""A residual network trained, its inner features, boxes and transforms, without the compiled library."""

import torch
import torchvision
from torchvision import models, ops
from torchvision.models.feature_extraction import create_feature_extractor
from torchvision.transforms import v2

torch.manual_seed(0)
model = models.resnet18(num_classes=4).double()
optimizer = torch.optim.SGD(model.parameters(), lr=0.01)
x = torch.randn(2, 3, 32, 32, dtype=torch.double)
losses = []
for _ in range(2):
    loss = torch.nn.functional.cross_entropy(model(x), torch.tensor([1, 3]))
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    losses.append(loss.item())
assert all(abs(loss - expected) < 1e-6 for loss, expected in zip(losses, (1.029515329, 0.669507044))), losses
feature = create_feature_extractor(model.eval(), {"layer1": "low", "avgpool": "high"})
assert {name: tuple(value.shape) for name, value in feature(x).items()} == {
    "low": (2, 64, 8, 8),
    "high": (2, 512, 1, 1),
}
boxes = torch.tensor([[0.0, 0.0, 2.0, 2.0], [1.0, 1.0, 3.0, 3.0]])
assert torch.allclose(ops.box_iou(boxes, boxes), torch.tensor([[1.0, 1 / 7], [1 / 7, 1.0]]))
image = torch.arange(48.0).reshape(3, 4, 4) / 48
assert v2.Resize((2, 2), antialias=False)(image).shape == (3, 2, 2)
assert torch.equal(v2.functional.hflip(v2.functional.hflip(image)), image)
assert torch.allclose(v2.Normalize([0.5] * 3, [0.5] * 3)(image), image * 2 - 1)
picture = v2.functional.to_pil_image(image)
assert torch.allclose(v2.functional.to_image(picture).float() / 255, image, atol=1 / 255)
assert torchvision.utils.make_grid(image.expand(4, 3, 4, 4), nrow=2).shape == (3, 14, 14)
print("ok")
