"""How far pullback agrees with PyTorch, counted on PyTorch's own operator samples.

PyTorch's wheel carries a table of its operators (``op_db``: 702 entries, 636 names) and, for each entry,
functions that make sample inputs and inputs that must fail. Every sample is rebuilt for both libraries
through NumPy (`convert`), the operator is looked up in the other library (`resolve`), both run in one process
(`checks`), and what comes out is compared as NumPy arrays (`compare`). An entry agrees in a check when all
its samples agree.

The checks:

- ``forward``: values, dtypes and shapes of the outputs;
- ``grad``: which outputs require grad, and the cotangents of all differentiable inputs for random cotangents
  of the outputs;
- ``gradgrad``: the same once more, through the graph of the first backward pass;
- ``jvp``: tangents of the outputs in forward mode, for random tangents of the inputs;
- ``errors``: the exception's type for inputs that must fail; how many messages begin like PyTorch's is
  counted beside it.

What cannot be sampled (sparse tensors, operators that only run on CUDA, dtypes that NumPy lacks) is left out
of the counts and reported as such.
"""
