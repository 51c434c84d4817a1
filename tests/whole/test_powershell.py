"""What the functions of examples/mfa-webhook.ps1 send, byte for byte, as Windows PowerShell 5.1 and PowerShell 7 would.

The bytes of PowerShell 7 were recorded. Guess: those of Windows PowerShell 5.1, which was not at hand, follow its
documentation (ConvertTo-Json, Invoke-WebRequest).
"""

import re
from dataclasses import dataclass

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.scenarios.files import EXPLICIT_HANDSHAKE
from tests.whole.calls import Answer, call, call_with_expect
from tests.whole.conftest import CHECKOUT

JSON, CSV = "application/json; charset=utf-8", "text/csv"

# Sync-MfaPhone: ConvertTo-Json of 5.1 escapes apostrophes, breaks lines with CRLF and puts two blanks behind a colon.
LIST_5_1 = (
    '[\r\n    {\r\n        "UserPrincipalName":  "siobhan.o\\u0027brien@contoso.com"\r\n    },\r\n'
    '    {\r\n        "UserPrincipalName":  "åsa.öberg@contoso.com"\r\n    }\r\n]'
).encode()
LIST_7 = (
    '[\n  {\n    "UserPrincipalName": "siobhan.o\'brien@contoso.com"\n  },\n'
    '  {\n    "UserPrincipalName": "åsa.öberg@contoso.com"\n  }\n]'
).encode()
LIST_WRITES = [
    ("PATCH", "siobhan.o'brien@contoso.com", "mobile", "+44 7700900102", 204),
    ("PATCH", "åsa.öberg@contoso.com", "mobile", "+46 701740612", 204),
]
# Set-MfaMethod -Remove email: only what has a value is sent, and null for what is to go.
VALUES_5_1 = (
    '[\r\n    {\r\n        "userPrincipalName":  "åsa.öberg@contoso.com",\r\n        "mobile":  "+46 70-174 06 30",\r\n'
    '        "office":  "+46 701740631",\r\n        "email":  null\r\n    },\r\n'
    '    {\r\n        "userPrincipalName":  "emil.emailonly@contoso.com",\r\n        "mobile":  "070-174 06 32",\r\n'
    '        "email":  null\r\n    }\r\n]'
).encode()
VALUES_7 = (
    '[\n  {\n    "userPrincipalName": "åsa.öberg@contoso.com",\n    "mobile": "+46 70-174 06 30",\n'
    '    "office": "+46 701740631",\n    "email": null\n  },\n'
    '  {\n    "userPrincipalName": "emil.emailonly@contoso.com",\n    "mobile": "070-174 06 32",\n'
    '    "email": null\n  }\n]'
).encode()
VALUES_WRITES = [
    ("POST", "emil.emailonly@contoso.com", "mobile", "+46 701740632", 201),
    ("DELETE", "emil.emailonly@contoso.com", "email", None, 204),
    ("PATCH", "åsa.öberg@contoso.com", "mobile", "+46 701740630", 204),
    ("POST", "åsa.öberg@contoso.com", "office", "+46 701740631", 201),
]
# Send-MfaTable sends a file as it is: of Export-Csv, and of Excel ("CSV UTF-8", and "CSV" in a country of semicolons).
TABLE_ROW = "åsa.öberg@contoso.com", "+46 701740633", "true"
TABLE_EXPORTED = (
    '#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"UPN","Mobile","ForcedUpdate"\r\n"{}","{}","{}"\r\n'
)
TABLE_EXCEL = "UPN;Mobile;ForcedUpdate\r\n{};{};{}\r\n"
TABLE_WRITES = [("PATCH", "åsa.öberg@contoso.com", "mobile", "+46 701740633", 204)]


@dataclass(frozen=True)
class Sent:
    path: str
    content_type: str
    body: bytes
    writes: list[tuple[str, str, str, str | None, int]]


JOBS = [
    pytest.param(Sent("reconcile", JSON, LIST_5_1, LIST_WRITES), id="Sync-MfaPhone-5.1"),
    pytest.param(Sent("reconcile", JSON, LIST_7, LIST_WRITES), id="Sync-MfaPhone-7"),
    pytest.param(Sent("set", JSON, VALUES_5_1, VALUES_WRITES), id="Set-MfaMethod-5.1"),
    pytest.param(Sent("set", JSON, VALUES_7, VALUES_WRITES), id="Set-MfaMethod-7"),
    pytest.param(
        Sent("set", CSV, TABLE_EXPORTED.format(*TABLE_ROW).encode("utf-8-sig"), TABLE_WRITES),
        id="Send-MfaTable-Export-Csv",
    ),
    pytest.param(
        Sent("set", CSV, TABLE_EXPORTED.format(*TABLE_ROW).encode("utf-16"), TABLE_WRITES),
        id="Send-MfaTable-Export-Csv-Unicode",
    ),
    pytest.param(
        Sent("set", CSV, TABLE_EXCEL.format(*TABLE_ROW).encode("utf-8-sig"), TABLE_WRITES), id="Send-MfaTable-Excel"
    ),
    pytest.param(
        Sent("set", CSV, TABLE_EXCEL.format(*TABLE_ROW).encode("cp1252"), TABLE_WRITES), id="Send-MfaTable-Excel-1252"
    ),
]


def send_5_1(host: HostProcess, sent: Sent, query: str = "", handshake: str = EXPLICIT_HANDSHAKE) -> Answer:
    """Invoke-WebRequest of .NET Framework: the body follows when the server has said 100 Continue."""
    head = (
        f"POST /api/{sent.path}{query} HTTP/1.1\r\n"
        f"Message: {handshake}\r\n"
        f"x-functions-key: {host.key}\r\n"
        "User-Agent: Mozilla/5.0 (Windows NT; Windows NT 10.0; en-US) WindowsPowerShell/5.1.26100.1\r\n"
        f"Content-Type: {sent.content_type}\r\n"
        f"Host: {host.url.removeprefix('http://')}\r\n"
        f"Content-Length: {len(sent.body)}\r\n"
        "Expect: 100-continue\r\n"
        "Connection: Keep-Alive\r\n\r\n"
    )
    return call_with_expect(host, head, sent.body)


@pytest.mark.parametrize("sent", JOBS)
def test_a_function_plans_with_what_if_and_then_does_it_once(
    box: SandboxTenant, explicit_host: HostProcess, sent: Sent
) -> None:
    planned = send_5_1(explicit_host, sent, "?dryRun=true")
    assert (planned.status, planned.body["dryRun"], planned.body["counts"]["failed"]) == (200, True, 0)
    assert box.tenant.writes() == []

    done = send_5_1(explicit_host, sent)
    assert (done.status, done.body["status"]) == (200, "succeeded"), done.text
    assert sorted(box.tenant.writes(), key=lambda write: str(write.user)) == sent.writes

    box.tenant.clear_requests()
    assert set(send_5_1(explicit_host, sent).codes) == {"unchanged"}
    assert box.tenant.writes() == []


def test_powershell_7_sends_no_expect_header_and_is_understood_as_well(
    box: SandboxTenant, explicit_host: HostProcess
) -> None:
    headers = [("Message", EXPLICIT_HANDSHAKE), ("Content-Type", JSON), ("Accept-Encoding", "gzip, deflate, br")]
    assert call(explicit_host, VALUES_7, headers=headers, path="/api/set").codes == ["changed", "changed"]
    assert len(box.tenant.writes()) == len(VALUES_WRITES)


def test_an_answer_that_is_an_error_holds_what_the_functions_read_of_it(explicit_host: HostProcess) -> None:
    refused = send_5_1(explicit_host, Sent("set", JSON, LIST_5_1, []))
    assert (refused.status, refused.body["status"], refused.body["code"]) == (400, 400, "invalidBody")
    assert refused.body["detail"]
    assert [fault["pointer"] for fault in refused.body["errors"]] == ["/0", "/1"]
    assert all(fault["detail"] for fault in refused.body["errors"])
    stranger = send_5_1(explicit_host, Sent("set", CSV, b"UPN\n", []), handshake="not-the-handshake")
    assert (stranger.status, stranger.body["code"], stranger.body.get("errors")) == (401, "unauthorized", None)


def test_the_functions_send_what_is_tested_here_and_know_no_word_of_powershell_7() -> None:
    script = CHECKOUT.joinpath("examples", "mfa-webhook.ps1").read_text(encoding="utf-8")
    for name in ("Sync-MfaPhone", "Set-MfaMethod", "Send-MfaTable"):
        assert f"function {name}" in script
    for word in ("'reconcile'", "'set'", f"'{JSON}'", f"'{CSV}'", "?dryRun=true", "UTF8.GetBytes", "Tls12"):
        assert word in script
    newer = r"\?\?|\?\.|&&|\|\||SkipHttpErrorCheck|AsArray|AsHashtable| \? .+ : "
    assert not re.search(newer, script)
