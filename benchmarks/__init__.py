"""Measurements: pullback beside PyTorch, in one run, on one machine.

``python -m benchmarks`` times both on the same workloads, ``python -m benchmarks.parity`` counts how far both
agree on PyTorch's own operator samples, ``python -m benchmarks.memory`` watches a training loop's memory and
``python -m benchmarks.imports`` times the import. PyTorch is needed for all but the last two.
"""
