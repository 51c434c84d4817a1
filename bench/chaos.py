"""Five kinds of failure at once: nobody is forgotten, nothing is written twice."""

from typing import Any

from bench.figures import Figure, Say, Scale, Section, at_most
from bench.journal import blind_posts, http_requests, written_twice, wrong_and_unreported
from bench.people import people
from bench.tenant import TenantProcess
from bench.webhook import Webhook

_PERCENT = 3
_FAULTS: tuple[dict[str, Any], ...] = (
    {"what": "status", "host": "graph", "status": 429, "retry_after": 1, "percent": _PERCENT},
    {"what": "status", "host": "graph", "status": 503, "percent": _PERCENT},
    {"what": "status", "host": "graph", "status": 504, "percent": _PERCENT},
    {"what": "close", "host": "graph", "percent": _PERCENT},
    {"what": "lost", "host": "graph", "percent": _PERCENT},
)


def measure(scale: Scale, say: Say) -> Section:
    say("failures")
    who = people(scale.users)
    with TenantProcess(who) as tenant, Webhook(tenant) as webhook:
        tenant.restore()
        tenant.add_faults(_FAULTS)
        reply = webhook.post(who)
        records, users = tenant.graph_requests(), tenant.users()
    wrong, unreported = wrong_and_unreported(who, users, reply.results)
    spoilt = sum(record["fault"] is not None for record in records)
    lost = sum(record["fault"] in ("lost", "close") and record["batch"] is None for record in records)
    return Section(
        "Failures",
        f"{scale.users:,} users; {_PERCENT} % of all sub-requests are answered 429, as many 503 and 504; {_PERCENT} % "
        "of all connections are closed before the work is done, and as many after it. Judged by the tenant's record.",
        [
            Figure("users not right and not reported", unreported, "", at_most(0)),
            Figure("numbers written twice", written_twice(records), "", at_most(0)),
            Figure("POSTs repeated without a look", blind_posts(records), "", at_most(0)),
            Figure("users not right, all reported as failed", wrong - unreported, "", None, f"of {len(who):,}"),
            Figure(
                "sub-requests that went wrong", spoilt, "", None, f"{lost} of {http_requests(records)} answers lost"
            ),
            Figure("time", reply.seconds, "s"),
        ],
    )
