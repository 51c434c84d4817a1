"""Which alert rules ring for what the webhook does: their queries run over the lines that it leaves in the log."""

import json
import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

import pytest

from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from shared.api.frame import WebRequest
from shared.api.lists import handle_set
from shared.jobs.alone import run_sweep
from shared.jobs.nightly import log_expiry
from tests.infra.bicep import Deployment
from tests.infra.test_alerts import query_of, rules, workbook_queries
from tests.kusto import answers, needs_engine
from tests.scenarios.crowd import add, registered
from tests.scenarios.ways import as_job
from tests.support import EXPLICIT_HANDSHAKE, NoEngine, Webhook

pytestmark = needs_engine

BJORN, TORA = "bjorn.berg@contoso.com", "tora.admin@contoso.com"
NO_OVERWRITES = {"MAX_OVERWRITES": "0", "MAX_OVERWRITES_PERCENT": "0"}
MakeWebhook = Callable[..., Webhook]
Happens = Callable[[SandboxTenant, MakeWebhook], object]


@pytest.fixture
def stored(box: SandboxTenant) -> Iterator[MakeWebhook]:
    """Webhooks with storage, which jobs need."""
    with SandboxStorage() as storage:
        yield lambda **settings: Webhook(
            {**box.environment(), "AzureWebJobsStorage": storage.connection_string, **settings}
        )


def all_is_well(box: SandboxTenant, make: MakeWebhook) -> None:
    assert make().post_users(BJORN).status == 200


def sign_in_fails(box: SandboxTenant, make: MakeWebhook) -> None:
    box.tenant.set_secret("service-account-password", "a-wrong-password-of-this-test")
    assert make().post_users(BJORN).status == 502


def a_secret_is_missing(box: SandboxTenant, make: MakeWebhook) -> None:
    box.tenant.delete_secret("webhook-handshake")
    assert make().post_users(BJORN).status == 500


def handshakes_are_wrong(times: int) -> Happens:
    def happens(box: SandboxTenant, make: MakeWebhook) -> None:
        service = make()
        told = {service.post([], headers={"message": "a-wrong-handshake-of-this-test"}).status for _ in range(times)}
        assert told <= {401, 429}

    return happens


def much_is_overwritten(query: str = "", *, job: bool = False) -> Happens:
    def happens(box: SandboxTenant, make: MakeWebhook) -> None:
        names = registered(box, 3, shift=1)
        service = make(**NO_OVERWRITES)
        if job:
            assert as_job(service, names, query).code == "tooManyOverwrites"
        else:
            assert service.post_users(*names, query=query).body["code"] == "tooManyOverwrites"

    return happens


def a_job_fails(box: SandboxTenant, make: MakeWebhook) -> None:
    """All its users do."""
    assert set(as_job(make(), ["nobody@contoso.com", "no.one@contoso.com"], "").codes) == {"userNotFound"}


def a_job_succeeds(box: SandboxTenant, make: MakeWebhook) -> None:
    assert as_job(make(), add(box, 2, "new"), "").codes == ["added", "added"]


def a_sweep_fails(box: SandboxTenant, make: MakeWebhook) -> None:
    box.tenant.delete_secret("service-account-password")
    assert run_sweep(make().services, NoEngine(), {})["error"] == "configuration"


def a_list_meets_an_administrator(box: SandboxTenant, make: MakeWebhook) -> None:
    assert make(GRAPH_AUTH="client_secret").post_users(BJORN, TORA).codes[1] == "protectedUser"


def a_value_for_an_administrator(box: SandboxTenant, make: MakeWebhook) -> None:
    service = make(GRAPH_AUTH="client_secret", ALLOW_EXPLICIT_VALUES="true")
    body = json.dumps([{"userPrincipalName": TORA, "mobile": "+46 701740699"}]).encode()
    answer = handle_set(WebRequest(body, {"message": EXPLICIT_HANDSHAKE}, ""), lambda: service.services)
    assert json.loads(answer.body)["results"][0]["code"] == "protectedUser"


def night(days: float) -> Happens:
    def happens(box: SandboxTenant, make: MakeWebhook) -> None:
        now = datetime(2026, 11, 28, 3, 17, tzinfo=UTC)
        end = now + timedelta(days=days)
        box.tenant.set_secret("webhook-handshake", "a-handshake-that-expires", exp=int(end.timestamp()))
        log_expiry(make().services, now)

    return happens


@pytest.mark.parametrize(
    ("happens", "ring"),
    [
        (all_is_well, []),
        (a_job_succeeds, []),
        (sign_in_fails, ["sign-in-failed", "no-call"]),
        (a_secret_is_missing, ["configuration", "no-call"]),
        (handshakes_are_wrong(3), ["no-call"]),
        (handshakes_are_wrong(21), ["unauthorized-burst", "no-call"]),
        (much_is_overwritten(), ["guard-stopped", "no-call"]),
        (much_is_overwritten("dryRun=true"), ["no-call"]),
        (much_is_overwritten(job=True), ["guard-stopped"]),
        (much_is_overwritten("dryRun=true", job=True), []),
        (a_job_fails, ["job-failed"]),
        (a_sweep_fails, ["sweep-failed", "no-call"]),
        (a_list_meets_an_administrator, []),
        (a_value_for_an_administrator, ["protected-account"]),
        (night(14.5), ["secret-expires", "no-call"]),
        (night(15.5), ["no-call"]),
    ],
)
def test_these_rules_ring(
    happens: Happens,
    ring: list[str],
    box: SandboxTenant,
    stored: MakeWebhook,
    full: Deployment,
    caplog: pytest.LogCaptureFixture,
) -> None:
    with caplog.at_level(logging.INFO, "shared"):
        happens(box, stored)
    asked = rules(full)
    found = answers([query_of(rule) for rule in asked.values()], table(caplog))
    above = {name: rule["criteria"]["allOf"][0]["threshold"] for name, rule in asked.items()}
    assert [name for name, rows in zip(asked, found, strict=True) if len(rows) > above[name]] == ring


def test_every_part_of_the_workbook_can_be_asked(
    box: SandboxTenant, stored: MakeWebhook, full: Deployment, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO, "shared"):
        handshakes_are_wrong(2)(box, stored)
        much_is_overwritten(job=True)(box, stored)
        a_job_succeeds(box, stored)
        night(3.5)(box, stored)
    user = next(line["objectId"] for line in map(json.loads, caplog.messages) if line.get("objectId"))
    asked = {
        title: query.replace("1a300000-0000-4000-8000-0000000001a3", user)
        for title, query in workbook_queries(full).items()
    }
    found = dict(zip(asked, answers(list(asked.values()), table(caplog)), strict=True))
    assert {title for title, rows in found.items() if not rows} == {"What jobs waited for"}
    assert found["Secrets and the days they have left"] == [{"secret": "webhook-handshake", "daysLeft": 3}]
    assert {row["status"] for row in found["Jobs"]} == {"failed", "succeeded"}
    (refused,) = found["Calls that were not let in, by address"]
    assert (refused["code"], refused["calls"]) == ("unauthorized", 2)


def table(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """As AppTraces has the lines."""
    return [
        {"TimeGenerated": each.created, "SeverityLevel": each.levelno // 10 - 1, "Message": each.getMessage()}
        for each in caplog.records
    ]
