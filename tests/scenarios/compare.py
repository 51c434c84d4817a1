"""Brings the tenant into a scenario's situation, and finds everything that is not as the scenario says."""

import csv
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sandbox.tenant import Fault, Tenant
from sandbox.tenant.directory import Phone
from tests.scenarios.files import COUNTS, ScenarioError, Step, Table

FORMULA = ("=", "+", "-", "@", "\t", "\r")


@dataclass(frozen=True)
class Reply:
    """What the caller got; header names are lower case."""

    status: int
    headers: Mapping[str, str]
    content: bytes

    @property
    def body(self) -> dict[str, Any]:
        found = json.loads(self.content) if self.headers.get("content-type", "").endswith("json; charset=utf-8") else {}
        assert isinstance(found, dict)
        return found

    @property
    def lines(self) -> list[dict[str, str]]:
        """The lines of a CSV answer."""
        if not self.headers.get("content-type", "").startswith("text/csv"):
            return []
        return list(csv.DictReader(io.StringIO(self.content.decode("utf-8-sig"), newline="")))


class Differences:
    """All that is not as the scenario says; shown together, because one alone seldom tells what went wrong."""

    def __init__(self) -> None:
        self.lines: list[str] = []

    def note(self, what: str, found: object, expected: object) -> None:
        if found != expected:
            self.lines += [f"  {what}:", f"    expected {expected!r}", f"    found    {found!r}"]


def prepare(tenant: Tenant, described: Table) -> None:
    for upn, words in described.get("users", {}).items():
        words = dict(words)
        seen_first = words.pop("seenFirst", None)
        user = tenant.change_user(upn, **words) if tenant.find_user(upn) else tenant.add_user(upn, **words)
        if seen_first:
            user.earlier_reads = seen_first["reads"]
            user.earlier_phones = {kind: Phone(number, "ready") for kind, number in seen_first["phones"].items()}
    for name, words in described.get("groups", {}).items():
        tenant.set_group(name, **words)
    for app in tenant.apps.values():
        app.app_roles -= set(described.get("withoutPermissions", []))
    for name, value in described.get("secrets", {}).items():
        if value is False:
            tenant.delete_secret(name)
        else:
            tenant.set_secret(name, value)
    switches = described.get("switches", {})
    tenant.set_switches(
        **{name: value or None if name.endswith("_status") else value for name, value in switches.items()}
    )
    tenant.faults.extend(Fault(**words) for words in described.get("faults", []))


def compare_reply(different: Differences, reply: Reply, step: Step, before: Table) -> None:
    expected, body = step.response, reply.body
    different.note("status of the answer", reply.status, expected["status"])
    cid = reply.headers.get("correlation-id", "")
    different.note("Correlation-Id", (len(cid), body.get("correlationId", cid)), (36, cid))
    different.note("Retry-After is given", "retry-after" in reply.headers, expected.get("retryAfter", False))
    pointers = sorted(fault["pointer"] for fault in body.get("errors", []))
    different.note("pointers", pointers, sorted(expected.get("pointers", [])))
    different.note(f"words missing in {body.get('detail')!r}", expected.get("says", "") in body.get("detail", ""), True)
    if "shown" in expected:
        shown = _without_nulls({**body, "correlationId": ""})
        different.note("the answer", shown, expected_body(expected["shown"], before))
        return
    different.note("code of the answer", body.get("code"), expected.get("code"))
    different.note("idempotencyKey", body.get("idempotencyKey"), expected.get("idempotencyKey"))
    lines = expected.get("lines", [])
    different.note("lines of CSV", len(reply.lines), len(lines))
    for found, line in zip(reply.lines, lines, strict=False):
        different.note("a line of CSV", {name: found.get(name) for name in line}, line)
    cells = [cell for line in reply.lines for cell in line.values()]
    different.note("formulas in the CSV", [cell for cell in cells if cell.startswith(FORMULA)], [])
    if "results" in body or "results" in expected:
        compare_report(different, body, step, before)


def compare_report(different: Differences, body: Table, step: Step, before: Table) -> None:
    expected = step.response
    if "results" not in body:
        different.note("detail of the unexpected problem", body, None)
        return
    source = "directory" if step.path == "reconcile" else "explicit"
    different.note("overall status", body["status"], expected.get("overall", expected["status"]))
    different.note("dryRun", body["dryRun"], expected.get("dryRun", False))
    different.note("source", {body["source"], *(result["source"] for result in body["results"])}, {source})
    counts = {name: expected.get("counts", {}).get(name, 0) for name in COUNTS}
    different.note("counts", body["counts"], counts)
    listed = [expected_result(result, before) for result in expected.get("results", [])]
    different.note("users in the answer", list(map(named, body["results"])), list(map(named, listed)))
    for found, result in zip(body["results"], listed, strict=False):
        shown = {"ignored": [], **found, "changes": [_without_message(change) for change in found["changes"]]}
        different.note(f"result of {named(result)}", {key: shown[key] for key in result}, result)
        messages = [found["message"], *(change["message"] for change in found["changes"])]
        different.note(f"{named(result)} has messages", all(messages), True)


def named(result: Table) -> str:
    return str(result["userPrincipalName"] or result["userId"])


def expected_body(described: Table, before: Table) -> dict[str, Any]:
    """An answer that is no report: `user` stands for the userId."""
    shown = {key: value for key, value in described.items() if key != "user"}
    ids = {"userId": before[described["user"]]["id"]} if "user" in described else {}
    return {"correlationId": "", **shown, **ids}


def expected_result(described: Table, before: Table) -> dict[str, Any]:
    """A result of a scenario file as the answer has it."""
    names = {user["id"]: user for user in before.values()} | {upn.lower(): user for upn, user in before.items()}
    known = names.get(described.get("id") or described["user"].lower())
    if known is None and described.get("known"):
        raise ScenarioError(f"the tenant does not know {described}")
    return {
        "userPrincipalName": described.get("user"),
        "userId": known["id"] if known and described.get("known", True) else described.get("id"),
        "status": described["status"],
        "code": described["code"],
        "ignored": described.get("ignored", []),
        "changes": [
            {"method": "mobile", "before": None, "after": None, "code": described["code"], **change}
            for change in described.get("changes", [])
        ],
    }


def expected_tenant(before: Table, after: Table) -> dict[str, Any]:
    """The snapshot with some methods of some users replaced. A number without a state leaves that to Graph."""
    expected = {upn: dict(user) for upn, user in before.items()}
    for upn, phones in after.get("phones", {}).items():
        expected[upn]["phoneMethods"] = {
            kind: {"phoneNumber": phone} if isinstance(phone, str) else phone for kind, phone in phones.items()
        }
    for upn, words in after.get("users", {}).items():
        for name in ("email", "defaultMethod"):
            if name in words:
                expected[upn][name] = words[name] or None
        if "methods" in words:
            kept = [method for method in expected[upn]["methods"] if method["id"] in words["methods"]]
            expected[upn]["methods"] = kept
    return expected


def compare_tenant(different: Differences, found: Table, expected: Table) -> None:
    different.note("users of the tenant", sorted(found), sorted(expected))
    for upn, user in expected.items():
        phones = {
            kind: {key: value for key, value in phone.items() if key in user["phoneMethods"].get(kind, phone)}
            for kind, phone in found[upn]["phoneMethods"].items()
        }
        different.note(f"{upn} in the tenant", {**found[upn], "phoneMethods": phones}, user)


def compare_writes(different: Differences, tenant: Tenant, expected: list[list[Any]]) -> None:
    """Writes of one user have an order, those of different users do not."""
    found = [[part if part is not None else "" for part in write] for write in tenant.writes()]
    different.note("writes", sorted(found, key=lambda write: write[1]), sorted(expected, key=lambda write: write[1]))


def _without_nulls(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _without_nulls(item) for key, item in value.items() if item is not None}
    return [_without_nulls(item) for item in value] if isinstance(value, list) else value


def _without_message(change: Table) -> dict[str, Any]:
    return {key: value for key, value in change.items() if key != "message"}
