"""Odd refusals by a Graph without a limit, and a limit that is lifted: what they cost, and for how long."""

import threading
import time
from collections.abc import Sequence
from typing import Any

from bench.figures import Figure, Say, Scale, Section, at_most, median_figure
from bench.journal import Record, sub_requests
from bench.people import Person, people
from bench.tenant import TenantProcess
from bench.webhook import Webhook

_NETWORK_MS = 5
_PERCENT = 3
_KINDS: dict[str, dict[str, Any]] = {
    "429 with Retry-After 0.2": {"status": 429, "retry_after": 0.2},
    "503": {"status": 503},
}
_LIMIT, _LIFTED_AFTER_S, _LIFTED_USERS = 20, 15.0, 12_000


def measure(scale: Scale, say: Say) -> Section:
    figures: list[Figure] = []
    who = people(scale.users)
    for name, fault in _KINDS.items():
        say(f"{scale.repeats} runs with {_PERCENT} % odd {name}")
        runs = [_noisy(who, fault) for _ in range(scale.repeats)]
        figures += [
            median_figure(
                f"{len(who):,} users, {_PERCENT} % odd {name}: seconds above a quiet run",
                [noisy - quiet for quiet, noisy, _ in runs],
                "s",
                at_most(5),
            ),
            median_figure(
                f"the list after it, against a quiet run ({name})",
                [after / quiet for quiet, _, after in runs],
                "times",
                at_most(1.5),
            ),
        ]
    say("a limit that is lifted")
    return Section(
        "Odd refusals and a lifted limit",
        f"{_NETWORK_MS} ms network, no service time. {_PERCENT} % of all sub-requests are refused for no reason; each "
        "run has a fresh process: a list without trouble, one with it, one without. The limit of "
        f"{_LIMIT} a second, Retry-After 1, is lifted {_LIFTED_AFTER_S:.0f} s into a list of {_LIFTED_USERS:,} users; "
        "the rate is back when a whole second reaches 90 % of the most of any later second.",
        [*figures, *_lifted(people(_LIFTED_USERS if scale.repeats > 1 else 2_000))],
    )


def _noisy(who: Sequence[Person], fault: dict[str, Any]) -> tuple[float, float, float]:
    """Seconds of a quiet list, of one with odd refusals, and of one after it."""
    seconds = []
    with TenantProcess(who) as tenant, Webhook(tenant) as webhook:
        for faults in ([], [{"what": "status", "host": "graph", "percent": _PERCENT, **fault}], []):
            tenant.restore(network_ms=_NETWORK_MS, service_ms=0)
            tenant.add_faults(faults)
            seconds.append(webhook.post(who).seconds)
    quiet, noisy, after = seconds
    return quiet, noisy, after


def _lifted(who: Sequence[Person]) -> list[Figure]:
    lifted_at: list[float] = []
    with TenantProcess(who) as tenant, Webhook(tenant) as webhook:
        tenant.restore(network_ms=_NETWORK_MS, service_ms=0)
        tenant.throttle(_LIMIT, 1.0, 1)

        def lift() -> None:
            lifted_at.append(time.time())
            tenant.throttle(10**9)

        timer = threading.Timer(_LIFTED_AFTER_S, lift)
        timer.start()
        webhook.post(who)
        timer.cancel()
        records = tenant.graph_requests()
    if not lifted_at:
        raise RuntimeError("the run was over before the limit was lifted")
    back_s, wasted = back_after(sub_requests(records), lifted_at[0])
    return [
        Figure("a lifted limit: seconds until 90 % of the unlimited rate", back_s, "s", at_most(20)),
        Figure(
            "a lifted limit: calls answered 429 until then", None if wasted is None else 100 * wasted, "%", at_most(2)
        ),
    ]


def back_after(records: Sequence[Record], lifted_at: float) -> tuple[float | None, float | None]:
    """Seconds until a whole second has 90 % of the busiest one, and the share of 429s until then; None: never."""
    settled = [(float(call["settled_at"]) - lifted_at, call["status"] == 429) for call in records if call["settled_at"]]
    passed = [at for at, is_refused in settled if at >= 0 and not is_refused]
    seconds = range(int(max(passed, default=0)))
    counts = [sum(second <= at < second + 1 for at in passed) for second in seconds]
    for second, count in enumerate(counts):
        if count >= 0.9 * max(counts):
            until = [is_refused for at, is_refused in settled if 0 <= at < second]
            return float(second), sum(until) / max(1, len(until))
    return None, None
