"""``torch._export``: the marks that programs put on their own classes for exporting."""
