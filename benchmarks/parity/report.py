"""The counts as text."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

from .record import Count, Record

SHOWN_FAILURES = 20
SHOWN_NAMES = 8


def _share(agree: int, of: int) -> str:
    return f"{agree} of {of} ({100 * agree / of:.1f} %)" if of else "-"


def _names(records: Iterable[Record]) -> tuple[int, int]:
    """How many operator names have all their sampled entries agree, of how many."""
    states: dict[str, set[str]] = {}
    for record in records:
        if record.state != "skip":
            states.setdefault(record.entry.partition("/")[0], set()).add(record.state)
    return sum("fail" not in found for found in states.values()), len(states)


def _row(name: str, counts: list[Count]) -> tuple[str, str, str, str]:
    states = Counter(count.state for count in counts)
    entries = _share(states["pass"], states["pass"] + states["fail"])
    samples = _share(sum(c.agree for c in counts), sum(c.samples for c in counts))
    return name, entries, samples, str(states["skip"] or "")


def table(records: list[Record], checks: Iterable[str]) -> str:
    """Agreement by check, then over all checks, in entries, samples and operator names."""
    header = ("check", "entries that agree", "samples that agree", "not sampled")
    rows = [_row(name, [r.checks[name] for r in records if name in r.checks]) for name in checks]
    states = Counter(record.state for record in records)
    everything = [count for record in records for count in record.checks.values()]
    samples = _share(sum(c.agree for c in everything), sum(c.samples for c in everything))
    entries = _share(states["pass"], states["pass"] + states["fail"])
    rows.append(("all", entries, samples, str(states["skip"] or "")))
    widths = [max(len(row[i]) for row in [header, *rows]) for i in range(4)]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in [header, *rows]]
    lines.insert(1, "  ".join("-" * width for width in widths))
    lines += ["", f"operator names that agree in all their entries: {_share(*_names(records))}"]
    raised = [record.checks["errors"] for record in records if "errors" in record.checks]
    if raised:
        begin = _share(sum(c.messages for c in raised), sum(c.samples for c in raised))
        lines.append(f"error messages that begin like PyTorch's: {begin}")
    return "\n".join(lines)


def reasons(record: Record) -> list[str]:
    """A line for each reason, with the checks that it fails."""
    by_reason: dict[str, list[str]] = {}
    for name, count in record.checks.items():
        if count.state == "fail":
            by_reason.setdefault(count.reason, []).append(f"{name} {count.agree}/{count.samples}")
    return [f"{record.entry} [{record.dtype}] {', '.join(names)}: {why}" for why, names in by_reason.items()]


def failures(records: list[Record], everything: bool) -> str:
    """The failing checks of the entries, each with its first reason; the first few unless `everything`."""
    lines = [line for record in records for line in reasons(record)]
    shown = lines if everything else lines[:SHOWN_FAILURES]
    rest = len(lines) - len(shown)
    return "\n".join([*shown, *([f"… and {rest} more (--failures shows all)"] if rest else [])])


def not_sampled(records: list[Record], everything: bool) -> str:
    """The entries that could not be sampled, by reason; the first few of each unless `everything`."""
    by_reason: dict[str, list[str]] = {}
    for record in records:
        if record.state == "skip":
            by_reason.setdefault(record.why_not, []).append(record.entry)
    return "\n".join(f"not sampled ({reason}): {_listed(found, everything)}" for reason, found in by_reason.items())


def _listed(names: list[str], everything: bool) -> str:
    shown = names if everything else names[:SHOWN_NAMES]
    rest = len(names) - len(shown)
    return ", ".join(shown) + (f" and {rest} more" if rest else "")
