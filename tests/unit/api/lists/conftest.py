"""Anna, whom the lists are about."""

import pytest

from tests.unit.world import NEW, OLD, World


@pytest.fixture
def world() -> World:
    """Anna has an old number; the directory holds a new one. Explicit values are on."""
    world = World().allow_explicit()
    world.directory.add("anna", NEW, mobile=OLD)
    return world
