"""Calls of random functions, and what PyTorch answers to them.

Each is evaluated with ``torch`` (PyTorch or pullback, freshly seeded), ``g`` (another generator) and ``ones``.
``python tests/data/record_random.py`` writes ``random.json`` anew with the PyTorch at hand.
"""

from __future__ import annotations

import json
import math
import warnings
from pathlib import Path
from typing import Any

RECORDED = Path(__file__).with_name("random.json")

DTYPES = (
    "bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64",
    "float16", "bfloat16", "float32", "float64", "complex64", "complex128",
)  # fmt: skip

FOR_EACH_DTYPE = (
    "torch.rand(2, dtype={})", "torch.randn(3, dtype={})", "torch.randn(17, dtype={})",
    "torch.randint(5, (3,), dtype={})", "torch.randint(-5, 300, (3,), dtype={})", "torch.randperm(4, dtype={})",
    "torch.randperm(300, dtype={})", "torch.rand_like(ones(2, dtype={}))", "torch.randint_like(ones(2, dtype={}), 2)",
    "ones(2, dtype={}).uniform_(-3, 2)", "ones(2, dtype={}).uniform_(3, 2)",
    "ones(2, dtype={}).uniform_(float('nan'), 1)", "ones(2, dtype={}).uniform_(-1e30, 1e30)",
    "ones(2, dtype={}).uniform_(0, 1e309)", "ones(2, dtype={}).normal_(1, 0.5)", "ones(2, dtype={}).normal_(0, -1)",
    "ones(2, dtype={}).log_normal_()", "ones(2, dtype={}).log_normal_(0, -1)", "ones(2, dtype={}).exponential_(1.5)",
    "ones(2, dtype={}).exponential_(-1)", "ones(2, dtype={}).cauchy_(1, 0.5)", "ones(2, dtype={}).cauchy_(1, -1)",
    "ones(2, dtype={}).geometric_(0.5)", "ones(2, dtype={}).geometric_(1.5)", "ones(2, dtype={}).bernoulli_()",
    "ones(2, dtype={}).bernoulli_(2)", "ones(2, dtype={}).bernoulli_(torch.tensor([0.2, 0.9]))",
    "ones(2, dtype={}).random_()", "ones(2, dtype={}).random_(0)", "ones(2, dtype={}).random_(2)",
    "ones(2, dtype={}).random_(-2**62, 2**62)", "ones(2, dtype={}).random_(0, 2**62)",
    "ones(2, dtype={}).random_(1, None)", "ones(2, dtype={}).random_(-5, None)", "torch.bernoulli(ones(2, dtype={}))",
    "torch.bernoulli(ones(2, dtype={}), 0.4)", "torch.multinomial(ones(3, dtype={}), 2)",
    "torch.poisson(ones(3, dtype={}))", "torch.binomial(ones(2, dtype={}), ones(2, dtype={}))",
    "torch.normal(ones(2, dtype={}), 1.0)", "torch.normal(1.0, ones(2, dtype={}))",
    "torch.normal(ones(2, dtype={}), ones(2, dtype={}))", "torch.normal(1.0, 2.0, (2,), dtype={})",
)  # fmt: skip

CALLS = [
    # sizes and options
    "torch.rand(())", "torch.rand([2, 3])", "torch.rand(size=(2, 3))", "torch.rand(torch.Size([2]))",
    "torch.rand(2, 0)", "torch.rand(torch.tensor(3))", "torch.rand(2, 3, generator=g)", "torch.rand(2, out=ones(3))",
    "torch.rand(2, out=ones(2, dtype=torch.float64))", "torch.rand(2, dtype=torch.float64, out=ones(2))",
    "torch.rand(2, generator=None, requires_grad=True, pin_memory=False, layout=torch.strided, device='cpu')",
    "torch.rand()", "torch.rand(2.5)", "torch.rand('a')", "torch.rand([2.5])", "torch.rand(True)",
    "torch.rand(2, -3)", "torch.rand(2, foo=1)", "torch.rand((2,), generator=5)", "torch.randn(2, device='cuda')",
    "torch.randn(())", "torch.randn(16)", "torch.randn(2, 20)",
    "torch.randn(3, dtype=torch.complex64, requires_grad=True)",
    # integers
    "torch.randint(1, 5, (2,))", "torch.randint(low=1, high=5, size=(2,))", "torch.randint(high=5, size=(2,))",
    "torch.randint(5, size=(2,))", "torch.randint(torch.tensor(5), (2,))", "torch.randint(-2**63, 2**63 - 1, (2,))",
    "torch.randint(0, 5, (2,), generator=g, dtype=torch.int32, out=ones(2, dtype=torch.int32))",
    "torch.randint(5, (2,), dtype=torch.float32, requires_grad=True)", "torch.randint(5, (2,), requires_grad=True)",
    "torch.randint(5)", "torch.randint(5.5, (2,))", "torch.randint(5, 2)", "torch.randint(0, 0, (0,))",
    "torch.randint(-5, (2,))", "torch.randint(2**64, (2,))", "torch.randperm(0)", "torch.randperm(torch.tensor(3))",
    "torch.randperm(4, generator=g, dtype=torch.int32, out=ones(0, dtype=torch.int32))", "torch.randperm(True)",
    "torch.randperm(4, out=ones(2, dtype=torch.int64))", "torch.randperm(4, requires_grad=True)",
    "torch.randperm(-1)", "torch.randperm(4, dtype=torch.float32, requires_grad=True)", "torch.randperm('a')",
    "torch.randperm(2.5)", "torch.randperm(3000, dtype=torch.float16)", "torch.randperm(40000, dtype=torch.int16)",
    # the shape and layout of another tensor
    "torch.rand_like(ones(2, 3).t())", "torch.rand_like(ones(2, 3), dtype=torch.float64, requires_grad=True)",
    "torch.rand_like([1])", "torch.rand_like(ones(2, 3).t(), memory_format=torch.contiguous_format)",
    "torch.rand_like(ones(2), generator=g)", "torch.randn_like(ones(2, 3)[:, ::2])",
    "torch.randn_like(ones(4, 5).t())", "torch.randint_like(ones(2, 3), 2, 5)",
    "torch.randint_like(ones(2), low=2, high=5, dtype=torch.int64)", "torch.randint_like(ones(2, 3), high=5)",
    "torch.randint_like(ones(2, 3), torch.tensor(5))", "torch.randint_like(ones(2, 3), 5.5)",
    "torch.rand_like(ones(3, 1).expand(3, 4))",
    "torch.randint_like(ones(2, dtype=torch.int64), 5, requires_grad=True)",
    "torch.rand_like(ones(2).requires_grad_())",
    # fills
    "ones(2).uniform_(2)", "ones(2).uniform_(to=2)", "ones(2).uniform_(**{'from': -1, 'to': 2})",
    "ones(2).uniform_(1, 2, 3)", "ones(2).uniform_('a')", "ones(2).uniform_(generator=g)", "ones(2).uniform_(g)",
    "ones(2).uniform_(-3e38, 3e38)", "ones(2).uniform_(generator=5)", "ones(2).uniform_(foo=5)",
    "ones(2).normal_(mean=1, std=2, generator=g)", "ones(2).exponential_(lambd=2.0)", "ones(2).geometric_(p=0.3)",
    "ones(2).cauchy_(median=1.0, sigma=2.0)", "ones(2).log_normal_(mean=1.0, std=2.0)", "ones(2).geometric_()",
    "ones(2).bernoulli_('a')", "ones(2).bernoulli_(1)", "ones(2).bernoulli_(float('nan'))",
    "ones(2).bernoulli_(p=torch.tensor([0.1, 0.2]), generator=g)", "ones(2).bernoulli_(torch.tensor(0.5))",
    "ones(3).bernoulli_(torch.tensor([0.5, 2.0, 0.1]))", "ones(3).bernoulli_(ones(4))",
    "ones(3).bernoulli_(ones(2, 3))", "ones(2).random_(5)", "ones(2).random_(1, 5)", "ones(2).random_(to=5)",
    "ones(2).random_(**{'from': 1, 'to': 5})", "ones(2).random_(**{'from': 1, 'to': None})", "ones(2).random_(5.5)",
    "ones(2).random_(generator=g)", "ones(2).random_(from_=1)", "ones(2, dtype=torch.int64).random_(2**63)",
    "ones(2, dtype=torch.int64).random_(-2**63, None)", "ones(2, dtype=torch.bfloat16).random_(1001, 1003)",
    "ones(2, dtype=torch.float16).random_(0, 5000)", "ones(2).random_(2**62, None)", "ones(1).expand(3).uniform_()",
    # fills in the order of memory
    "ones(3, 4).t().uniform_()", "ones(3, 8)[:, ::2].uniform_()", "ones(2, 3, 4).permute(1, 2, 0).random_()",
    "ones(5, 4).t().normal_()", "ones(2, 20)[:, ::2].normal_()", "ones(4, 3).bernoulli_(ones(3, 4).t() / 2)",
    "ones(3, 4).t().bernoulli_(ones(4, 3) / 2)", "ones(3, 4).t().bernoulli_(0.5)",
    # places in the graph
    "ones(2).requires_grad_().uniform_()", "ones(2).requires_grad_().clone().uniform_()",
    "ones(2).requires_grad_().clone().normal_()", "ones(2).requires_grad_().clone().bernoulli_()",
    "ones(2).requires_grad_().clone().bernoulli_(torch.tensor(0.5))",
    "ones(2).requires_grad_().clone().random_(1, 5)", "ones(2).requires_grad_().clone().exponential_()",
    "ones(2).requires_grad_().clone().cauchy_()", "ones(2).requires_grad_().clone().geometric_(0.5)",
    "ones(2).requires_grad_().clone().log_normal_()", "ones(2).requires_grad_().clone().random_()",
    "ones(2).requires_grad_().clone().random_(5)", "ones(2).clone().bernoulli_(ones(2).requires_grad_())",
    "torch.bernoulli(ones(2).requires_grad_())", "torch.bernoulli(ones(2).requires_grad_(), 0.5)",
    "torch.poisson(ones(2).requires_grad_())", "torch.binomial(ones(2).requires_grad_(), ones(2))",
    "torch.multinomial(ones(2).requires_grad_(), 1)",
    "torch.binomial(ones(2).requires_grad_(), ones(2)).sum().backward()",
    "torch.normal(ones(2).requires_grad_(), 1.0)", "torch.normal(1.0, ones(2).requires_grad_())",
    "torch.normal(ones(2).requires_grad_(), ones(2).requires_grad_())",
    # samples
    "torch.bernoulli(torch.tensor([0.1, 0.5, 0.9]))", "torch.bernoulli(ones(2), p=0.3)", "ones(2).bernoulli(0.2)",
    "ones(2).bernoulli(p=0.2, generator=g)", "torch.bernoulli(ones(2) / 2, generator=g, out=ones(2))",
    "torch.bernoulli(ones(2) / 2, out=ones(2, dtype=torch.float64))", "torch.bernoulli(ones(2), torch.tensor(0.5))",
    "torch.bernoulli(ones(2) / 2, out=ones(2, dtype=torch.int64))", "torch.bernoulli(0.5)",
    "torch.bernoulli(ones(2), 2)", "torch.bernoulli(torch.tensor([float('nan')]))",
    "torch.bernoulli(ones(3, 4).t() / 2)", "torch.multinomial(torch.tensor([0.0, 10.0, 3.0, 0.0]), 2)",
    "torch.multinomial(ones(3), 2, True, generator=g)", "torch.multinomial(ones(3), num_samples=5, replacement=True)",
    "ones(2, 3).multinomial(2)", "torch.multinomial(ones(3), 2, out=ones(2, dtype=torch.int64))",
    "torch.multinomial(ones(3), 2, out=ones(2))", "torch.multinomial(ones(0, 3), 2)",
    "torch.multinomial(ones(2, 3).t(), 2, True)", "torch.multinomial([0.5], 1)", "torch.multinomial(ones(3), 2.5)",
    "torch.multinomial(torch.tensor([[0.0, 0.0], [1.0, 1.0]]), 1)",
    "torch.multinomial(torch.tensor([float('nan'), 1.0]), 2, True)", "torch.multinomial(torch.tensor([1.0, -1]), 1)",
    "torch.multinomial(torch.tensor([float('inf'), 1.0]), 2, True)", "torch.multinomial(ones(2), 0)",
    "torch.multinomial(torch.tensor([1.0, float('inf')]), 1)", "torch.multinomial(ones(2), 3)",
    "torch.multinomial(torch.tensor([0.0, 0.0]), 3, replacement=True)", "torch.multinomial(ones(2, 2, 2), 1)",
    "torch.multinomial(ones(0), 1)", "torch.multinomial(torch.tensor(1.0), 3, True)",
    "torch.poisson(torch.tensor([0.0, 0.5, 9.5, 50.0]))", "torch.poisson(ones(2), generator=g)",
    "torch.poisson(ones(2), g)", "torch.poisson(torch.tensor([-1.0]))", "torch.poisson(torch.tensor([float('nan')]))",
    "torch.poisson(ones(2), generator=5)", "torch.binomial(ones(2, 1) * 9, torch.tensor([0.2, 0.5, 0.9]))",
    "torch.binomial(ones(2), ones(2).double())", "torch.binomial(ones(2), ones(3))",
    "torch.binomial(ones(2), ones(2).long())",
    "torch.binomial(torch.tensor([100.0, 100, 100]), torch.tensor([0.3, 0.9, 0.0]))",
    "torch.normal(torch.tensor(2.0), torch.tensor([1.0, 2.0]))", "torch.normal(mean=ones(2), std=2.0)",
    "torch.normal(ones(2).double(), ones(2))", "torch.normal(ones(2), ones(2).double())", "torch.normal(ones(2))",
    "torch.normal(ones(2, 1), ones(20))", "torch.normal(ones(4, 5).t(), 0.5)", "torch.normal(2, 3, size=(1, 4))",
    "torch.normal(std=ones(2), mean=0.0)", "torch.normal(1.0, 2.0, (2,), dtype=torch.float64, requires_grad=True)",
    "torch.normal(mean=1.0, std=2.0, size=(2,), out=ones(2))", "torch.normal(ones(2), ones(2), out=ones(2).double())",
    "torch.normal(ones(2), 1.0, out=ones(2, dtype=torch.int64))", "torch.normal(ones(2), -2.0)",
    "torch.normal(ones(2), -ones(2))", "torch.normal(ones(2), ones(3))", "torch.normal(0.0, 1.0)",
    "torch.normal('a', 1.0, (2,))", "torch.normal(0.0, 1.0, 2)", "torch.normal(ones(2), ones(2), (2,))",
    "torch.normal(1 + 2j, 1.0, (2,))", "torch.normal(0.0, ones(2, dtype=torch.complex64))",
    # generators
    "torch.manual_seed(2**64)", "torch.manual_seed('a')", "torch.manual_seed(None)",
    "torch.manual_seed(1.5).initial_seed()", "torch.manual_seed(-1).initial_seed()",
    "torch.manual_seed(torch.tensor(5)).initial_seed()", "g.manual_seed(2**64)", "g.manual_seed(1.5)",
    "g.manual_seed('a')", "g.manual_seed(True)", "g.manual_seed(4) is g", "g.device", "g.set_state(5)",
    "g.set_state(ones(5))", "g.set_state(torch.zeros(5, dtype=torch.uint8))", "g.get_offset()",
    "g.set_state(torch.zeros(5056, dtype=torch.uint8))", "g.initial_seed()", "g.get_state()[:9]",
    "torch.get_rng_state().shape", "torch.rand(2, generator=g.clone_state())", "torch.Generator('cuda')",
    "torch.Generator('foo')", "torch.initial_seed()", "torch.Generator().initial_seed()",
    "torch.Generator(device='cpu').device", "torch.set_rng_state(ones(5056))", "torch.set_rng_state(5)",
    "torch.rand(2, generator=torch.default_generator)", "type(g).__name__",
]  # fmt: skip


def answer(torch: Any, call: str) -> list[Any]:
    """What the call gives: the facts and elements of a tensor, the text of anything else, or the error."""
    torch.manual_seed(5)
    g = torch.Generator().manual_seed(6)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = eval(call, {"torch": torch, "g": g, "ones": torch.ones})
    except Exception as error:
        return ["error", type(error).__name__, str(error)]
    if not isinstance(result, torch.Tensor):
        return ["value", str(result)]
    node = None if result.grad_fn is None else type(result.grad_fn).__name__
    facts = [str(result.dtype), list(result.shape), list(result.stride()), result.requires_grad, node]
    return ["tensor", facts, _elements(torch, result.detach())]


def _elements(torch: Any, tensor: Any) -> list[Any]:
    if tensor.is_complex():
        tensor = torch.view_as_real(tensor)
    if tensor.dtype in (torch.float16, torch.bfloat16):
        tensor = tensor.float()
    flat = tensor.reshape(-1).tolist()[:40]
    return [str(x) if isinstance(x, float) and not math.isfinite(x) else x for x in flat]


def record(torch: Any) -> None:
    """Write what `torch` answers to every call."""
    calls = [call.replace("{}", f"torch.{dtype}") for call in FOR_EACH_DTYPE for dtype in DTYPES]
    lines = (f"{json.dumps(call)}: {json.dumps(answer(torch, call))}" for call in CALLS + calls)
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")


if __name__ == "__main__":
    import torch

    record(torch)
