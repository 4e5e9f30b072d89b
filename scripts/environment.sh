# Makes the virtual environment .venv and installs pullback and what is named behind it, unless that was done before.
# Sourced by the other scripts; needs Python ≥ 3.10 with venv as python3, or as $PYTHON.
set -eu
cd "$(dirname "$0")/.."
environment() {
    folder="$1"
    shift
    stamp="$folder/installed: $*"
    if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
        "${PYTHON:-python3}" -m venv "$folder"
        "$folder/bin/python" -m pip install --quiet --disable-pip-version-check "$@"
        touch "$stamp"
    fi
}
