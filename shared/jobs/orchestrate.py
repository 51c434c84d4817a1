"""The orchestrators: plan every chunk, judge all of them, apply every chunk. Pure generators, driven by the engine.

They see ids, chunk numbers and counts, never a user. Chunks go in waves, each a sub-orchestration, because the engine
replays a history from its beginning for every answer: so that the cost of a job is in proportion to its length. Within
a wave a bounded number of chunks runs at once, because instances do not share a pace. What an activity could not do is
data: a service that is away, or a Graph that throttles, is waited for; only what waiting cannot mend ends the job.
"""

from collections.abc import Generator, Mapping
from datetime import datetime, timedelta
from typing import Any, Protocol

CHUNKS_IN_A_WAVE = 10
# Between two tries, and twice as long after each one without progress: a long wait must not grow a long history.
PAUSE_S = 30
LONGEST_PAUSE_S = 120

Data = dict[str, Any]
# What is yielded and what the engine hands back are its own; the last value is the outcome.
Steps = Generator[Any, Any, Data]


class Context(Protocol):
    """What is used of durable's DurableOrchestrationContext."""

    @property
    def current_utc_datetime(self) -> datetime: ...
    def get_input(self) -> Any: ...
    def set_custom_status(self, status: Any) -> None: ...
    def call_activity_with_retry(self, name: str, retry_options: Any, input_: Any = None) -> Any: ...
    def call_sub_orchestrator(self, name: str, input_: Any = None) -> Any: ...
    def create_timer(self, fire_at: datetime) -> Any: ...
    def task_all(self, activities: list[Any]) -> Any: ...


def run_job(context: Context) -> Steps:
    """Input: `jobId, chunks, dryRun, isMixed, isJudged, parallel, patienceMinutes`, and `correlationId` of the request.
    Output: that of a pass.

    Orders of earlier versions have no `isJudged` but `removalsAllowed`: their steps are those of that time, and
    `apply_chunk` judges.
    """
    job: Data = context.get_input()
    if job.get("isReport", False):
        return (yield from _report(context, job))
    planned = yield from _pass(context, job, "plan_chunk")
    # A user named by name and by id, in two chunks, must not be counted or written twice.
    looks = (("mark_duplicates", job["isMixed"]), ("judge_plan", job.get("isJudged", False)))
    for activity in (activity for activity, is_due in looks if is_due):
        if planned["error"] is None and not planned["cancelled"]:
            wave = {**job, "activity": activity, "first": 0, "count": 1, "hasWaited": False}
            looked = yield from _wave(context, wave)
            planned |= {name: looked[name] for name in ("counts", "removals", "error")}
    allowed = job.get("removalsAllowed")
    if planned["error"] is None and allowed is not None and planned["removals"] > allowed:
        planned["error"] = _too_many_removals(planned["removals"], allowed)
    if planned["error"] is not None or planned["cancelled"] or job["dryRun"]:
        return planned
    applied = yield from _pass(context, job, "apply_chunk")
    if job.get("isJudged", False):
        yield context.call_activity_with_retry("settle_job", _retry_options(), {**_ids(job), "chunk": 0})
    return applied


def _report(context: Context, job: Data) -> Steps:
    """What holds for the tenant, then the rows of all chunks, then what only all of them together tell."""
    whole = {**job, "first": 0, "count": 1, "hasWaited": False}
    surveyed = yield from _wave(context, {**whole, "activity": "survey_tenant"})
    if surveyed["error"] is not None or surveyed["cancelled"]:
        return surveyed
    rows = yield from _pass(context, job, "report_chunk")
    if rows["error"] is not None or rows["cancelled"]:
        return rows
    settled = yield from _wave(context, {**whole, "activity": "settle_report"})
    return rows | {name: settled[name] for name in ("error", "cancelled")}


def run_wave(context: Context) -> Steps:
    """Some chunks of one pass; a sub-orchestration. Input: that of the job and `activity, first, count`."""
    return (yield from _wave(context, context.get_input()))


def _pass(context: Context, job: Data, activity: str) -> Steps:
    total = _nothing()
    # No wave ends with a group that is not full.
    width = max(1, CHUNKS_IN_A_WAVE // job["parallel"]) * job["parallel"]
    for first in range(0, job["chunks"], width):
        wave = {**job, "activity": activity, "first": first, "count": min(width, job["chunks"] - first)}
        # Users that Graph has not answered for in all that time must not hold up each wave anew.
        done = yield context.call_sub_orchestrator("run_wave", {**wave, "hasWaited": total["unfinished"] > 0})
        total = _sum(total, done)
        context.set_custom_status({"pass": activity, "counts": total["counts"], "throttled": total["throttled"]})
        if total["error"] is not None or total["cancelled"]:
            break
    return total


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
                context.call_activity_with_retry(wave["activity"], _retry_options(), {**ids, "chunk": chunk})
                for chunk in chunks
            ]
            answers = yield context.task_all(calls)
            done |= dict(zip(chunks, answers, strict=True))
            throttled += sum(answer["throttled"] for answer in answers)
            if any(answer["cancelled"] or answer["error"] for answer in answers):
                return _total(done, throttled)
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
    return _total(done, throttled)


def _ids(order: Data) -> Data:
    """The id of the request is missing in orders that were stored before it was passed on."""
    return {name: order[name] for name in ("jobId", "correlationId") if name in order}


def _total(done: Mapping[int, Data], throttled: int) -> Data:
    """What a wave came to; a service that was away to the end ends the job. Who was throttled counts every time."""
    total = _nothing()
    for answer in done.values():
        total = _sum(total, answer)
        if answer["pausedBy"] is not None and total["error"] is None:
            total["error"] = answer["pausedBy"]
    return total | {"throttled": throttled}


def _too_many_removals(removals: int, allowed: float) -> Data:
    """The error with which the guard ends a job of an earlier version."""
    detail = (
        f"{removals} phone methods would be removed; {allowed:g} are allowed in a job of this size. Nothing was "
        "written. Check the directory. If it is right, send fewer users at once or raise MAX_REMOVALS_PERCENT."
    )
    return {"code": "tooManyRemovals", "detail": detail}


def _nothing() -> Data:
    return {"counts": {}, "removals": 0, "throttled": 0, "unfinished": 0, "cancelled": False, "error": None}


def _sum(total: Data, more: Data) -> Data:
    return {
        "counts": {
            name: total["counts"].get(name, 0) + more["counts"].get(name, 0)
            for name in [*total["counts"], *more["counts"]]
        },
        "removals": total["removals"] + more["removals"],
        "throttled": total["throttled"] + more["throttled"],
        "unfinished": total["unfinished"] + more["unfinished"],
        "cancelled": total["cancelled"] or more["cancelled"],
        "error": total["error"] or more["error"],
    }


def _retry_options() -> Any:
    """For faults of the infrastructure only: what an activity could not do it reports as data."""
    from azure.durable_functions import RetryOptions

    return RetryOptions(first_retry_interval_in_milliseconds=5000, max_number_of_attempts=5)
