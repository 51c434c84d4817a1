from __future__ import annotations

from typing import Any

import pytest
import requests

from sandbox.tenant import Fault, SandboxTenant

from .conftest import ANNA, CARLA, GRAPH, MOBILE, GraphClient, error_of


def get(member_id: str, path: str, **more: Any) -> dict[str, Any]:
    return {"id": member_id, "method": "GET", "url": path, **more}


def write(member_id: str, method: str, path: str, body: dict[str, str] | None = None, **more: Any) -> dict[str, Any]:
    headers = {"headers": {"Content-Type": "application/json"}, "body": body} if body is not None else {}
    return {"id": member_id, "method": method, "url": path, **headers, **more}


def by_id(answer: requests.Response) -> dict[str, dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {member["id"]: member for member in answer.json()["responses"]}


def test_reads_and_writes_go_together(box: SandboxTenant, graph: GraphClient) -> None:
    phones = f"/users/{CARLA}/authentication/phoneMethods"
    members = by_id(
        graph.batch(
            get("a", f"users/{ANNA}?$select=id", headers={"client-request-id": "my-id"}),
            write("b", "POST", phones, {"phoneNumber": "+1 2065550101", "phoneType": "mobile"}),
            write("c", "DELETE", f"/users/{ANNA}/authentication/phoneMethods/{MOBILE}"),
            get("d", "/users/nobody@contoso.com"),
        )
    )
    assert {name: member["status"] for name, member in members.items()} == {"a": 200, "b": 201, "c": 204, "d": 404}
    assert members["a"]["body"]["id"] == box.tenant.user(ANNA).id
    assert members["a"]["headers"]["client-request-id"] == "my-id"
    assert "body" not in members["c"]
    assert members["d"]["body"]["error"]["code"] == "Request_ResourceNotFound"
    assert members["d"]["headers"]["request-id"] == members["d"]["body"]["error"]["innerError"]["request-id"]


def test_each_member_is_recorded_with_the_batch_it_came_in(box: SandboxTenant, graph: GraphClient) -> None:
    answer = graph.batch(get("1", f"/users/{ANNA}"), get("2", f"/users/{CARLA}"))
    outer, *members = box.tenant.calls("graph")
    assert (outer.method, outer.path, outer.status, outer.batch) == ("POST", "/v1.0/$batch", 200, None)
    assert outer.request_id == answer.headers["request-id"]
    assert [(member.path, member.batch) for member in members] == [
        (f"/v1.0/users/{ANNA}", outer.request_id),
        (f"/v1.0/users/{CARLA}", outer.request_id),
    ]
    assert box.tenant.writes() == []


def test_the_answers_come_in_another_order(box: SandboxTenant, graph: GraphClient) -> None:
    ids = [str(number) for number in range(20)]
    members = [get(name, f"/users/{ANNA}?$select=id") for name in ids]
    answered = [member["id"] for member in graph.batch(*members).json()["responses"]]
    assert answered != ids
    assert sorted(answered) == sorted(ids)
    box.tenant.set_switches(shuffle_batches=False)
    assert [member["id"] for member in graph.batch(*members).json()["responses"]] == ids


@pytest.mark.parametrize(
    "requests_member",
    [
        [],
        None,
        "x",
        [{"id": "1", "method": "GET"}],
        [{"method": "GET", "url": "/users"}],
        [{"id": 1, "method": "GET", "url": "/users"}],
        [get(str(number), "/users") for number in range(21)],
        [get("a", "/users"), get("A", "/users")],
        [get("a", "/users", dependsOn=["b"]), get("b", "/users")],
    ],
)
def test_a_malformed_batch_is_400_as_a_whole(graph: GraphClient, requests_member: object) -> None:
    assert error_of(graph.call("POST", "/$batch", {"requests": requests_member})) == (400, "BadRequest")


@pytest.mark.parametrize("method", ["POST", "PATCH", "PUT"])
@pytest.mark.parametrize(
    "held", [{}, {"body": {}}, {"headers": {"Content-Type": "application/json"}}], ids=["neither", "no type", "no body"]
)
def test_a_write_without_body_or_content_type_spoils_the_whole_batch(
    box: SandboxTenant, graph: GraphClient, method: str, held: dict[str, Any]
) -> None:
    bare = {"id": "2", "method": method, "url": f"/users/{ANNA}/authentication/phoneMethods/{MOBILE}", **held}
    answer = graph.batch(get("1", f"/users/{ANNA}"), bare)
    assert error_of(answer) == (400, "BadRequest")
    said = answer.json()["error"]["message"]
    assert said == "Write request id : 2 does not contain Content-Type header or body."
    assert [record.path for record in box.tenant.calls("graph")] == ["/v1.0/$batch"]


def test_the_dollar_of_batch_may_be_encoded(box: SandboxTenant, graph: GraphClient) -> None:
    answer = graph.call("POST", "/%24batch", {"requests": [get("1", f"/users/{ANNA}")]})
    assert by_id(answer)["1"]["status"] == 200
    assert box.tenant.writes() == []


def test_a_batch_that_is_not_json_is_400(web: requests.Session, graph: GraphClient) -> None:
    headers = {"Authorization": f"Bearer {graph.token}"}
    assert web.post(f"{GRAPH}/v1.0/$batch", data=b"[{", headers=headers, timeout=5).status_code == 400


def test_a_batch_without_a_good_token_is_401(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.revoke_tokens()
    assert graph.batch(get("1", "/users")).status_code == 401


def test_a_batch_is_only_posted(graph: GraphClient) -> None:
    assert graph.get("/$batch").status_code == 405


def test_a_batch_inside_a_batch_is_refused(graph: GraphClient) -> None:
    assert by_id(graph.batch(write("1", "POST", "/$batch", {})))["1"]["status"] == 400


def test_a_member_that_depends_on_a_failed_one_is_424_and_not_done(box: SandboxTenant, graph: GraphClient) -> None:
    before = box.tenant.snapshot()
    path = f"/users/{ANNA}/authentication/phoneMethods/{MOBILE}"
    members = by_id(
        graph.batch(
            get("1", "/users/nobody@contoso.com"),
            write("2", "PATCH", path, {"phoneNumber": "+46 701740606"}, dependsOn=["1"]),
            get("3", f"/users/{ANNA}", dependsOn=["2"]),
        )
    )
    assert [members[name]["status"] for name in "123"] == [404, 424, 424]
    assert box.tenant.snapshot() == before


def test_dependent_members_run_in_order(graph: GraphClient) -> None:
    path = f"/users/{CARLA}/authentication/phoneMethods"
    members = by_id(
        graph.batch(
            write("1", "POST", path, {"phoneNumber": "+1 2065550101", "phoneType": "mobile"}),
            write("2", "POST", path, {"phoneNumber": "+1 2065550102", "phoneType": "alternateMobile"}, dependsOn=["1"]),
        )
    )
    assert [members[name]["status"] for name in "12"] == [201, 201]


def test_the_whole_batch_can_be_refused(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", path=r"\$batch", status=400))
    assert graph.batch(get("1", f"/users/{ANNA}")).status_code == 400
    assert graph.get(f"/users/{ANNA}").status_code == 200


def test_every_member_can_be_refused_while_single_calls_work(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", batched=True, status=501))
    members = by_id(graph.batch(get("1", f"/users/{ANNA}"), get("2", f"/users/{CARLA}")))
    assert [member["status"] for member in members.values()] == [501, 501]
    assert graph.get(f"/users/{ANNA}").status_code == 200
