"""How differentiation works, with no operator in sight.

An operator that runs on a tensor that requires grad leaves a :class:`~pullback.graph.node.Node` behind: its
edges point at the nodes (or leaf tensors) that made its inputs, its slots hold what its derivative rules asked
to keep. :mod:`~pullback.graph.engine` walks those edges from the newest node to the oldest.

Read in this order: ``modes`` (what is on in this thread), ``versions`` (who wrote into memory), ``tensor_base``
(what an operator knows of a tensor), ``node``, ``operator`` (a declaration and its rules), ``dispatch`` (the
function written for each operator), ``views`` (memory seen twice), ``engine`` (the backward pass).
Nothing here imports ``pullback.ops`` or ``pullback.tensor``.
"""
