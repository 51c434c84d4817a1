"""Requests byte for byte as real callers send them."""

from collections import Counter

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.recorded import lines_in
from tests.support import HANDSHAKE
from tests.whole.calls import Answer, call, call_with_expect, runbook

BJORN, SIOBHAN, ASA = "bjorn.berg@contoso.com", "siobhan.o'brien@contoso.com", "åsa.öberg@contoso.com"
RIGHT = {BJORN: "+46 701740606", SIOBHAN: "+44 7700900102", ASA: "+46 701740612"}
FORM = "application/x-www-form-urlencoded"

# ConvertTo-Json of Windows PowerShell 5.1: four blanks, two behind a colon, CRLF, escaped apostrophes.
LIST_5_1 = (
    "[\r\n"
    '    {\r\n        "UserPrincipalName":  "bjorn.berg@contoso.com"\r\n    },\r\n'
    '    {\r\n        "UserPrincipalName":  "siobhan.o\\u0027brien@contoso.com"\r\n    },\r\n'
    '    {\r\n        "UserPrincipalName":  "åsa.öberg@contoso.com"\r\n    }\r\n'
    "]"
)
OBJECT_5_1 = '{\r\n    "UserPrincipalName":  "åsa.öberg@contoso.com"\r\n}'
WRAPPED_5_1 = (
    '{\r\n    "value":  [\r\n                  {\r\n                      "UserPrincipalName":  '
    '"bjorn.berg@contoso.com"\r\n                  }\r\n              ],\r\n    "Count":  1\r\n}'
)
# ConvertTo-Json of PowerShell 7: two blanks, one behind a colon, the line ends of the machine, apostrophes as they are.
LIST_7 = (
    '[\n  {\n    "UserPrincipalName": "bjorn.berg@contoso.com"\n  },\n'
    '  {\n    "UserPrincipalName": "siobhan.o\'brien@contoso.com"\n  },\n'
    '  {\n    "UserPrincipalName": "åsa.öberg@contoso.com"\n  }\n]'
)


def send_5_1(host: HostProcess, body: bytes) -> Answer:
    """Invoke-WebRequest -Method Post -Body $body -Headers @{Message = …} -Uri …?code=… of Windows PowerShell 5.1."""
    head = (
        f"POST /api/reconcile?code={host.key} HTTP/1.1\r\n"
        f"Message: {HANDSHAKE}\r\n"
        "User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.26100.1\r\n"
        f"Content-Type: {FORM}\r\n"
        f"Host: {host.url.removeprefix('http://')}\r\n"
        f"Content-Length: {len(body)}\r\n"
        "Expect: 100-continue\r\n"
        "Connection: Keep-Alive\r\n\r\n"
    )
    return call_with_expect(host, head, body)


def send_7(host: HostProcess, body: bytes) -> Answer:
    return call(host, body, headers=[("Message", HANDSHAKE), ("Content-Type", FORM), ("Accept-Encoding", "gzip, br")])


@pytest.mark.parametrize(
    ("send", "body", "users"),
    [
        pytest.param(send_5_1, LIST_5_1.encode("latin-1"), [BJORN, SIOBHAN, ASA], id="5.1-list"),
        pytest.param(send_5_1, OBJECT_5_1.encode("latin-1"), [ASA], id="5.1-bare-object"),
        pytest.param(send_5_1, WRAPPED_5_1.encode("latin-1"), [BJORN], id="5.1-value-and-count"),
        pytest.param(send_5_1, LIST_5_1.encode("utf-8-sig"), [BJORN, SIOBHAN, ASA], id="5.1-file-with-bom"),
        pytest.param(send_7, LIST_7.encode(), [BJORN, SIOBHAN, ASA], id="7-list"),
        pytest.param(send_7, LIST_7.replace("\n", "\r\n").encode("latin-1"), [BJORN, SIOBHAN, ASA], id="7-latin-1"),
    ],
)
def test_the_runbooks_request_makes_the_tenant_right_and_a_second_one_writes_nothing(
    host: HostProcess, box: SandboxTenant, send: object, body: bytes, users: list[str]
) -> None:
    assert callable(send)
    answer = send(host, body)
    assert answer.status == 200
    assert [(result["userPrincipalName"], result["code"]) for result in answer.body["results"]] == [
        (upn, "updated") for upn in users
    ]
    assert {upn: box.tenant.user(upn).phones["mobile"].number for upn in users} == {upn: RIGHT[upn] for upn in users}
    assert sorted(write[:2] for write in box.tenant.writes()) == sorted(("PATCH", upn) for upn in users)

    box.tenant.clear_requests()
    assert send(host, body).codes == ["unchanged"] * len(users)
    assert box.tenant.writes() == []


@pytest.mark.parametrize("query", ["dryRun=true", "DRYRUN=1", "dryrun=TRUE"])
def test_a_dry_run_plans_and_never_writes(host: HostProcess, box: SandboxTenant, query: str) -> None:
    before = box.tenant.snapshot()
    answer = call(host, runbook(*RIGHT), query)
    assert (answer.status, answer.body["dryRun"], answer.codes) == (200, True, ["planned"] * 3)
    assert box.tenant.writes() == []
    assert box.tenant.snapshot() == before


@pytest.mark.parametrize(
    "query", ["dryRun=", "dryRun", "dryRun=yes", "dryRun=true&dryRun=false", "dryRun=true&DRYRUN=true", "dryRun=%20"]
)
def test_a_dry_run_that_is_not_understood_is_refused(host: HostProcess, box: SandboxTenant, query: str) -> None:
    answer = call(host, runbook(BJORN), query)
    assert (answer.status, answer.body["code"]) == (400, "invalidQuery")
    assert box.tenant.calls() == []


def test_the_answer_is_a_json_document_that_nobody_keeps(host: HostProcess) -> None:
    answer = call(host, runbook(BJORN), "dryRun=true")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"


def test_graph_calls_and_log_lines_carry_the_correlation_id_of_the_answer(
    host: HostProcess, box: SandboxTenant
) -> None:
    seen = len(host.log())
    correlation_id = call(host, runbook(*RIGHT)).body["correlationId"]
    assert {record.client_request_id for record in box.tenant.calls()} == {correlation_id}
    told = lines_in(host.log()[seen:])
    # One for each user, one of the audit trail for each that changed, and one for the request.
    assert Counter(line["event"] for line in told) == {"user": len(RIGHT), "write": 3, "request": 1}
    assert {line["correlationId"] for line in told} == {correlation_id}
