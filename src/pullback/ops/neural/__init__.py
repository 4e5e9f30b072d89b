"""What networks are built of: layers, losses, activations with parameters."""
