"""torch._logging: which logs are written."""

from pullback._logging._internal import (
    _init_logs as _init_logs,
    getArtifactLogger as getArtifactLogger,
    set_logs as set_logs,
)
