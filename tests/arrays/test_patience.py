"""OpenBLAS's threads sleep soon after a product, however NumPy was loaded, and the environment stays as it was."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from pullback.arrays import threads

_SPIN = """
import os, time
{first}
import numpy as np
{then}
a = np.random.rand(600, 600)
expected = np.einsum("ij,jk->ik", a, a)
assert np.allclose(a @ a, expected)
start = time.process_time()
time.sleep(0.2)
assert time.process_time() - start < 0.02, time.process_time() - start
assert "OPENBLAS_THREAD_TIMEOUT" not in os.environ
"""


def _can_shorten() -> bool:
    return sys.platform.startswith("linux") and hasattr(threads._blas(), "scipy_openblas_set_num_threads64_")


@pytest.mark.skipif(not _can_shorten(), reason="another BLAS")
@pytest.mark.parametrize("numpy_first", [False, True])
def test_threads_of_openblas_do_not_wait_long(numpy_first: bool) -> None:
    if numpy_first and not hasattr(threads._blas(), "openblas_read_env"):
        pytest.skip("this OpenBLAS cannot be told any more once it is loaded")
    code = (
        _SPIN.format(first="", then="import pullback.arrays.threads")
        if numpy_first
        else _SPIN.format(first="import pullback", then="")
    )
    environment = {name: value for name, value in os.environ.items() if name != "OPENBLAS_THREAD_TIMEOUT"}
    subprocess.run([sys.executable, "-c", code], check=True, env=environment)


def test_a_value_that_the_user_set_stays() -> None:
    code = "import os, pullback.arrays.threads; print(os.environ['OPENBLAS_THREAD_TIMEOUT'])"
    environment = {**os.environ, "OPENBLAS_THREAD_TIMEOUT": "20"}
    found = subprocess.run([sys.executable, "-c", code], check=True, env=environment, capture_output=True, text=True)
    assert found.stdout.split() == ["20"]
