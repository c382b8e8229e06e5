"""The bounces function."""
