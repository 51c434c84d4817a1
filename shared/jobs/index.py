"""The list of jobs: one blob for each job of a caller, in the folder of that caller. Pure.

Its name says when the job was created, and its metadata what else the list shows.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from shared.services import Job, ListedJob

# November 2286, the last moment that has 13 digits.
_END_OF_TIME_MS = 10**13 - 1


def folder(caller: str) -> str:
    return f"index/{caller}/"


def position_of(job: Job) -> str:
    """Later jobs sort first."""
    created_ms = round(datetime.fromisoformat(job.created_at).timestamp() * 1000)
    return f"{_END_OF_TIME_MS - created_ms:013d}-{job.id}"


def listed_job(caller: str, position: str, facts: Mapping[str, str]) -> ListedJob:
    """From name and metadata of its blob."""
    inverted, _, job_id = position.partition("-")
    created = datetime.fromtimestamp((_END_OF_TIME_MS - int(inverted)) / 1000, UTC)
    # Earlier versions did not say whether it is a report.
    is_report = facts.get("report") == "true"
    return ListedJob(position, job_id, caller, created, int(facts["users"]), facts["dryrun"] == "true", is_report)
