"""What PowerShell sends, byte for byte as it was recorded, and what the webhook does with it.

The requests of the module lie in powershell/tests/recorded; its Pester tests compare them with what it sends. Scripts
without the module send what ConvertTo-Json of PowerShell 7 makes, recorded as well. Tables are as Export-Csv and Excel
write them.
"""

from dataclasses import dataclass

import pytest

from sandbox.host import HostProcess
from sandbox.tenant import SandboxTenant
from tests.scenarios.files import EXPLICIT_HANDSHAKE
from tests.whole.calls import Answer, call
from tests.whole.conftest import CHECKOUT

RECORDED = CHECKOUT / "powershell" / "tests" / "recorded"
JSON, CSV = "application/json; charset=utf-8", "text/csv"

Writes = list[tuple[str, str, str, str | None, int]]


@dataclass(frozen=True)
class Sent:
    path: str
    content_type: str
    body: bytes
    writes: Writes
    more: tuple[tuple[str, str], ...] = ()


LIST_WRITES: Writes = [
    ("PATCH", "siobhan.o'brien@contoso.com", "mobile", "+44 7700900102", 204),
    ("PATCH", "åsa.öberg@contoso.com", "mobile", "+46 701740612", 204),
]
VALUES_WRITES: Writes = [
    ("POST", "emil.emailonly@contoso.com", "mobile", "+46 701740632", 201),
    ("DELETE", "emil.emailonly@contoso.com", "email", None, 204),
    ("PATCH", "åsa.öberg@contoso.com", "mobile", "+46 701740630", 204),
    ("POST", "åsa.öberg@contoso.com", "office", "+46 701740631", 201),
]
TABLE_WRITES: Writes = [("PATCH", "åsa.öberg@contoso.com", "mobile", "+46 701740633", 204)]
ONE_WRITE: Writes = [("PATCH", "bjorn.berg@contoso.com", "mobile", "+46 701740606", 204)]

# ConvertTo-Json -InputObject @(@{ … }) and Invoke-RestMethod of PowerShell 7.
LIST_7 = (
    '[\n  {\n    "UserPrincipalName": "siobhan.o\'brien@contoso.com"\n  },\n'
    '  {\n    "UserPrincipalName": "åsa.öberg@contoso.com"\n  }\n]'
).encode()
VALUES_7 = (
    '[\n  {\n    "userPrincipalName": "åsa.öberg@contoso.com",\n    "mobile": "+46 70-174 06 30",\n'
    '    "office": "+46 701740631",\n    "email": null\n  },\n'
    '  {\n    "userPrincipalName": "emil.emailonly@contoso.com",\n    "mobile": "070-174 06 32",\n'
    '    "email": null\n  }\n]'
).encode()
# Of Export-Csv, and of Excel: "CSV UTF-8", and "CSV" in a country of semicolons.
TABLE_ROW = "åsa.öberg@contoso.com", "+46 701740633", "true"
EXPORTED = (
    '#TYPE Selected.System.Management.Automation.PSCustomObject\r\n"UPN","Mobile","ForcedUpdate"\r\n"{}","{}","{}"\r\n'
).format(*TABLE_ROW)
EXCEL = "UPN;Mobile;ForcedUpdate\r\n{};{};{}\r\n".format(*TABLE_ROW)

# What the caller of this test, or the connection, says itself.
_OF_THE_CALL = ("host", "content-length", "message", "x-functions-key", "idempotency-key")


def recorded(name: str, writes: Writes) -> Sent:
    head, _, body = RECORDED.joinpath(f"{name}.http").read_bytes().partition(b"\n\n")
    line, *lines = head.decode("latin-1").split("\n")
    headers = [(name.lower(), value) for name, _, value in (text.partition(": ") for text in lines)]
    method, path, version = line.split(" ")
    assert (method, version) == ("POST", "HTTP/1.1")
    assert int(dict(headers)["content-length"]) == len(body)
    more = tuple(pair for pair in headers if pair[0] not in (*_OF_THE_CALL, "content-type"))
    return Sent(path.removeprefix("/api/"), dict(headers)["content-type"], body, writes, more)


SENT = {
    "module-list": recorded("list", LIST_WRITES),
    "module-one-user": recorded("one-user", ONE_WRITE),
    "module-values": recorded("values", VALUES_WRITES),
    "module-table": recorded("table", TABLE_WRITES),
    "script-list": Sent("reconcile", JSON, LIST_7, LIST_WRITES),
    "script-values": Sent("set", JSON, VALUES_7, VALUES_WRITES),
    "Export-Csv": Sent("set", CSV, EXPORTED.encode("utf-8-sig"), TABLE_WRITES),
    "Export-Csv-Unicode": Sent("set", CSV, EXPORTED.encode("utf-16"), TABLE_WRITES),
    "Excel": Sent("set", CSV, EXCEL.encode("utf-8-sig"), TABLE_WRITES),
    "Excel-1252": Sent("set", CSV, EXCEL.encode("cp1252"), TABLE_WRITES),
}


def send(host: HostProcess, sent: Sent, query: str = "", handshake: str = EXPLICIT_HANDSHAKE) -> Answer:
    headers = [("Message", handshake), ("Content-Type", sent.content_type), *sent.more]
    return call(host, sent.body, query, headers, path=f"/api/{sent.path}")


@pytest.mark.parametrize("name", SENT)
def test_what_is_sent_is_planned_as_a_dry_run_and_then_done_once(
    box: SandboxTenant, explicit_host: HostProcess, name: str
) -> None:
    sent = SENT[name]
    planned = send(explicit_host, sent, "dryRun=true")
    assert (planned.status, planned.body["dryRun"], planned.body["counts"]["failed"]) == (200, True, 0), planned.text
    assert box.tenant.writes() == []

    done = send(explicit_host, sent)
    assert (done.status, done.body["status"]) == (200, "succeeded"), done.text
    assert sorted(box.tenant.writes(), key=lambda write: str(write.user)) == sent.writes

    box.tenant.clear_requests()
    assert set(send(explicit_host, sent).codes) == {"unchanged"}
    assert box.tenant.writes() == []


def test_a_dry_run_of_the_module_is_one(box: SandboxTenant, explicit_host: HostProcess) -> None:
    sent = recorded("dry-run", [])
    path, _, query = sent.path.partition("?")
    headers = [("Message", EXPLICIT_HANDSHAKE), ("Content-Type", sent.content_type), *sent.more]
    answer = call(explicit_host, sent.body, query, headers, path=f"/api/{path}")
    assert (answer.codes, answer.body["dryRun"]) == (["planned"], True)
    assert box.tenant.writes() == []


def test_an_answer_that_is_an_error_holds_what_the_module_reads_of_it(explicit_host: HostProcess) -> None:
    refused = send(explicit_host, Sent("set", JSON, LIST_7, []))
    assert (refused.status, refused.body["status"], refused.body["code"]) == (400, 400, "invalidBody")
    assert refused.body["detail"]
    assert [fault["pointer"] for fault in refused.body["errors"]] == ["/0", "/1"]
    assert all(fault["detail"] for fault in refused.body["errors"])
    stranger = send(explicit_host, Sent("set", CSV, b"UPN\n", []), handshake="not-the-handshake")
    assert (stranger.status, stranger.body["code"], stranger.body.get("errors")) == (401, "unauthorized", None)
