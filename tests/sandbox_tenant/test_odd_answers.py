"""Answers of Graph that are legal and easily forgotten: packed, unreadable members, pages of methods, null links."""

from __future__ import annotations

import pytest

from sandbox.tenant import Fault, SandboxTenant

from .conftest import ANNA, CARLA, GraphClient

PHONES = f"/users/{ANNA}/authentication/phoneMethods"
MIA = "mia.manymethods@contoso.com"


@pytest.mark.parametrize("accepted", ["gzip, deflate", "identity"])
def test_an_answer_is_packed_and_in_chunks_for_those_who_accept_that(graph: GraphClient, accepted: str) -> None:
    answer = graph.get(PHONES, **{"Accept-Encoding": accepted})
    names = ("Content-Encoding", "Transfer-Encoding", "Content-Length")
    is_packed = [name in answer.headers for name in names]
    assert is_packed == ([True, True, False] if accepted != "identity" else [False, False, True])
    assert len(answer.json()["value"]) == 1


def test_an_unreadable_answer_comes_after_the_work(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.faults.append(Fault("unreadable", times=1))  # type: ignore[arg-type]
    answer = graph.add_phone(CARLA, "+1 2065550101")
    assert (answer.status_code, answer.json()) == (201, "The service is being moved.")
    assert graph.phones(CARLA) == {"mobile": "+1 2065550101"}


def test_an_unreadable_member_leaves_its_batch_readable(box: SandboxTenant, graph: GraphClient) -> None:
    fault = Fault("unreadable", path="phoneMethods")  # type: ignore[arg-type]
    box.tenant.faults.append(fault)
    requests = [{"id": str(i), "method": "GET", "url": url} for i, url in enumerate((PHONES, f"/users/{ANNA}"))]
    answer = graph.call("POST", "/$batch", {"requests": requests})
    bodies = {member["id"]: member["body"] for member in answer.json()["responses"]}
    assert isinstance(bodies["0"], str)
    assert bodies["1"]["userPrincipalName"] == ANNA
    assert (fault.fired, [record.fault for record in box.tenant.calls()].count("unreadable")) == (1, 1)


@pytest.mark.parametrize("collection", ["phoneMethods", "methods"])
def test_methods_come_in_pages(box: SandboxTenant, graph: GraphClient, collection: str) -> None:
    box.tenant.change_user(MIA, phones={"mobile": "+1 2065550100", "office": "+1 2065550101"})
    path = f"/users/{MIA}/authentication/{collection}"
    whole = graph.get(path).json()["value"]
    box.tenant.set_switches(methods_page_size=1)
    found, base = [], "https://graph.microsoft.com/v1.0"
    link = f"{base}{path}"
    while link is not None:
        page = graph.get(link.removeprefix(base)).json()
        assert len(page["value"]) == 1
        found += page["value"]
        link = page.get("@odata.nextLink")
    assert found == whole
    assert len(whole) > 1


def test_the_last_link_may_be_null(box: SandboxTenant, graph: GraphClient) -> None:
    assert "@odata.nextLink" not in graph.get(PHONES).json()
    box.tenant.set_switches(methods_null_link=True)
    assert graph.get(PHONES).json()["@odata.nextLink"] is None
