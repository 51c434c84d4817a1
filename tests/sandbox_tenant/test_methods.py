"""The list of all methods, the kinds that can only be removed, and the default method."""

from __future__ import annotations

import json
from typing import Any

import pytest
import requests

from sandbox.tenant import Fault, SandboxTenant, Throttle
from sandbox.tenant.kinds import DELETE_ONLY

from .conftest import ALTERNATE, ANNA, CARLA, GRAPH, MOBILE, GraphClient, error_of

MIA = "mia.manymethods@contoso.com"
SVEN = "sven.default@contoso.com"
PASSWORD = "28c10230-6103-485e-b985-444c60001490"
EMAIL = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"
AUTHENTICATOR = "7c8f5e0e-3f0b-4a53-9d0c-000000000001"
FIDO2 = "-2_GRUg2-HYz6_1YG4YRAQ2"
KINDS = sorted(DELETE_ONLY)


def call(graph: GraphClient, method: str, user: str, path: str, body: Any = None) -> requests.Response:
    return graph.call(method, f"/users/{user}/authentication/{path}", body)


def listed(graph: GraphClient, user: str, collection: str = "methods") -> list[dict[str, Any]]:
    answer = call(graph, "GET", user, collection)
    assert answer.status_code == 200, answer.text
    value: list[dict[str, Any]] = answer.json()["value"]
    return value


def id_of(graph: GraphClient, kind: str) -> str:
    return str(listed(graph, MIA, f"{kind}Methods")[0]["id"])


def test_all_methods_are_listed_with_their_kind_and_properties(graph: GraphClient) -> None:
    methods = {method["@odata.type"].removeprefix("#microsoft.graph."): method for method in listed(graph, MIA)}
    assert methods["passwordAuthenticationMethod"]["id"] == PASSWORD
    assert methods["phoneAuthenticationMethod"] == {
        "@odata.type": "#microsoft.graph.phoneAuthenticationMethod",
        "id": MOBILE,
        "phoneNumber": "+46 701740672",
        "phoneType": "mobile",
        "smsSignInState": "notAllowedByPolicy",
    }
    assert methods["emailAuthenticationMethod"]["emailAddress"] == "mia@example.com"
    assert methods["fido2AuthenticationMethod"]["model"] == "NFC key"
    assert len(methods) == 3 + len(KINDS)


def test_the_password_is_always_there(graph: GraphClient) -> None:
    assert [method["id"] for method in listed(graph, CARLA)] == [PASSWORD]


@pytest.mark.parametrize("method_id", [PASSWORD, MOBILE, MOBILE.upper(), EMAIL, AUTHENTICATOR, FIDO2])
def test_one_of_all_methods_is_read_by_its_id(graph: GraphClient, method_id: str) -> None:
    body = call(graph, "GET", MIA, f"methods/{method_id}").json()
    assert body["id"].lower() == method_id.lower()
    assert body["@odata.context"] == f"{GRAPH}/v1.0/$metadata#users('{MIA}')/authentication/methods/$entity"


def test_the_list_of_all_methods_is_for_reading_only(box: SandboxTenant, graph: GraphClient) -> None:
    answer = call(graph, "DELETE", MIA, f"methods/{MOBILE}")
    assert error_of(answer) == (404, "UnknownError")
    inner = json.loads(answer.json()["error"]["message"])
    assert inner["Message"].startswith("No HTTP resource was found that matches the request URI")
    assert inner["MessageDetail"] == "No type was found that matches the controller named 'users'."
    assert call(graph, "POST", MIA, "methods", {}).status_code == 405
    assert call(graph, "PATCH", MIA, f"methods/{MOBILE}", {}).status_code == 405
    assert error_of(call(graph, "GET", MIA, "methods/nonsense")) == (404, "resourceNotFound")
    assert call(graph, "GET", MIA, f"methods/{MOBILE}/more").status_code == 404
    assert "mobile" in box.tenant.user(MIA).phones


@pytest.mark.parametrize("kind", KINDS)
def test_each_delete_only_kind_is_listed_read_and_deleted(box: SandboxTenant, graph: GraphClient, kind: str) -> None:
    box.tenant.change_user(MIA, defaultMethod="mobile")
    before = box.tenant.snapshot()
    (method,) = listed(graph, MIA, f"{kind}Methods")
    path = f"{kind}Methods/{method['id']}"
    shown = call(graph, "GET", MIA, path).json()
    context = f"{GRAPH}/v1.0/$metadata#users('{MIA}')/authentication/{kind}Methods/$entity"
    assert shown == {"@odata.context": context, **method}
    deleted = call(graph, "DELETE", MIA, path)
    assert (deleted.status_code, deleted.content) == (204, b"")
    assert listed(graph, MIA, f"{kind}Methods") == []
    assert error_of(call(graph, "DELETE", MIA, path)) == (404, "resourceNotFound")
    assert error_of(call(graph, "GET", MIA, path)) == (404, "resourceNotFound")
    assert box.tenant.writes() == [("DELETE", MIA, f"{kind}/{method['id']}", None, status) for status in (204, 404)]
    after = box.tenant.snapshot()
    assert {"kind": kind, **method} in before[MIA]["methods"]
    before[MIA]["methods"].remove({"kind": kind, **method})
    assert after == before


@pytest.mark.parametrize("kind", KINDS)
def test_a_delete_only_kind_is_neither_added_nor_changed(graph: GraphClient, kind: str) -> None:
    assert call(graph, "POST", ANNA, f"{kind}Methods", {}).status_code == 405
    assert call(graph, "PATCH", MIA, f"{kind}Methods/{id_of(graph, kind)}", {}).status_code == 405
    assert call(graph, "DELETE", MIA, f"{kind}Methods/{id_of(graph, kind)}/more").status_code == 404


def test_a_method_is_found_under_its_own_kind_only(graph: GraphClient) -> None:
    assert error_of(call(graph, "DELETE", MIA, f"softwareOathMethods/{AUTHENTICATOR}")) == (404, "resourceNotFound")
    assert call(graph, "DELETE", ANNA, f"microsoftAuthenticatorMethods/{AUTHENTICATOR}").status_code == 404


def test_case_counts_in_an_id_that_is_no_guid(graph: GraphClient) -> None:
    assert call(graph, "GET", MIA, f"microsoftAuthenticatorMethods/{AUTHENTICATOR.upper()}").status_code == 200
    assert call(graph, "DELETE", MIA, f"fido2Methods/{FIDO2.lower()}").status_code == 404


def test_a_removal_can_stay_invisible_for_some_reads(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(write_lag_reads=2)
    assert call(graph, "DELETE", MIA, f"fido2Methods/{FIDO2}").status_code == 204
    assert FIDO2 in [method["id"] for method in listed(graph, MIA)]
    assert [len(listed(graph, MIA, "fido2Methods")) for _ in range(2)] == [1, 0]


def test_removals_go_in_a_batch_where_faults_and_the_throttle_hit_members(
    box: SandboxTenant, graph: GraphClient
) -> None:
    kinds = ("fido2", "softwareOath", "platformCredential")
    members = [
        {"id": kind, "method": "DELETE", "url": f"/users/{MIA}/authentication/{kind}Methods/{id_of(graph, kind)}"}
        for kind in kinds
    ]
    box.tenant.faults.append(Fault("status", path="fido2Methods", status=503))
    box.tenant.throttle = Throttle(1, window_seconds=60)
    statuses = {member["id"]: member["status"] for member in graph.batch(*members).json()["responses"]}
    assert statuses == {"fido2": 503, "softwareOath": 204, "platformCredential": 429}


def test_the_answer_of_a_removal_can_be_lost(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.faults.append(Fault("lost", method="DELETE", times=1))
    with pytest.raises(requests.ConnectionError):
        call(graph, "DELETE", MIA, f"fido2Methods/{FIDO2}")
    assert FIDO2 not in box.tenant.user(MIA).methods


def test_the_default_method_cannot_be_deleted(graph: GraphClient) -> None:
    answer = graph.delete_phone(SVEN)
    assert error_of(answer) == (400, "badRequest")
    error = answer.json()["error"]
    assert "cannot be deleted until the default authentication method is changed" in error["message"]
    assert error["innerError"]["message"] == error["message"]


def test_the_default_can_be_an_authenticator(box: SandboxTenant, graph: GraphClient) -> None:
    answer = call(graph, "DELETE", MIA, f"microsoftAuthenticatorMethods/{AUTHENTICATOR}")
    assert error_of(answer) == (400, "badRequest")
    message = answer.json()["error"]["message"]
    assert message.startswith("Cannot delete default method with other methods configured.")
    assert box.tenant.snapshot()[MIA]["defaultMethod"] == AUTHENTICATOR
    assert graph.delete_phone(MIA).status_code == 204


@pytest.mark.parametrize("other", ["email", "alternateMobile", "methods", None])
def test_by_switch_the_default_method_can_go_when_it_is_the_last(
    box: SandboxTenant, graph: GraphClient, other: str | None
) -> None:
    box.tenant.set_switches(last_default_deletable=True)
    if other == "alternateMobile":
        box.tenant.change_user(SVEN, phones={"mobile": "+46 701740618", "alternateMobile": "+46 701740688"})
    elif other == "email":
        box.tenant.change_user(SVEN, email="sven@example.com")
    elif other == "methods":
        box.tenant.change_user(SVEN, methods=[{"kind": "softwareOath", "id": "s1"}])
    answer = graph.delete_phone(SVEN)
    if other is None:
        assert answer.status_code == 204
        assert box.tenant.snapshot()[SVEN]["defaultMethod"] is None
    else:
        assert error_of(answer) == (400, "badRequest")
        assert box.tenant.snapshot()[SVEN]["defaultMethod"] == "mobile"


def test_everything_of_a_user_can_be_removed_with_the_default_last(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(last_default_deletable=True)
    paths = [f"{kind}Methods/{id_of(graph, kind)}" for kind in KINDS if kind != "microsoftAuthenticator"]
    paths += [f"phoneMethods/{MOBILE}", f"emailMethods/{EMAIL}", f"microsoftAuthenticatorMethods/{AUTHENTICATOR}"]
    assert [call(graph, "DELETE", MIA, path).status_code for path in paths] == [204] * len(paths)
    assert [method["id"] for method in listed(graph, MIA)] == [PASSWORD]
    assert box.tenant.snapshot()[MIA]["defaultMethod"] is None


@pytest.mark.parametrize("name", ["alternateMobile", ALTERNATE])
def test_a_seed_names_the_default_by_type_or_id(box: SandboxTenant, name: str) -> None:
    box.tenant.change_user(ANNA, defaultMethod=name)
    assert box.tenant.user(ANNA).default_method == "alternateMobile"


def test_a_seed_with_a_default_or_a_kind_that_cannot_be_is_refused(box: SandboxTenant) -> None:
    with pytest.raises(ValueError, match="email"):
        box.tenant.change_user(ANNA, defaultMethod="email")
    with pytest.raises(ValueError, match="password"):
        box.tenant.change_user(ANNA, methods=[{"kind": "password", "id": PASSWORD}])
