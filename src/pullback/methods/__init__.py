"""What a Tensor can do, bound by assignment in class bodies: one mixin per family, joined in ``tensor.py``.

A function in a class body is a method, so editors and type checkers see it, jump to it and document it.
"""
