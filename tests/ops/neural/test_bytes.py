"""Images of bytes resized: weights are whole numbers of 16 bits, every axis rounds and clips."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch

F = torch.nn.functional

SMALL = [[0, 255, 10], [200, 7, 90], [255, 255, 0]]
RESIZED: list[tuple[dict[str, Any], list[list[int]]]] = [  # recorded from PyTorch 2.13
    ({"size": (2, 2), "mode": "bilinear"}, [[86, 71], [229, 65]]),
    ({"size": (2, 4), "mode": "bilinear", "antialias": True}, [[75, 129, 116, 40], [234, 189, 114, 34]]),
    (
        {"size": (4, 4), "mode": "bicubic"},
        [[0, 199, 208, 0], [132, 91, 64, 72], [252, 121, 49, 72], [255, 255, 174, 0]],
    ),
    ({"size": (2, 5), "mode": "bicubic", "antialias": True}, [[74, 105, 158, 86, 37], [250, 212, 158, 74, 37]]),
    ({"size": (2, 2), "mode": "bicubic", "align_corners": True}, [[0, 10], [255, 0]]),
    ({"size": (2, 4), "mode": "nearest"}, [[0, 0, 255, 10], [200, 200, 7, 90]]),
]


@pytest.mark.parametrize(("options", "expected"), RESIZED)
def test_recorded(options: dict[str, Any], expected: list[list[int]]) -> None:
    image = torch.tensor(SMALL, dtype=torch.uint8)[None, None]
    found = F.interpolate(image, **options)
    assert found.dtype == torch.uint8 and found[0, 0].tolist() == expected


@pytest.mark.parametrize("mode", ["bilinear", "bicubic"])
@pytest.mark.parametrize("antialias", [True, False])
@pytest.mark.parametrize("align_corners", [True, False])
def test_as_in_pytorch(mode: str, antialias: bool, align_corners: bool) -> None:
    reference = pytest.importorskip("torch")
    options = {"mode": mode, "antialias": antialias, "align_corners": align_corners}
    for seed, (shape, size) in enumerate(
        [((1, 3, 40, 30), (16, 16)), ((2, 1, 9, 11), (5, 20)), ((1, 5, 20, 20), (40, 33))]
    ):
        generator = reference.Generator().manual_seed(seed)
        image = reference.randint(0, 256, shape, dtype=reference.uint8, generator=generator)
        expected = reference.nn.functional.interpolate(image, size, **options)
        found = F.interpolate(torch.from_numpy(image.numpy()), size, **options)
        assert found.tolist() == expected.tolist()


@pytest.mark.parametrize(("mode", "shape"), [("linear", (1, 1, 3)), ("trilinear", (1, 1, 3, 3, 3))])
def test_only_images_have_bytes(mode: str, shape: tuple[int, ...]) -> None:
    with pytest.raises(NotImplementedError, match="\"compute_indices_weights_linear\" not implemented for 'Byte'"):
        F.interpolate(torch.ones(shape, dtype=torch.uint8), scale_factor=2, mode=mode)
