"""Small programs on sparse tensors, and what PyTorch answers to each.

``programs.txt`` has one program a paragraph, which finds `torch`, `F`, `nn`, a sparse matrix ``S(requires_grad)``, its
indices `i` and values `v`, and dense matrices `D` and `M`. The answer is the text of the last expression, or the error.
``python -m tests.sparse.programs`` records PyTorch's answers in ``answers.json``, for where PyTorch is absent.
"""

from __future__ import annotations

import ast
import json
import re
import warnings
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
PROGRAMS = (HERE / "programs.txt").read_text().strip().split("\n\n")

_SETTING = """
i = torch.tensor([[0, 1, 1], [2, 0, 2]])
v = torch.tensor([3., 4., 5.])
def S(requires_grad=False):
    return torch.sparse_coo_tensor(i, v, (2, 3), requires_grad=requires_grad)
D = torch.tensor([[1., 2., 3.], [4., 5., 6.]])
M = torch.tensor([[1., 2.], [3., 4.], [5., 6.]])
"""


def answer(program: str, torch: Any) -> str:
    """What `program` gives with `torch`: a text, or the type and the beginning of an error."""
    names = {"torch": torch, "F": torch.nn.functional, "nn": torch.nn}
    exec(_SETTING, names)
    *before, last = ast.parse(program).body
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            exec(compile(ast.Module(before, []), "<program>", "exec"), names)
            if isinstance(last, ast.Expr):
                return plain(str(eval(compile(ast.Expression(last.value), "<program>", "eval"), names)))
            exec(compile(ast.Module([last], []), "<program>", "exec"), names)
        except Exception as error:
            return f"{type(error).__name__}: {plain(str(error))}"
    return ""


def plain(text: str) -> str:
    """`text` without addresses."""
    return re.sub(r"<(?:[\w.]*\.)?(\w+) object at 0x[0-9a-f]+>", r"<\1>", text)


def agree(ours: str, theirs: str) -> bool:
    """Whether two answers are the same; of errors the type must be."""
    kind = re.match(r"\w+Error: ", theirs)
    return ours.startswith(kind[0]) if kind else ours == theirs


if __name__ == "__main__":
    import torch

    recorded = {program: answer(program, torch)[:4000] for program in PROGRAMS}
    (HERE / "answers.json").write_text(json.dumps(recorded, indent=0) + "\n")
