"""assert_close: what passes, and PyTorch's messages where something differs."""

from __future__ import annotations

import collections
import warnings
from math import inf, nan
from typing import Any

import numpy as np
import pytest

import pullback

CASES = [  # T makes a tensor, A is assert_close, F the former assert_allclose
    "A(T([1.,2.,3.]),T([1.,2.,4.]))",
    "A(T([1.,2.,3.]),T([1.,2.5,4.]))",
    "A(T([[1.,2.],[3.,4.]]),T([[1.,2.],[3.,5.]]),rtol=1e-3,atol=0.1)",
    "A(T(1.),T(2.))",
    "A(1.,2.)",
    "A(1,2)",
    "A(1,1.)",
    "A(1,1.,check_dtype=False)",
    "A(1.,1)",
    "A(True,False)",
    "A(1+2j,1+3j)",
    "A(T([1,2]),T([1,3]))",
    "A(T([True,False]),T([True,True]))",
    "A(T([1.]),T([1.,2.]))",
    "A(T([1.]),T([1.],dtype=torch.float64))",
    "A(T([1.]),T([1.],dtype=torch.float64),check_dtype=False)",
    "A(T([1.]),T([2.],dtype=torch.float64),check_dtype=False)",
    "A(T([nan]),T([nan]))",
    "A(T([nan,1.]),T([nan,1.]),equal_nan=True)",
    "A(T([inf]),T([1.]))",
    "A(T([inf,1.]),T([-inf,1.]))",
    "A(T([1.]),T([0.]))",
    "A([1.,2.],[1.,3.])",
    "A([T([1.]),T([2.])],[T([1.]),T([3.])])",
    "A([1.],[1.,2.])",
    "A({'a':1.},{'a':2.})",
    "A({'a':1.},{'b':2.})",
    "A({'a':[T([1.]),{'b':T([2.])}]},{'a':[T([1.]),{'b':T([3.])}]})",
    "A({'a':1,'b':2},{'a':1})",
    "A((1.,),[1.])",
    "A(np.array([1.,2.]),np.array([1.,3.]))",
    "A(np.array([1.]),T([1.],dtype=torch.float64))",
    "A(T([1.]),1.)",
    "A(T(1.),1.)",
    "A('a','a')",
    "A('a','b')",
    "A(None,None)",
    "A(None,1)",
    "A(T([1.]),None)",
    "A(T([1.]),[1.])",
    "A(T([1.]),T([1.1]),rtol=0.5)",
    "A(T([1.]),T([1.1]),atol=0.5)",
    "A(T([1.]),T([1.1]),rtol=0,atol=0.5)",
    "A(T([1.]),T([1.1]),msg='hello')",
    "A(T([1.]),T([1.1]),msg=lambda m: 'X: '+m)",
    "A(T([1.]).half(),T([1.1]).half())",
    "A(T([1.]).bfloat16(),T([1.1]).bfloat16())",
    "A(T([1.]).expand(3),T([1.,1.,1.]),check_stride=True)",
    "A(torch.zeros(0),torch.zeros(0))",
    "A(torch.zeros(0),torch.zeros(1))",
    "A(T([1.]).as_subclass(Sub),T([1.]))",
    "A(T([1.]).as_subclass(Sub),T([1.]),allow_subclasses=False)",
    "A(torch.nn.Parameter(T([1.])),T([1.]))",
    "A(T([1.],requires_grad=True),T([2.]))",
    "A(T([1],dtype=torch.uint8),T([255],dtype=torch.uint8))",
    "A(T([1],dtype=torch.int8),T([-128],dtype=torch.int8))",
    "A(T([2**62]),T([-2**62]))",
    "A(T([1,2]),T([1,2],dtype=torch.int32))",
    "A(T([1.,2.],dtype=torch.float64),T([1.,2+1e-6],dtype=torch.float64))",
    "A(T([1.,2.],dtype=torch.float64),T([1.,2+1e-8],dtype=torch.float64))",
    "A(torch.arange(24.).reshape(2,3,4),torch.arange(24.).reshape(2,3,4)+(torch.arange(24).reshape(2,3,4)%5==0)*0.1)",
    "A(T([1]),T([3]),rtol=0,atol=1)",
    "A(1,3,rtol=0,atol=1)",
    "A(1.,1.5,rtol=0.1,atol=0.1)",
    "A(1.,nan)",
    "A(nan,nan)",
    "A(nan,nan,equal_nan=True)",
    "A(inf,inf)",
    "A(0.,1e-3)",
    "A(1.,0.)",
    "A([[1.,2.],[3.]],[[1.,2.],[4.]])",
    "A([], [])",
    "A(range(3),range(3))",
    "A(collections.OrderedDict(a=1.),{'a':1.})",
    "A({1:1.},{1:2.})",
    "A(object(),object())",
    "A([object()],[object()])",
    "A(3,'a')",
    "A(np.float32(1),np.float32(2))",
    "A(T([3.,4.]),T([3.,4.]),rtol=-1,atol=0)",
    "A(T([[1.,2.]]),T([[2.,2.]]))",
    "A(torch.Size([1,2]),torch.Size([1,3]))",
    "A(T([1,2]),T([1,2.]))",
    "A(1,T(1))",
    "A(1.0,T(1.0))",
    "A(T([1.]),np.array([1.]))",
    "F(T([1.]),T([2.]))",
    "F(1.,1.0000001)",
    "F([1.,2.],[1.,nan])",
    "F(T([1.]),T([1.],dtype=torch.float64))",
    "F(T([1.]),T([1.1]),rtol=1,atol=0)",
    "F(T([1.]),T([1.1]),msg='m')",
]


def outcome(torch: Any, case: str) -> str:
    """What comes of a call: the error with its text."""

    class Sub(torch.Tensor):
        pass

    names = {"T": torch.tensor, "A": torch.testing.assert_close, "F": torch.testing.assert_allclose, "torch": torch}
    names |= {"Sub": Sub, "np": np, "collections": collections, "nan": nan, "inf": inf}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            eval(case, names)
        except (AssertionError, TypeError, ValueError, RuntimeError) as error:
            text = str(error).replace("torch", torch.__name__) if "Sub" in case else str(error)
            return f"{type(error).__name__}: {text}"
    return "passes"


@pytest.mark.parametrize("case", CASES)
def test_outcome_is_that_of_pytorch(case: str) -> None:
    torch = pytest.importorskip("torch")
    if "Sub" in case and "False" in case:
        assert outcome(pullback, case).startswith("TypeError: No comparison pair was able to handle inputs of type")
    else:
        assert outcome(pullback, case) == outcome(torch, case)


def test_message_of_tensors() -> None:
    expected = pullback.tensor([[1.0, 2.0], [3.0, 5.0]])
    assert outcome(pullback, "A(T([[1.,2.],[3.,4.]]), T([[1.,2.],[3.,5.]]))") == (
        "AssertionError: Tensor-likes are not close!\n\n"
        "Mismatched elements: 1 / 4 (25.0%)\n"
        "Greatest absolute difference: 1.0 at index (1, 1) (up to 1e-05 allowed)\n"
        "Greatest relative difference: 0.20000000298023224 at index (1, 1) (up to 1.3e-06 allowed)"
    )
    pullback.testing.assert_close(expected + 1e-7, expected)


def test_message_of_containers() -> None:
    assert outcome(pullback, "A({'a': [T([1.]), {'b': 2}]}, {'a': [T([1.]), {'b': 3}]})") == (
        "AssertionError: Scalars are not equal!\n\nExpected 3 but got 2.\nAbsolute difference: 1\n"
        "Relative difference: 0.3333333333333333\n\nThe failure occurred for item ['a'][1]['b']"
    )
    assert outcome(pullback, "A([1., 'a'], [2., 'a'])").endswith("<class 'str'>.\n\nThe failure occurred for item [1]")


def test_former_function_warns() -> None:
    with pytest.warns(FutureWarning, match=r"assert_allclose\(\)` is deprecated since 1.12"):
        pullback.testing.assert_allclose(1.0, 1.000001)
