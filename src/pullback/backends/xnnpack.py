"""torch.backends.xnnpack: not used; NumPy computes."""

enabled = False
