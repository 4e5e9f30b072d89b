"""The same elements in another shape: views, joins, splits."""
