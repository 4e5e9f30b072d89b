"""Fourier transforms: `transforms` holds the three operators, `one_axis` and `many_axes` `torch.fft`'s functions made of
them, `frequencies` what belongs to them, `short_time` the transforms of windows, `tapers` the windows themselves."""
