"""torch.backends.python_native: kernels written in other languages than C++; NumPy computes."""

all_dsls: list[str] = []
available_dsls: list[str] = []
