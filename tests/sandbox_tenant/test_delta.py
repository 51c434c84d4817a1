"""Delta queries of users: tokens, pages, who is gone, tokens that expire, and the count."""

from __future__ import annotations

from typing import Any

from sandbox.tenant import Fault, SandboxTenant

from .conftest import ANNA, CARLA, GRAPH, GraphClient, error_of

SELECT = "$select=id,userPrincipalName,accountEnabled,onPremisesExtensionAttributes"
LATEST = f"/users/delta?{SELECT}&$deltaToken=latest"


def follow(graph: GraphClient, path: str) -> tuple[list[Any], str, int]:
    """All entries, the path of the changes after these, and the number of pages."""
    entries, pages = [], 0
    while True:
        body = graph.get(path).json()
        entries += body["value"]
        pages += 1
        if "@odata.deltaLink" in body:
            assert "@odata.nextLink" not in body
            return entries, body["@odata.deltaLink"].removeprefix(f"{GRAPH}/v1.0"), pages
        path = body["@odata.nextLink"].removeprefix(f"{GRAPH}/v1.0")


def test_latest_shows_nobody_and_the_next_one_who_has_changed(box: SandboxTenant, graph: GraphClient) -> None:
    entries, link, _ = follow(graph, LATEST)
    assert entries == []
    box.tenant.change_user(ANNA, extensionAttribute15="+46 701740677")
    entries, after, _ = follow(graph, link)
    assert [entry["userPrincipalName"] for entry in entries] == [ANNA]
    assert follow(graph, after)[0] == []
    # A token may be used again.
    assert follow(graph, link)[0] == entries


def test_what_is_not_selected_is_not_seen(box: SandboxTenant, graph: GraphClient) -> None:
    _, link, _ = follow(graph, LATEST)
    box.tenant.change_user(ANNA, phones={"mobile": "+46 701740606"})
    assert follow(graph, link)[0] == []


def test_without_a_token_everybody_is_shown_in_pages(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.switches.page_size = 4
    everybody = len(list(box.tenant.users()))
    entries, _, pages = follow(graph, f"/users/delta?{SELECT}")
    assert (len(entries), pages) == (everybody, -(-everybody // 4))


def test_who_is_gone_is_marked(box: SandboxTenant, graph: GraphClient) -> None:
    _, link, _ = follow(graph, LATEST)
    carla = box.tenant.user(CARLA).id
    box.tenant.delete_user(CARLA)
    entries, _, _ = follow(graph, link)
    assert entries == [{"id": carla, "@removed": {"reason": "changed"}}]


def test_tokens_expire_and_made_up_ones_are_refused(box: SandboxTenant, graph: GraphClient) -> None:
    _, link, _ = follow(graph, LATEST)
    box.tenant.faults.append(Fault("status", host="graph", status=410, path="users/delta", times=1))
    assert graph.get(link).status_code == 410
    assert graph.get(link).status_code == 200
    assert error_of(graph.get("/users/delta?$deltatoken=none")) == (410, "syncStateNotFound")


def test_options_that_graph_does_not_take(graph: GraphClient) -> None:
    for option in ("$top=10", "$orderby=id"):
        assert error_of(graph.get(f"/users/delta?{SELECT}&{option}")) == (400, "Request_UnsupportedQuery")


def test_users_are_counted_only_where_the_index_is_asked(box: SandboxTenant, graph: GraphClient) -> None:
    path = "/users?$count=true&$top=1&$select=id"
    body = graph.get(path, ConsistencyLevel="eventual").json()
    assert (body["@odata.count"], len(body["value"])) == (len(list(box.tenant.users())), 1)
    plain = graph.get(path)
    assert plain.status_code == 400 or "@odata.count" not in plain.json()
