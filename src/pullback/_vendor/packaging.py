"""The package `packaging`, which is loaded if it is installed."""

from packaging import version as version
