"""The parts of `torch.utils.benchmark`: `common` (measurements), `timer`."""
