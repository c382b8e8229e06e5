"""The fetch function."""
