"""Filled by its family."""
