"""How a tensor becomes text.

The text is PyTorch's, character for character. It is made in four steps, a file each:

- `options`: how many digits, when to summarise, how wide a line (`torch.set_printoptions`);
- `elements`: every number of the array in one common notation, and the column width that follows;
- `layout`: brackets, commas and line breaks around the elements;
- `text`: the class name in front, and behind what the numbers do not say (dtype, size, place in the graph).

All of it works on raw arrays and plain facts; no Tensor is known here.
"""

from pullback.printing.options import get_printoptions, printoptions, set_printoptions
from pullback.printing.text import format_tensor, format_value, format_wrapped

__all__ = [
    "format_tensor",
    "format_value",
    "format_wrapped",
    "get_printoptions",
    "printoptions",
    "set_printoptions",
]
