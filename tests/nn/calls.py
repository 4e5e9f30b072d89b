"""Modules for the tests: an expression that makes one, and calls of it that say what their inputs are.

Where ``cases.py`` has only shapes of numbers, calls may also take classes, masks, lengths, states and packed
sequences, and return several tensors. In a call ``m`` is the module; the makers of inputs are those of `Inputs`.

``recorded_calls.json`` holds what PyTorch 2.13 computed: of every tensor the shape, the sum and the beginning.
``python -m tests.nn.calls`` writes it anew.
"""

from __future__ import annotations

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np

RECORDED = Path(__file__).parent / "recorded_calls.json"
KEPT = 3
"""Values of a tensor that are recorded beside their sum."""

CALLS: dict[str, list[str]] = {
    # attention and transformers
    "nn.MultiheadAttention(4, 2)": [
        "m(x(3, 2, 4), x(5, 2, 4), x(5, 2, 4))",
        "m(q := x(3, 2, 4), q, q)",
        "m(x(3, 2, 4), k := x(5, 2, 4), k, need_weights=False)",
        "m(x(3, 4), x(5, 4), x(5, 4), average_attn_weights=False)",
        "m(q := x(3, 2, 4), q, q, attn_mask=causal(3), is_causal=True, need_weights=False)",
        "m(x(3, 2, 4), x(5, 2, 4), x(5, 2, 4), key_padding_mask=padding(2, 5))",
        "m(x(3, 2, 4), x(5, 2, 4), x(5, 2, 4), key_padding_mask=padding(2, 5), attn_mask=some(3, 5))",
        "m(x(3, 2, 4), x(5, 2, 4), x(5, 2, 4), attn_mask=x(4, 3, 5))",
    ],
    "nn.MultiheadAttention(4, 2, kdim=3, vdim=5, batch_first=True)": ["m(x(2, 3, 4), x(2, 6, 3), x(2, 6, 5))"],
    "nn.MultiheadAttention(4, 2, bias=False, add_bias_kv=True, add_zero_attn=True, batch_first=True)": [
        "m(q := x(2, 3, 4), q, q)",
        "m(x(2, 3, 4), x(2, 5, 4), x(2, 5, 4), key_padding_mask=padding(2, 5), need_weights=False)",
    ],
    "nn.MultiheadAttention(4, 2, dropout=0.5)": ["m(q := x(3, 2, 4), q, q)"],
    "nn.TransformerEncoderLayer(4, 2, 5)": [
        "m(x(3, 2, 4))",
        "m(x(3, 4))",
        "m(x(3, 2, 4), causal(3), is_causal=True)",
        "m(x(3, 2, 4), src_key_padding_mask=padding(2, 3))",
    ],
    "nn.TransformerEncoderLayer(4, 2, 5, 0.0, 'gelu', 1e-3, True, True, False)": ["m(x(2, 3, 4))"],
    "nn.TransformerDecoderLayer(4, 2, 5)": [
        "m(x(3, 2, 4), x(5, 2, 4))",
        "m(x(3, 2, 4), x(5, 2, 4), causal(3), memory_key_padding_mask=padding(2, 5), tgt_is_causal=True)",
    ],
    "nn.TransformerDecoderLayer(4, 2, 5, 0.0, nn.Tanh(), norm_first=True, batch_first=True)": [
        "m(x(2, 3, 4), x(2, 5, 4))"
    ],
    "nn.TransformerEncoder(nn.TransformerEncoderLayer(4, 2, 5, 0.0, batch_first=True), 2, nn.LayerNorm(4))": [
        "m(x(2, 3, 4))",
        "m(x(2, 3, 4), causal(3))",
        "m(x(2, 3, 4), src_key_padding_mask=padding(2, 3))",
        "quietly(lambda: m(x(2, 3, 4), src_key_padding_mask=padding(2, 3)))",
        "quietly(lambda: m(x(2, 3, 4), src_key_padding_mask=some(2, 3)))",
    ],
    "nn.TransformerDecoder(nn.TransformerDecoderLayer(4, 2, 5, 0.0), 2)": [
        "m(x(3, 2, 4), x(5, 2, 4), tgt_mask=causal(3))"
    ],
    "nn.Transformer(4, 2, 1, 2, 5, 0.0, batch_first=True)": [
        "m(x(2, 5, 4), x(2, 3, 4))",
        "m(x(2, 5, 4), x(2, 3, 4), tgt_mask=causal(3), src_key_padding_mask=padding(2, 5))",
    ],
    "nn.Transformer(4, 2, 1, 1, 5)": ["m(x(5, 2, 4), x(3, 2, 4))"],
    # vectors, channels and patches
    "nn.PairwiseDistance()": ["m(x(5, 3), x(5, 3))", "m(x(5, 3), x(3))"],
    "nn.PairwiseDistance(1.5, 1e-3, True)": ["m(x(5, 3), x(5, 3))"],
    "nn.CosineSimilarity()": ["m(x(5, 3), x(5, 3))"],
    "nn.CosineSimilarity(0, 1e-2)": ["m(x(5, 3), x(5, 1))"],
    "nn.Fold((4, 5), (2, 3), padding=1, stride=2)": ["m(x(2, 18, 9))"],
    "nn.Fold((3, 3), 2)": ["m(x(12, 4))"],
    "nn.Unfold((2, 3), dilation=2, padding=1)": ["m(x(2, 3, 6, 7))"],
    "nn.PixelShuffle(2)": ["m(x(2, 8, 2, 3))"],
    "nn.PixelUnshuffle(2)": ["m(x(2, 2, 4, 6))"],
    "nn.ChannelShuffle(3)": ["m(x(2, 6, 2, 3))"],
    "nn.LocalResponseNorm(3, 0.5, 0.7, 2.0)": ["m(x(2, 6, 4))", "m(x(2, 6, 4, 3))"],
    # normalisation by sample
    "nn.InstanceNorm1d(3)": ["m(x(2, 3, 5))", "m(x(3, 5))"],
    "nn.InstanceNorm2d(3, affine=True, track_running_stats=True)": ["m(x(2, 3, 4, 5))", "m.eval()(x(2, 3, 4, 5))"],
    "nn.InstanceNorm3d(2, eps=1e-2, affine=True, bias=False)": ["m(x(2, 2, 3, 2, 2))"],
    "nn.SyncBatchNorm(3)": ["m(x(4, 3))", "m.eval()(x(4, 3, 2))"],
    # pools
    "nn.LPPool1d(2, 3)": ["m(x(2, 3, 7))"],
    "nn.LPPool2d(3, (2, 3), stride=1, ceil_mode=True)": ["m(u(2, 3, 5, 6))"],
    "nn.LPPool3d(1.5, 2)": ["m(u(1, 2, 4, 4, 4))"],
    "nn.MaxUnpool1d(2)": ["m(*pool(x(2, 3, 6), '1d', 2))"],
    "nn.MaxUnpool2d(2, 2)": ["m(*pool(x(2, 3, 6, 5), '2d', 2), output_size=(2, 3, 6, 5))"],
    "nn.MaxUnpool3d(2)": ["m(*pool(x(1, 2, 4, 4, 4), '3d', 2))"],
    "nn.FractionalMaxPool2d(2, output_size=(3, 4))": ["m(x(2, 3, 7, 9))"],
    "nn.FractionalMaxPool2d((2, 3), output_ratio=0.5, return_indices=True)": ["m(x(2, 3, 8, 9))"],
    "nn.FractionalMaxPool3d(2, output_ratio=(0.5, 0.6, 0.7))": ["m(x(1, 2, 6, 7, 8))"],
    # bags of vectors
    "nn.EmbeddingBag(7, 3)": ["m(i(7, 4, 5))", "m(i(7, 6), torch.tensor([0, 2, 2]))"],
    "nn.EmbeddingBag(7, 3, mode='sum', padding_idx=2, include_last_offset=True)": [
        "m(i(7, 6), torch.tensor([0, 2, 6]))",
        "m(i(7, 2, 3), per_sample_weights=x(2, 3))",
    ],
    "nn.EmbeddingBag(7, 3, mode='max', max_norm=1.0)": ["m(i(7, 4, 5))"],
    # losses
    "nn.MarginRankingLoss(0.2)": ["m(x(5), x(5), s(5))"],
    "nn.HingeEmbeddingLoss(0.5, reduction='sum')": ["m(x(5, 2), s(5, 2))"],
    "nn.SoftMarginLoss()": ["m(x(5, 2), s(5, 2))"],
    "nn.CosineEmbeddingLoss(0.1, reduction='none')": ["m(x(5, 3), x(5, 3), s(5))", "m(x(3), x(3), s())"],
    "nn.MultiLabelMarginLoss()": ["m(x(3, 4), torch.tensor([[1, 3, -1, 0], [0, -1, 2, 2], [-1, 0, 0, 0]]))"],
    "nn.MultiLabelSoftMarginLoss(torch.tensor([0.5, 1.0, 2.0]))": ["m(x(4, 3), i(2, 4, 3).float())"],
    "nn.MultiMarginLoss(2, 0.7, torch.tensor([0.5, 1.0, 2.0]))": ["m(x(4, 3), i(3, 4))"],
    "nn.TripletMarginLoss(0.3, 1.5, swap=True)": ["m(x(5, 3), x(5, 3), x(5, 3))"],
    "nn.TripletMarginWithDistanceLoss(margin=0.3)": ["m(x(5, 3), x(5, 3), x(5, 3))"],
    "nn.TripletMarginWithDistanceLoss(distance_function=lambda a, b: (a - b).abs().sum(-1), reduction='none')": [
        "m(x(5, 3), x(5, 3), x(5, 3))"
    ],
    "nn.PoissonNLLLoss(full=True)": ["m(x(5, 2), i(4, 5, 2).float())"],
    "nn.PoissonNLLLoss(log_input=False, eps=1e-2, reduction='none')": ["m(u(5, 2), i(4, 5, 2).float())"],
    "nn.GaussianNLLLoss()": ["m(x(5, 2), x(5, 2), u(5, 2))"],
    "nn.GaussianNLLLoss(full=True, eps=0.3, reduction='sum')": ["m(x(5, 2), x(5, 2), u(5, 1))"],
    "nn.CTCLoss(blank=1)": [
        "m(x(6, 2, 4).log_softmax(2), torch.tensor([[2, 3, 0], [0, 2, 2]]), torch.tensor([6, 5]), torch.tensor([3, 2]))",
        "m(x(6, 4).log_softmax(1), torch.tensor([2, 3, 0]), (6,), (3,))",
    ],
    "nn.CTCLoss(reduction='none', zero_infinity=True)": [
        "m(x(3, 2, 4).log_softmax(2), torch.tensor([[2, 2, 2], [1, 2, 3]]), torch.tensor([3, 3]), torch.tensor([3, 2]))"
    ],
    "nn.LinearCrossEntropyLoss(3, 4)": ["m(x(5, 3), i(4, 5))", "m(x(3), i(4))"],
    "nn.LinearCrossEntropyLoss(3, 4, out_features=(2,), bias=True, label_smoothing=0.1, weight=torch.ones(4))": [
        "m(x(5, 3), i(4, 5, 2))"
    ],
    "nn.AdaptiveLogSoftmaxWithLoss(16, 10, [2, 5])": [
        "m(x(6, 16), i(10, 6))",
        "m(x(16), i(10))",
        "m.log_prob(x(3, 16))",
        "m.predict(x(8, 16))",
    ],
    "nn.AdaptiveLogSoftmaxWithLoss(16, 10, [2, 5], div_value=2.0, head_bias=True)": ["m(x(6, 16), i(10, 6))"],
    # recurrent networks
    "nn.RNN(3, 4)": ["m(x(5, 2, 3))", "m(x(5, 3), x(1, 4))", "m(packed(5, 3, 1, 3))"],
    "nn.RNN(3, 4, 2, 'relu', False, True, 0.0, True)": ["m(x(2, 5, 3), x(4, 2, 4))", "m(packed(5, 3, 1, 3))"],
    "nn.LSTM(3, 4)": [
        "m(x(5, 2, 3))",
        "m(x(5, 3), (x(1, 4), x(1, 4)))",
        "m(packed(5, 3, 1, 3), (x(1, 3, 4), x(1, 3, 4)))",
    ],
    "nn.LSTM(3, 4, 2, batch_first=True, bidirectional=True, proj_size=2)": [
        "m(x(2, 5, 3))",
        "m(packed(5, 3, 1, 3, shuffled=True))",
    ],
    "nn.LSTM(3, 4, num_layers=3, bias=False, dropout=0.5)": ["m.eval()(x(5, 2, 3))", "m(x(5, 2, 3))"],
    "nn.GRU(3, 4)": ["m(x(5, 2, 3))", "m(x(5, 3), x(1, 4))", "m(packed(5, 3, 1, 3, shuffled=True), x(1, 3, 4))"],
    "nn.GRU(3, 4, num_layers=2, bias=False, batch_first=True, bidirectional=True)": ["m(x(2, 5, 3), x(4, 2, 4))"],
    "nn.RNNBase('GRU', 3, 4)": [],
    "nn.RNNCellBase(3, 4, True, 2)": [],
    "nn.RNNCell(3, 4)": ["m(x(2, 3))", "m(x(3), x(4))"],
    "nn.RNNCell(3, 4, bias=False, nonlinearity='relu')": ["m(x(2, 3), x(2, 4))"],
    "nn.LSTMCell(3, 4)": ["m(x(2, 3))", "m(x(3), (x(4), x(4)))"],
    "nn.LSTMCell(3, 4, bias=False)": ["m(x(2, 3), (x(2, 4), x(2, 4)))"],
    "nn.GRUCell(3, 4)": ["m(x(2, 3), x(2, 4))", "m(x(3))"],
    # lazy modules, which become ordinary ones
    "nn.LazyLinear(3)": ["m(x(2, 4))"],
    "nn.LazyLinear(3, bias=False)": ["m(x(2, 5, 4))"],
    "nn.LazyConv1d(4, 3, groups=2)": ["m(x(2, 4, 8))"],
    "nn.LazyConv2d(4, (3, 2), padding=1)": ["m(x(2, 3, 5, 6))", "m(x(3, 5, 6))"],
    "nn.LazyConv3d(2, 2, bias=False)": ["m(x(1, 2, 3, 4, 5))"],
    "nn.LazyConvTranspose1d(4, 3)": ["m(x(2, 3, 5))"],
    "nn.LazyConvTranspose2d(4, 3, stride=2, groups=2)": ["m(x(2, 4, 4, 5))", "m(x(2, 4, 4, 5), output_size=(10, 12))"],
    "nn.LazyConvTranspose3d(2, 2)": ["m(x(1, 2, 3, 3, 3))"],
    "nn.LazyBatchNorm1d()": ["m(x(5, 4))"],
    "nn.LazyBatchNorm2d(eps=1e-2, affine=False)": ["m(x(2, 3, 4, 5))"],
    "nn.LazyBatchNorm3d(track_running_stats=False)": ["m(x(2, 2, 3, 4, 5))"],
    "nn.LazyInstanceNorm1d()": ["m(x(2, 3, 5))"],
    "nn.LazyInstanceNorm2d(affine=False, track_running_stats=False)": ["m(x(2, 3, 4, 5))"],
    "nn.LazyInstanceNorm3d()": ["m(x(2, 2, 3, 2, 2))"],
    # wrappers
    "nn.DataParallel(nn.Linear(3, 2))": ["m(x(5, 3))"],
    "nn.NLLLoss2d()": ["m(x(2, 3, 4, 5).log_softmax(1), i(3, 2, 4, 5))"],
    "nn.Container(a=nn.ReLU(), b=nn.Linear(1, 2))": [],
}


class Inputs:
    """Makes the inputs of a call, with seed 0, as tensors of `torch`, which may be pullback."""

    def __init__(self, torch: Any) -> None:
        self.torch = torch
        self.rng = np.random.default_rng(0)
        self.leaves: list[Any] = []

    def _leaf(self, array: np.ndarray) -> Any:
        self.leaves.append(self.torch.from_numpy(array.astype("f4")).requires_grad_())
        return self.leaves[-1]

    def x(self, *shape: int) -> Any:
        """Normal draws, whose gradient is compared."""
        return self._leaf(np.asarray(self.rng.standard_normal(shape)))

    def u(self, *shape: int) -> Any:
        """Uniform draws from [0.1, 1), whose gradient is compared."""
        return self._leaf(self.rng.uniform(0.1, 1, shape))

    def i(self, high: int, *shape: int) -> Any:
        """Integers below `high`."""
        return self.torch.from_numpy(np.asarray(self.rng.integers(0, high, shape)))

    def s(self, *shape: int) -> Any:
        """1 and -1."""
        return self.torch.from_numpy(np.asarray(self.rng.choice([-1.0, 1.0], shape), dtype="f4"))

    def some(self, *shape: int) -> Any:
        """Booleans, about a third of them true, the first of each row false."""
        drawn = self.rng.uniform(size=shape) < 0.4
        drawn[..., 0] = False
        return self.torch.from_numpy(drawn)

    def causal(self, size: int) -> Any:
        """-inf above the diagonal."""
        return self.torch.nn.Transformer.generate_square_subsequent_mask(size)

    def padding(self, samples: int, length: int) -> Any:
        """True at the end of every sequence but the first."""
        ends = length - np.arange(samples)
        return self.torch.from_numpy(np.arange(length) >= ends[:, None])

    def pool(self, input: Any, kind: str, size: int) -> Any:
        """Maxima and where they were."""
        return getattr(self.torch.nn.functional, f"max_pool{kind}")(input, size, return_indices=True)

    def packed(self, *sizes: int, shuffled: bool = False) -> Any:
        """Packed sequences of the lengths that `sizes` begins with; its end is their width."""
        *lengths, width = sizes
        order = lengths[::-1] if shuffled else lengths
        padded = self.x(max(lengths), len(lengths), width)
        pack = self.torch.nn.utils.rnn.pack_padded_sequence
        return pack(padded, order, enforce_sorted=not shuffled)

    def quietly(self, call: Any) -> Any:
        """The result of `call` outside of training and recording."""
        self.module.eval()
        with self.torch.no_grad():
            return call()

    def names(self, module: Any) -> dict[str, Any]:
        """What a call may name."""
        self.module = module
        makers = ("x", "u", "i", "s", "some", "causal", "padding", "pool", "packed", "quietly")
        return {"m": module, "torch": self.torch} | {name: getattr(self, name) for name in makers}


def tensors(value: Any, torch: Any) -> list[Any]:
    """All tensors in a result, in order."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, (tuple, list)):
        return [tensor for each in value for tensor in tensors(each, torch)]
    return []


def run(expression: str, call: str, torch: Any) -> dict[str, Any]:
    """Everything that one call gives: results, gradients, the state and the text afterwards."""
    torch.manual_seed(0)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        module = eval(expression, {"nn": torch.nn, "torch": torch})
        inputs = Inputs(torch)
        results = tensors(eval(call, inputs.names(module)) if call else None, torch)
    rng = np.random.default_rng(1)
    loss: Any = 0.0
    for result in results:
        if result.requires_grad:
            weights = torch.from_numpy(np.asarray(rng.standard_normal(tuple(result.shape)), dtype="f4"))
            loss = loss + (result * weights).sum()
    if torch.is_tensor(loss):
        loss.backward()
    found = {f"result {n}": result for n, result in enumerate(results)}
    found |= {f"gradient of input {n}": leaf.grad for n, leaf in enumerate(inputs.leaves)}
    found |= {f"gradient of {name}": param.grad for name, param in module.named_parameters()}
    found |= {f"state {name}": value for name, value in module.state_dict().items()}
    arrays = {name: value.detach().numpy() for name, value in found.items() if value is not None}
    return {"repr": repr(module), "arrays": arrays}


def every() -> list[tuple[str, str]]:
    """Pairs of expression and call; a module without calls stands alone."""
    return [(expression, call) for expression, calls in CALLS.items() for call in calls or [""]]


def summary(array: np.ndarray) -> list[Any]:
    """What is recorded of an array: shape, sum, beginning."""
    wide = array.astype("f8")
    return [list(array.shape), float(wide.sum()), wide.flatten()[:KEPT].tolist()]


def describe(found: dict[str, Any]) -> dict[str, Any]:
    """What is recorded of a call."""
    return {"repr": found["repr"], "arrays": {name: summary(array) for name, array in found["arrays"].items()}}


def recorded() -> dict[str, Any]:
    """What was recorded, by ``"expression | call"``."""
    return json.loads(RECORDED.read_text())


if __name__ == "__main__":
    import torch

    found = {f"{each} | {call}": describe(run(each, call, torch)) for each, call in every()}
    lines = ",\n".join(f"{json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}" for key, value in found.items())
    RECORDED.write_text(f"{{\n{lines}\n}}\n")
