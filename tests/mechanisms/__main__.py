"""Writes docs/mechanisms.md."""

from tests.mechanisms.page import PAGE, page

PAGE.write_text(page(), "utf-8")
