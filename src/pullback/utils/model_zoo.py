"""torch.utils.model_zoo: the former home of :func:`pullback.hub.load_state_dict_from_url`."""

from typing import Any

from pullback.hub import __getattr__ as _of_hub, load_state_dict_from_url as load_url

__all__ = ["load_url"]


def __getattr__(name: str) -> Any:
    return _of_hub(name)
