"""Attention: the one operator against the steps, masks, shared heads, dropout, heads with projections."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import pullback
from pullback.autograd import gradcheck

F = pullback.nn.functional
attend = F.scaled_dot_product_attention
ONE = "ScaledDotProductFlashAttentionForCpuBackward0"


def numbers(*shape: int, scale: float = 1.0) -> Any:
    """Some float64 numbers in (-1, 1), all different."""
    return pullback.arange(1.0, 1 + math.prod(shape), dtype=pullback.float64).reshape(shape).sin() * scale


def by_definition(q: np.ndarray, k: np.ndarray, v: np.ndarray, seen: np.ndarray | None = None) -> np.ndarray:
    """softmax(q kᵀ / √E) v, one row at a time."""
    found = np.zeros((*q.shape[:-1], v.shape[-1]))
    for place in np.ndindex(q.shape[:-1]):
        scores = k[place[:-1]] @ q[place] / math.sqrt(q.shape[-1])
        mask = np.ones(len(scores), bool) if seen is None else seen[place[-1]]
        if mask.any():
            raised = np.where(mask, np.exp(scores), 0)
            found[place] = raised / raised.sum() @ v[place[:-1]]
    return found


MASK = np.array([[True, False, True], [False, False, False], [True, True, True], [False, True, False]])


@pytest.mark.parametrize("shape", [(2, 3), (3,), (2, 2, 2), ()])
@pytest.mark.parametrize("kind", ["open", "causal", "mask", "numbers"])
def test_attention_is_what_its_definition_says(shape: tuple[int, ...], kind: str) -> None:
    q, k, v = numbers(*shape, 4, 5), numbers(*shape, 3, 5, scale=2), numbers(*shape, 3, 5)
    seen = {"open": None, "causal": np.tri(4, 3, dtype=bool)}.get(kind, MASK)
    options: dict[str, Any] = {"is_causal": kind == "causal"}
    if kind == "mask":
        options["attn_mask"] = pullback.from_numpy(MASK)
    if kind == "numbers":
        options["attn_mask"] = pullback.from_numpy(np.where(MASK, 0.0, -np.inf))
    found = attend(q, k, v, **options)
    np.testing.assert_allclose(found.numpy(), by_definition(q.numpy(), k.numpy(), v.numpy(), seen), 1e-12, 1e-14)


def test_a_row_without_keys_is_zero_and_has_no_gradient() -> None:
    q, k, v = (numbers(1, 1, 2, 3).requires_grad_() for _ in range(3))
    found = attend(q, k, v, pullback.tensor([[False, False], [True, True]]))
    found.sum().backward()
    assert found[0, 0, 0].tolist() == [0, 0, 0]
    assert q.grad[0, 0, 0].tolist() == [0, 0, 0]
    assert k.grad.isfinite().all()


def test_heads_share_keys() -> None:
    q, k, v = numbers(2, 6, 4, 3), numbers(2, 2, 5, 3), numbers(2, 2, 5, 3, scale=3)
    repeated = (each.repeat_interleave(3, 1) for each in (k, v))
    expected = attend(q, *repeated)
    np.testing.assert_allclose(attend(q, k, v, enable_gqa=True).numpy(), expected.numpy(), 1e-13)
    np.testing.assert_allclose(attend(q[0], k[0], v[0], enable_gqa=True).numpy(), expected[0].numpy(), 1e-13)
    with pytest.raises(RuntimeError, match="Number of heads in key and value must divide the number of heads"):
        attend(q[:, :5], k, v, enable_gqa=True)


@pytest.mark.parametrize("shape", [(1, 2), (2,)])
def test_the_scale_may_be_anything(shape: tuple[int, ...]) -> None:
    q, k, v = numbers(*shape, 3, 4), numbers(*shape, 3, 4), numbers(*shape, 3, 4)
    np.testing.assert_allclose(attend(q, k, v, scale=0.5).numpy(), attend(q, k, v).numpy(), 1e-13)
    np.testing.assert_allclose(attend(q, k, v, scale=-0.5).numpy(), attend(-q, k, v).numpy(), 1e-13)
    np.testing.assert_allclose(attend(q, k, v, scale=0.0)[..., 0, :].numpy(), v.mean(-2).numpy(), 1e-13)


def test_which_inputs_go_to_the_one_operator() -> None:
    q = numbers(2, 2, 3, 4).requires_grad_()
    mask = numbers(3, 3)
    assert attend(q, q, q).grad_fn.name() == ONE
    assert attend(q, q, q, mask).grad_fn.name() == ONE
    assert attend(q.transpose(1, 2), q.transpose(1, 2), q.transpose(1, 2)).grad_fn.name() == ONE
    for found in (
        attend(q[0], q[0], q[0]),
        attend(q, q, numbers(2, 2, 3, 5)),
        attend(q, q[:1], q[:1]),
        attend(q, q, q, mask.requires_grad_()),
        attend(q, q, q, dropout_p=0.5),
    ):
        assert found.grad_fn.name() == "UnsafeViewBackward0"
    assert attend(q[0, 0], q[0, 0], q[0, 0]).grad_fn.name() == "MmBackward0"


def test_gradients_reach_a_mask_of_numbers() -> None:
    q, k, v = (numbers(1, 1, 2, 3) for _ in range(3))
    assert gradcheck(lambda mask: attend(q, k, v, mask), numbers(2, 2).requires_grad_(), check_forward_ad=True)


def test_the_one_operator_and_the_steps_agree_to_second_order() -> None:
    found = []
    for cut in (lambda x: x, lambda x: x[0]):
        q, k, v = (numbers(1, 2, 3, 4, scale=scale).requires_grad_() for scale in (1.0, 2.0, 0.5))
        y = attend(cut(q), cut(k), cut(v), is_causal=True)
        first = pullback.autograd.grad((y**2).sum(), (q, k, v), create_graph=True)
        second = pullback.autograd.grad(sum((each**2).sum() for each in first), (q, k, v))
        found.append((*first, *second))
    for one, steps in zip(*found):
        np.testing.assert_allclose(one.detach().numpy(), steps.detach().numpy(), 1e-10, 1e-12)


def test_dropout_after_a_seed_equals_pytorchs() -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library in (pullback, torch):
        library.manual_seed(3)
        q = library.tensor(numbers(2, 2, 5, 4).numpy())
        found.append(library.nn.functional.scaled_dot_product_attention(q, q, q, dropout_p=0.4).numpy())
    np.testing.assert_allclose(*found, 1e-12)


@pytest.mark.parametrize("dtype", ["float16", "bfloat16"])
def test_half_precision_is_computed_in_single(dtype: str) -> None:
    kind = getattr(pullback, dtype)
    q, k, v = (numbers(1, 2, 40, 8, scale=scale).to(kind) for scale in (3.0, 3.0, 1.0))
    exact = by_definition(*(each.double().numpy() for each in (q, k, v)))
    for cut in (lambda x: x, lambda x: x[0]):
        found = attend(cut(q), cut(k), cut(v))
        assert found.dtype is kind
        ulp = 2.0**-10 if dtype == "float16" else 2.0**-7
        np.testing.assert_allclose(found.double().numpy(), cut(exact), ulp, ulp / 2)


MESSAGES = [
    (
        lambda q: attend(q, q.float(), q),
        "Expected query, key, and value to have the same dtype, but got query.dtype: double key.dtype: float",
    ),
    (lambda q: attend(q[0, 0, 0], q, q), "Expected query, key, and value to all be  at least 2 dimensional"),
    (
        lambda q: attend(q, q, q, pullback.ones(3, 3).long()),
        "Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: long int",
    ),
    (
        lambda q: attend(q, q, q, pullback.ones(2, 3)),
        "The size of tensor a (3) must match the size of tensor b (2) at non-singleton dimension 2",
    ),
    (
        lambda q: attend(q[0], q[0], q[0], pullback.ones(3, 3), is_causal=True),
        "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True",
    ),
    (lambda q: attend(q.long(), q.long(), q.long()), "expected scalar type Float but found Long"),
    (lambda q: attend(q, q, q, dropout_p=1.5), "dropout probability has to be between 0 and 1, but got 1.5"),
]


@pytest.mark.parametrize(("call", "message"), MESSAGES, ids=[message[:40] for _, message in MESSAGES])
def test_messages_begin_like_pytorchs(call: Any, message: str) -> None:
    with pytest.raises(RuntimeError) as caught:
        call(numbers(1, 2, 3, 4))
    assert str(caught.value).startswith(message)


# ------------------------------------------------------------------------------------------ heads and projections

E, H = 6, 2


def heads(library: Any, **changes: Any) -> tuple[Any, list[Any]]:
    """`multi_head_attention_forward` on numbers that are the same in each library, and the leaves."""

    def leaf(*shape: int, scale: float = 1.0) -> Any:
        return library.tensor(numbers(*shape, scale=scale).numpy(), requires_grad=True)

    x, keys, values = leaf(4, 3, E), leaf(5, 3, E, scale=0.5), leaf(5, 3, E, scale=2)
    arguments: dict[str, Any] = {
        "query": x, "key": keys, "value": values, "embed_dim_to_check": E, "num_heads": H,
        "in_proj_weight": leaf(3 * E, E), "in_proj_bias": leaf(3 * E), "bias_k": None, "bias_v": None,
        "add_zero_attn": False, "dropout_p": 0.0, "out_proj_weight": leaf(E, E, scale=0.7), "out_proj_bias": leaf(E),
    }  # fmt: skip
    for name, value in changes.items():
        arguments[name] = value(arguments, library, leaf) if callable(value) else value
    leaves = [value for value in arguments.values() if getattr(value, "is_leaf", False) and value.requires_grad]
    return library.nn.functional.multi_head_attention_forward(**arguments), leaves


def _mask(arguments: Any, library: Any, leaf: Any) -> Any:
    return library.ones(4, 5, dtype=library.bool).triu(2)


def _padding(arguments: Any, library: Any, leaf: Any) -> Any:
    return library.tensor([[True, False, False, False, True], [False] * 5, [False] * 4 + [True]])


CASES: dict[str, dict[str, Any]] = {
    "plain": {},
    "self": {"key": lambda a, t, leaf: a["query"], "value": lambda a, t, leaf: a["query"]},
    "keys are values": {"value": lambda a, t, leaf: a["key"]},
    "no bias": {"in_proj_bias": None, "out_proj_bias": None},
    "without weights": {"need_weights": False},
    "each head's weights": {"average_attn_weights": False},
    "masks": {"attn_mask": _mask, "key_padding_mask": _padding},
    "masks without weights": {"attn_mask": _mask, "key_padding_mask": _padding, "need_weights": False},
    "a mask for each head": {"attn_mask": lambda a, t, leaf: leaf(3 * H, 4, 5), "need_weights": False},
    "causal": {"attn_mask": _mask, "is_causal": True, "need_weights": False},
    "one more key": {
        "bias_k": lambda a, t, leaf: leaf(1, 1, E),
        "bias_v": lambda a, t, leaf: leaf(1, 1, E),
        "attn_mask": _mask,
    },
    "zeros": {"add_zero_attn": True, "key_padding_mask": _padding},
    "static keys": {
        "static_k": lambda a, t, leaf: leaf(3 * H, 5, E // H),
        "static_v": lambda a, t, leaf: leaf(3 * H, 5, E // H),
    },
    "three weights": {
        "in_proj_weight": None,
        "use_separate_proj_weight": True,
        "q_proj_weight": lambda a, t, leaf: leaf(E, E),
        "k_proj_weight": lambda a, t, leaf: leaf(E, E, scale=0.3),
        "v_proj_weight": lambda a, t, leaf: leaf(E, E, scale=2),
    },
    "one sample": {
        "query": lambda a, t, leaf: a["query"][:, 0],
        "key": lambda a, t, leaf: a["key"][:, 0],
        "value": lambda a, t, leaf: a["value"][:, 0],
    },
}


@pytest.mark.parametrize("case", CASES)
def test_heads_equal_pytorchs(case: str) -> None:
    torch = pytest.importorskip("torch")
    found = []
    for library in (pullback, torch):
        (y, weights), leaves = heads(library, **CASES[case])
        pulled = library.autograd.grad((y * y.detach().cos()).sum(), leaves, allow_unused=True)
        values = [y, *([] if weights is None else [weights]), *(each for each in pulled if each is not None)]
        found.append(([each.detach().numpy() for each in values], type(y.grad_fn).__name__))
    (ours, our_node), (theirs, their_node) = found
    assert our_node == their_node
    for a, b in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(a, b, 1e-9, 1e-11)


def test_weights_are_shares() -> None:
    (_, weights), _ = heads(pullback, attn_mask=_mask)
    np.testing.assert_allclose(weights.sum(-1).detach().numpy(), 1, 1e-12)
    assert not weights[:, 0, 2:].any()


def test_with_and_without_weights_the_heads_say_the_same() -> None:
    (with_weights, _), _ = heads(pullback, attn_mask=_mask)
    (without, nothing), _ = heads(pullback, attn_mask=_mask, need_weights=False)
    assert nothing is None
    np.testing.assert_allclose(with_weights.detach().numpy(), without.detach().numpy(), 1e-12)


@pytest.mark.parametrize(
    ("changes", "kind", "message"),
    [
        ({"embed_dim_to_check": 5}, AssertionError, "was expecting embedding dimension of 5, but got 6"),
        ({"num_heads": 4}, AssertionError, "embed_dim 6 not divisible by num_heads 4"),
        ({"value": lambda a, t, leaf: leaf(4, 3, E)}, AssertionError, "key shape torch.Size([5, 3, 6]) does not match"),
        ({"in_proj_weight": None}, AssertionError, "use_separate_proj_weight is False but in_proj_weight is None"),
        (
            {"attn_mask": lambda a, t, leaf: leaf(4, 4)},
            RuntimeError,
            "The shape of the 2D attn_mask is torch.Size([4, 4])",
        ),
        ({"is_causal": True}, RuntimeError, "Need attn_mask if specifying the is_causal hint."),
        ({"query": lambda a, t, leaf: leaf(4, E)}, AssertionError, "For unbatched (2-D) `query`, expected `key` and"),
        ({"bias_k": lambda a, t, leaf: leaf(1, 1, E)}, AssertionError, "bias_k is set but bias_v is None"),
    ],
)
def test_heads_refuse_what_pytorch_refuses(changes: dict[str, Any], kind: type[BaseException], message: str) -> None:
    with pytest.raises(kind) as caught:
        heads(pullback, **changes)
    assert str(caught.value).startswith(message)


def test_mismatched_masks_warn() -> None:
    with pytest.warns(UserWarning, match="Support for mismatched key_padding_mask and attn_mask is deprecated"):
        heads(pullback, attn_mask=lambda a, t, leaf: leaf(4, 5).detach(), key_padding_mask=_padding)
