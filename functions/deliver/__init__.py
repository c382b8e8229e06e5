"""The deliver function."""
