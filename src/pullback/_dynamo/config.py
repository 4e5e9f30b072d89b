"""Settings of PyTorch's tracer, which may be set and have no effect."""

import sys

from pullback.utils._config_module import patch_of

verbose = False
suppress_errors = False
cache_size_limit = 8
recompile_limit = 8
accumulated_cache_size_limit = 256
capture_scalar_outputs = False
capture_dynamic_output_shape_ops = False
assume_static_by_default = True
optimize_ddp = True
accumulated_recompile_limit = 256
compiled_autograd = False
issue_3_13_0_warning = True
log_compilation_metrics = True
patch = patch_of(sys.modules[__name__])
