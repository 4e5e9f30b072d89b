"""The parts of a data loader: fetching, collating, worker processes."""
