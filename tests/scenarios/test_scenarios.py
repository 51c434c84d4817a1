"""Runs every scenario file against the sandbox tenant and compares everything: answer, tenant, writes."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sandbox.tenant import Fault, SandboxTenant, Tenant
from sandbox.tenant.directory import Phone
from shared.models import Code
from shared.settings import SETTINGS
from tests.scenarios.files import COUNTS, Scenario, ScenarioError, Table, read_scenario, scenario_files
from tests.support import Reply, Webhook

SETTING_NAMES = frozenset(setting.name for setting in SETTINGS)


@pytest.mark.parametrize("path", scenario_files(), ids=lambda path: path.stem)
def test_scenario(path: Path, box: SandboxTenant, webhook: Callable[..., Webhook]) -> None:
    scenario = read_scenario(path, SETTING_NAMES)
    tenant = box.tenant
    prepare(tenant, scenario.tenant)
    before = tenant.snapshot()
    service = webhook(**scenario.settings)

    reply = send(service, scenario)
    after = tenant.snapshot()
    different = Differences()
    compare_reply(different, reply, scenario.response, before)
    compare_tenant(different, after, expected_tenant(before, scenario.after.get("phones", {})))
    compare_writes(different, tenant, scenario.after.get("writes", []))
    for host, count in scenario.after.get("calls", {}).items():
        different.note(f"calls to {host}", len(tenant.calls(host)), count)

    if scenario.again is not None:
        tenant.clear_requests()
        reply = send(service, scenario)
        different.note("again: codes", [result["code"] for result in reply.body["results"]], scenario.again["codes"])
        compare_tenant(different, tenant.snapshot(), after)
        compare_writes(different, tenant, scenario.again.get("writes", []))
    if different.lines:
        pytest.fail("\n".join([f"{path.name} does not hold:", *different.lines]), pytrace=False)


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
    for name, value in described.get("secrets", {}).items():
        if value is False:
            tenant.delete_secret(name)
        else:
            tenant.set_secret(name, value)
    tenant.set_switches(**described.get("switches", {}))
    tenant.faults.extend(Fault(**words) for words in described.get("faults", []))


def send(service: Webhook, scenario: Scenario) -> Reply:
    return service.post(scenario.body(), scenario.request.get("query", ""), scenario.request.get("headers"))


def compare_reply(different: Differences, reply: Reply, expected: Table, before: Table) -> None:
    body = reply.body
    different.note("status of the answer", reply.status, expected["status"])
    different.note("code of the answer", body.get("code"), expected.get("code"))
    different.note("Retry-After is given", "Retry-After" in reply.headers, expected.get("retryAfter", False))
    pointers = sorted(fault["pointer"] for fault in body.get("errors", []))
    different.note("pointers", pointers, sorted(expected.get("pointers", [])))
    different.note("words missing in the detail", expected.get("says", "") in body.get("detail", ""), True)
    if "results" not in body:
        different.note("detail of the unexpected problem", body["detail"] if "results" in expected else None, None)
        return
    different.note("overall status", body.get("status"), expected.get("overall", reply.status))
    different.note("dryRun", body["dryRun"], expected.get("dryRun", False))
    counts = {name: expected.get("counts", {}).get(name, 0) for name in COUNTS}
    different.note("counts", body["counts"], counts)
    wanted = [expected_result(result, before) for result in expected.get("results", [])]
    different.note("users in the answer", list(map(named, body["results"])), list(map(named, wanted)))
    for found, result in zip(body["results"], wanted, strict=False):
        different.note(f"result of {named(result)}", {key: found[key] for key in result}, result)
        different.note(f"{named(result)} has a message", bool(found["message"]), True)


def named(result: Table) -> str:
    return str(result["userPrincipalName"] or result["userId"])


def expected_result(described: Table, before: Table) -> dict[str, Any]:
    """A result of a scenario file as the answer has it."""
    names = {user["id"]: user for user in before.values()} | {upn.lower(): user for upn, user in before.items()}
    known = names.get(described.get("id") or described["user"].lower())
    if known is None and described.get("known"):
        raise ScenarioError(f"the tenant does not know {described}")
    return {
        "userPrincipalName": described.get("user"),
        "userId": known["id"] if known and described.get("known", True) else None,
        "status": described["status"],
        "code": described["code"],
        "changes": [
            {"method": "mobile", "before": None, "after": None, "code": described["code"], **change}
            for change in described.get("changes", [])
        ],
    }


def expected_tenant(before: Table, phones: Table) -> dict[str, Any]:
    """The snapshot with the phones of some users replaced. Their SMS state is Graph's business."""
    return {
        upn: {**user, "phoneMethods": {kind: {"phoneNumber": number} for kind, number in phones[upn].items()}}
        if upn in phones
        else user
        for upn, user in before.items()
    }


def compare_tenant(different: Differences, found: Table, expected: Table) -> None:
    different.note("users of the tenant", sorted(found), sorted(expected))
    for upn, user in expected.items():
        shown = dict(found[upn])
        if all("smsSignInState" not in method for method in user["phoneMethods"].values()):
            shown["phoneMethods"] = {
                kind: {"phoneNumber": method["phoneNumber"]} for kind, method in shown["phoneMethods"].items()
            }
        different.note(f"{upn} in the tenant", shown, user)


def compare_writes(different: Differences, tenant: Tenant, expected: list[list[Any]]) -> None:
    """Writes of one user have an order, those of different users do not."""
    found = [[part if part is not None else "" for part in write] for write in tenant.writes()]
    different.note("writes", sorted(found, key=lambda write: write[1]), sorted(expected, key=lambda write: write[1]))


def test_the_scenarios_show_every_code() -> None:
    scenarios = [read_scenario(path, SETTING_NAMES) for path in scenario_files()]
    shown = {result["code"] for scenario in scenarios for result in scenario.response.get("results", [])}
    assert shown == set(Code)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("request = {users = []}\nresponse = {status = 200}", "the file lacks 'description'"),
        ("description = ''\nrequest = {}\nresponse = {status = 200}", "one of users, json and body"),
        ("description = ''\nrequest = {body = ''}\nresponse = {status = 200, codes = []}", "unknown word 'codes'"),
        ("description = ''\nsettings = {ON_EMTPY = ''}\nrequest = {body = ''}\nresponse = {status = 1}", "ON_EMTPY"),
    ],
)
def test_a_file_with_a_mistake_is_refused(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "mistake.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ScenarioError, match=message):
        read_scenario(path, SETTING_NAMES)
