"""The deadlines function."""
