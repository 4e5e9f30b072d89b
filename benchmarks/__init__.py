"""Measurements: pullback beside PyTorch and others, in one run, on one machine.

``python -m benchmarks`` times all on the same workloads, ``python -m benchmarks.parity`` counts how far pullback and
PyTorch agree on PyTorch's own operator samples, ``python -m benchmarks.memory`` watches a training loop's memory and
``python -m benchmarks.imports`` times the import. The table's rows are workloads (``benchmarks/workloads``), its columns
contestants (``benchmarks/contestants.py``): the reference's median time for a step, then for each of the others its own
and the median ratio to the reference, turn by turn; a dash is a workload that it does not have, or whose numbers or
failure the lines below the table name.
"""
