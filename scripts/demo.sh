#!/bin/sh
# The main job: train a classifier of handwritten digits, then show the gradients of the first course note.
. "$(dirname "$0")/environment.sh"
environment .venv --editable ".[progress]"
.venv/bin/python -m pullback examples/digits.py "$@"
.venv/bin/python -m pullback examples/first_note.py
