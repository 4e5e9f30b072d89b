"""torch.fx."""
