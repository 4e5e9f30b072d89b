"""Passes over graph modules, and their order."""
