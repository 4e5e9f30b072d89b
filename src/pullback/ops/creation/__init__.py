"""Tensors from nothing, from data, from other tensors."""
