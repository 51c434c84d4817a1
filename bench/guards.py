"""What the protection of administrators costs a list: round trips at Graph, and time."""

from contextlib import ExitStack
from statistics import median

from bench.figures import Figure, Say, Scale, Section, at_most, median_figure
from bench.journal import http_requests
from bench.people import Person, people
from bench.tenant import TenantProcess
from bench.webhook import Webhook

USERS, RUNS = 200, 9
# Role assignments, eligible ones, role-assignable groups; the groups' members and owners come in batches.
_ONE_REFRESH = 5


def measure(_: Scale, say: Say) -> Section:
    who = people(USERS)
    say(f"{USERS} users, administrators protected or not")
    with ExitStack() as stack:
        tenant = stack.enter_context(TenantProcess(who))
        began = []
        hosts = []
        for protect in ("off", "on"):
            tenant.forget_requests()
            # Being begun it is warmed by a list of one user, for which roles and groups are read.
            hosts.append(stack.enter_context(Webhook(tenant, {"PROTECT_ADMINISTRATORS": protect})))
            began.append(http_requests(tenant.graph_requests()))
        calls = [[_calls(tenant, host, who) for host in hosts] for _ in range(3)]
        times = [[_seconds(tenant, host, who) for host in hosts] for _ in range(RUNS)]
    without, protected = zip(*times, strict=True)
    more = [mine - base for base, mine in calls]
    return Section(
        "Guards",
        f"{USERS} users in two warm processes that take turns: administrators are protected in one of them, with "
        "app-only permissions and a tenant that has roles. Requests of three lists within the minute for which what is "
        "read of roles and groups may serve.",
        [
            Figure("HTTP requests to read roles and groups once", began[1] - began[0], "", at_most(_ONE_REFRESH)),
            Figure("HTTP requests of three lists after it, above those without", sum(more), "", at_most(_ONE_REFRESH)),
            median_figure("a list without protected administrators", without, "s"),
            median_figure("a list with them", protected, "s"),
            Figure("time, against the list without", median(protected) / median(without), "x", at_most(1.1)),
        ],
    )


def _calls(tenant: TenantProcess, webhook: Webhook, who: list[Person]) -> int:
    tenant.restore()
    webhook.post(who)
    return http_requests(tenant.graph_requests())


def _seconds(tenant: TenantProcess, webhook: Webhook, who: list[Person]) -> float:
    tenant.restore()
    return webhook.post(who).seconds
