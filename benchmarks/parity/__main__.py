"""``python -m benchmarks.parity``: the count of agreement with PyTorch. ``--help`` lists the options."""

from __future__ import annotations

import argparse
import importlib
import json
import os
import sys
import time
from pathlib import Path

from . import entries, markdown, plan, report, touched
from .pool import run_all
from .record import Record
from .run_entry import Options

RESULTS = Path(__file__).parents[1] / "results" / "parity.jsonl"


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description=__doc__)
    parser.add_argument("--ops", default="", metavar="REGEX", help="entries whose name/variant matches")
    parser.add_argument("--top", type=int, default=0, metavar="N", help="only the N most used names (up to 150)")
    parser.add_argument(
        "--changed", nargs="?", const=touched.base(), metavar="COMMIT",
        help="only what a change of the code since COMMIT reaches (default: where this branch left origin/main)",
    )  # fmt: skip
    parser.add_argument("--samples", type=int, default=40, metavar="N", help="samples for each entry, 0 for all")
    parser.add_argument("--seconds", type=float, default=20.0, help="time limit for each sample")
    parser.add_argument("--jobs", type=int, default=os.cpu_count(), help="processes (default: one for each core)")
    parser.add_argument("--checks", default=",".join(plan.ALL_CHECKS), help="default: %(default)s")
    parser.add_argument("--json", type=Path, default=RESULTS, metavar="FILE", help="records, a line for each entry")
    parser.add_argument("--failures", action="store_true", help="print every failing entry, not the first few")
    parser.add_argument("--resume", action="store_true", help="keep what FILE has, run the rest")
    parser.add_argument("--markdown", type=Path, metavar="FILE", help="write the counts as a page, too")
    parser.add_argument("--library", default="pullback", help="the library to compare (torch: must agree in all)")
    return parser.parse_args()


def kept(path: Path, run: dict[str, object]) -> list[Record]:
    """The records of an earlier run in `path`, if it was the same run; its first line says which it was."""
    if not path.exists():
        return []
    first, *lines = path.read_text().splitlines() or [""]
    if first != json.dumps(run):
        sys.exit(f"{path} holds another run ({first[:120]}); choose another --json or leave out --resume")
    return [Record.from_json(json.loads(line)) for line in lines if line.endswith("}")]


def main() -> None:
    args = arguments()
    checks = tuple(args.checks.split(","))
    for name in checks:
        plan.parts(name)
    options = Options(checks, args.samples, args.seconds)
    library = importlib.import_module(args.library)  # fails here rather than in every process
    keys = entries.select(args.ops, args.top)
    if args.changed:
        keys = [key for key in touched.reached(library, args.changed) if key in keys]
    run = {"library": args.library, "checks": checks, "samples": args.samples}
    records = kept(args.json, run) if args.resume else []
    args.json.parent.mkdir(parents=True, exist_ok=True)
    began, have = time.perf_counter(), {record.entry for record in records}
    with args.json.open("w", buffering=1) as file:
        for line in (run, *(record.to_json() for record in records)):
            file.write(json.dumps(line) + "\n")

        def done(record: Record) -> None:
            records.append(record)
            file.write(json.dumps(record.to_json()) + "\n")
            if sys.stderr.isatty():
                print(f"\r{len(records)} of {len(keys)} entries", end="", file=sys.stderr, flush=True)

        run_all([key for key in keys if key not in have], args.library, options, args.jobs, done)
    order = {key: place for place, key in enumerate(keys)}
    shown = sorted((r for r in records if r.entry in order), key=lambda r: order[r.entry])
    print(f"{args.library} and PyTorch, {time.perf_counter() - began:.0f} s", file=sys.stderr)
    for part in (
        report.failures(shown, args.failures),
        report.not_sampled(shown, args.failures),
        report.table(shown, checks),
    ):
        if part:
            print(part, end="\n\n")
    if args.markdown:
        args.markdown.write_text(markdown.page(shown, checks, args.samples))


if __name__ == "__main__":
    main()
