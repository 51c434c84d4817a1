"""The authentication methods policy: whom SMS and voice are for."""

from __future__ import annotations

from sandbox.tenant import SandboxTenant

from .conftest import GraphClient, error_of

CONFIGURATIONS = "/policies/authenticationMethodsPolicy/authenticationMethodConfigurations"


def test_a_new_tenant_has_sms_for_all_and_no_voice(graph: GraphClient) -> None:
    sms, voice = (graph.get(f"{CONFIGURATIONS}/{name}").json() for name in ("sms", "Voice"))
    assert (sms["id"], sms["state"], voice["state"]) == ("Sms", "enabled", "disabled")
    assert [target["id"] for target in sms["includeTargets"]] == ["all_users"]
    assert sms["excludeTargets"] == []


def test_targets_are_those_of_the_seed(box: SandboxTenant, graph: GraphClient) -> None:
    target = {"targetType": "group", "id": "9009c000-0000-4000-8000-00000000009c"}
    box.tenant.policies["voice"] = {"state": "enabled", "includeTargets": [target], "excludeTargets": []}
    assert graph.get(f"{CONFIGURATIONS}/voice").json()["includeTargets"] == [target]


def test_it_needs_the_permission(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.apps[box.environment()["CLIENT_ID"]].app_roles -= {"Policy.Read.AuthenticationMethod"}
    assert error_of(graph.sign_in().get(f"{CONFIGURATIONS}/sms")) == (403, "Authorization_RequestDenied")
    assert error_of(graph.get(f"{CONFIGURATIONS}/carrierPigeon"))[0] == 403
