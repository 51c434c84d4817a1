"""The registration report: who has registered which methods, as Graph tells it."""

from __future__ import annotations

from sandbox.tenant import SandboxTenant
from sandbox.tenant.throttle import reports_limit

from .conftest import ANNA, CARLA, GRAPH, GraphClient, error_of

REPORT = "/reports/authenticationMethods/userRegistrationDetails"


def listed(graph: GraphClient, path: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    while path:
        body = graph.get(path).json()
        found |= {entry["userPrincipalName"]: entry["methodsRegistered"] for entry in body["value"]}
        path = body.get("@odata.nextLink", "").removeprefix(f"{GRAPH}/v1.0")
    return found


def test_it_names_the_methods_of_now_and_leaves_out_who_has_none(box: SandboxTenant, graph: GraphClient) -> None:
    key = {"kind": "fido2", "id": "k1"}
    box.tenant.change_user(ANNA, phones={"mobile": "+46 701740605", "office": "+46 87401000"}, methods=[key])
    found = listed(graph, REPORT)
    assert found[ANNA] == ["mobilePhone", "officePhone", "passKeyDeviceBound"]
    assert CARLA not in found
    carla = box.tenant.user(CARLA).id
    assert error_of(graph.get(f"{REPORT}/{carla}")) == (404, "ResourceNotFound")
    assert graph.get(f"{REPORT}/{box.tenant.user(ANNA).id}").json()["methodsRegistered"] == found[ANNA]


def test_the_report_may_lag_behind(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.change_user(ANNA, reportedMethods=[])
    box.tenant.change_user(CARLA, reportedMethods=["mobilePhone"])
    found = listed(graph, f"{REPORT}?$select=userPrincipalName,methodsRegistered&$top=999")
    assert (ANNA in found, found[CARLA]) == (False, ["mobilePhone"])


def test_who_has_a_method_can_be_asked_for(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.change_user(CARLA, reportedMethods=["hardwareOneTimePasscode"])
    assert list(listed(graph, f"{REPORT}?$filter=methodsRegistered/any(m:m eq 'hardwareOneTimePasscode')")) == [CARLA]
    assert error_of(graph.get(f"{REPORT}?$filter=isAdmin lt 3"))[0] == 400


def test_the_report_comes_in_pages(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.report_throttle = None
    everybody = listed(graph, REPORT)
    assert listed(graph, f"{REPORT}?$top=3") == everybody
    assert len(everybody) > 6


def test_it_needs_the_permission_and_the_licence(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(premium_licence=False)
    assert error_of(graph.get(REPORT)) == (403, "Authentication_RequestFromNonPremiumTenantOrB2CTenant")
    box.tenant.apps[box.environment()["CLIENT_ID"]].app_roles -= {"AuditLog.Read.All"}
    assert error_of(graph.sign_in().get(REPORT)) == (403, "Authorization_RequestDenied")


def test_five_calls_in_ten_seconds_and_nothing_else_is_slowed_down(box: SandboxTenant, graph: GraphClient) -> None:
    statuses = [graph.get(REPORT) for _ in range(6)]
    assert [answer.status_code for answer in statuses] == [200] * 5 + [429]
    assert int(statuses[-1].headers["Retry-After"]) > 0
    assert graph.get(f"/users/{ANNA}").status_code == 200
    limit = reports_limit()
    assert (limit.limit, limit.window_seconds) == (5, 10)
