from __future__ import annotations

from urllib.parse import quote

import pytest
import requests

from sandbox.tenant import Fault, SandboxTenant
from tests.support import UNUSUAL_UPNS

from .conftest import ANNA, GRAPH, GraphClient, error_of

EXTENSIONS = "$select=id,userPrincipalName,onPremisesExtensionAttributes"


def found(answer: requests.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return sorted(user["userPrincipalName"] for user in answer.json()["value"])


def test_extension_attributes_come_only_when_selected(graph: GraphClient) -> None:
    plain = graph.get(f"/users/{ANNA}").json()
    assert "onPremisesExtensionAttributes" not in plain
    assert {"id", "displayName", "mobilePhone", "businessPhones"} < plain.keys()
    selected = graph.get(f"/users/{ANNA}?{EXTENSIONS},usageLocation").json()
    context = selected.pop("@odata.context")
    assert (
        context
        == f"{GRAPH}/v1.0/$metadata#users(id,userPrincipalName,onPremisesExtensionAttributes,usageLocation)/$entity"
    )
    assert set(selected) == {"id", "userPrincipalName", "onPremisesExtensionAttributes", "usageLocation"}
    assert selected["onPremisesExtensionAttributes"]["extensionAttribute15"] == "+46 701740605"
    assert len(selected["onPremisesExtensionAttributes"]) == 15


def test_the_whole_complex_value_can_be_null_or_missing(graph: GraphClient) -> None:
    assert graph.get(f"/users/eva.null@contoso.com?{EXTENSIONS}").json()["onPremisesExtensionAttributes"] is None
    assert "onPremisesExtensionAttributes" not in graph.get(f"/users/filip.missing@contoso.com?{EXTENSIONS}").json()


def test_a_directory_extension_can_be_selected(box: SandboxTenant, graph: GraphClient) -> None:
    name = "extension_0123456789abcdef0123456789abcdef_mfaPhone"
    box.tenant.change_user(ANNA, **{name: "+46 701740605"})
    assert graph.get(f"/users/{ANNA}?$select={name}").json()[name] == "+46 701740605"


def test_two_slashes_behind_the_version_do_no_harm_elsewhere_they_do(graph: GraphClient) -> None:
    assert graph.get(f"//users/{ANNA}").status_code == 200
    assert graph.get(f"/users//{ANNA}").status_code == 400


def test_an_unknown_property_in_select_is_400(graph: GraphClient) -> None:
    assert error_of(graph.get(f"/users/{ANNA}?$select=id,shoeSize")) == (400, "BadRequest")


# Graph takes a name that begins with a dollar sign in parentheses only.
@pytest.mark.parametrize("upn", [*(upn for upn in UNUSUAL_UPNS if upn[0] != "$"), "GUSTAV.mixedcase@contoso.COM"])
def test_a_user_is_found_by_any_upn_when_it_is_encoded(graph: GraphClient, upn: str) -> None:
    single = graph.get(f"/users/{quote(upn, safe='')}")
    assert single.json()["userPrincipalName"].lower() == upn.lower()
    bracketed = graph.get(f"/users('{quote(upn.replace(chr(39), chr(39) * 2), safe='')}')")
    assert bracketed.json()["id"] == single.json()["id"]
    literal = quote(upn.replace("'", "''"), safe="")
    assert len(found(graph.get(f"/users?$filter=userPrincipalName%20eq%20'{literal}'"))) == 1


def test_a_raw_plus_sign_in_a_filter_is_a_space(graph: GraphClient) -> None:
    assert found(graph.get("/users?$filter=userPrincipalName eq 'nils+mfa@contoso.com'")) == []


def test_a_leading_dollar_needs_brackets(graph: GraphClient) -> None:
    assert graph.get("/users('$finance@contoso.com')").status_code == 200
    assert graph.get("/users('%24finance%40contoso.com')").status_code == 200
    assert graph.get("/users/$finance@contoso.com").status_code == 400
    assert graph.get("/users/%24finance@contoso.com").status_code == 400


def test_a_user_is_found_by_object_id(box: SandboxTenant, graph: GraphClient) -> None:
    assert graph.get(f"/users/{box.tenant.user(ANNA).id.upper()}").json()["userPrincipalName"] == ANNA


def test_an_unknown_user_is_404_with_graphs_envelope(graph: GraphClient) -> None:
    answer = graph.get("/users/nobody@contoso.com", **{"client-request-id": "11111111-2222-3333-4444-555555555555"})
    assert error_of(answer) == (404, "Request_ResourceNotFound")
    inner = answer.json()["error"]["innerError"]
    assert inner["client-request-id"] == "11111111-2222-3333-4444-555555555555"
    assert inner["request-id"] == answer.headers["request-id"]
    assert "date" in inner
    assert answer.headers["client-request-id"] == "11111111-2222-3333-4444-555555555555"


def test_the_in_filter_finds_those_that_exist_in_any_case(graph: GraphClient) -> None:
    upns = f"'{ANNA.upper()}','siobhan.o''brien@contoso.com', 'nobody@contoso.com'"
    answer = graph.get(f"/users?$filter=userPrincipalName in ({upns})&{EXTENSIONS}")
    assert found(answer) == [ANNA, "siobhan.o'brien@contoso.com"]


def test_the_in_filter_takes_ids(box: SandboxTenant, graph: GraphClient) -> None:
    assert found(graph.get(f"/users?$filter=id in ('{box.tenant.user(ANNA).id}')")) == [ANNA]


def test_more_than_fifteen_values_are_400(graph: GraphClient) -> None:
    values = [f"'user{number}@contoso.com'" for number in range(16)]
    assert graph.get(f"/users?$filter=userPrincipalName in ({','.join(values[:15])})").status_code == 200
    assert graph.get(f"/users?$filter=userPrincipalName in ({','.join(values)})").status_code == 400


@pytest.mark.parametrize(
    "expression",
    [
        "userPrincipalName in ('o'brien@contoso.com')",
        "userPrincipalName eq anna",
        "shoeSize eq '9'",
        "displayName ne 'x'",
    ],
)
def test_a_filter_that_is_not_understood_is_400(graph: GraphClient, expression: str) -> None:
    assert graph.get(f"/users?$filter={expression}").status_code == 400


def test_a_filter_can_be_refused_by_a_fault(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", path=r"\$filter=", status=501))
    assert graph.get(f"/users?$filter=userPrincipalName eq '{ANNA}'").status_code == 501
    assert graph.get(f"/users/{ANNA}").status_code == 200


def test_a_new_user_is_missing_from_the_filter_for_a_while(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.add_user(userPrincipalName="new.hire@contoso.com", hiddenFilterReads=2)
    path = "/users?$filter=userPrincipalName in ('new.hire@contoso.com')"
    assert found(graph.get(path)) == []
    assert graph.get("/users/new.hire@contoso.com").status_code == 200
    assert found(graph.get(path)) == []
    assert found(graph.get(path)) == ["new.hire@contoso.com"]


def test_many_users_come_in_pages(box: SandboxTenant, web: requests.Session, graph: GraphClient) -> None:
    url, pages, seen = "/users?$top=10&$select=id", 0, []
    while url:
        body = graph.get(url).json()
        seen += [user["id"] for user in body["value"]]
        pages += 1
        url = body.get("@odata.nextLink", "").removeprefix(f"{GRAPH}/v1.0")
    assert pages == -(-len(box.tenant.snapshot()) // 10)
    assert len(set(seen)) == len(seen) == len(box.tenant.snapshot())


@pytest.mark.parametrize("top", ["0", "1000", "many"])
def test_an_impossible_page_size_is_400(graph: GraphClient, top: str) -> None:
    assert graph.get(f"/users?$top={top}").status_code == 400


def test_a_deleted_user_is_404(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.delete_user(ANNA)
    assert graph.get(f"/users/{ANNA}").status_code == 404


def test_an_unknown_resource_or_version_is_an_error(web: requests.Session, graph: GraphClient) -> None:
    assert graph.get("/devices").status_code == 400
    headers = {"Authorization": f"Bearer {graph.token}"}
    assert web.get(f"{GRAPH}/v2.0/users", headers=headers, timeout=5).status_code == 404
