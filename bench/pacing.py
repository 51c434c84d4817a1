"""Runs against a throttling Graph: how much of the limit is used, and how many calls are answered 429."""

import math
import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench.figures import Figure, Say, Scale, Section, at_least, at_most, median_figure
from bench.journal import Record, seconds_until_followed, share_used, sub_requests, throttled, throttled_share
from bench.people import Person, needed_calls, people
from bench.tenant import TenantProcess
from bench.webhook import Reply, Webhook

_LIMIT = 200  # sub-requests in a sliding second
_TRICKLE, _TRICKLE_WINDOW_S = 10, 2.0


@dataclass(frozen=True)
class Throttled:
    """A throttled run: `lists` go in as requests at once. `falls`: a quarter of the limit from the half-way time on."""

    name: str
    lists: tuple[tuple[Person, ...], ...]
    limit: int
    window_s: float = 1.0
    retry_after: int | None = None
    falls: bool = False

    @property
    def ideal_s(self) -> float:
        """The time at the full limit."""
        return sum(map(needed_calls, self.lists)) / (self.limit / self.window_s)


@dataclass(frozen=True)
class Outcome:
    """`seconds` is that of the slowest request."""

    seconds: float
    settled: int
    records: list[Record]
    fell_at: float


def measure(scale: Scale, say: Say) -> Section:
    runs = _runs(scale)
    jobs = [run for run in sorted(runs, key=_expected_s, reverse=True) for _ in range(scale.repeats)]
    say(f"{len(jobs)} throttled runs, {scale.lanes} side by side")
    outcomes: dict[str, list[Outcome]] = {run.name: [] for run in runs}
    began = os.times()
    with ThreadPoolExecutor(scale.lanes) as pool:
        for run, outcome in zip(jobs, pool.map(_carry_out, jobs), strict=True):
            outcomes[run.name].append(outcome)
    busy = _busy_figure(began, os.times())
    return Section(
        "Throttled",
        f"Every run has a tenant, a host and a fresh process of its own, {scale.lanes} runs side by side: the limit "
        "holds them back, not the processor. The ideal is the fewest sub-requests that do the job, divided by the "
        "limit. The limit that drops does so at half of the ideal time; followed means: the five seconds from then on "
        "have at most 10 % of their calls answered 429 and use at least 70 % of the new limit.",
        [figure for run in runs for figure in _JUDGES[run.name](run, outcomes[run.name])]
        + _compare_two(outcomes["two at once"], outcomes["one, the same users"], outcomes["one of the two"])
        + [busy],
    )


def _runs(scale: Scale) -> list[Throttled]:
    full, few = tuple(people(scale.throttled)), tuple(people(scale.trickle))
    both = tuple(people(2 * scale.users))
    first, second = both[: scale.users], both[scale.users :]
    return [
        Throttled("with Retry-After", (full,), _LIMIT, retry_after=1),
        Throttled("without Retry-After", (full,), _LIMIT),
        Throttled("limit drops", (full,), _LIMIT, retry_after=1, falls=True),
        Throttled("trickle", (few,), _TRICKLE, _TRICKLE_WINDOW_S, 1),
        Throttled("two at once", (first, second), _LIMIT, retry_after=1),
        Throttled("one, the same users", (both,), _LIMIT, retry_after=1),
        Throttled("one of the two", (first,), _LIMIT, retry_after=1),
    ]


def _expected_s(run: Throttled) -> float:
    return run.ideal_s * (2.5 if run.falls else 1)


def _carry_out(run: Throttled) -> Outcome:
    everyone = [person for part in run.lists for person in part]
    with TenantProcess(everyone) as tenant, Webhook(tenant) as webhook:
        tenant.restore()
        tenant.throttle(run.limit, run.window_s, run.retry_after)
        fell_at: list[float] = []

        def fall() -> None:
            tenant.throttle(run.limit // 4, run.window_s, run.retry_after)
            fell_at.append(time.time())

        timer = threading.Timer(run.ideal_s / 2, fall)
        if run.falls:
            timer.start()
        with ThreadPoolExecutor(len(run.lists)) as pool:
            replies = list(pool.map(webhook.post, run.lists))
        timer.cancel()
        if run.falls and not fell_at:
            raise RuntimeError("the run was over before the limit fell")
        records = tenant.graph_requests()
    return _outcome(replies, records, fell_at)


def _outcome(replies: Sequence[Reply], records: list[Record], fell_at: Sequence[float]) -> Outcome:
    return Outcome(
        max(reply.seconds for reply in replies),
        sum(reply.settled for reply in replies),
        records,
        fell_at[0] if fell_at else 0.0,
    )


def _share_figures(
    title: str, ideal_bound: float, throttled_bound: float | None
) -> Callable[[Throttled, Sequence[Outcome]], list[Figure]]:
    """Share of the ideal, and share of 429. Users that were not settled count as not done."""

    def judge(run: Throttled, outcomes: Sequence[Outcome]) -> list[Figure]:
        users = sum(map(len, run.lists))
        used = [100 * run.ideal_s / each.seconds * each.settled / users for each in outcomes]
        refused = [100 * throttled_share(each.records) for each in outcomes]
        bound = None if throttled_bound is None else at_most(throttled_bound)
        return [
            median_figure(f"{title}: share of the ideal", used, "%", at_least(ideal_bound)),
            median_figure(f"{title}: calls answered 429", refused, "%", bound),
        ]

    return judge


def _fall_figures(run: Throttled, outcomes: Sequence[Outcome]) -> list[Figure]:
    name = "limit drops to a quarter half-way: seconds until followed"
    limit = run.limit / 4 / run.window_s
    followed = [seconds_until_followed(each.records, each.fell_at, limit) for each in outcomes]
    seconds = [math.inf if value is None else value for value in followed]
    since = [_since(each.records, each.fell_at) for each in outcomes]
    used = [100 * share_used(records, each.fell_at, limit) for records, each in zip(since, outcomes, strict=True)]
    return [
        median_figure(name, seconds, "s", at_most(3)),
        median_figure("limit drops: the new limit used, from the drop to the end", used, "%"),
        median_figure("limit drops: calls answered 429 after the drop", list(map(_percent_throttled, since)), "%"),
    ]


def _percent_throttled(records: Sequence[Record]) -> float:
    return 100 * throttled_share(records)


def _since(records: Sequence[Record], moment: float) -> list[Record]:
    return [record for record in records if record["settled_at"] and record["settled_at"] >= moment]


def _nothing(run: Throttled, outcomes: Sequence[Outcome]) -> list[Figure]:  # noqa: ARG001 - compared below instead
    return []


def _compare_two(two: Sequence[Outcome], same: Sequence[Outcome], single: Sequence[Outcome]) -> list[Figure]:
    one = median_figure("one request with the same users: calls answered 429", _refused(same))
    return [
        one,
        median_figure("two requests at once: calls answered 429", _refused(two), "", at_most(one.value or 0)),
        median_figure("one of the two alone: calls answered 429", _refused(single)),
    ]


def _busy_figure(began: os.times_result, ended: os.times_result) -> Figure:
    """Shows whether side by side was fair. Counts the processes that have ended since."""
    name = "processors busy with all of these runs"
    spent = sum(ended[:4]) - sum(began[:4])
    if ended.children_user == 0:
        return Figure(name, None, "%", note="this system does not count the time of child processes")
    return Figure(name, 100 * spent / (ended.elapsed - began.elapsed) / (os.cpu_count() or 1), "%")


def _refused(outcomes: Sequence[Outcome]) -> list[float]:
    return [float(throttled(sub_requests(each.records))) for each in outcomes]


_JUDGES: dict[str, Callable[[Throttled, Sequence[Outcome]], list[Figure]]] = {
    "with Retry-After": _share_figures("200 a second, Retry-After 1", 93, 5),
    "without Retry-After": _share_figures("200 a second, no Retry-After", 75, None),
    "limit drops": _fall_figures,
    "trickle": _share_figures("5 a second (10 in 2 s), Retry-After 1", 94, 20),
    "two at once": _nothing,
    "one, the same users": _nothing,
    "one of the two": _nothing,
}
