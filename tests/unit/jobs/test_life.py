"""jobs/life.py: what the log says when a job is accepted, and how a job ended."""

import logging
from typing import Any

import pytest

from shared.jobs.life import ending_of, log_accepted, route_of
from shared.services import EVERYONE, SWEEP, Job
from tests.recorded import lines

GROUP = "b7a6f0f2-6f0e-4a9b-8f6e-1c2d3e4f5a6b"


def job(**words: Any) -> Job:
    return Job(**{"id": "j", "fingerprint": "f", "created_at": "", "users": 0, "chunks": 0, "dry_run": False, **words})


@pytest.mark.parametrize(
    ("words", "told", "users"),
    [
        ({"users": 3}, "Job j accepted: 3 users.", 3),
        ({"scope": EVERYONE}, "Job j accepted: everyone.", None),
        ({"scope": GROUP}, f"Job j accepted: group {GROUP}.", None),
    ],
)
def test_an_accepted_job_says_whom_it_is_about(
    words: dict[str, Any], told: str, users: int | None, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        log_accepted(job(**words))
    (line,) = lines(caplog, "jobAccepted")
    assert (line["message"], line.get("users"), line["jobId"], line["dryRun"]) == (told, users, "j", False)


@pytest.mark.parametrize(
    ("output", "ending"),
    [
        ({"counts": {"changed": 2}}, "succeeded"),
        ({"counts": {}}, "succeeded"),
        ({"counts": {"changed": 1, "failed": 1}}, "partial"),
        ({"counts": {"failed": 2}}, "failed"),
        ({"counts": {"changed": 1}, "error": {"code": "readOnly"}}, "failed"),
        ({"counts": {"changed": 1}, "cancelled": True}, "cancelled"),
    ],
)
def test_how_a_job_ended(output: dict[str, Any], ending: str) -> None:
    assert ending_of(output) == ending


@pytest.mark.parametrize(
    ("words", "route"),
    [
        ({}, "POST /api/reconcile"),
        ({"applies": "other"}, "POST /api/jobs/*/apply"),
        ({"callback": "/identityGovernance"}, "POST /api/lifecycle"),
        ({"is_report": True}, "POST /api/report"),
        ({"caller": SWEEP, "delta_link": "/users/delta"}, "sweep"),
        ({"caller": SWEEP, "tells_drift": True}, "check"),
    ],
)
def test_the_route_says_where_a_job_comes_from(words: dict[str, Any], route: str) -> None:
    assert route_of(job(**words)) == route
