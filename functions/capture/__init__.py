"""The capture function."""
