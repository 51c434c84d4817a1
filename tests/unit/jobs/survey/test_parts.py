"""survey/parts.py: what the activities of a report share is loaded once, and does not outlive the report for long."""

import gc
import time

import pytest

from shared.jobs.survey import parts
from shared.jobs.survey.parts import Facts, facts
from shared.services import Job
from tests.unit.jobs.survey.worlds import Kept, ReportWorld
from tests.unit.jobs.worlds import JOB


@pytest.fixture
def job(world: ReportWorld) -> Job:
    world.asked_for("anna")
    world.survey.registered(anna=["mobilePhone"])
    world.look()
    found = world.store.find(JOB)
    assert found is not None
    return found


class Slow(Kept):
    """Takes longer to load than facts are kept here."""

    def __init__(self, kept: Kept) -> None:
        super().__init__()
        self.contents = kept.contents

    def get(self, job_id: str, name: str) -> bytes | None:
        time.sleep(0.3)
        return super().get(job_id, name)


def held() -> int:
    """How many the process keeps."""
    return sum(type(each) is Facts for each in gc.get_objects())


def test_they_are_loaded_once_for_a_job(world: ReportWorld, job: Job) -> None:
    first = facts(world.kept, job)
    world.kept.contents.clear()
    assert facts(world.kept, job) is first


def test_what_nobody_asks_for_any_more_goes(world: ReportWorld, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "KEPT_S", 0.1)
    facts(Slow(world.kept), job)
    patience = time.monotonic() + 5
    while held() and time.monotonic() < patience:
        time.sleep(0.05)
    assert held() == 0
    assert facts(world.kept, job).of("anna", {"anna"}) is not None


def test_whoever_asks_puts_that_off(world: ReportWorld, job: Job, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "KEPT_S", 2.0)
    first = facts(world.kept, job)
    for _ in range(5):
        time.sleep(0.5)
        assert facts(world.kept, job) is first
