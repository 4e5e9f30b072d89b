"""torch.onnx: there is no exporter."""

from __future__ import annotations

from typing import Any

__all__ = [
    "OnnxExporterError",
    "export",
    "is_in_onnx_export",
    "register_custom_op_symbolic",
    "unregister_custom_op_symbolic",
]


class OnnxExporterError(RuntimeError):
    """A model could not be exported."""


def export(model: Any, args: Any = (), f: Any = None, **settings: Any) -> Any:
    """Raises `OnnxExporterError`: pullback has no exporter."""
    raise OnnxExporterError("pullback has no ONNX exporter; save the state_dict() and export with PyTorch")


def is_in_onnx_export() -> bool:
    """False."""
    return False


def register_custom_op_symbolic(symbolic_name: str, symbolic_fn: Any, opset_version: int) -> None:
    """Accepted: there is no exporter that would ask."""


def unregister_custom_op_symbolic(symbolic_name: str, opset_version: int) -> None:
    """Accepted."""


def parse_args(*arg_descriptors: str) -> Any:
    """A decorator that leaves functions as they are."""
    return lambda function: function
