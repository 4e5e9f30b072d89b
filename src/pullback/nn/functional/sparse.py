"""Tables of vectors: `embedding`, `embedding_bag`, `one_hot`."""

from pullback.ops.index.bags import embedding_bag as embedding_bag
from pullback.ops.index.tables import one_hot as one_hot, table_embedding as embedding

__all__ = ["embedding", "embedding_bag", "one_hot"]
