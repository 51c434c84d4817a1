from __future__ import annotations

import pytest
import requests

from sandbox.tenant import Fault, SandboxTenant

from .conftest import ANNA, CARLA, GRAPH, GraphClient, error_of

EMAIL = "3ddfcfc8-9383-446f-83cc-3ab9be4be18f"
EMIL = "emil.emailonly@contoso.com"


def call(graph: GraphClient, method: str, user: str, method_id: str = "", address: object = None) -> requests.Response:
    body = None if address is None else {"emailAddress": address}
    return graph.call(method, f"/users/{user}/authentication/emailMethods{method_id and f'/{method_id}'}", body)


def addresses(graph: GraphClient, user: str) -> list[str]:
    return [method["emailAddress"] for method in call(graph, "GET", user).json()["value"]]


def test_the_list_has_the_one_address_or_none(graph: GraphClient) -> None:
    body = call(graph, "GET", EMIL).json()
    assert body["@odata.context"] == f"{GRAPH}/v1.0/$metadata#users('{EMIL}')/authentication/emailMethods"
    assert body["value"] == [{"id": EMAIL, "emailAddress": "emil@example.com"}]
    assert call(graph, "GET", ANNA).json()["value"] == []


def test_it_is_read_by_its_id(graph: GraphClient) -> None:
    assert call(graph, "GET", EMIL, EMAIL.upper()).json()["emailAddress"] == "emil@example.com"
    assert error_of(call(graph, "GET", EMIL, "nonsense")) == (404, "resourceNotFound")
    assert error_of(call(graph, "GET", ANNA, EMAIL)) == (404, "resourceNotFound")


def test_post_adds_patch_changes_and_delete_removes(box: SandboxTenant, graph: GraphClient) -> None:
    before = box.tenant.snapshot()
    added = call(graph, "POST", CARLA, address="carla@example.com")
    assert added.status_code == 201
    assert added.json() | {"@odata.context": ""} == {
        "@odata.context": "",
        "id": EMAIL,
        "emailAddress": "carla@example.com",
    }
    changed = call(graph, "PATCH", CARLA, EMAIL, "diaz@example.com")
    assert (changed.status_code, changed.content) == (204, b"")
    assert addresses(graph, CARLA) == ["diaz@example.com"]
    assert box.tenant.snapshot()[CARLA] == {**before[CARLA], "email": "diaz@example.com"}
    assert call(graph, "DELETE", CARLA, EMAIL).status_code == 204
    assert box.tenant.snapshot() == before
    assert box.tenant.writes() == [
        ("POST", CARLA, "email", "carla@example.com", 201),
        ("PATCH", CARLA, "email", "diaz@example.com", 204),
        ("DELETE", CARLA, "email", None, 204),
    ]


def test_a_second_one_is_400_or_409_by_switch(box: SandboxTenant, graph: GraphClient) -> None:
    assert error_of(call(graph, "POST", EMIL, address="other@example.com")) == (400, "badRequest")
    box.tenant.set_switches(duplicate_status=409)
    assert call(graph, "POST", EMIL, address="other@example.com").status_code == 409
    assert addresses(graph, EMIL) == ["emil@example.com"]


@pytest.mark.parametrize(("user", "method_id"), [(ANNA, EMAIL), (EMIL, "nonsense")])
def test_a_missing_one_cannot_be_changed_or_deleted(graph: GraphClient, user: str, method_id: str) -> None:
    assert error_of(call(graph, "PATCH", user, method_id, "a@example.com")) == (404, "resourceNotFound")
    assert error_of(call(graph, "DELETE", user, method_id)) == (404, "resourceNotFound")


@pytest.mark.parametrize("address", ["", "example.com", "_test@test._", "a@test", "a b@example.com", "a@b@c.com", 7])
def test_what_is_no_address_is_400(graph: GraphClient, address: object) -> None:
    assert error_of(call(graph, "POST", ANNA, address=address)) == (400, "badRequest")
    assert error_of(call(graph, "PATCH", EMIL, EMAIL, address)) == (400, "badRequest")
    assert graph.call("POST", f"/users/{ANNA}/authentication/emailMethods", []).status_code == 400


def test_other_verbs_are_405_and_deeper_paths_404(graph: GraphClient) -> None:
    assert call(graph, "PUT", EMIL, EMAIL, "a@example.com").status_code == 405
    assert call(graph, "DELETE", EMIL).status_code == 405
    assert call(graph, "POST", EMIL, f"{EMAIL}/enable").status_code == 404


def test_a_write_can_stay_invisible_for_some_reads(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(write_lag_reads=2)
    assert call(graph, "PATCH", EMIL, EMAIL, "new@example.com").status_code == 204
    assert call(graph, "DELETE", EMIL, EMAIL).status_code == 204
    assert [addresses(graph, EMIL) for _ in range(3)] == [["emil@example.com"]] * 2 + [[]]


def test_it_goes_in_a_batch_and_a_fault_hits_one_member(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", user=EMIL, path="emailMethods", status=503))
    members = [
        {
            "id": user,
            "method": "POST",
            "url": f"/users/{user}/authentication/emailMethods",
            "headers": {"Content-Type": "application/json"},
            "body": {"emailAddress": "a@example.com"},
        }
        for user in (ANNA, EMIL)
    ]
    statuses = {member["id"]: member["status"] for member in graph.batch(*members).json()["responses"]}
    assert statuses == {ANNA: 201, EMIL: 503}
    assert box.tenant.user(ANNA).email == "a@example.com"
    assert [write.status for write in box.tenant.writes()] == [201, 503]


def test_the_answer_of_a_write_can_be_lost(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.faults.append(Fault("lost", path="emailMethods", times=1))
    with pytest.raises(requests.ConnectionError):
        call(graph, "DELETE", EMIL, EMAIL)
    assert box.tenant.user(EMIL).email is None
