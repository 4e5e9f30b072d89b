"""Expressions that pullback and PyTorch must answer alike: values, dtypes, strides, graph, gradients, errors.

An expression is text, evaluated once with ``torch`` bound to each library and the same operands: ``x`` (2, 3, 4),
``m`` (3, 3), ``v`` (6), ``s`` 0-d, ``c`` complex (3, 2), all requiring grad; ``i`` = [0, 1], ``b`` = [True, False],
``n`` integers (2, 3), ``z`` an empty (0, 3); ``p``, ``q`` and ``r`` are ``x``, ``m`` and ``v`` without grad.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

_DRAW = np.random.default_rng(0)
DATA = {
    "x": _DRAW.standard_normal((2, 3, 4)),
    "m": _DRAW.standard_normal((3, 3)),
    "v": _DRAW.standard_normal(6),
    "s": _DRAW.standard_normal(()),
    "c": _DRAW.standard_normal((3, 2)) + 1j * _DRAW.standard_normal((3, 2)),
}
PLAIN = {
    "i": np.array([0, 1]),
    "b": np.array([True, False]),
    "n": np.arange(6).reshape(2, 3),
    "z": np.zeros((0, 3)),
    "p": DATA["x"],
    "q": DATA["m"],
    "r": DATA["v"],
}


def operands(torch: Any) -> dict[str, Any]:
    """The names that an expression may use, on one library."""
    names = {name: torch.tensor(array).requires_grad_() for name, array in DATA.items()}
    names |= {name: torch.tensor(array) for name, array in PLAIN.items()}
    return names | {"torch": torch, "F": torch.nn.functional, "np": np}


def chain(tensor: Any) -> list[str]:
    """The names of the nodes from the newest back along the first edges that lead anywhere."""
    names, node = [], tensor.grad_fn
    while node is not None and "Accumulate" not in node.name():
        names.append(node.name().rpartition("::")[2])
        node = next((each for each, _ in node.next_functions if each is not None), None)
    return names


def _described(value: Any) -> Any:
    if hasattr(value, "is_contiguous"):
        shown = value.detach()
        if shown.is_complex() and shown.is_conj():
            shown = shown.resolve_conj()
        return ("tensor", shown.numpy().tolist(), tuple(value.shape), str(value.dtype), tuple(value.stride()))
    if isinstance(value, (list, tuple)):
        return [_described(each) for each in value]
    return value


def answer(torch: Any, text: str, history: bool = False) -> tuple[str, Any]:
    """``("value", …)`` or ``("error", type and first line)``; with `history` also the graph and gradients."""
    names = operands(torch)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = eval(text, names)
    except Exception as error:
        return "error", (type(error).__name__, (str(error).splitlines() or [""])[0])
    if not history:
        return "value", _described(found)
    pulled = {}
    if found.requires_grad:
        weights = np.cos(np.arange(found.numel())).reshape(tuple(found.shape))
        found.backward(torch.tensor(weights + 1j * weights**2 if found.is_complex() else weights))
        pulled = {name: names[name].grad for name in DATA if names[name].grad is not None}
    gradients = {name: grad.numpy() for name, grad in pulled.items()}
    return "value", (_described(found), chain(found), gradients)


def assert_alike(torch: Any, pullback: Any, text: str) -> None:
    """The same value with the same dtype and strides, or an error of the same type that begins with the same words."""
    expected, found = answer(torch, text), answer(pullback, text)
    if expected[0] == "error":
        kind, message = expected[1]
        assert found[0] == "error", f"{text}: nothing raised, PyTorch raises {kind}: {message}"
        assert found[1][0] == kind, f"{text}: {found[1]}, PyTorch {expected[1]}"
        assert found[1][1].startswith(message[:60]), f"{text}: {found[1]}, PyTorch {expected[1]}"
    else:
        assert found == expected, f"{text}: {found}, PyTorch {expected}"


def assert_same_history(torch: Any, pullback: Any, text: str) -> None:
    """The same value, strides, chain of nodes and gradients."""
    expected, found = answer(torch, text, history=True), answer(pullback, text, history=True)
    assert expected[0] == found[0] == "value", f"{text}: {found}, PyTorch {expected}"
    assert found[1][:2] == expected[1][:2], f"{text}: {found[1][:2]}, PyTorch {expected[1][:2]}"
    assert found[1][2].keys() == expected[1][2].keys(), text
    for name, grad in expected[1][2].items():
        np.testing.assert_allclose(found[1][2][name], grad, 1e-12, 1e-12, err_msg=f"{text}: gradient of {name}")
