"""Random programs that PyTorch and pullback must agree on, step by step.

Views, writes in place, hooks, modes and backward passes are tangled with one another in ways that nobody lists by
hand. So programs are drawn: `draw` writes one from a seed with the templates of `steps`, `observe` runs it and looks
at every fact of every tensor after each step, `compare` finds the first difference and cuts the program down to what
still shows it. ``python -m tests.fuzz --programs 100000 --seed 0 --jobs 2`` is the long run.
"""
