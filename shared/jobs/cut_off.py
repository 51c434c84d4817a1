"""A chunk whose last run was cut off: it has begun to write, and what came of that is not stored. Pure.

The marker of a run that begins names the version of the results that it found. They are still of that version where the
run did not come to store its own.
"""

from collections.abc import Sequence

from shared.core.report import Json
from shared.core.waiting import is_pending
from shared.jobs.answers import UNFINISHED, codes_of
from shared.jobs.credit import is_planned
from shared.services import Stored


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
