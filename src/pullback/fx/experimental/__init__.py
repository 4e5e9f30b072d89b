"""What PyTorch's tracers ask about shapes and modes. There are no symbolic shapes here: every number is known."""
