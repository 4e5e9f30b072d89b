"""What can be differentiated, with no engine in sight: one declaration per operator, a folder per family.

``pointwise`` (element by element), ``reduction``, ``shape`` (views, joining, splitting), ``index`` (gather, scatter,
sort), ``matrix`` (products, decompositions), ``neural`` (what networks are built of), ``creation``, ``random``.
An operator is plain NumPy; :mod:`pullback.graph.operator` says how to declare one.
"""
