"""Elements by position: gather, scatter, select, sort."""
