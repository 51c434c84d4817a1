"""How many unfinished jobs there may be at once: each has its own pace, and they share one Graph. Those that only wait
for users do not count."""

from shared.errors import TooManyJobs
from shared.jobs.engine import FINISHED, Engine, EngineState
from shared.jobs.orchestrate import WAITING
from shared.services import JobStore


def make_room(store: JobStore, engine: Engine, caller: str, most: int) -> None:
    """Raises TooManyJobs unless one more job may be opened. Only at the limit the engine is asked which have ended."""
    jobs = store.open_jobs(caller)
    if len(jobs) < most:
        return
    unfinished = 0
    for job_id in jobs:
        state = engine.state(job_id)
        if state is None or state.run in FINISHED or _only_waits(state):
            store.close_job(caller, job_id)
        else:
            unfinished += 1
    if unfinished >= most:
        raise TooManyJobs(f"{unfinished} jobs are unfinished, which is the limit (MAX_OPEN_JOBS). Retry later.")


def _only_waits(state: EngineState) -> bool:
    return (state.custom or {}).get("pass") == WAITING
