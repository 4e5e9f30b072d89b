#!/bin/sh
# The tests. They compare with recorded values; with WITH_TORCH=1 PyTorch is installed too and asked live.
. "$(dirname "$0")/environment.sh"
environment .venv-test --editable ".[test]"
if [ "${WITH_TORCH:-0}" = 1 ]; then
    environment .venv-test torch==2.13.0
    environment .venv-test --editable ".[test,reference,fast]"
fi
if [ "$#" -gt 0 ]; then
    exec .venv-test/bin/python -m pytest "$@"
fi
.venv-test/bin/ruff check .
.venv-test/bin/mypy
.venv-test/bin/lint-imports
exec .venv-test/bin/python -m pytest -q -n auto
