"""planId: the id of what a request would write, in every answer to a list."""

import json

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import Fault, SandboxTenant
from tests.whole.calls import Answer, call
from tests.whole.plans.conftest import HostMaker
from tests.whole.plans.people import (
    TOO_MANY,
    hires,
    leavers,
    move,
    movers,
    named,
    number,
    refusal,
    rehearse,
    send,
    settled,
    written,
)


def test_a_dry_run_and_the_run_have_the_same_one(host: HostProcess, box: SandboxTenant) -> None:
    who = [*movers(box, 2), *leavers(box, 2), *hires(box, 2), *settled(box, 2)]
    seen, done = rehearse(host, who), send(host, who)
    assert (seen.status, done.status, done.codes[:1]) == (200, 200, ["updated"])
    assert seen.body["planId"] == done.body["planId"]
    again = send(host, who)
    assert again.body["counts"]["changed"] == 0
    # Nothing is to be written: for them as for any other list of the kind.
    assert again.body["planId"] == rehearse(host, who[-2:]).body["planId"] != done.body["planId"]


@pytest.mark.usefixtures("new_interpreters")
def test_two_instances_and_any_order_of_users_have_the_same_one(
    host: HostProcess, new_host: HostMaker, box: SandboxTenant
) -> None:
    who = [*movers(box, 3), *leavers(box, 3), "nobody@contoso.com", *settled(box, 1)]
    other = new_host(MAX_REMOVALS="7", PROTECT_ADMINISTRATORS="off")
    ids = {rehearse(at, users).body["planId"] for at in (host, other) for users in (who, who[::-1], who[3:] + who[:3])}
    assert len(ids) == 1
    by_id = json.dumps([{"id": box.tenant.user(upn).id} for upn in who[:6]]).encode()
    assert ids == {call(other, by_id, "dryRun=true", named("lists")).body["planId"]}


def test_any_other_write_has_another_one(host: HostProcess, box: SandboxTenant) -> None:
    who = [*movers(box, 2), *hires(box, 1, first=500), *leavers(box, 1, first=300)]
    ids = [rehearse(host, who).body["planId"], rehearse(host, who[1:]).body["planId"]]
    for change in (
        lambda: move(box, who[0], 700),  # another number
        lambda: box.tenant.change_user(who[3], extensionAttribute15=number(300)),  # nothing is removed
        lambda: box.tenant.change_user(who[2], phones={"mobile": number(2)}),  # overwritten, not added
    ):
        change()
        ids.append(rehearse(host, who).body["planId"])
    assert len(set(ids)) == len(ids)


def test_values_that_the_caller_names_have_one_too(host: HostProcess, box: SandboxTenant) -> None:
    (upn,) = movers(box, 1)

    def asked(last: int, query: str = "dryRun=true") -> Answer:
        entry = [{"userPrincipalName": upn, "mobile": number(last)}]
        return call(host, json.dumps(entry).encode(), query, named("lists"), path="/api/set")

    attribute = {"name": "mfa_phoneNumber_mobile", "op": "Set", "value": number(600)}
    plan = {"accountRequests": [{"op": "Modify", "nativeIdentity": upn, "attributeRequests": [attribute]}]}
    provisioned = call(host, json.dumps(plan).encode(), "dryRun=true", named("lists"), path="/api/provision")
    assert asked(600).body["planId"] == provisioned.body["planId"] != asked(601).body["planId"]
    move(box, upn, 600)
    assert rehearse(host, [upn]).body["planId"] == asked(600).body["planId"]
    assert asked(600, "").body["planId"] == provisioned.body["planId"]


@pytest.mark.parametrize("query", ["", "dryRun=true"])
def test_the_refusal_by_a_ceiling_has_it(host: HostProcess, box: SandboxTenant, query: str) -> None:
    who = leavers(box, TOO_MANY)
    answer = send(host, who, query=query)
    assert refusal(answer) == (422, "tooManyRemovals")
    assert answer.body["planId"]
    assert 'a caller with the right "approve" can approve it' in answer.body["detail"]
    assert written(box) == []


def test_read_only_the_plan_is_shown_with_its_id(host: HostProcess, new_host: HostMaker, box: SandboxTenant) -> None:
    who = movers(box, 2)
    stopped = new_host(READ_ONLY="true")
    answer = send(stopped, who)
    assert refusal(answer) == (503, "readOnly")
    assert "retry-after" not in answer.headers
    assert answer.codes == ["planned", "planned"]
    assert answer.body["planId"] == rehearse(stopped, who).body["planId"] == rehearse(host, who).body["planId"]
    assert send(stopped, settled(box, 1)).status == 200
    assert written(box) == []


def test_an_answer_as_csv_has_it_in_a_header(host: HostProcess, box: SandboxTenant) -> None:
    who = movers(box, 2)
    answer = rehearse(host, who, Accept="text/csv")
    assert answer.headers["content-type"].startswith("text/csv")
    assert answer.headers["plan-id"] == rehearse(host, who).body["planId"]


def test_what_fails_while_it_is_written_does_not_change_it(host: HostProcess, box: SandboxTenant) -> None:
    who = movers(box, 3)
    seen = rehearse(host, who).body["planId"]
    box.tenant.faults.append(Fault("status", host="graph", method="PATCH", user=who[1], status=403))
    answer = send(host, who, plan=seen)
    assert (answer.status, answer.codes) == (200, ["updated", "forbidden", "updated"])
    assert answer.body["planId"] == seen


@pytest.mark.parametrize(("status", "code"), [(429, "throttled"), (503, "graphUnavailable")])
def test_a_user_who_cannot_be_read_for_now_makes_it_null_and_if_match_then_writes_nothing(
    new_host: HostMaker, box: SandboxTenant, status: int, code: str
) -> None:
    who = movers(box, 3)
    host = new_host(INLINE_DEADLINE_SECONDS="10")
    seen = rehearse(host, who).body["planId"]
    path = f"{box.tenant.user(who[1]).id}/authentication"
    box.tenant.faults.append(Fault("status", host="graph", method="GET", path=path, status=status, retry_after=60))
    without = rehearse(host, who)
    assert (without.codes, without.body["planId"]) == (["planned", code, "planned"], None)
    answer = send(host, who, plan=seen)
    assert refusal(answer) == (503, "graphUnavailable")
    assert int(answer.headers["retry-after"]) > 0
    assert written(box) == []


def test_without_if_match_the_others_are_written_and_an_answer_as_csv_has_no_id(
    new_host: HostMaker, box: SandboxTenant
) -> None:
    who = movers(box, 2)
    path = f"{box.tenant.user(who[1]).id}/authentication"
    box.tenant.faults.append(Fault("status", host="graph", method="GET", path=path, status=503))
    answer = send(new_host(INLINE_DEADLINE_SECONDS="10"), who, Accept="text/csv")
    assert (answer.status, "plan-id" in answer.headers) == (200, False)
    assert written(box) == [who[0]]


def test_a_user_who_cannot_be_read_for_good_leaves_it(host: HostProcess, box: SandboxTenant) -> None:
    who = movers(box, 2)
    path = f"{box.tenant.user(who[1]).id}/authentication"
    box.tenant.faults.append(Fault("status", host="graph", method="GET", path=path, status=403))
    seen = rehearse(host, who)
    assert seen.codes == ["planned", "forbidden"]
    assert seen.body["planId"]
    assert send(host, who, plan=seen.body["planId"]).codes == ["updated", "forbidden"]
