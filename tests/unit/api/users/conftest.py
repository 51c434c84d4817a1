"""Anna, whom the routes for one user are about."""

import pytest

from tests.unit.api.users.routes import ANNA, register
from tests.unit.graph_rules import Account
from tests.unit.people import MOBILE
from tests.unit.world import OLD, World


@pytest.fixture
def world() -> World:
    """Anna has a mobile number. Explicit values are on."""
    world = World().allow_explicit()
    register(world, Account({MOBILE: OLD}))
    return world


@pytest.fixture
def anna(world: World) -> Account:
    return world.directory.accounts[ANNA]
