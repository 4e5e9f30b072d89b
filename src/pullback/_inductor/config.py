"""Settings of PyTorch's compiler, which may be set and have no effect."""

import sys

from pullback.utils._config_module import patch_of

fallback_random = False
cpp_wrapper = False
size_asserts = True
patch = patch_of(sys.modules[__name__])
