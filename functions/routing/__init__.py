"""The routing function."""
