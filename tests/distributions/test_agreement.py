"""Every distribution answers as PyTorch's does: samples for a seed, densities, gradients, texts, errors."""

from __future__ import annotations

import warnings

import pytest

import pullback
from tests.distributions.cases import ALL, CASES, make
from tests.distributions.questions import QUESTIONS, TOLERANCES, agree, ask, error_text, gradients


@pytest.mark.parametrize(("name", "arguments"), ALL, ids=[f"{name}({arguments})" for name, arguments in ALL])
def test_answers_are_those_of_pytorch(name: str, arguments: str) -> None:
    torch = pytest.importorskip("torch")
    different = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for question in QUESTIONS:
            ours, theirs = (ask(module, question, name, arguments) for module in (pullback, torch))
            tolerance = 1e-6 if name == "VonMises" else TOLERANCES.get(question, 1e-9)  # Bessel functions to 7 digits
            if not agree(ours, theirs, tolerance):
                different[question] = (ours, theirs)
    assert different == {}


@pytest.mark.parametrize("name", CASES)
def test_divergences_are_those_of_pytorch(name: str) -> None:
    torch = pytest.importorskip("torch")
    different = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for other in CASES:
            answers = []
            for module in (pullback, torch):
                try:
                    p, ps = make(module, name, CASES[name][0])
                    q, qs = make(module, other, CASES[other][-1] if other == name else CASES[other][0])
                    kl = module.distributions.kl_divergence(p, q)
                    finite = module.where(kl.isfinite(), kl, module.zeros_like(kl))
                    answers.append([kl, *gradients(module, finite, ps + qs)])
                except Exception as error:
                    answers.append(error_text(error).split(" at non-singleton")[0].split("tensor a")[0])
            if not agree(*answers, 1e-8):
                different[other] = answers
    assert different == {}


def test_names_are_those_of_pytorch() -> None:
    torch = pytest.importorskip("torch")
    assert set(pullback.distributions.__all__) == set(torch.distributions.__all__)
    for path in ("constraints", "transforms", "kl", "utils"):
        ours, theirs = (getattr(module.distributions, path) for module in (pullback, torch))
        assert set(theirs.__dict__.get("__all__", ())) <= set(dir(ours)), path
