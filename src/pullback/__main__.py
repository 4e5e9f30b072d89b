"""``python -m pullback script.py [args…]``: run a torch program on pullback, unmodified.

Also ``python -m pullback -m module [args…]`` and ``python -m pullback -c code [args…]``, as Python itself takes them.
"""

from __future__ import annotations

import os
import runpy
import sys

from pullback.dropin import install

USAGE = "usage: python -m pullback [-m module | -c code | script.py] [args…]"


def main(arguments: list[str]) -> int:
    """Run what `arguments` name, with ``torch`` being pullback; returns the exit status."""
    if not arguments or arguments[0] in ("-h", "--help"):
        print(USAGE)
        return 0 if arguments else 2
    if arguments[0] in ("-m", "-c") and len(arguments) < 2:
        print(f"argument expected for the {arguments[0]} option\n{USAGE}", file=sys.stderr)
        return 2
    install()
    _tell_children()
    if arguments[0] == "-c":
        sys.argv = ["-c", *arguments[2:]]
        sys.path[0] = ""
        _run_code(arguments[1])
    elif arguments[0] == "-m":
        sys.argv = arguments[1:]
        sys.path[0] = os.getcwd()
        runpy.run_module(arguments[1], run_name="__main__", alter_sys=True)
    elif arguments[0].startswith("-"):
        print(f"unknown option {arguments[0]}\n{USAGE}", file=sys.stderr)
        return 2
    else:
        script = arguments[0]
        if not os.path.exists(script):
            print(f"python -m pullback: can't open file {script!r}", file=sys.stderr)
            return 2
        sys.argv = arguments
        sys.path[0] = os.path.dirname(os.path.abspath(script))
        runpy.run_path(script, run_name="__main__")
    return 0


def _tell_children() -> None:
    """Let processes that the program starts find pullback as ``torch`` too."""
    place = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_children")
    sys.path.insert(1, place)  # multiprocessing hands it on
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, (place, os.environ.get("PYTHONPATH"))))


def _run_code(code: str) -> None:
    """Run `code` in a fresh ``__main__``, so that what it defines can be pickled."""
    import types

    module = types.ModuleType("__main__")
    sys.modules["__main__"] = module
    exec(compile(code, "<string>", "exec"), module.__dict__)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
