"""These tests need a cloud, and no server."""

from tests.inside import cloud

__all__ = ["cloud"]
