"""The parts of a data loader: fetching, collating, worker processes."""

from pullback.utils.data._utils.info import MP_STATUS_CHECK_INTERVAL as MP_STATUS_CHECK_INTERVAL
