"""Where programs that reach behind ``torch.func`` find its parts, and ``functorch``, the name it had before.

Thin on `pullback.func`. The folder `functorch` is what ``import functorch`` gives a program that runs with ``torch`` being
pullback (see `pullback.dropin`), `_C` holds ``torch._C._functorch``.
"""
