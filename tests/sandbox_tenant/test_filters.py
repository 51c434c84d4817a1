"""$filter of users by whether they have a value in an attribute."""

from __future__ import annotations

import pytest

from sandbox.tenant import SandboxTenant

from .conftest import ANNA, CARLA, GraphClient, error_of
from .test_users import found

EXTENSION = "extension_0123456789abcdef0123456789abcdef_mfaPhone"
EVENTUAL = {"ConsistencyLevel": "eventual"}


def asked(graph: GraphClient, expression: str, more: str = "&$count=true", **headers: str) -> object:
    return graph.get(f"/users?$filter={expression}{more}", **(headers or EVENTUAL))


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        ("onPremisesExtensionAttributes/extensionAttribute3 ne null", {"extensionAttribute3": "+46 701740605"}),
        ("employeeId ne null", {"employeeId": "5"}),
        ("EMPLOYEEID ne null", {"employeeId": "5"}),
        ("otherMails/$count ne 0", {"otherMails": ["anna@fabrikam.com"]}),
        (f"{EXTENSION} ne null", {EXTENSION: "+46 701740605"}),
        (f"{EXTENSION.lower()} ne null", {EXTENSION: "+46 701740605"}),
    ],
)
def test_who_has_a_value(box: SandboxTenant, graph: GraphClient, expression: str, words: dict[str, object]) -> None:
    for user in list(box.tenant.users()):
        box.tenant.change_user(user.user_principal_name, **dict.fromkeys(words, None))
    answer = asked(graph, expression)
    assert (found(answer), answer.json()["@odata.count"]) == ([], 0)
    box.tenant.change_user(ANNA, **words)
    answer = asked(graph, expression)
    assert (found(answer), answer.json()["@odata.count"]) == ([ANNA], 1)


@pytest.mark.parametrize(
    ("expression", "code", "said"),
    [
        (f"{EXTENSION} ne null", "Request_UnsupportedQuery", "does not exist as a declared property"),
        ("shoeSize ne null", "Request_UnsupportedQuery", "does not exist as a declared property"),
        ("onPremisesExtensionAttributes/extensionAttribute16 ne null", "Request_UnsupportedQuery", "does not exist"),
        ("businessPhones/$count ne 0", "Request_UnsupportedQuery", "Unsupported or invalid query filter clause"),
        ("otherMails ne null", "Request_UnsupportedQuery", "Unsupported or invalid query filter clause"),
        ("mobilePhone/$count ne 0", "Request_UnsupportedQuery", "Unsupported or invalid query filter clause"),
    ],
)
def test_what_graph_does_not_filter_by(graph: GraphClient, expression: str, code: str, said: str) -> None:
    answer = asked(graph, expression)
    assert error_of(answer) == (400, code)
    assert said in answer.json()["error"]["message"]


@pytest.mark.parametrize(("more", "level"), [("", "eventual"), ("&$count=true", "session")])
def test_it_is_an_advanced_query(graph: GraphClient, more: str, level: str) -> None:
    answer = asked(graph, "mobilePhone ne null", more, ConsistencyLevel=level)
    assert error_of(answer) == (400, "Request_UnsupportedQuery")


def test_a_property_is_selected_in_any_case_and_told_with_its_own(graph: GraphClient) -> None:
    body = graph.get(f"/users/{ANNA}?$select=ID,mobilephone,EmployeeId").json()
    assert body.keys() - {"@odata.context"} == {"id", "mobilePhone", "employeeId"}


@pytest.mark.parametrize("name", [EXTENSION, "extension_mfaPhone", "Extension_x"])
def test_any_extension_is_selected_and_one_that_is_not_set_is_left_out(graph: GraphClient, name: str) -> None:
    assert graph.get(f"/users/{ANNA}?$select=id,{name}").json().keys() - {"@odata.context"} == {"id"}


def test_an_extension_is_shown_as_written_and_named_as_defined(box: SandboxTenant, graph: GraphClient) -> None:
    other = EXTENSION.replace("mfaPhone", "mfaphone")
    box.tenant.change_user(ANNA, **{EXTENSION: "+46 701740605"})
    box.tenant.change_user(CARLA, **{EXTENSION: None, other: "+46 701740606"})
    assert EXTENSION not in graph.get(f"/users/{ANNA}?$select={other}").json()
    assert EXTENSION not in graph.get(f"/users/{CARLA}?$select={EXTENSION}").json()
    assert graph.get(f"/users/{CARLA}?$select={other}").json()[EXTENSION] == "+46 701740606"
