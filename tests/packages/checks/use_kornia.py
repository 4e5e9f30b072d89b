"""Colour, filters, warps, losses and augmentations of images: known values and gradients."""

import kornia
import torch

torch.manual_seed(0)
image = torch.rand(2, 3, 12, 16, dtype=torch.double, requires_grad=True)
blurred = kornia.filters.gaussian_blur2d(image, (3, 3), (1.0, 1.0))
(gradient,) = torch.autograd.grad(blurred.sum(), image)
assert torch.allclose(gradient[:, :, 2:-2, 2:-2], torch.ones(2, 3, 8, 12, dtype=torch.double))  # the kernel sums to one
assert torch.allclose(kornia.color.hsv_to_rgb(kornia.color.rgb_to_hsv(image)), image)
assert torch.allclose(kornia.color.lab_to_rgb(kornia.color.rgb_to_lab(image)), image, atol=1e-3)
quarter = torch.tensor([[[0.0, 1.0, 0.0], [-1.0, 0.0, 15.0], [0.0, 0.0, 1.0]]], dtype=torch.double).repeat(2, 1, 1)
turned = kornia.geometry.warp_perspective(image, quarter, (16, 12), align_corners=True)
assert torch.allclose(turned, torch.rot90(image, 1, (-2, -1)), atol=1e-9)
axis = torch.tensor([[0.0, 0.0, torch.pi / 2]], dtype=torch.double)
matrix = kornia.geometry.axis_angle_to_rotation_matrix(axis)
assert torch.allclose(
    matrix @ torch.tensor([1.0, 0, 0], dtype=torch.double), torch.tensor([[0.0, 1, 0]], dtype=torch.double)
)
assert torch.autograd.gradcheck(kornia.geometry.axis_angle_to_rotation_matrix, (axis.clone().requires_grad_(),))
distance = kornia.losses.HausdorffERLoss(k=2)(torch.ones(1, 1, 5, 5), torch.zeros(1, 1, 5, 5, dtype=torch.long))
assert distance.item() == 0  # its class body holds ``conv = torch.conv2d``
assert abs(kornia.metrics.psnr(torch.ones(1), 1.2 * torch.ones(1), 2.0).item() - 20) < 1e-4
ramp = torch.arange(4.0).expand(1, 1, 4, 4)
assert kornia.losses.total_variation(ramp).item() == 12  # twelve steps of one
augment = kornia.augmentation.AugmentationSequential(
    kornia.augmentation.RandomHorizontalFlip(p=1.0), kornia.augmentation.RandomInvert(p=1.0)
)
assert torch.allclose(augment(image), 1 - image.flip(-1))
print("ok")
