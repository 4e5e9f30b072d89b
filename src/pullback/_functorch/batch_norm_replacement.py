"""Batch norm that keeps no running statistics."""

from pullback.func import replace_all_batch_norm_modules_ as replace_all_batch_norm_modules_

__all__ = ["replace_all_batch_norm_modules_"]
