"""Everyone, and the members of a group, as the list of a job."""

import json

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from sandbox.tenant.directory import Group
from tests.whole.calls import Answer, call
from tests.whole.plans.conftest import HostMaker
from tests.whole.plans.people import (
    Signer,
    finished,
    get,
    hires,
    leavers,
    mobile,
    movers,
    named,
    number,
    post,
    refusal,
    settled,
    written,
)

GROUP = "b7a6f0f2-6f0e-4a9b-8f6e-1c2d3e4f5a6b"
OPERATOR = Signer("operator", "sandbox-operator-not-real")


def scope(host: HostProcess, body: object, who: str = "operator", query: str = "") -> Answer:
    return call(host, json.dumps(body).encode(), query, named(who))


def done(host: HostProcess, answer: Answer) -> dict[str, dict]:
    """Results by user, of a job that has ended."""
    assert answer.status == 202, answer.text
    ended = finished(host, answer.body["jobId"], "operator")
    assert "error" not in ended, ended
    results = get(host, answer.body["jobId"], "operator", "/result").body["results"]
    assert ended["counts"]["users"] == len(results)
    return {result["userPrincipalName"]: result for result in results}


def put_group(box: SandboxTenant, *upns: str) -> str:
    box.tenant.groups[GROUP] = Group(GROUP, "Staff", members=[box.tenant.user(upn).id for upn in upns])
    return GROUP


def codes(results: dict[str, dict], *upns: str) -> set[str]:
    return {results[upn]["code"] for upn in upns}


def test_everyone_becomes_right_and_a_second_run_writes_nothing(new_host: HostMaker, box: SandboxTenant) -> None:
    host = new_host(ON_EMPTY="keep")
    right, wrong, missing, gone = settled(box, 5), movers(box, 3, 20), hires(box, 4, 300), leavers(box, 2, 40)
    results = done(host, scope(host, {"scope": "everyone"}))
    assert codes(results, *right) == {"unchanged"}
    assert codes(results, *wrong) == {"updated"}
    assert codes(results, *missing) == {"added"}
    # Nothing is desired of them, so there is nothing to tell.
    assert not set(gone) & set(results)
    assert [mobile(box, upn) for upn in missing] == [number(place) for place in range(300, 304)]
    before = len(written(box))
    again = done(host, scope(host, {"scope": "everyone"}))
    assert codes(again, *right, *wrong, *missing) == {"unchanged"}
    assert len(written(box)) == before


def test_users_without_a_value_count_where_it_is_removed(host: HostProcess, box: SandboxTenant) -> None:
    gone, right = leavers(box, 2), settled(box, 2)
    results = done(host, scope(host, {"group": put_group(box, *gone, *right)}))
    assert list(results) == [*gone, *right]
    assert [mobile(box, upn) for upn in gone] == [None, None]


def test_of_a_group_only_its_members_are_looked_at_those_of_groups_in_it_too(
    host: HostProcess, box: SandboxTenant
) -> None:
    first, second = hires(box, 2)
    others = movers(box, 2, 20)
    inner = "c7a6f0f2-6f0e-4a9b-8f6e-1c2d3e4f5a6b"
    box.tenant.groups[inner] = Group(inner, "Inner", members=[box.tenant.user(second).id])
    put_group(box, first)
    box.tenant.groups[GROUP].members.append(inner)
    results = done(host, scope(host, {"group": GROUP}))
    assert set(results) == {first, second}
    assert not {box.tenant.user(upn).id for upn in others} & set(written(box))


def test_disabled_accounts_are_left_out_unless_they_are_asked_for(
    host: HostProcess, new_host: HostMaker, box: SandboxTenant
) -> None:
    on, off = hires(box, 2)
    box.tenant.change_user(off, accountEnabled=False)
    group = put_group(box, on, off)
    assert set(done(host, scope(host, {"group": group}, query="dryRun=true"))) == {on}
    including = new_host(INCLUDE_DISABLED_USERS="true")
    assert set(done(including, scope(including, {"group": group}, query="dryRun=true"))) == {on, off}


def test_it_needs_the_right_operate(host: HostProcess) -> None:
    for body in ({"scope": "everyone"}, {"group": GROUP}):
        assert refusal(scope(host, body, "other")) == (403, "rightMissing")


def test_a_group_that_does_not_exist_ends_the_job(host: HostProcess) -> None:
    answer = scope(host, {"group": GROUP})
    ended = finished(host, answer.body["jobId"], "operator")
    assert (ended["status"], ended["error"]["code"]) == ("failed", "groupNotFound")
    assert ended["progress"]["percent"] == 100


def test_an_empty_group_is_a_job_without_users(host: HostProcess, box: SandboxTenant) -> None:
    assert done(host, scope(host, {"group": put_group(box)})) == {}


def test_a_signed_call_can_name_a_group(host: HostProcess, box: SandboxTenant) -> None:
    (hire,) = hires(box, 1)
    body = {"operation": "reconcile", "group": put_group(box, hire), "dryRun": True}
    assert codes(done(host, post(host, OPERATOR, "/api/reconcile", **body)), hire) == {"planned"}
    assert written(box) == []


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"scope": "all"}, "/scope"),
        ({"scope": None}, "/scope"),
        ({"group": "Staff"}, "/group"),
        ({"group": [GROUP]}, "/group"),
        ({"group": GROUP, "scope": "everyone"}, ""),
        ({"scope": "everyone", "users": ["anna.andersson@contoso.com"]}, "/users"),
        ({"group": GROUP, "filter": "x"}, "/filter"),
    ],
)
def test_what_could_mean_something_else_is_refused(host: HostProcess, body: dict, pointer: str) -> None:
    answer = scope(host, body)
    assert refusal(answer) == (400, "invalidBody")
    assert [fault["pointer"] for fault in answer.body["errors"]] == [pointer]


def test_a_dry_run_of_a_group_can_be_applied(host: HostProcess, box: SandboxTenant) -> None:
    (hire,) = hires(box, 1)
    planned = scope(host, {"group": put_group(box, hire)}, query="dryRun=true").body["jobId"]
    finished(host, planned, "operator")
    answer = call(host, b"", headers=named("operator"), path=f"/api/jobs/{planned}/apply")
    assert codes(done(host, answer), hire) == {"added"}


def test_a_dry_run_of_an_empty_group_that_is_applied_does_nothing_for_who_has_joined_since(
    host: HostProcess, box: SandboxTenant
) -> None:
    planned = scope(host, {"group": put_group(box)}, query="dryRun=true").body["jobId"]
    finished(host, planned, "operator")
    put_group(box, *hires(box, 1))
    answer = call(host, b"", headers=named("operator"), path=f"/api/jobs/{planned}/apply")
    assert done(host, answer) == {}
    assert written(box) == []


def test_the_ceilings_hold_for_a_group(host: HostProcess, box: SandboxTenant) -> None:
    answer = scope(host, {"group": put_group(box, *movers(box, 30))})
    ended = finished(host, answer.body["jobId"], "operator")
    assert ended["error"]["code"] == "tooManyOverwrites"
    assert written(box) == []
