from __future__ import annotations

import pytest
import requests

from sandbox.tenant import SandboxTenant
from sandbox.tenant.directory import Group

from .conftest import ANNA, GRAPH, MOBILE, SVC, GraphClient, error_of, token_of

TORA = "tora.admin@contoso.com"
MIA = "mia.manymethods@contoso.com"
DENIED = (403, "accessDenied")


def acting_as(box: SandboxTenant, web: requests.Session, *roles: str) -> GraphClient:
    box.tenant.change_user(SVC, roles=list(roles))
    return GraphClient(box, web).sign_in("password")


def list_phones(graph: GraphClient, user: str) -> requests.Response:
    return graph.get(f"/users/{user}/authentication/phoneMethods")


def test_an_app_sees_whole_numbers_and_reaches_admins(graph: GraphClient) -> None:
    assert graph.phones(TORA) == {"mobile": "+46 701740620"}
    assert graph.change_phone(TORA, "+46 701740619").status_code == 204


def test_a_privileged_authentication_administrator_does_too(service_account: GraphClient) -> None:
    assert service_account.phones(TORA) == {"mobile": "+46 701740620"}
    assert service_account.change_phone(TORA, "+46 701740619").status_code == 204


def test_an_authentication_administrator_sees_masked_numbers(box: SandboxTenant, web: requests.Session) -> None:
    graph = acting_as(box, web, "Authentication Administrator")
    assert graph.phones(ANNA) == {"mobile": "+XX XXXXXXX05"}
    single = graph.get(f"/users/{ANNA}/authentication/phoneMethods/{MOBILE}").json()
    assert single["phoneNumber"] == "+XX XXXXXXX05"
    assert graph.change_phone(ANNA, "+46 701740606").status_code == 204
    assert box.tenant.user(ANNA).phones["mobile"].number == "+46 701740606"


def test_the_mask_can_be_replaced(box: SandboxTenant, web: requests.Session) -> None:
    box.tenant.mask = lambda number: "*" * 8 + number[-2:]
    assert acting_as(box, web, "Authentication Administrator").phones(ANNA) == {"mobile": "********05"}


def test_an_authentication_administrator_does_not_reach_admins(box: SandboxTenant, web: requests.Session) -> None:
    graph = acting_as(box, web, "Authentication Administrator")
    answer = list_phones(graph, TORA)
    assert error_of(answer) == DENIED
    assert answer.json()["error"]["message"] == "Request Authorization failed"
    assert error_of(graph.change_phone(TORA, "+46 701740619")) == DENIED


def test_nor_members_of_role_assignable_groups_but_holders_of_harmless_roles(
    box: SandboxTenant, web: requests.Session
) -> None:
    graph = acting_as(box, web, "Authentication Administrator")
    box.tenant.change_user(ANNA, roles=["Reports Reader"])
    assert list_phones(graph, ANNA).status_code == 200
    box.tenant.groups["g1"] = Group("g1", "Role group", [box.tenant.user(ANNA).id], role_assignable=True)
    assert error_of(list_phones(graph, ANNA)) == DENIED


def test_a_global_reader_reads_and_does_not_write(box: SandboxTenant, web: requests.Session) -> None:
    graph = acting_as(box, web, "Global Reader")
    assert graph.phones(ANNA) == {"mobile": "+46 701740605"}
    assert error_of(graph.change_phone(ANNA, "+46 701740606")) == DENIED


def test_without_a_role_nothing_is_allowed(box: SandboxTenant, web: requests.Session) -> None:
    assert error_of(list_phones(acting_as(box, web), ANNA)) == DENIED


@pytest.mark.parametrize("grant", ["password", "client_credentials"])
def test_reading_phones_needs_a_permission_and_writing_a_bigger_one(
    box: SandboxTenant, web: requests.Session, grant: str
) -> None:
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.app_roles = app.delegated_scopes = {"User.Read.All"}
    assert error_of(list_phones(GraphClient(box, web).sign_in(grant), ANNA)) == DENIED
    app.app_roles = app.delegated_scopes = {"UserAuthMethod-Phone.Read.All"}
    graph = GraphClient(box, web).sign_in(grant)
    assert list_phones(graph, ANNA).status_code == 200
    assert error_of(graph.change_phone(ANNA, "+46 701740606")) == DENIED
    app.app_roles = app.delegated_scopes = {"UserAuthMethod-Phone.ReadWrite.All"}
    assert GraphClient(box, web).sign_in(grant).change_phone(ANNA, "+46 701740606").status_code == 204


def give(box: SandboxTenant, *permissions: str) -> None:
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.app_roles = app.delegated_scopes = set(permissions)


COLLECTIONS = {
    "Phone": "phoneMethods",
    "Email": "emailMethods",
    "MicrosoftAuthApp": "microsoftAuthenticatorMethods",
    "SoftwareOATH": "softwareOathMethods",
    "Passkey": "fido2Methods",
    "WindowsHello": "windowsHelloForBusinessMethods",
    "PlatformCred": "platformCredentialMethods",
    "TAP": "temporaryAccessPassMethods",
}


def can(graph: GraphClient, method: str) -> set[str]:
    """The collections that this call is not forbidden for."""
    tail = "" if method == "GET" else "/nonsense"
    answers = {
        name: graph.call(method, f"/users/{MIA}/authentication/{name}{tail}")
        for name in (*COLLECTIONS.values(), "methods")
    }
    return {name for name, answer in answers.items() if answer.status_code != 403}


@pytest.mark.parametrize("grant", ["password", "client_credentials"])
@pytest.mark.parametrize("area", COLLECTIONS)
def test_a_narrow_permission_reaches_its_own_kind_only(
    box: SandboxTenant, web: requests.Session, area: str, grant: str
) -> None:
    give(box, f"UserAuthMethod-{area}.Read.All")
    graph = GraphClient(box, web).sign_in(grant)
    assert (can(graph, "GET"), can(graph, "DELETE")) == ({COLLECTIONS[area]}, set())
    give(box, f"UserAuthMethod-{area}.ReadWrite.All")
    graph = GraphClient(box, web).sign_in(grant)
    assert (can(graph, "GET"), can(graph, "DELETE")) == ({COLLECTIONS[area]}, {COLLECTIONS[area]})


def test_the_broad_permission_reaches_all_kinds(box: SandboxTenant, web: requests.Session) -> None:
    everything = {*COLLECTIONS.values(), "methods"}
    give(box, "UserAuthenticationMethod.Read.All")
    graph = GraphClient(box, web).sign_in()
    assert (can(graph, "GET"), can(graph, "DELETE")) == (everything, set())
    give(box, "UserAuthenticationMethod.ReadWrite.All")
    graph = GraphClient(box, web).sign_in()
    assert (can(graph, "GET"), can(graph, "DELETE")) == (everything, everything)


def test_a_permission_without_all_counts_for_delegated_tokens_only(box: SandboxTenant, web: requests.Session) -> None:
    give(box, "UserAuthMethod-Email.ReadWrite")
    assert can(GraphClient(box, web).sign_in("password"), "DELETE") == {"emailMethods"}
    assert can(GraphClient(box, web).sign_in("client_credentials"), "DELETE") == set()


def test_an_authentication_administrator_reaches_every_kind_of_people_who_are_no_admins(
    box: SandboxTenant, web: requests.Session
) -> None:
    graph = acting_as(box, web, "Authentication Administrator")
    everything = {*COLLECTIONS.values(), "methods"}
    assert (can(graph, "GET"), can(graph, "DELETE")) == (everything, everything)
    box.tenant.change_user(MIA, roles=["Global Administrator"])
    assert (can(graph, "GET"), can(graph, "DELETE")) == (set(), set())


def test_a_global_reader_reads_every_kind(box: SandboxTenant, web: requests.Session) -> None:
    graph = acting_as(box, web, "Global Reader")
    assert (can(graph, "GET"), can(graph, "DELETE")) == ({*COLLECTIONS.values(), "methods"}, set())


def test_numbers_are_masked_among_all_methods_too_and_addresses_are_not(
    box: SandboxTenant, web: requests.Session
) -> None:
    graph = acting_as(box, web, "Authentication Administrator")
    methods = {method["id"]: method for method in graph.get(f"/users/{MIA}/authentication/methods").json()["value"]}
    assert methods[MOBILE]["phoneNumber"] == "+XX XXXXXXX72"
    assert graph.get(f"/users/{MIA}/authentication/methods/{MOBILE}").json()["phoneNumber"] == "+XX XXXXXXX72"
    (email,) = graph.get(f"/users/{MIA}/authentication/emailMethods").json()["value"]
    assert email["emailAddress"] == "mia@example.com"


@pytest.mark.parametrize("grant", ["password", "client_credentials"])
def test_reading_users_needs_its_permission(box: SandboxTenant, web: requests.Session, grant: str) -> None:
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.app_roles = app.delegated_scopes = {"UserAuthenticationMethod.ReadWrite.All"}
    graph = GraphClient(box, web).sign_in(grant)
    for path in (f"/users/{ANNA}", "/users"):
        answer = graph.get(path)
        assert error_of(answer) == (403, "Authorization_RequestDenied")
        assert "message" not in answer.json()["error"]["innerError"]


def test_one_user_can_be_forbidden(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.change_user(ANNA, forbidden=True)
    assert error_of(list_phones(graph, ANNA)) == DENIED
    assert list_phones(graph, "bjorn.berg@contoso.com").status_code == 200


@pytest.mark.parametrize(
    ("header", "text"),
    [
        ({}, "empty"),
        ({"Authorization": "Basic eDp5"}, "empty"),
        ({"Authorization": "Bearer made.up.token"}, "signature"),
    ],
)
def test_a_missing_or_forged_token_is_401(web: requests.Session, header: dict[str, str], text: str) -> None:
    answer = web.get(f"{GRAPH}/v1.0/users/{ANNA}", headers=header, timeout=5)
    assert error_of(answer) == (401, "InvalidAuthenticationToken")
    assert text in answer.json()["error"]["message"]
    assert answer.headers["WWW-Authenticate"].startswith("Bearer ")


def test_an_altered_token_is_401(web: requests.Session, graph: GraphClient) -> None:
    graph.token = graph.token[:-4] + "AAAA"
    assert graph.get(f"/users/{ANNA}").status_code == 401


def test_a_token_for_the_vault_is_401_at_graph(box: SandboxTenant, web: requests.Session, graph: GraphClient) -> None:
    graph.token = token_of(box, web, "client_credentials", scope="https://vault.azure.net/.default")["access_token"]
    answer = graph.get(f"/users/{ANNA}")
    assert answer.status_code == 401
    assert "audience" in answer.json()["error"]["message"]
