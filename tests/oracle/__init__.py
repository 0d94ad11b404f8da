"""A second implementation of the settlement, to check the engine against."""
