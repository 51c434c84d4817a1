"""If-Match: a request that is for one plan and no other."""

import json

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.whole.calls import Answer, call, runbook
from tests.whole.plans.conftest import HostMaker
from tests.whole.plans.people import (
    hires,
    mobile,
    move,
    movers,
    named,
    number,
    refusal,
    rehearse,
    send,
    written,
)

OTHER = "AAAAAAAAAAAAAAAAAAAA"


def seen(host: HostProcess, who: list[str]) -> str:
    return str(rehearse(host, who).body["planId"])


@pytest.mark.parametrize("text", ['"{}"', "{}", ' "{}" '])
def test_the_plan_that_was_seen_is_carried_out(host: HostProcess, box: SandboxTenant, text: str) -> None:
    who = movers(box, 2)
    answer = send(host, who, plan=text.format(seen(host, who)))
    assert (answer.status, answer.codes) == (200, ["updated", "updated"])


@pytest.mark.parametrize(
    "text", ["*", "", '""', '"{0}", "{0}"', "{0},{0}", "{0} {0}", 'W/"{0}"', "w/{0}", '"{0}', '{0}"', "'{0}'", "{0}="]
)
def test_anything_but_one_id_is_400(host: HostProcess, box: SandboxTenant, text: str) -> None:
    who = movers(box, 1)
    answer = send(host, who, plan=text.format(seen(host, who)))
    assert refusal(answer) == (400, "invalidQuery")
    assert written(box) == []


def test_twice_is_400_too(host: HostProcess, box: SandboxTenant) -> None:
    who = movers(box, 1)
    twice = [("If-Match", seen(host, who))] * 2
    assert refusal(call(host, runbook(*who), headers=[*named("lists"), *twice])) == (400, "invalidQuery")
    assert written(box) == []


@pytest.mark.parametrize("query", ["", "dryRun=true"])
@pytest.mark.parametrize("who_asks", ["lists", "boss"])
def test_another_plan_is_412_and_the_plan_made_now_is_shown(
    host: HostProcess, box: SandboxTenant, query: str, who_asks: str
) -> None:
    who = [*movers(box, 2), *hires(box, 1)]
    old = seen(host, who)
    move(box, who[1], 700)
    answer = send(host, who, who_asks, query, plan=f'"{old}"')
    assert refusal(answer) == (412, "planChanged")
    body = answer.body
    assert answer.headers["content-type"].startswith("application/problem+json")
    assert (body["title"], body["planId"]) == ("Precondition Failed", seen(host, who))
    assert (body["counts"]["planned"], answer.codes) == (3, ["planned"] * 3)
    assert body["results"][1]["changes"][0]["after"].endswith("00")
    assert body["dryRun"] is bool(query)
    assert written(box) == []
    assert send(host, who, who_asks, plan=f'"{body["planId"]}"').status == 200
    assert mobile(box, who[1]) == number(700)


def test_the_plan_that_was_carried_out_is_another_one_afterwards(host: HostProcess, box: SandboxTenant) -> None:
    who = movers(box, 2)
    plan = seen(host, who)
    answers = [send(host, who, plan=plan) for _ in range(2)]
    assert [answer.status for answer in answers] == [200, 412]
    assert len(written(box)) == 2


def test_with_values_that_the_caller_names(host: HostProcess, box: SandboxTenant) -> None:
    (upn,) = movers(box, 1)

    def put(last: int, plan: str) -> Answer:
        entry = json.dumps([{"userPrincipalName": upn, "mobile": number(last)}]).encode()
        return call(host, entry, headers=[*named("lists"), ("If-Match", plan)], path="/api/set")

    shown = put(800, OTHER)
    assert refusal(shown) == (412, "planChanged")
    plan = shown.body["planId"]
    assert refusal(put(801, plan)) == (412, "planChanged")
    assert put(800, plan).codes == ["updated"]


@pytest.mark.parametrize("how", ["long", "async=true", "prefer"])
def test_a_list_that_becomes_a_job_goes_with_no_plan(new_host: HostMaker, box: SandboxTenant, how: str) -> None:
    host = new_host(INLINE_USERS="5")
    who = movers(box, 6 if how == "long" else 1)
    query, more = (how, {}) if "=" in how else ("", {"Prefer": "respond-async"} if how == "prefer" else {})

    def jobs() -> object:
        return call(host, method="GET", path="/api/jobs", headers=named("lists")).body["value"]

    before = jobs()
    answer = send(host, who, query=query, plan=OTHER, **more)
    assert refusal(answer) == (400, "invalidQuery")
    assert "/apply" in answer.body["detail"]
    assert jobs() == before


@pytest.mark.parametrize("text", [OTHER, "*", ""])
def test_single_operations_and_the_end_of_a_job_refuse_it(host: HostProcess, box: SandboxTenant, text: str) -> None:
    (upn,) = movers(box, 1)
    phones, more = f"/api/users/{upn}/phone-methods", [("If-Match", text)]
    body = json.dumps({"phoneNumber": number(900)}).encode()
    created = json.dumps({"phoneNumber": number(900), "phoneType": "office"}).encode()
    for method, path, content in [
        ("POST", phones, created),
        ("PATCH", f"{phones}/mobile", body),
        ("DELETE", f"{phones}/mobile", b""),
        ("POST", f"{phones}/mobile/enable-sms-sign-in", b""),
        ("POST", f"{phones}/mobile/disable-sms-sign-in", b""),
    ]:
        answer = call(host, content, headers=[*named("lists"), *more], method=method, path=path)
        assert refusal(answer) == (400, "invalidQuery"), (method, path)
    job = send(host, [upn], query="dryRun=true&async=true").body["jobId"]
    answer = call(host, headers=[*named("lists"), *more], method="DELETE", path=f"/api/jobs/{job}")
    assert refusal(answer) == (400, "invalidQuery")
    assert written(box) == []
