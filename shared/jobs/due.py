"""The users of a chunk who are still due.

In a job that waits for users, those whom an earlier round has processed are not: their plans were judged and their
writes count, whoever comes late.

A run of a chunk may be cut off after it has begun to write and before it has stored its results. The marker of a run
that begins names the version of the results that it found. If they still have that version, the run did not store its
own.
"""

from collections.abc import Sequence

from shared.core.codes import Code
from shared.core.report import Json
from shared.core.waiting import is_pending
from shared.jobs.bodies import UNFINISHED, changes_of, codes_of, is_planned
from shared.services import JobStore, Phase, Stored

_NOT_YET = UNFINISHED | {Code.PENDING.value}


def dealt_with(store: JobStore, job_id: str, chunk: int, round: int) -> set[int]:
    """The places of users with whom an earlier round has dealt. Raises JobsUnavailable."""
    bodies = store.results(job_id, Phase.RESULT, chunk).bodies if round else None
    return {place for place, body in enumerate(bodies or []) if is_dealt_with(body)}


def is_dealt_with(result: Json) -> bool:
    """Not who is waited for, or could not be read: nothing was begun for that user."""
    return bool(changes_of(result)) or not codes_of(result) & _NOT_YET


def is_due(plan: Json, body: Json) -> bool:
    """Whether there is something to be written for a user, of whom the results say `body`; without any it is the plan.
    A user may have failed in one method and have another one to be written."""
    return is_planned(plan) and (body is plan or is_pending(body) or bool(codes_of(body) & UNFINISHED))


def doubtful(begun_on: str | None, stored: Stored, planned: Sequence[Json]) -> set[int]:
    """The places of users whom a run of this round may have changed before it was cut off. `begun_on`: the version of
    the results that the last run found ("": none); None: no run has begun in this round."""
    if begun_on is None:
        return set()
    is_cut_off = begun_on == (stored.version or "")
    return {
        place
        for place, (plan, body) in enumerate(zip(planned, stored.bodies or planned, strict=True))
        # Who is waited for in the results has none of this round, whatever their version is.
        if is_due(plan, body) and (is_cut_off or is_pending(body))
    }
