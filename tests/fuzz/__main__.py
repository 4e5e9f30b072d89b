"""``python -m tests.fuzz --programs 100000 --seed 0 --jobs 2``: count the programs on which both libraries agree.

``--show SEED`` prints one program, cut down to its difference, as a script that runs on PyTorch.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from tests.fuzz.campaign import campaign, explained
from tests.fuzz.draw import draw_program
from tests.fuzz.program import script


def main() -> None:
    """Read the command line and run."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz", description=__doc__)
    parser.add_argument("--programs", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0, help="of the first program; the others follow")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--state", type=Path, help="where progress is written, to go on from there")
    parser.add_argument("--show", type=int, metavar="SEED", help="print the program of a seed instead")
    chosen = parser.parse_args()
    if chosen.show is not None:
        print(script(draw_program(chosen.show)[0]) + "\n" + explained(chosen.show))
        return
    state = chosen.state or Path(f"build/fuzz/seed-{chosen.seed}.json")
    tally = campaign(chosen.programs, chosen.seed, chosen.jobs, state)
    print(f"\n{tally}")
    for name, count in sorted(tally.excused.items(), key=lambda item: -item[1]):
        print(f"{count:7d}  cut short: {name}")
    for kind, (count, seed) in sorted(tally.kinds.items(), key=lambda item: -item[1][0]):
        print(f"{count:7d}  seed {seed:7d}  {kind}")


if __name__ == "__main__":
    main()
