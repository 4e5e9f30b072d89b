"""Versions: which PyTorch this is, and which pullback."""

from __future__ import annotations

__version__ = "2.13.0+pullback"
"""The PyTorch release whose behaviour this package has."""

pullback = "0.1.0"
cuda = None
hip = None
git_version = "unknown"
debug = False
xpu = None
