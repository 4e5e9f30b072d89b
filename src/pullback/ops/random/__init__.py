"""Random tensors, in PyTorch's numbers.

``generator`` holds the streams, ``creation`` makes tensors of given shapes, ``fills`` (continuous numbers) and
``discrete`` write into tensors that are there, ``sampling`` and ``normal`` draw from distributions that tensors
describe, ``checks`` says what is wrong with arguments.

Numbers are drawn in the order in which they lie in memory. Fills and samples are operators like any other,
with a place in the graph: what was drawn does not depend on what stood there, so their derivatives are zero.
"""
