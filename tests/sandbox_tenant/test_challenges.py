"""Tokens that are refused: claims that Graph wants, MFA for writes, an identity endpoint that keeps what it gave."""

from __future__ import annotations

import base64
import re

import requests

from sandbox.tenant import SandboxTenant

from .conftest import ANNA, CLIENT_SECRET, GRAPH, LOGIN, GraphClient

READ = f"/users/{ANNA}?$select=id"
CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1"}}}'


def claims_of(answer: requests.Response) -> str:
    found = re.search(r'claims="([^"]+)"', answer.headers["WWW-Authenticate"])
    assert found is not None
    return base64.b64decode(found[1]).decode()


def test_graph_refuses_a_token_without_the_claims_it_demands(
    box: SandboxTenant, graph: GraphClient, web: requests.Session
) -> None:
    box.tenant.set_switches(demanded_claims=CLAIMS)
    for path in (READ, "/$batch"):
        answer = graph.call(
            "POST" if path == "/$batch" else "GET", path, {"requests": []} if path == "/$batch" else None
        )
        assert (answer.status_code, claims_of(answer)) == (401, CLAIMS)
    environment = box.environment()
    graph.token = web.post(
        f"{LOGIN}/{environment['TENANT_ID']}/oauth2/v2.0/token",
        data={
            "client_id": environment["CLIENT_ID"],
            "client_secret": CLIENT_SECRET,
            "grant_type": "client_credentials",
            "scope": f"{GRAPH}/.default",
            "claims": CLAIMS,
        },
        timeout=10,
    ).json()["access_token"]
    assert graph.get(READ).status_code == 200


def test_writes_in_a_users_name_may_want_mfa(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(writes_want_mfa=True)
    assert graph.change_phone(ANNA, "+46 701740699").status_code == 204
    graph.sign_in("password")
    assert graph.phones(ANNA)
    answer = graph.change_phone(ANNA, "+46 701740698")
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "accessDenied")
    assert "ngcmfa" in claims_of(answer)


def test_an_identity_endpoint_may_hand_out_what_was_revoked(box: SandboxTenant, web: requests.Session) -> None:
    environment = box.environment()

    def token() -> dict[str, str]:
        return requests.get(
            environment["IDENTITY_ENDPOINT"],
            params={"api-version": "2019-08-01", "resource": GRAPH, "client_id": environment["AZURE_CLIENT_ID"]},
            headers={"X-IDENTITY-HEADER": environment["IDENTITY_HEADER"]},
            timeout=10,
        ).json()

    assert token()["access_token"] != token()["access_token"]
    box.tenant.set_switches(identity_keeps_tokens=True)
    first = token()
    box.tenant.revoke_tokens()
    assert token() == first
    box.tenant.set_switches(identity_keeps_tokens=False)
    assert token()["access_token"] != first["access_token"]
