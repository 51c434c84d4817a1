"""The orchestrators: plan every chunk, judge all of them, apply every chunk. Pure generators, driven by the engine.

They see ids, chunk numbers and counts, never a user. Chunks go in waves, each a sub-orchestration, because the engine
replays a history from its beginning for every answer: so that the cost of a job is in proportion to its length. Within
a wave a bounded number of chunks runs at once, because instances do not share a pace. What an activity could not do is
data: a service that is away, or a Graph that throttles, is waited for; only what waiting cannot mend ends the job.
So does what fails for good, however often the engine tries it. A job that was judged ends with `settle_job`.

A job that waits for users takes the same steps again, in rounds, for the waves with users who were not there yet.
Between two rounds nothing runs and nothing is held: a durable timer stands in the engine's storage.
"""

from collections.abc import Generator, Iterable
from datetime import datetime, timedelta
from typing import Any, Protocol

from shared.jobs.answers import LISTED
from shared.jobs.chunks import count_chunks
from shared.jobs.life import IDS, INTERNAL, log_end, log_start
from shared.jobs.outcome import Data, Waves, add, added, broken, has_ended, nothing, of_wave

CHUNKS_IN_A_WAVE = 10
# Between two tries, and twice as long after each one without progress: a long wait must not grow a long history.
PAUSE_S = 30
LONGEST_PAUSE_S = 120
# Between two looks for users who were not there yet; the last one again and again.
PAUSES_FOR_USERS_MIN = (1, 2, 5, 10, 15)
# The pass of a job that only waits for users.
WAITING = "wait"

# What is yielded and what the engine hands back are its own; the last value is the outcome.
Steps = Generator[Any, Any, Data]
_ONE = {"first": 0, "count": 1, "hasWaited": False}


class Context(Protocol):
    """What is used of durable's DurableOrchestrationContext."""

    @property
    def current_utc_datetime(self) -> datetime: ...
    @property
    def is_replaying(self) -> bool: ...
    def get_input(self) -> Any: ...
    def set_custom_status(self, status: Any) -> None: ...
    def call_activity_with_retry(self, name: str, retry_options: Any, input_: Any = None) -> Any: ...
    def call_sub_orchestrator(self, name: str, input_: Any = None) -> Any: ...
    def create_timer(self, fire_at: datetime) -> Any: ...
    def task_all(self, activities: list[Any]) -> Any: ...


def run_job(context: Context) -> Steps:
    """Input: `jobId, chunks, dryRun, isMixed, isJudged, settles, parallel, patienceMinutes`, and `correlationId`,
    `callerCorrelationId`, `caller` and `route` of the request; `waitMinutes` where it waits for users, `resumes` where
    a workflow waits for it, `isReport` where it makes rows of a report and no plan. Output: that of a pass. The log
    says that it starts and how it ends."""
    job, began = context.get_input(), context.current_utc_datetime
    if not context.is_replaying:
        log_start(job)
    try:
        output = yield from _told(context, job)
    except Exception:
        log_end(job, {"error": INTERNAL}, context.current_utc_datetime - began)
        raise
    if not context.is_replaying:
        log_end(job, output, context.current_utc_datetime - began)
    return output


def _told(context: Context, job: Data) -> Steps:
    """At its end a workflow that waits for the job is resumed, whatever came of it."""
    outcome = yield from _passes(context, job)
    return (yield from _last(context, job, "resume_workflow", outcome)) if job.get("resumes", False) else outcome


def _passes(context: Context, job: Data) -> Steps:
    """What is planned, and what is done of it."""
    begun = context.current_utc_datetime
    if job.get("lists", False):
        listed = yield from _look(context, job, "list_users")
        users = listed["counts"].pop(LISTED, 0)
        if has_ended(listed):
            return listed
        job = {**job, "chunks": count_chunks(users)}
    if job.get("isReport", False):
        return (yield from _report(context, job))
    if job.get("waitMinutes", 0):
        job = {**job, "round": 0, "isLast": False}
    planned = added((yield from _pass(context, job, "plan_chunk")))
    is_planned = not has_ended(planned)
    outcome = yield from _judged(context, job, planned)
    if job.get("tellsDrift", False):
        outcome = yield from _last(context, job, "tell_drift", outcome)
    # An order of 1.0.0 has no `settles`: what stopped such a job before it wrote ended it there.
    if job["dryRun"] or not is_planned or (has_ended(outcome) and not job.get("settles", False)):
        return outcome
    if not has_ended(outcome):
        waves = yield from _pass(context, job, "apply_chunk")
        outcome = added(waves)
        if "round" in job:
            job, outcome = yield from _wait_for_users(context, job, waves, begun)
    # What was judged may hold a part of the day, whatever came of it.
    return (yield from _last(context, job, "settle_job", outcome)) if job.get("isJudged", False) else outcome


def _judged(context: Context, job: Data, planned: Data) -> Steps:
    """A plan, and why it is not carried out.

    Orders from before 1.0.0 have no `isJudged` but `removalsAllowed`: their steps are those of that time, and
    `apply_chunk` judges. For them alone removals are counted.
    """
    # A user named by name and by id, in two chunks, must not be counted or written twice.
    looks = (("mark_duplicates", job["isMixed"]), ("judge_plan", job.get("isJudged", False)))
    for activity in (activity for activity, is_due in looks if is_due):
        if not has_ended(planned):
            looked = yield from _look(context, job, activity)
            planned |= {name: looked[name] for name in ("counts", "removals", "cancelled", "error")}
    allowed = job.get("removalsAllowed")
    if planned["error"] is None and allowed is not None and planned["removals"] > allowed:
        planned["error"] = _too_many_removals(planned["removals"], allowed)
    return planned


def _look(context: Context, job: Data, activity: str) -> Steps:
    """An activity about the whole job."""
    return (yield from _wave(context, {**job, "activity": activity, **_ONE}))


def _last(context: Context, job: Data, activity: str, outcome: Data) -> Steps:
    """One that changes nothing about the outcome of the job, but that it failed."""
    looked = yield from _look(context, job, activity)
    return outcome | {"error": outcome["error"] or looked["error"]}


def _wait_for_users(
    context: Context, job: Data, waves: Waves, begun: datetime
) -> Generator[Any, Any, tuple[Data, Data]]:
    """Rounds for those who were not there yet, until all are or the time is over. The order of the last round, and the
    outcome."""
    until, total = begun + timedelta(minutes=job["waitMinutes"]), added(waves)
    while total["counts"].get("pending") and not (job["isLast"] or has_ended(total)):
        context.set_custom_status({"pass": WAITING, "counts": total["counts"], "throttled": total["throttled"]})
        pause = PAUSES_FOR_USERS_MIN[min(job["round"], len(PAUSES_FOR_USERS_MIN) - 1)]
        at = min(context.current_utc_datetime + timedelta(minutes=pause), until)
        if at > context.current_utc_datetime:
            yield context.create_timer(at)
        job = {**job, "round": job["round"] + 1, "isLast": at >= until}
        firsts = [first for first, wave in waves.items() if wave["counts"].get("pending")]
        planned = added((yield from _pass(context, job, "plan_chunk", firsts)))
        if planned["counts"].get("pending") != total["counts"]["pending"]:
            planned = yield from _judged(context, job, planned)
            if not has_ended(planned):
                waves |= yield from _pass(context, job, "apply_chunk", firsts)
        total = added(waves)
        total |= {name: total[name] or planned[name] for name in ("cancelled", "error")}
    return job, total


def _report(context: Context, job: Data) -> Steps:
    """What holds for the tenant, then the rows of all chunks, then what only all of them together tell."""
    surveyed = yield from _look(context, job, "survey_tenant")
    if has_ended(surveyed):
        return surveyed
    rows = added((yield from _pass(context, job, "report_chunk")))
    if has_ended(rows):
        return rows
    settled = yield from _look(context, job, "settle_report")
    return rows | {name: settled[name] for name in ("error", "cancelled")}


def run_wave(context: Context) -> Steps:
    """Some chunks of one pass; a sub-orchestration. Input: that of the job and `activity, first, count`."""
    return (yield from _wave(context, context.get_input()))


def _pass(
    context: Context, job: Data, activity: str, firsts: Iterable[int] | None = None
) -> Generator[Any, Any, Waves]:
    """All waves, or those that begin with these chunks."""
    waves, total = Waves(), nothing()
    # No wave ends with a group that is not full.
    width = max(1, CHUNKS_IN_A_WAVE // job["parallel"]) * job["parallel"]
    for first in range(0, job["chunks"], width) if firsts is None else firsts:
        wave = {**job, "activity": activity, "first": first, "count": min(width, job["chunks"] - first)}
        # Users that Graph has not answered for in all that time must not hold up each wave anew.
        wave["hasWaited"] = total["unfinished"] > 0
        try:
            waves[first] = yield context.call_sub_orchestrator("run_wave", wave)
        except Exception:  # noqa: BLE001 - its own history says why
            waves[first] = broken()
        total = add(total, waves[first])
        if firsts is None:
            context.set_custom_status({"pass": activity, "counts": total["counts"], "throttled": total["throttled"]})
        if has_ended(total):
            break
    return waves


def _wave(context: Context, wave: Data) -> Steps:
    """Every chunk once, and again those that could not be finished, until the patience is over.

    Patience counts from the last progress: a slow Graph does not exhaust it, one that has stopped does.
    """
    done: dict[int, Data] = {}
    throttled = idle = 0
    todo = list(range(wave["first"], wave["first"] + wave["count"]))
    ids = _ids(wave)
    patience = timedelta(minutes=wave["patienceMinutes"])
    progress_at = context.current_utc_datetime
    while todo:
        before = {chunk: done[chunk]["unfinished"] for chunk in todo if chunk in done}
        for begin in range(0, len(todo), wave["parallel"]):
            chunks = todo[begin : begin + wave["parallel"]]
            calls = [
                context.call_activity_with_retry(wave["activity"], retry_options(), {**ids, "chunk": chunk})
                for chunk in chunks
            ]
            answers = yield from _group(context, calls)
            done |= dict(zip(chunks, answers, strict=True))
            throttled += sum(answer["throttled"] for answer in answers)
            if any(answer["cancelled"] or answer["error"] for answer in answers):
                return of_wave(done, throttled)
        if any(done[chunk]["unfinished"] != before.get(chunk) for chunk in todo):
            progress_at, idle = context.current_utc_datetime, 0
        else:
            idle += 1
        todo = [chunk for chunk in todo if done[chunk]["unfinished"]]
        is_away = any(done[chunk]["pausedBy"] for chunk in todo)
        waited = context.current_utc_datetime - progress_at
        if idle and (waited >= patience or (wave["hasWaited"] and not is_away)):
            break
        if todo:
            pause = timedelta(seconds=min(PAUSE_S * 2**idle, LONGEST_PAUSE_S))
            yield context.create_timer(context.current_utc_datetime + pause)
    return of_wave(done, throttled)


def _group(context: Context, calls: list[Any]) -> Generator[Any, Any, list[Data]]:
    """What activities at once answer. One that fails for good ends the job, and its group fails at once: but the others
    go on, may write, and are waited for, before anything else is begun."""
    try:
        return (yield context.task_all(calls))  # type: ignore[no-any-return]
    except Exception:  # noqa: BLE001 - whatever it was: the log has it
        answers: list[Data] = []
    for call in calls:
        try:
            answers.append((yield call))
        except Exception:  # noqa: BLE001 - as above
            answers.append(broken())
    return answers


def _ids(order: Data) -> Data:
    """The ids of the request are missing in orders that were stored before they were passed on. The round stands
    there where the job waits for users, `lists` where it has listed them itself."""
    return {name: order[name] for name in (*IDS, "round", "isLast", "lists") if name in order}


def _too_many_removals(removals: int, allowed: float) -> Data:
    """The error with which the guard ends a job of an earlier version."""
    detail = (
        f"{removals} phone methods would be removed; {allowed:g} are allowed in a job of this size. Nothing was "
        "written. Check the directory. If it is right, send fewer users at once or raise MAX_REMOVALS_PERCENT."
    )
    return {"code": "tooManyRemovals", "detail": detail}


def retry_options() -> Any:
    """For faults of the infrastructure only: what an activity could not do it reports as data."""
    from azure.durable_functions import RetryOptions

    return RetryOptions(first_retry_interval_in_milliseconds=5000, max_number_of_attempts=5)
