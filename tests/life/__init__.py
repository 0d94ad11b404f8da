"""A member's whole life, walked in whatever order things happen."""
