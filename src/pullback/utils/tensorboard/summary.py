"""What is written, as TensorBoard's records."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from tensorboard.compat.proto.summary_pb2 import HistogramProto, Summary, SummaryMetadata
from tensorboard.compat.proto.tensor_pb2 import TensorProto
from tensorboard.compat.proto.tensor_shape_pb2 import TensorShapeProto

from pullback.tensor import Tensor

__all__ = ["histogram", "image", "scalar", "text"]


def _as_array(values: Any) -> Any:
    return values.detach().numpy() if isinstance(values, Tensor) else np.asarray(values)


def scalar(name: str, number: Any, new_style: bool = False, double: bool = False) -> Any:
    """One number; in the new style as a tensor of TensorBoard's scalar plugin."""
    array = _as_array(number)
    if array.size != 1:
        raise AssertionError("scalar should be 0D")
    value = float(array.reshape(()))
    if not new_style:
        return Summary.Value(tag=name, simple_value=value)
    kept = TensorProto(
        **({"double_val": [value], "dtype": "DT_DOUBLE"} if double else {"float_val": [value], "dtype": "DT_FLOAT"})
    )
    plugin = SummaryMetadata.PluginData(plugin_name="scalars")
    return Summary.Value(tag=name, tensor=kept, metadata=SummaryMetadata(plugin_data=plugin))


def _default_bins() -> list[float]:
    positive, edge = [], 1e-12
    while edge < 1e20:
        positive.append(edge)
        edge *= 1.1
    return [-each for each in reversed(positive)] + [0.0] + positive


def histogram(name: str, values: Any, bins: Any = "tensorflow", max_bins: int | None = None) -> Any:
    """Counts in bins without the empty ones at both ends; numbers of the values beside."""
    array = _as_array(values).astype(np.float64).reshape(-1)
    if array.size == 0:
        raise ValueError("The input has no element.")
    counts, limits = np.histogram(array, bins=_default_bins() if bins == "tensorflow" else bins)
    if max_bins is not None and len(counts) > max_bins:
        step = len(counts) // max_bins
        padded = np.append(counts, np.zeros(-len(counts) % step, counts.dtype))
        counts = padded.reshape(-1, step).sum(axis=-1)
        limits = np.append(limits[:-1:step], limits[-1])
    filled = np.flatnonzero(counts)
    if filled.size == 0:
        raise ValueError("The histogram is empty, please file a bug report.")
    first, last = int(filled[0]), int(filled[-1])
    shown = counts[first : last + 1]
    edges, shown = limits[first : last + 2], np.append(0, shown)
    made = HistogramProto(
        min=array.min(), max=array.max(), num=array.size, sum=array.sum(), sum_squares=array.dot(array),
        bucket_limit=edges.tolist(), bucket=shown.tolist(),
    )  # fmt: skip
    return Summary.Value(tag=name, histo=made)


def text(name: str, words: str) -> Any:
    """A text for TensorBoard's text plugin."""
    plugin = SummaryMetadata.PluginData(plugin_name="text", content=b"")
    shape = TensorShapeProto(dim=[TensorShapeProto.Dim(size=1)])
    kept = TensorProto(dtype="DT_STRING", string_val=[words.encode()], tensor_shape=shape)
    return Summary.Value(tag=f"{name}/text_summary", metadata=SummaryMetadata(plugin_data=plugin), tensor=kept)


def image(name: str, picture: Any, dataformats: str = "CHW") -> Any:
    """A picture as PNG: floats count from 0 to 1, bytes to 255."""
    from PIL import Image  # needed for pictures only

    array = _as_array(picture)
    if array.ndim != len(dataformats):
        raise AssertionError(f"size of input tensor and input format are different: {array.shape}, {dataformats}")
    if "C" not in dataformats:
        array, dataformats = array[None], "C" + dataformats
    array = array.transpose([dataformats.index(letter) for letter in "HWC"])
    array = np.concatenate([array] * 3, 2) if array.shape[2] == 1 else array
    scaled = array if array.dtype == np.uint8 else np.clip(array.astype(np.float32) * 255.0, 0, 255).astype(np.uint8)
    file = io.BytesIO()
    Image.fromarray(scaled).save(file, format="PNG")
    height, width, channels = scaled.shape
    made = Summary.Image(height=height, width=width, colorspace=channels, encoded_image_string=file.getvalue())
    return Summary.Value(tag=name, image=made)
