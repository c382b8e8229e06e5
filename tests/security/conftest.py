"""The expanded template, and a cloud within this process."""

from collections.abc import Iterator

import pytest

from tests import inside
from tests.template.conftest import find, resources, template, template_path

__all__ = ["find", "resources", "template", "template_path"]


@pytest.fixture(scope="session")
def cloud() -> Iterator[str]:
    """The address of a local cloud within this process."""
    inside.install()
    yield inside.ADDRESS
    inside.uninstall()
