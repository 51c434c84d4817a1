"""The right approve: with the id of a plan it passes the ceilings, and nothing else."""

import json
from collections.abc import Callable

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.support import HANDSHAKE
from tests.whole.calls import call, runbook
from tests.whole.plans.conftest import HostMaker
from tests.whole.plans.people import (
    MANY,
    TOO_MANY,
    hires,
    leavers,
    movers,
    named,
    number,
    refusal,
    rehearse,
    send,
    written,
)

Add = Callable[[SandboxTenant, int], list[str]]
CEILINGS = [
    pytest.param(leavers, TOO_MANY, "tooManyRemovals", id="removals"),
    pytest.param(movers, 21, "tooManyOverwrites", id="overwrites"),
]


@pytest.mark.parametrize(("add", "count", "code"), CEILINGS)
def test_the_plan_that_was_seen_passes(host: HostProcess, box: SandboxTenant, add: Add, count: int, code: str) -> None:
    who = add(box, count)
    stopped = send(host, who, "boss")
    assert refusal(stopped) == (422, code)
    plan = stopped.body["planId"]
    assert send(host, who, "boss", "dryRun=true", plan=plan).codes == ["planned"] * count
    assert written(box) == []
    answer = send(host, who, "boss", plan=plan)
    assert (answer.status, answer.body["counts"]["changed"]) == (200, count)


@pytest.mark.parametrize(("add", "count", "code"), CEILINGS)
def test_without_the_right_or_without_the_plan_the_ceilings_stay(
    host: HostProcess, box: SandboxTenant, add: Add, count: int, code: str
) -> None:
    who = add(box, count)
    plan = send(host, who).body["planId"]
    assert refusal(send(host, who, plan=plan)) == (422, code)
    assert refusal(send(host, who, "lists", "dryRun=true", plan=plan)) == (422, code)
    assert refusal(send(host, who, "boss")) == (422, code)
    assert refusal(send(host, who, "boss", plan=plan[:-1])) == (412, "planChanged")
    assert written(box) == []


def test_the_plan_of_another_list_opens_nothing(host: HostProcess, box: SandboxTenant) -> None:
    who, others = leavers(box, TOO_MANY), leavers(box, TOO_MANY, first=100)
    plan = send(host, others, "boss").body["planId"]
    assert refusal(send(host, who, "boss", plan=plan)) == (412, "planChanged")
    assert refusal(send(host, [*who, *others], "boss", plan=plan)) == (412, "planChanged")
    assert written(box) == []


def test_a_plan_that_grew_is_looked_at_again(host: HostProcess, box: SandboxTenant) -> None:
    who = [*leavers(box, TOO_MANY), *hires(box, 1)]
    plan = send(host, who, "boss").body["planId"]
    box.tenant.change_user(who[-1], extensionAttribute15=number(900))
    answer = send(host, who, "boss", plan=plan)
    assert refusal(answer) == (412, "planChanged")
    assert send(host, who, "boss", plan=answer.body["planId"]).status == 200


def test_it_passes_the_ceiling_of_the_day_which_counts_on(new_host: HostMaker, box: SandboxTenant) -> None:
    host = new_host(MAX_REMOVALS_PER_DAY="12")
    who = leavers(box, 3 * MANY)
    assert send(host, who[:MANY]).status == 200
    stopped = send(host, who[MANY : 2 * MANY], "boss")
    assert refusal(stopped) == (422, "dailyLimit")
    plan = stopped.body["planId"]
    assert refusal(send(host, who[MANY : 2 * MANY], plan=plan)) == (422, "dailyLimit")
    assert len(written(box)) == MANY
    assert send(host, who[MANY : 2 * MANY], "boss", plan=plan).status == 200
    assert len(written(box)) == 2 * MANY
    # What was approved counts for the others.
    assert refusal(send(host, who[2 * MANY :][:1])) == (422, "dailyLimit")


def test_it_does_not_pass_read_only(new_host: HostMaker, box: SandboxTenant) -> None:
    who, host = movers(box, 1), new_host(READ_ONLY="true")
    plan = rehearse(host, who).body["planId"]
    assert refusal(send(host, who, "boss", plan=plan)) == (503, "readOnly")
    assert written(box) == []


def test_it_does_not_pass_who_is_protected_nor_a_number_that_many_should_have(
    new_host: HostMaker, box: SandboxTenant
) -> None:
    group = box.tenant.set_group("Never touch", members=["anna.andersson@contoso.com"])
    who = [*hires(box, 4), "anna.andersson@contoso.com"]
    for upn in who:
        box.tenant.change_user(upn, extensionAttribute15=number(5))
    host = new_host(PROTECTED_GROUP_ID=group.id)
    plan = rehearse(host, who).body["planId"]
    assert send(host, who, "boss", plan=plan).codes == [*["numberShared"] * 4, "protectedUser"]
    assert written(box) == []


def test_it_is_no_right_to_send_lists_or_values(host: HostProcess, box: SandboxTenant) -> None:
    """approve goes with other rights. The two handshakes do not have it."""
    who = leavers(box, TOO_MANY)
    stopped = call(host, runbook(*who))
    assert refusal(stopped) == (422, "tooManyRemovals")
    plan = stopped.body["planId"]
    assert plan == send(host, who, "boss").body["planId"]
    answer = call(host, runbook(*who), headers=[("Message", HANDSHAKE), ("If-Match", plan)])
    assert refusal(answer) == (422, "tooManyRemovals")
    assert written(box) == []


def test_values_that_the_caller_names_are_approved_alike(host: HostProcess, box: SandboxTenant) -> None:
    entries = [{"userPrincipalName": upn, "mobile": number(300 + place)} for place, upn in enumerate(movers(box, 21))]
    body = json.dumps(entries).encode()
    stopped = call(host, body, headers=named("boss"), path="/api/set")
    assert refusal(stopped) == (422, "tooManyOverwrites")
    more = [("If-Match", stopped.body["planId"])]
    assert refusal(call(host, body, headers=[*named("lists"), *more], path="/api/set")) == (422, "tooManyOverwrites")
    assert call(host, body, headers=[*named("boss"), *more], path="/api/set").body["counts"]["changed"] == 21
