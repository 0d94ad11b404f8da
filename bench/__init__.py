"""What the framework costs: the same route three times, and the import of the entry points."""
