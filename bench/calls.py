"""What is asked of Graph for each kind of user, and the round trips of a single user: by the tenant's own record."""

from collections.abc import Sequence

from bench.figures import Figure, Say, Scale, Section, at_most
from bench.journal import Record, http_requests, sub_requests
from bench.people import Kind, Person, needed_calls, people
from bench.tenant import TenantProcess
from bench.webhook import Webhook

_KINDS = (
    ("a user already right", (Kind.RIGHT,), 1.10),
    ("a user changed", (Kind.MISSING, Kind.WRONG), 2.10),
    ("a user skipped", (Kind.EMPTY,), 1.10),
)


def measure(scale: Scale, say: Say) -> Section:
    who = people(scale.users)
    figures: list[Figure] = []
    with TenantProcess(who) as tenant, Webhook(tenant) as webhook:
        say("Graph calls a user")
        for name, kinds, bound in _KINDS:
            some = [person for person in who if person.kind in kinds]
            calls = len(sub_requests(_run(tenant, webhook, some)))
            note = f"{calls:,} for {len(some):,} users"
            figures.append(Figure(f"sub-requests for {name}", calls / len(some), "", at_most(bound), note))
        records = _run(tenant, webhook, who)
        requests, calls = http_requests(records), len(sub_requests(records))
        note = f"{requests:,} for {len(who):,} users; {calls:,} sub-requests, at least {needed_calls(who):,} are needed"
        figures.append(Figure("HTTP requests a user, all kinds", requests / len(who), "", at_most(0.09), note))
        say("round trips of one user")
        for name, kind, bound in (("already right", Kind.RIGHT, 1), ("to change", Kind.WRONG, 2)):
            one = next(person for person in who if person.kind is kind)
            trips = http_requests(_run(tenant, webhook, [one]))
            figures.append(Figure(f"HTTP requests for one warm user {name}", trips, "", at_most(bound)))
    return Section(
        "Graph calls",
        f"Lists of one kind each, taken from {scale.users:,} users, and all of them together; then one user alone, in "
        "a process that has worked before. A sub-request is a single request or a member of a $batch.",
        figures,
    )


def _run(tenant: TenantProcess, webhook: Webhook, who: Sequence[Person]) -> list[Record]:
    tenant.restore()
    reply = webhook.post(who)
    if reply.settled != len(who):
        raise RuntimeError(f"not every user was settled: {reply.counts}")
    return tenant.graph_requests()
