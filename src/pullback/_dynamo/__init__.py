"""Names of PyTorch's tracer that programs use to keep out of its way. There is no tracer here."""

from pullback._dynamo import config as config, eval_frame as eval_frame
from pullback._dynamo.eval_frame import OptimizedModule
from pullback.compiler import allow_in_graph, assume_constant_result, disable, is_compiling, list_backends, reset

__all__ = [
    "OptimizedModule",
    "allow_in_graph",
    "assume_constant_result",
    "config",
    "disable",
    "is_compiling",
    "is_dynamo_supported",
    "list_backends",
    "reset",
]


def is_dynamo_supported() -> bool:
    """False: functions run as they are written."""
    return False


def _hint(*args: object, **settings: object) -> None:
    """What a tracer would be told of a tensor, or to do."""
