"""What is no tensor is refused with a ``TypeError`` that names the argument, by functions of several operators too."""

from __future__ import annotations

from typing import Any

import pytest

import pullback as torch

E = torch.eye(2)
CALLS: list[tuple[Any, str]] = [
    (lambda: torch.reshape([1], (1,)), "reshape(): argument 'input' (position 1) must be Tensor, not list"),
    (lambda: torch.permute("a", (0,)), "permute(): argument 'input' (position 1) must be Tensor, not str"),
    (lambda: torch.t(3), "t(): argument 'input' (position 1) must be Tensor, not int"),
    (lambda: torch.select([1], 0, 0), "select(): argument 'input' (position 1) must be Tensor, not list"),
    (lambda: torch.flip([1], [0]), "flip(): argument 'input' (position 1) must be Tensor, not list"),
    (lambda: torch.linalg.inv([[1.0]]), "inv(): argument 'A' (position 1) must be Tensor, not list"),
    (lambda: torch.kron(E, 2), "kron(): argument 'other' (position 2) must be Tensor, not int"),
    (
        lambda: torch.nn.functional.embedding([1], E),
        "embedding(): argument 'indices' (position 2) must be Tensor, not list",
    ),
    (
        lambda: torch.cartesian_prod(E[0], "a"),
        "cartesian_prod(): argument 'tensors' (position 2) must be Tensor, not str",
    ),
    (lambda: torch.atleast_1d([E, 1]), "expected Tensor as element 1 in argument 0, but got int"),
]


@pytest.mark.parametrize(("call", "message"), CALLS, ids=[message.split("(")[0] for _, message in CALLS])
def test_wrong_types_are_refused_by_name(call: Any, message: str) -> None:
    with pytest.raises(TypeError) as error:
        call()
    assert str(error.value) == message


def test_errors_of_other_attributes_pass() -> None:
    class Odd(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
            return args[0].nothing

    with pytest.raises(AttributeError, match="nothing"):
        torch.flip(E.as_subclass(Odd), [0])


def test_warnings_name_the_line_of_the_call() -> None:
    for call in (torch.cholesky, torch.qr, torch.lu):
        with pytest.warns(UserWarning, match="deprecated") as given:
            call(E)
        assert given[0].filename == __file__
