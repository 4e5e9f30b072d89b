"""What ``import torch`` finds in processes that a program under ``python -m pullback`` starts: pullback again.

`pullback.__main__` puts this folder on their path. The module gives its place to the package as it is imported.
"""

import sys

if __name__ == "torch":
    from importlib.util import find_spec
    from pathlib import Path

    if find_spec("pullback") is None:
        sys.path.append(str(Path(__file__).parents[2]))
    from pullback.dropin import install

    del sys.modules["torch"]
    install()
