"""The packages: versions, the small packages that each needs itself, and how its own tests are run."""

from __future__ import annotations

from typing import NamedTuple


class Package(NamedTuple):
    """A package on the index.

    `needs` are pinned requirements but PyTorch, NumPy and SciPy; `own_tests` are arguments for pytest in its source
    distribution, for which `own_needs` are installed too; `scipy`: it needs SciPy; it runs on Pythons `before` this one.
    """

    version: str
    needs: tuple[str, ...] = ()
    own_tests: str = ""
    own_needs: tuple[str, ...] = ()
    scipy: bool = False
    before: tuple[int, int] = (4, 0)


_EINOPS = "einops==0.8.2"
_PACKAGING, _TYPING, _TQDM = "packaging==26.3", "typing-extensions==4.16.0", "tqdm==4.70.1"
_METRICS = ("lightning-utilities==0.15.3", _PACKAGING, _TYPING)

PACKAGES: dict[str, Package] = {
    "autoray": Package("0.11.0", (), "tests/test_autoray.py tests/test_linalg.py tests/test_random.py -k torch"),
    "backpack-for-pytorch": Package("1.7.1", (_EINOPS, "unfoldNd==0.2.3", _PACKAGING)),
    "curvlinops-for-pytorch": Package(
        "3.0.1", (_EINOPS, "einconv==0.1.0", "linear-operator==0.6.1", _TQDM), scipy=True
    ),
    "e3nn": Package(
        "0.6.0", ("opt-einsum-fx==0.1.4", "opt-einsum==3.4.0", "sympy==1.14.0", "mpmath==1.3.0", _PACKAGING)
    ),
    "einops": Package("0.8.2", (), "einops/tests/test_ops.py einops/tests/test_einsum.py einops/tests/test_packing.py"),
    "entmax": Package("1.3", (), "entmax"),
    "FrEIA": Package("0.2", scipy=True),
    "geoopt": Package("0.5.1", scipy=True),
    "geotorch": Package("0.4.0"),
    "gpytorch": Package(
        "1.15.2",
        ("linear-operator==0.6.1", "jaxtyping==0.3.11", "wadler-lindig==0.1.8", "mpmath==1.3.0"),
        "test/kernels test/means test/likelihoods",
        ("scikit-learn", "parameterized"),
    ),
    "higher": Package("0.2.1"),
    "julius": Package("0.2.8"),
    "kornia": Package("0.9.0", ("kornia-rs==0.2.0",)),
    "lion-pytorch": Package("0.2.5"),
    "normflows": Package("1.7.3", (), "normflows"),
    "opacus": Package("1.6.0", ("opt-einsum==3.4.0",), scipy=True),
    "opt-einsum": Package("3.4.0"),
    "POT": Package("0.9.7.post1", scipy=True),
    "ptwt": Package("1.0.1", ("PyWavelets==1.9.0",), scipy=True),
    "pyro-ppl": Package("1.9.2", ("pyro-api==0.1.2", "opt-einsum==3.4.0", _TQDM)),
    "pytorch-crf": Package("0.7.2"),
    "pytorch-ignite": Package("0.5.5", (_PACKAGING,)),
    "pytorch-lightning": Package(
        "2.6.6", ("torchmetrics==1.9.0", *_METRICS, "PyYAML==6.0.3", "fsspec==2026.9.0", _TQDM)
    ),
    "pytorch-msssim": Package("1.0.0"),
    "pytorch-optimizer": Package("4.1.0", (), "tests"),
    "pytorch-warmup": Package("0.2.0", (), "."),
    "rotary-embedding-torch": Package("0.9.1", (_EINOPS,)),
    "tensordict": Package("0.15.3", ("cloudpickle==3.1.2", "pyvers==0.2.3", _PACKAGING, _TYPING)),
    "snntorch": Package("1.0.0"),
    "tensorly": Package("0.10.0", (), "tensorly/tests tensorly/tenalg tensorly/contrib", scipy=True),
    "timm": Package(
        "1.0.31",
        (
            "torchvision==0.28.0",
            "pillow==13.0.0",
            "safetensors==0.8.0",
            "huggingface_hub==2.4.0",
            "PyYAML==6.0.3",
            _PACKAGING,
            _TQDM,
            _TYPING,
            "filelock==4.2.11",
            "fsspec==2026.9.0",
        ),
    ),
    "torch-ema": Package("0.3"),
    "torch-optimizer": Package("0.3.0", ("pytorch-ranger==0.1.1",), "tests"),
    "torchcde": Package("0.2.5", ("torchdiffeq==0.2.5", "torchsde==0.2.6", "trampoline==0.1.2")),
    "torchdiffeq": Package("0.2.5"),
    "torchkbnufft": Package("1.5.2", scipy=True),
    "torchinfo": Package("1.8.0"),
    "torchmetrics": Package("1.9.0", _METRICS),
    "torchopt": Package("0.7.3", ("optree==0.20.0", "graphviz==0.21", _TYPING)),
    "torchsde": Package("0.2.6", ("trampoline==0.1.2",)),
    "torchvision": Package("0.28.0", ("pillow==13.0.0",)),
    "torchviz": Package("0.0.3", ("graphviz==0.21",), before=(3, 12)),  # distutils
    "vit-pytorch": Package("1.26.11", (_EINOPS, "torchvision==0.28.0", "pillow==13.0.0")),
    "zuko": Package("1.6.0", (), "tests"),
}
