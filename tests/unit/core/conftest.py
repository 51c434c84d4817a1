"""The directory in memory that plans are made for and applied to."""

import pytest

from tests.unit.people import InMemory


@pytest.fixture
def directory() -> InMemory:
    return InMemory()
