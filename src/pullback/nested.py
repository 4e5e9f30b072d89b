"""torch.nested: there are no tensors of ragged rows here, so each function raises ``NotImplementedError``."""

from pullback.absent import absent

_ABSENT = absent(
    "as_nested_tensor masked_select narrow nested_tensor nested_tensor_from_jagged to_padded_tensor",
    "pullback has no nested tensors; pad the rows to one length (torch.nn.utils.rnn.pad_sequence)",
)
globals().update(_ABSENT)
__all__ = list(_ABSENT)
