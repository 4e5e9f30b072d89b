"""No modules: there are no quantized tensors here."""

__all__: list[str] = []
