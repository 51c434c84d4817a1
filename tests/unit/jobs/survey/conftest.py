"""The world of these tests."""

import pytest

from shared.jobs.store import BlobJobStore
from tests.unit.jobs.survey.worlds import ReportWorld
from tests.unit.world import NEW, OLD


@pytest.fixture
def world(store: BlobJobStore) -> ReportWorld:
    """Anna has a phone that is right, Bo another one than he should, Cy none."""
    world = ReportWorld(store)
    world.directory.add("anna", NEW, mobile=NEW)
    world.directory.add("bo", NEW, mobile=OLD)
    world.directory.add("cy", None)
    return world
