"""The counts as a page: one line for each operator of PyTorch's table."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from . import entries, plan, report
from .record import Count, Record

Column = tuple[str, Callable[[str], bool]]
COLUMNS: tuple[Column, ...] = (
    *((name, name.__eq__) for name in ("forward", "grad", "gradgrad", "jvp", "fwdrev")),
    ("complex", lambda name: name.endswith(":complex128")),
    ("float32", lambda name: name.endswith(":float32")),
    ("16 bit", lambda name: name.endswith(("float16", "bfloat16"))),
    ("int, bool", lambda name: name.endswith((":int64", ":bool"))),
    *((name, name.__eq__) for name in ("methods", "in place", "out", "errors")),
)

HEAD = """\
# Agreement with PyTorch, operator by operator

PyTorch {version} ships a table of its operators with sample inputs (`op_db`: {entries} entries). This page counts, for each
of them, the samples on which pullback agrees with PyTorch. It is written by

    python -m benchmarks.parity --samples {samples} --markdown docs/parity.md

Tests run a fixed sample of it, and of the operators that the last change reaches as many samples as a minute allows (the
two processes of CI: two minutes); `python -m benchmarks.parity --changed --samples 0` runs all of those.

{taken} samples of each entry were taken.
A cell says how many samples agree, *of* how many where some do not; `-` where a check does not apply to the operator, or
PyTorch itself runs none of its samples.

| column | what must agree |
| --- | --- |
| forward | values, dtypes, shapes, in float64 (or else the first dtype of {preferred} that the operator takes) |
| grad | which outputs require grad; the cotangents of all inputs, for random cotangents |
| gradgrad | the same through the graph of the backward pass |
| jvp | tangents in forward mode |
| fwdrev | tangents of the cotangents: forward over reverse |
| complex | the five above in complex128 |
| float32, 16 bit, int, bool | values, dtypes, shapes in float32; float16 and bfloat16; int64 and bool |
| methods | tensor methods, Python operators and aliases give the same |
| in place | what in-place methods leave in the tensor, and the cotangents through them |
| out | `out=` that is empty, has gaps in memory, has a wrong shape, another dtype, requires grad |
| errors | the exception's type for inputs that must fail |
"""


def page(records: list[Record], checks: Iterable[str], samples: int = 0) -> str:
    """The whole page, of a run that took up to `samples` samples of each entry and check (0: all)."""
    import torch

    names = {
        "version": torch.__version__.partition("+")[0],
        "entries": len(entries.table()),
        "samples": samples,
        "taken": f"Up to {samples}" if samples else "All",
        "preferred": ", ".join(entries.PREFERRED),
    }
    parts = [HEAD.format(**names), "## Counts\n", f"```text\n{report.table(records, checks)}\n```\n"]
    sampled = [record for record in records if record.state != "skip"]
    failing = [line for record in sampled for line in report.reasons(record)]
    if failing:
        parts += ["## What differs\n", *(f"- {_safe(line)}" for line in failing), ""]
    if left := report.not_sampled(records, True):
        parts += ["## What cannot be sampled\n", *(f"- {line}" for line in left.splitlines()), ""]
    titles = ["operator", "also", *(title for title, _ in COLUMNS)]
    parts += ["## Operators\n", _line(titles), _line(["---"] * 2 + ["--:"] * len(COLUMNS))]
    parts += [_line([f"`{record.entry}`", _also(record.entry), *_cells(record)]) for record in sampled]
    return "\n".join(parts) + "\n"


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _safe(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def _also(key: str) -> str:
    """The other forms that PyTorch's table lists for an entry."""
    entry: Any = entries.table()[key]
    found = [alias.name for alias in entry.aliases]
    found += ["method"] * (entry.method_variant is not None)
    found += ["in place"] * (entry.inplace_variant is not None)
    found += ["`out=`"] * bool(entry.supports_out)
    return ", ".join(found)


def _cells(record: Record) -> list[str]:
    return [_cell([count for name, count in record.checks.items() if takes(name)]) for _, takes in COLUMNS]


def _cell(counts: list[Count]) -> str:
    agree, samples = sum(c.agree for c in counts), sum(c.samples for c in counts)
    if not samples:
        return "-"
    return str(samples) if agree == samples else f"**{agree} of {samples}**"


assert set(plan.ALL_CHECKS) == {name for name in plan.ALL_CHECKS for _, takes in COLUMNS if takes(name)}
