"""Settings of saving and loading."""

from pullback.utils.serialization.config import config as config
