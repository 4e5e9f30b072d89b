"""The folder that ``torch._C`` looks for submodules in."""
