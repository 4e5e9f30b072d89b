"""Fewer axes out than in."""
