"""Who listens to what the functions tell."""

from typing import Any

import pytest

from tests.ears import Ears


@pytest.fixture
def ears(world: Any) -> Ears:
    return Ears(world)
