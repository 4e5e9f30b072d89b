"""Packages written for PyTorch, unmodified, on pullback.

`table` names them, `install` fetches them without their requirement of PyTorch, each script in `checks` uses one and
asserts numbers, `test_packages` runs the scripts with ``python -m pullback``. By hand::

    python -m tests.packages [NAME …]              # the checks, one line each
    python -m tests.packages --own-tests NAME      # a package's own tests, from its source distribution
"""
