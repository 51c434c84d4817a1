"""Of a job that waits for users: those with whom an earlier round has dealt.

What was planned for them was judged, and what was done for them counts: it stands, whoever comes late.
"""

from shared.core.codes import Code
from shared.core.report import Json
from shared.jobs.answers import UNFINISHED, codes_of
from shared.jobs.credit import changes_of
from shared.services import JobStore, Phase

_NOT_YET = UNFINISHED | {Code.PENDING.value}


def dealt_with(store: JobStore, job_id: str, chunk: int, round: int) -> set[int]:
    """Their places in a chunk. Raises JobsUnavailable."""
    bodies = store.results(job_id, Phase.RESULT, chunk).bodies if round else None
    return {place for place, body in enumerate(bodies or []) if is_dealt_with(body)}


def is_dealt_with(result: Json) -> bool:
    """Not who is waited for, or could not be read: nothing was begun for that user."""
    return bool(changes_of(result)) or not codes_of(result) & _NOT_YET
