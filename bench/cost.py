"""Processor time, memory and linearity without latency: what the webhook itself costs."""

from collections.abc import Sequence
from dataclasses import dataclass

from bench.figures import Figure, Say, Scale, Section, at_most, median_figure
from bench.journal import http_requests
from bench.peers.start import run_peer
from bench.people import people
from bench.process import UNAVAILABLE, Usage, forget_peak, usage
from bench.tenant import TenantProcess
from bench.webhook import Webhook


@dataclass(frozen=True)
class Cost:
    """One run. `before` and `after` are those of the host's process; None where they cannot be read."""

    users: int
    seconds: float
    before: Usage | None
    after: Usage | None
    tenant_cpu_s: float
    http_requests: int

    @property
    def cpu_s(self) -> float | None:
        return self.after.cpu_seconds - self.before.cpu_seconds if self.before and self.after else None

    @property
    def peak_mb(self) -> float | None:
        return self.after.peak_mb - self.before.memory_mb if self.before and self.after else None


def measure(scale: Scale, say: Say) -> Section:
    few, many = scale.linear
    small: list[Cost] = []
    large: list[Cost] = []
    bare: list[float] = []
    with TenantProcess(people(few)) as tenant:
        for run in range(scale.repeats):
            say(f"{few:,} users without latency, run {run + 1}")
            small.append(_run(tenant, few))
        tenant.load(people(many), latency=False)
        for run in range(scale.repeats):
            say(f"{many:,} users without latency, run {run + 1}")
            large.append(_run(tenant, many))
            tenant.restore(latency=False)
            yardstick = run_peer("bare_loop", (str(many),), ((), ()), tenant.environment)
            bare.append(float(yardstick["cpu_seconds"]))
    batches = int(yardstick["batches"])
    return Section(
        f"Cost of {many:,} users",
        "No latency, no throttling, a fresh process for each run, which has seen a dry run for one user. The bare loop "
        f"sends the {batches:,} batches that the list needs with requests.Session, one after the other, and parses "
        "them with response.json().",
        [
            median_figure("users a second without latency", [many / cost.seconds for cost in large], "users/s"),
            *_cpu_figures(large, bare),
            median_figure("time a user, against a short list", _ratios(small, large), "x", at_most(1.15)),
            median_figure("HTTP requests", [float(cost.http_requests) for cost in large]),
            median_figure(
                "the sandbox's own processor time a request",
                [1000 * cost.tenant_cpu_s / cost.http_requests for cost in large],
                "ms",
            ),
        ],
    )


def _run(tenant: TenantProcess, users: int) -> Cost:
    tenant.restore(latency=False)
    with Webhook(tenant) as webhook:
        tenant.forget_requests()
        forget_peak(webhook.pid)
        before, tenant_before = usage(webhook.pid), usage(tenant.pid)
        reply = webhook.post(people(users))
        after, tenant_after = usage(webhook.pid), usage(tenant.pid)
    if reply.settled != users:
        raise RuntimeError(f"not every user was settled: {reply.counts}")
    spent = tenant_after.cpu_seconds - tenant_before.cpu_seconds if tenant_before and tenant_after else 0.0
    return Cost(users, reply.seconds, before, after, spent, http_requests(tenant.graph_requests()))


def _cpu_figures(large: Sequence[Cost], bare: Sequence[float]) -> list[Figure]:
    cpu = [cost.cpu_s for cost in large if cost.cpu_s is not None]
    peaks = [cost.peak_mb for cost in large if cost.peak_mb is not None]
    times, peak = "processor time, against the bare loop", "peak memory over the idle process"
    yardstick = median_figure("processor time of the bare loop", bare, "s")
    if not cpu:
        return [
            yardstick,
            Figure(times, None, "x", at_most(2.5), UNAVAILABLE),
            Figure(peak, None, "MB", at_most(150), UNAVAILABLE),
        ]
    ours = median_figure("processor time of our process", cpu, "s")
    ratios = [mine / other for mine, other in zip(cpu, bare, strict=True)]
    return [
        ours,
        yardstick,
        median_figure(times, ratios, "x", at_most(2.5)),
        median_figure(peak, peaks, "MB", at_most(150)),
    ]


def _ratios(small: Sequence[Cost], large: Sequence[Cost]) -> list[float]:
    return [
        (long.seconds / long.users) / (brief.seconds / brief.users) for brief, long in zip(small, large, strict=True)
    ]
