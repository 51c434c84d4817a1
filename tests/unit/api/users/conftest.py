"""Anna, whom the routes for one user are about."""

import pytest

from tests.unit.api.users.routes import ANNA, world_with_anna
from tests.unit.graph_rules import Account
from tests.unit.world import World


@pytest.fixture
def world() -> World:
    return world_with_anna()


@pytest.fixture
def anna(world: World) -> Account:
    return world.directory.accounts[ANNA]
