"""The expanded template, and a cloud within this process."""

from tests.inside import cloud
from tests.template.conftest import find, resources, template, template_path

__all__ = ["cloud", "find", "resources", "template", "template_path"]
