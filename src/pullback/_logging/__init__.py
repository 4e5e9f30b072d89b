"""torch._logging: PyTorch logs what its compiler does; here is nothing to log."""
