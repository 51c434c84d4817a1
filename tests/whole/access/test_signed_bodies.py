"""What is signed is the body, so everything stands in it, and nothing beside it counts."""

import json

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.whole.access.people import BJORN, HR, LISTS, NUMBER, named, plan, post, refusal, users, values
from tests.whole.calls import call, handshake

XML = (
    f'<ProvisioningPlan><AccountRequest op="Modify" nativeIdentity="{BJORN}">'
    f'<AttributeRequest name="mfa_phoneNumber_mobile" op="Set" value="{NUMBER}"/></AccountRequest></ProvisioningPlan>'
)
FAULTY = (400, "invalidBody")
BESIDE = (400, "invalidQuery")
ROUTES = pytest.mark.parametrize(
    ("path", "made"),
    [("reconcile", users), ("set", values), ("provision", plan)],
    ids=["reconcile", "set", "provision"],
)


@ROUTES
def test_the_operation_must_be_the_routes(open_host: HostProcess, box: SandboxTenant, path: str, made: object) -> None:
    """A body that was signed for one route does nothing on another."""
    assert callable(made)
    right = json.loads(made())
    for operation in ("reconcile", "set", "provision", "report", "apply", "Reconcile", "", None, ["set"], True):
        if operation != path:
            body = json.dumps({**right, "operation": operation}).encode()
            assert refusal(post(open_host, HR, body, f"/api/{path}")) == FAULTY, operation
    del right["operation"]
    assert refusal(post(open_host, HR, json.dumps(right).encode(), f"/api/{path}")) == FAULTY
    assert box.tenant.calls("graph") == []


@ROUTES
def test_a_dry_run_in_the_body_is_obeyed(open_host: HostProcess, box: SandboxTenant, path: str, made: object) -> None:
    assert callable(made)
    answer = post(open_host, HR, made(dryRun=True), f"/api/{path}")
    assert (answer.status, answer.body["dryRun"], answer.codes) == (200, True, ["planned"])
    assert box.tenant.writes() == []
    answer = post(open_host, HR, made(dryRun=False), f"/api/{path}")
    assert (answer.status, answer.body["dryRun"], answer.codes) == (200, False, ["updated"])


@ROUTES
@pytest.mark.parametrize("value", ['"true"', "1", "null", '""', "[true]", '{"value": true}'])
def test_a_dry_run_that_is_no_boolean_is_refused(
    open_host: HostProcess, box: SandboxTenant, path: str, made: object, value: str
) -> None:
    assert callable(made)
    body = made(dryRun="here").replace(b'"here"', value.encode())
    assert refusal(post(open_host, HR, body, f"/api/{path}")) == FAULTY
    assert box.tenant.calls("graph") == []


@ROUTES
def test_whatever_else_means_a_dry_run_is_obeyed_or_refused(
    open_host: HostProcess, box: SandboxTenant, path: str, made: object
) -> None:
    assert callable(made)
    right = made().decode()
    entry = '"userPrincipalName": ' if path == "set" else '"op": "Modify"'
    tricks = [
        right[:-1] + ', "dryRun": true, "dryRun": false}',
        right[:-1] + ', "dryRun": true, "DRYRUN": false}',
        *(right[:-1] + f', "{word}": true}}' for word in ("whatIf", "dry_run", "dry-run", "dryrun ", "dryRun\\u200b")),
        *(right[:-1] + f', "{word}": true}}' for word in ("WhatIf", "options.dryRun", "ｄｒｙＲｕｎ", "dryRunn")),
        right[:-1] + ', "options": {"dryRun": true}}',
        right.replace(entry, f'"dryRun": true, {entry}') if entry in right else right[:-1] + ', "x": [{"whatIf": 1}]}',
    ]
    for body in tricks:
        answer = post(open_host, HR, body.encode(), f"/api/{path}")
        assert answer.status == 400 or (answer.status == 200 and answer.body["dryRun"]), body
        assert "?dryRun" not in answer.text
    assert box.tenant.writes() == []
    for word in ("DRYRUN", "dryrun", "dry\\u0052un"):
        answer = post(open_host, HR, (right[:-1] + f', "{word}": true}}').encode(), f"/api/{path}")
        assert (answer.status, answer.body["dryRun"]) == (200, True), word


@ROUTES
@pytest.mark.parametrize("word", ["dryRun", "DRYRUN", "operation"])
def test_in_an_unsigned_body_they_mean_nothing_or_are_refused(
    open_host: HostProcess, box: SandboxTenant, path: str, made: object, word: str
) -> None:
    assert callable(made)
    body = made(**{word: True}) if word != "operation" else made()
    secret = handshake("sandbox-explicit-handshake-not-real")
    answer = call(open_host, body, "", secret, path=f"/api/{path}")
    if word != "operation":
        assert refusal(answer) == FAULTY
        assert box.tenant.writes() == []
    else:
        assert answer.status in (200, 400)


@ROUTES
@pytest.mark.parametrize(
    "query", ["dryRun=true", "dryRun=false", "whatIf=1", "async=true", "async=false", "DRYRUN=true", "dry-run=true"]
)
def test_the_same_in_the_query_is_refused(
    open_host: HostProcess, box: SandboxTenant, path: str, made: object, query: str
) -> None:
    assert callable(made)
    for body in (made(), made(dryRun=True)):
        assert refusal(post(open_host, HR, body, f"/api/{path}", query)) == BESIDE
    assert box.tenant.calls("graph") == []


@pytest.mark.parametrize(
    "header",
    [
        *(("Idempotency-Key", "k-1"), ("Idempotency-Key", ""), ("X-Reason", "because"), ("X-Reason", "")),
        *(("Prefer", "respond-async"), ("Prefer", "wait=1"), ("If-Match", '"x"'), ("X-Dry-Run", "true")),
    ],
)
def test_the_same_in_a_header_is_refused(open_host: HostProcess, box: SandboxTenant, header: tuple[str, str]) -> None:
    assert refusal(post(open_host, HR, users(), more=[header])) == BESIDE
    assert box.tenant.calls("graph") == []


def test_the_refusal_says_where_they_go(open_host: HostProcess) -> None:
    answered = post(open_host, HR, users(), more=[("X-Reason", "because")])
    assert str(answered.body["detail"]).startswith("In a signed call, put all parameters in the body, not in the ")


def test_the_hosts_own_parameters_and_a_gateways_are_free(open_host: HostProcess) -> None:
    query = "code=a-key&clientId=default&subscription-key=another"
    assert post(open_host, HR, users(dryRun=True), query=query).status == 200
    for query in ("users=x", "planId=x", "jobId=x", "operation=set", "show=full", "status=failed", "skip=1"):
        assert refusal(post(open_host, HR, users(dryRun=True), query=query)) == BESIDE


def test_a_reason_is_checked(open_host: HostProcess) -> None:
    assert post(open_host, HR, users(dryRun=True, reason="Ticket 4711")).status == 200
    for reason in ("x" * 201, "two\nlines", "\u0000", 5, None, ["x"]):
        assert refusal(post(open_host, HR, users(reason=reason))) == FAULTY
    for reason in (b"x" * 201, b"a\tb"):
        assert refusal(call(open_host, users(), "", [*named("lists"), ("X-Reason", reason)])) == BESIDE


def test_a_key_on_a_request_that_becomes_no_job_is_accepted_and_the_answer_says_so(open_host: HostProcess) -> None:
    assert post(open_host, HR, users(dryRun=True, idempotencyKey="k")).body["idempotencyKey"] == "notUsed"
    assert "idempotencyKey" not in post(open_host, HR, users(dryRun=True)).body
    assert refusal(post(open_host, HR, users(idempotencyKey="k" * 257))) == FAULTY
    assert refusal(post(open_host, HR, users(idempotencyKey=7))) == FAULTY


def test_a_key_has_as_many_characters_in_the_header_as_in_the_body(open_host: HostProcess) -> None:
    for length, status in ((256, 200), (257, 400)):
        assert post(open_host, HR, users(dryRun=True, idempotencyKey="k" * length)).status == status
        headers = [*named("lists"), ("Idempotency-Key", "k" * length)]
        answer = call(open_host, json.dumps([BJORN]).encode(), "dryRun=true", headers)
        assert answer.status == status, answer.text
    assert (refusal(answer), answer.body["detail"]) == (BESIDE, "Idempotency-Key must have at most 256 characters.")


@pytest.mark.parametrize("word", ["jobId", "group", "scope"])
def test_what_belongs_to_other_operations_is_refused(open_host: HostProcess, box: SandboxTenant, word: str) -> None:
    answer = post(open_host, HR, users(**{word: "x"}))
    assert answer.status == 400, answer.text
    assert box.tenant.writes() == []


def test_every_fault_of_the_envelope_is_told_at_once(open_host: HostProcess) -> None:
    body = users(operation="set", dryRun="yes", reason=1, idempotencyKey=2, planId="*")
    answer = post(open_host, HR, body)
    assert refusal(answer) == FAULTY
    assert {fault["pointer"] for fault in answer.body["errors"]} == {
        *("/operation", "/dryRun", "/reason", "/idempotencyKey", "/planId"),
    }


@pytest.mark.parametrize(
    ("path", "content_type", "body"),
    [
        ("reconcile", "text/csv", f"userPrincipalName\r\n{BJORN}\r\n".encode()),
        ("set", "text/csv", f"UPN,Mobile\r\n{BJORN},{NUMBER}\r\n".encode()),
        ("provision", "application/xml", XML.encode()),
        ("reconcile", "application/json", f'["{BJORN}"]'.encode()),
        ("reconcile", "application/json", f'"{BJORN}"'.encode()),
        ("set", "application/json", f'[{{"userPrincipalName": "{BJORN}", "mobile": "{NUMBER}"}}]'.encode()),
        ("reconcile", "application/json", b""),
    ],
)
def test_a_signed_body_is_a_json_object(
    open_host: HostProcess, box: SandboxTenant, path: str, content_type: str, body: bytes
) -> None:
    answer = post(open_host, HR, body, f"/api/{path}", more=[("Content-Type", content_type)])
    assert refusal(answer) == FAULTY
    assert box.tenant.calls("graph") == []


def test_a_signed_object_may_be_labelled_as_anything(open_host: HostProcess) -> None:
    for label in ("text/csv", "application/xml", "application/x-www-form-urlencoded"):
        assert post(open_host, LISTS, users(dryRun=True), more=[("Content-Type", label)]).codes == ["planned"]
