"""SMS sign-in: the state that a mobile phone gets by policy, and what the two actions do to it."""

from __future__ import annotations

import pytest
import requests

from sandbox.tenant import SandboxTenant

from .conftest import ANNA, CARLA, MOBILE, GraphClient, error_of

SARA, SAM = "sara.smssignin@contoso.com", "sam.samenumber@contoso.com"
SARAS_NUMBER = "+46 701740673"
DELETED_DORAS_NUMBER = "+46 701740674"


def state(graph: GraphClient, user: str) -> str:
    return str(graph.get(f"/users/{user}/authentication/phoneMethods/{MOBILE}").json()["smsSignInState"])


def switch(graph: GraphClient, user: str, action: str = "enableSmsSignIn") -> requests.Response:
    return graph.call("POST", f"/users/{user}/authentication/phoneMethods/{MOBILE}/{action}")


def test_where_policy_allows_a_number_is_registered_for_sms_sign_in(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.change_user(CARLA, smsSignInAllowed=True)
    assert graph.add_phone(CARLA, "+1 2065550101").json()["smsSignInState"] == "ready"
    assert box.tenant.snapshot()[CARLA]["phoneMethods"]["mobile"]["smsSignInState"] == "ready"


def test_a_switch_is_the_policy_for_everybody(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(sms_allowed=True)
    assert graph.change_phone(ANNA, "+46 701740606").status_code == 204
    assert state(graph, ANNA) == "ready"
    box.tenant.set_switches(sms_allowed=False)
    assert (state(graph, ANNA), state(graph, SARA)) == ("notAllowedByPolicy", "notAllowedByPolicy")
    assert graph.add_phone(SAM, SARAS_NUMBER).json()["smsSignInState"] == "notAllowedByPolicy"
    assert error_of(switch(graph, SARA)) == (400, "badRequest")


def test_a_phone_from_before_the_policy_is_not_enabled(box: SandboxTenant, graph: GraphClient) -> None:
    assert state(graph, ANNA) == "notAllowedByPolicy"
    box.tenant.set_switches(sms_allowed=True)
    assert state(graph, ANNA) == "notEnabled"
    assert box.tenant.snapshot()[ANNA]["phoneMethods"]["mobile"]["smsSignInState"] == "notEnabled"
    assert switch(graph, ANNA).status_code == 204
    assert state(graph, ANNA) == "ready"


def test_without_auto_registration_a_new_number_waits_for_the_action(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(sms_allowed=True, sms_auto_registration=False)
    assert graph.add_phone(CARLA, SARAS_NUMBER).json()["smsSignInState"] == "notEnabled"
    assert graph.change_phone(CARLA, "+1 2065550101").status_code == 204
    assert state(graph, CARLA) == "notEnabled"
    assert switch(graph, CARLA).status_code == 204
    assert state(graph, CARLA) == "ready"


def test_without_auto_registration_a_changed_number_is_no_longer_registered(
    box: SandboxTenant, graph: GraphClient
) -> None:
    box.tenant.set_switches(sms_auto_registration=False)
    assert graph.change_phone(SARA, SARAS_NUMBER).status_code == 204
    assert state(graph, SARA) == "ready"
    assert graph.change_phone(SARA, "+46 701740688").status_code == 204
    assert state(graph, SARA) == "notEnabled"


def test_a_number_that_another_user_signs_in_with_is_saved_but_not_unique(graph: GraphClient) -> None:
    answer = graph.add_phone(SAM, SARAS_NUMBER)
    assert (answer.status_code, answer.json()["smsSignInState"]) == (201, "phoneNumberNotUnique")
    assert graph.phones(SAM) == {"mobile": SARAS_NUMBER}
    assert (state(graph, SAM), state(graph, SARA)) == ("phoneNumberNotUnique", "ready")


def test_a_number_that_nobody_signs_in_with_is_free_however_many_have_it(
    box: SandboxTenant, graph: GraphClient
) -> None:
    box.tenant.change_user(SARA, phones={"mobile": {"phoneNumber": SARAS_NUMBER, "smsSignInState": "notEnabled"}})
    assert graph.add_phone(SAM, SARAS_NUMBER).json()["smsSignInState"] == "ready"


def test_a_users_own_number_is_no_clash(graph: GraphClient) -> None:
    assert graph.change_phone(SARA, SARAS_NUMBER).status_code == 204
    assert state(graph, SARA) == "ready"


def test_a_deleted_user_still_holds_the_number(box: SandboxTenant, graph: GraphClient) -> None:
    assert graph.get("/users/dora.deleted@contoso.com").status_code == 404
    assert graph.add_phone(SAM, DELETED_DORAS_NUMBER).json()["smsSignInState"] == "phoneNumberNotUnique"
    box.tenant.delete_user(SARA)
    assert graph.change_phone(SAM, SARAS_NUMBER).status_code == 204
    assert state(graph, SAM) == "phoneNumberNotUnique"
    box.tenant.add_user(SARA)
    assert graph.change_phone(SAM, SARAS_NUMBER).status_code == 204
    assert state(graph, SAM) == "ready"


@pytest.mark.parametrize("freed", ["removed", "changed", "disabled"])
def test_a_number_is_freed(graph: GraphClient, freed: str) -> None:
    assert graph.add_phone(SAM, SARAS_NUMBER).status_code == 201
    match freed:
        case "removed":
            assert graph.delete_phone(SARA).status_code == 204
        case "changed":
            assert graph.change_phone(SARA, "+46 701740688").status_code == 204
        case "disabled":
            assert switch(graph, SARA, "disableSmsSignIn").status_code == 204
    assert state(graph, SAM) == "phoneNumberNotUnique"
    assert switch(graph, SAM).status_code == 204
    assert state(graph, SAM) == "ready"


def test_a_changed_number_tries_again(graph: GraphClient) -> None:
    assert graph.add_phone(SAM, SARAS_NUMBER).status_code == 201
    assert graph.change_phone(SAM, "+46 701740688").status_code == 204
    assert state(graph, SAM) == "ready"
    assert graph.change_phone(SAM, SARAS_NUMBER).status_code == 204
    assert state(graph, SAM) == "phoneNumberNotUnique"


def test_by_switch_a_number_that_is_not_unique_is_409_and_saved_all_the_same(
    box: SandboxTenant, graph: GraphClient
) -> None:
    box.tenant.set_switches(not_unique_status=409)
    assert error_of(graph.add_phone(SAM, SARAS_NUMBER)) == (409, "phoneNumberNotUnique")
    assert graph.phones(SAM) == {"mobile": SARAS_NUMBER}


def test_sms_sign_in_is_switched_by_its_actions(box: SandboxTenant, graph: GraphClient) -> None:
    assert error_of(switch(graph, ANNA)) == (400, "badRequest")
    box.tenant.change_user(ANNA, smsSignInAllowed=True)
    assert switch(graph, ANNA).status_code == 204
    assert state(graph, ANNA) == "ready"
    assert switch(graph, ANNA, "disableSmsSignIn").status_code == 204
    assert state(graph, ANNA) == "notEnabled"
    assert switch(graph, CARLA).status_code == 404
    assert box.tenant.writes()[1] == ("POST", ANNA, "mobile/enableSmsSignIn", None, 204)


@pytest.mark.parametrize(("status", "answered"), [(409, 409), (None, 204)])
def test_enabling_sms_sign_in_for_a_taken_number_shows_in_the_state(
    box: SandboxTenant, graph: GraphClient, status: int | None, answered: int
) -> None:
    box.tenant.change_user(SAM, phones={"mobile": SARAS_NUMBER})
    box.tenant.set_switches(enable_not_unique_status=status)
    answer = switch(graph, SAM)
    assert answer.status_code == answered
    assert state(graph, SAM) == "phoneNumberNotUnique"
    if answered == 409:
        assert error_of(answer) == (409, "phoneNumberNotUnique")


def test_enabling_can_be_ignored(box: SandboxTenant, graph: GraphClient) -> None:
    by_id = box.tenant.user(ANNA).id
    box.tenant.set_switches(sms_allowed=True, enable_ignored_by_upn=True)
    assert switch(graph, ANNA).status_code == 204
    assert state(graph, ANNA) == "notEnabled"
    assert switch(graph, by_id.upper()).status_code == 204
    assert state(graph, ANNA) == "ready"
    assert switch(graph, ANNA, "disableSmsSignIn").status_code == 204
    box.tenant.set_switches(enable_ignored=True)
    assert switch(graph, by_id).status_code == 204
    assert state(graph, ANNA) == "notEnabled"


def test_a_state_can_stay_invisible_for_some_reads(box: SandboxTenant, graph: GraphClient) -> None:
    box.tenant.set_switches(write_lag_reads=1)
    assert switch(graph, SARA, "disableSmsSignIn").status_code == 204
    assert [state(graph, SARA) for _ in range(2)] == ["ready", "notEnabled"]


def test_a_seed_with_an_unknown_state_is_refused(box: SandboxTenant) -> None:
    with pytest.raises(ValueError, match="redy"):
        box.tenant.change_user(ANNA, phones={"mobile": {"phoneNumber": "+1 2065550101", "smsSignInState": "redy"}})
