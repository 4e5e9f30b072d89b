"""Settings of PyTorch's compiler, which may be set and have no effect."""

fallback_random = False
cpp_wrapper = False
size_asserts = True
