from __future__ import annotations

import pytest
import requests

from sandbox.tenant import SandboxTenant
from sandbox.tenant.kinds import METHOD_IDS

from .conftest import ALTERNATE, ANNA, CARLA, GRAPH, MOBILE, OFFICE, GraphClient, error_of

ULLA = "ulla.office@contoso.com"
ROSA = "rosa.alternate@contoso.com"
HARALD = "harald.hybrid@contoso.com"


def test_the_list_has_ids_types_and_states(graph: GraphClient) -> None:
    body = graph.get(f"/users/{ULLA}/authentication/phoneMethods").json()
    assert body["@odata.context"] == f"{GRAPH}/v1.0/$metadata#users('{ULLA}')/authentication/phoneMethods"
    assert body["value"] == [
        {"id": MOBILE, "phoneNumber": "+1 2065550117", "phoneType": "mobile", "smsSignInState": "notAllowedByPolicy"},
        {"id": OFFICE, "phoneNumber": "+1 2065550118x7", "phoneType": "office", "smsSignInState": "notSupported"},
    ]


def test_a_user_without_methods_has_an_empty_list(graph: GraphClient) -> None:
    assert graph.get(f"/users/{CARLA}/authentication/phoneMethods").json()["value"] == []


def test_one_method_is_read_by_its_id(graph: GraphClient) -> None:
    path = f"/users/{ANNA}/authentication/phoneMethods"
    assert graph.get(f"{path}/{MOBILE}").json()["phoneNumber"] == "+46 701740605"
    assert error_of(graph.get(f"{path}/{OFFICE}")) == (404, "resourceNotFound")
    assert error_of(graph.get(f"{path}/nonsense")) == (404, "resourceNotFound")


def test_post_adds_patch_changes_and_delete_removes(box: SandboxTenant, graph: GraphClient) -> None:
    added = graph.add_phone(CARLA, "+1 2065550101")
    assert added.status_code == 201
    assert added.json()["id"] == MOBILE
    changed = graph.change_phone(CARLA, "+1 2065550102", phoneType="mobile")
    assert (changed.status_code, changed.content) == (204, b"")
    assert graph.phones(CARLA) == {"mobile": "+1 2065550102"}
    assert graph.delete_phone(CARLA).status_code == 204
    assert graph.phones(CARLA) == {}
    assert box.tenant.writes() == [
        ("POST", CARLA, "mobile", "+1 2065550101", 201),
        ("PATCH", CARLA, "mobile", "+1 2065550102", 204),
        ("DELETE", CARLA, "mobile", None, 204),
    ]


def test_a_write_touches_nothing_else(box: SandboxTenant, graph: GraphClient) -> None:
    before = box.tenant.snapshot()
    graph.change_phone(ULLA, "+1 2065550116")
    after = box.tenant.snapshot()
    assert after.pop(ULLA)["phoneMethods"]["office"] == before.pop(ULLA)["phoneMethods"]["office"]
    assert after == before


@pytest.mark.parametrize(
    "number",
    [
        "+12065550101",
        "2065550101",
        "+1 206-555-0101",
        "+1 (206) 5550101",
        "+0 2065550101",
        "+1 2065550101 x1",
        "",
        "+1 \uff12065550101",
    ],
)
def test_a_number_in_another_form_is_400(graph: GraphClient, number: str) -> None:
    assert error_of(graph.add_phone(CARLA, number)) == (400, "badRequest")
    assert error_of(graph.change_phone(ANNA, number)) == (400, "badRequest")


def test_an_extension_is_kept(graph: GraphClient) -> None:
    assert graph.add_phone(CARLA, "+1 2065550101x42").status_code == 201
    assert graph.phones(CARLA) == {"mobile": "+1 2065550101x42"}


def test_a_second_mobile_is_400_or_409_by_switch(box: SandboxTenant, graph: GraphClient) -> None:
    assert graph.add_phone(ANNA, "+46 701740606").status_code == 400
    box.tenant.set_switches(duplicate_status=409)
    assert graph.add_phone(ANNA, "+46 701740606").status_code == 409
    assert graph.phones(ANNA) == {"mobile": "+46 701740605"}


def test_office_needs_no_mobile(graph: GraphClient) -> None:
    assert graph.add_phone(CARLA, "+1 2065550101", "office").status_code == 201


@pytest.mark.parametrize("phone_type", ["alternateMobile", "office"])
@pytest.mark.parametrize("allowed", [True, False])
def test_alternate_and_office_know_no_sms_sign_in(
    box: SandboxTenant, graph: GraphClient, phone_type: str, allowed: bool
) -> None:
    box.tenant.set_switches(sms_allowed=allowed)
    assert graph.add_phone(ANNA, "+46 701740605", phone_type).json()["smsSignInState"] == "notSupported"
    path = f"/users/{ANNA}/authentication/phoneMethods/{METHOD_IDS[phone_type]}"
    assert graph.get(path).json()["smsSignInState"] == "notSupported"
    assert error_of(graph.call("POST", f"{path}/enableSmsSignIn")) == (400, "badRequest")


@pytest.mark.parametrize("phone_type", ["mobile", "alternateMobile", "office"])
def test_a_user_has_one_phone_of_each_type(graph: GraphClient, phone_type: str) -> None:
    for number in ("+1 2065550190", "+1 2065550191"):
        answer = graph.add_phone(ROSA, number, phone_type)
    assert error_of(answer) == (400, "badRequest")


def test_each_type_is_changed_and_deleted_by_its_own_id(graph: GraphClient) -> None:
    assert graph.add_phone(ROSA, "+1 2065550116", "office").status_code == 201
    for place, method_id in enumerate((ALTERNATE, OFFICE, MOBILE)):
        assert graph.change_phone(ROSA, f"+1 206555019{place}", method_id).status_code == 204
    changed = {"mobile": "+1 2065550192", "alternateMobile": "+1 2065550190", "office": "+1 2065550191"}
    assert graph.phones(ROSA) == changed
    for method_id in (ALTERNATE, OFFICE, MOBILE):
        assert graph.delete_phone(ROSA, method_id).status_code == 204
    assert graph.phones(ROSA) == {}


def test_the_office_phone_of_a_synchronised_user_is_written_on_premises_only(
    box: SandboxTenant, graph: GraphClient
) -> None:
    before = box.tenant.snapshot()
    answers = [graph.change_phone(HARALD, "+46 701740688", OFFICE), graph.delete_phone(HARALD, OFFICE)]
    box.tenant.change_user(ANNA, onPremisesSyncEnabled=True)
    answers.append(graph.add_phone(ANNA, "+46 701740688", "office"))
    box.tenant.change_user(ANNA, onPremisesSyncEnabled=None)
    assert [error_of(answer) for answer in answers] == [(400, "badRequest")] * 3
    assert "on-premises mastered" in answers[0].json()["error"]["message"]
    assert box.tenant.snapshot()[HARALD] == before[HARALD]
    assert graph.change_phone(HARALD, "+46 701740688").status_code == 204
    box.tenant.change_user(HARALD, onPremisesSyncEnabled=False)
    assert graph.delete_phone(HARALD, OFFICE).status_code == 204


def test_whether_a_user_is_synchronised_is_read_by_select(graph: GraphClient) -> None:
    def read(user: str) -> object:
        return graph.get(f"/users/{user}?$select=onPremisesSyncEnabled").json()["onPremisesSyncEnabled"]

    assert (read(HARALD), read(ANNA)) == (True, None)


def test_an_alternate_needs_a_mobile_first(graph: GraphClient) -> None:
    assert graph.add_phone(CARLA, "+1 2065550101", "alternateMobile").status_code == 400
    assert graph.add_phone(ANNA, "+1 2065550101", "alternateMobile").status_code == 201


def test_a_mobile_stays_while_there_is_an_alternate(graph: GraphClient) -> None:
    assert graph.delete_phone(ROSA).status_code == 400
    assert graph.delete_phone(ROSA, ALTERNATE).status_code == 204
    assert graph.delete_phone(ROSA).status_code == 204


@pytest.mark.parametrize("method_id", [OFFICE, "nonsense"])
def test_a_missing_method_cannot_be_changed_or_deleted(graph: GraphClient, method_id: str) -> None:
    assert graph.change_phone(ANNA, "+46 701740606", method_id).status_code == 404
    assert graph.delete_phone(ANNA, method_id).status_code == 404


def test_the_type_of_a_method_cannot_change(graph: GraphClient) -> None:
    assert graph.change_phone(ANNA, "+46 701740606", phoneType="office").status_code == 400


@pytest.mark.parametrize(
    "body",
    [
        None,
        [],
        {"phoneNumber": "+1 2065550101"},
        {"phoneNumber": "+1 2065550101", "phoneType": "home"},
        {"phoneNumber": 12065550101, "phoneType": "mobile"},
        {"phoneNumber": "+1 2065550101", "phoneType": "mobile", "smsSignInState": "ready"},
    ],
)
def test_a_body_that_is_no_phone_is_400(graph: GraphClient, body: object) -> None:
    assert graph.call("POST", f"/users/{CARLA}/authentication/phoneMethods", body).status_code == 400


def test_a_body_that_is_not_json_is_400(box: SandboxTenant, web: requests.Session, graph: GraphClient) -> None:
    url = f"{GRAPH}/v1.0/users/{CARLA}/authentication/phoneMethods"
    answer = web.post(url, data=b"{", headers={"Authorization": f"Bearer {graph.token}"}, timeout=5)
    assert error_of(answer) == (400, "BadRequest")
    assert box.tenant.writes() == [("POST", CARLA, None, None, 400)]


def test_put_is_405_on_v1_and_an_update_on_beta(web: requests.Session, graph: GraphClient) -> None:
    path = f"/users/{ANNA}/authentication/phoneMethods/{MOBILE}"
    body = {"phoneNumber": "+46 701740606", "phoneType": "mobile"}
    assert graph.call("PUT", path, body).status_code == 405
    headers = {"Authorization": f"Bearer {graph.token}"}
    old = web.put(f"{GRAPH}/beta{path}", json=body, headers=headers, timeout=5)
    assert (old.status_code, old.json()["phoneNumber"]) == (200, "+46 701740606")


def test_the_methods_of_an_unknown_user_are_404(graph: GraphClient) -> None:
    answer = graph.get("/users/nobody@contoso.com/authentication/phoneMethods")
    assert error_of(answer) == (404, "Request_ResourceNotFound")


def test_an_unknown_path_below_authentication_is_404(graph: GraphClient) -> None:
    assert graph.get(f"/users/{ANNA}/authentication/fidoMethods").status_code == 404


def test_a_write_can_stay_invisible_for_some_reads(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(write_lag_reads=2)
    assert graph.change_phone(ANNA, "+46 701740606").status_code == 204
    seen = [graph.phones(ANNA)["mobile"] for _ in range(3)]
    assert seen == ["+46 701740605", "+46 701740605", "+46 701740606"]
