"""``python -m benchmarks.parity.worker LIBRARY OPTIONS``: entry keys come in by line, JSON records go out."""

from __future__ import annotations

import importlib
import json
import os
import sys

import torch

from .run_entry import Options, run_entry


def main() -> None:
    library, options = importlib.import_module(sys.argv[1]), json.loads(sys.argv[2])
    torch.set_num_threads(1)
    answers = os.fdopen(os.dup(1), "w", buffering=1)
    os.dup2(2, 1)  # what operators print is no answer
    asked = Options(**{**options, "checks": tuple(options["checks"])})
    for line in sys.stdin:
        answers.write(json.dumps(run_entry(line.strip(), library, asked).to_json()) + "\n")


if __name__ == "__main__":
    main()
