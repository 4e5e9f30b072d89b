"""Element by element, with broadcasting and type promotion."""
