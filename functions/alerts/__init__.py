"""The alerts function."""
