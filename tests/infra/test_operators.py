"""Several subscriptions, computers and operators: what the scripts look at before they change anything."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.infra.bicep import SUBSCRIPTION, TENANT
from tests.infra.scripts import OUTPUTS, SHELLS, THOROUGH, Operator, first_in_both

EACH = pytest.mark.parametrize("shell", SHELLS)
MORE = pytest.mark.parametrize("shell", THOROUGH)
OTHER = "b0b00000-0000-4000-8000-0000000000b0"
GROUP = "a0a00000-0000-4000-8000-0000000000a3"
CALLERS = json.dumps(
    [
        {"name": "hr-system", "rights": ["reconcile"], "signed": True},
        {"rights": ["read"], "name": "iam", "entraObjectId": "1a300000-0000-4000-8000-0000000001a3"},
    ]
)
FIRST = json.dumps(json.loads(CALLERS)[:1])


def otherwise(of_app: str, of_environment: str) -> str:
    return f"(the app has {of_app}, this environment {of_environment})"


@EACH
@pytest.mark.parametrize(("script", "options"), [("caller", ["helpdesk"]), ("secrets", [])])
def test_az_in_another_subscription_stops_it_with_the_command(
    shell: str, script: str, options: list[str], tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(subscription=OTHER)
    before = operator.state
    done = operator.run(script, *options)
    assert done.code == 1
    assert f"The Azure CLI works in the subscription {OTHER}" in done.err
    assert f"Run: az account set --subscription {SUBSCRIPTION}" in done.err
    assert operator.state == before


@MORE
def test_whoever_is_not_signed_in_hears_it(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(fails=["az account show"])
    done = operator.run("secrets")
    assert done.code == 1
    assert "The Azure CLI is not signed in. Run: az login" in done.err


@MORE
@pytest.mark.parametrize("subscription", [SUBSCRIPTION.upper(), ""])
def test_the_same_subscription_in_capitals_or_one_that_azd_does_not_name_is_no_fault(
    shell: str, subscription: str, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {"AZURE_SUBSCRIPTION_ID": subscription})
    done = operator.run("secrets", "--what-if")
    assert done.code == 0, done.err


@EACH
def test_whoever_grants_permissions_needs_no_subscription(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(subscription=OTHER, fails=["az account show"])
    done = operator.run("grant", "--what-if")
    assert done.code == 0, done.err


@pytest.mark.parametrize(
    ("shell", "of_app", "of_environment", "lost"),
    first_in_both(
        [
            (
                {"CALLERS": CALLERS, "PROTECTED_GROUP_ID": GROUP, "READ_ONLY": "true", "MAX_REMOVALS": "0"},
                {"MAX_REMOVALS": "5"},
                f"READ_ONLY {otherwise('true', 'false')}, PROTECTED_GROUP_ID {otherwise(GROUP, 'nothing')}, "
                f"MAX_REMOVALS {otherwise('0', '5')}, the caller hr-system, the caller iam",
            ),
            ({"CALLERS": CALLERS}, {"CALLERS": FIRST}, "the caller iam"),
            ({"REQUIRE": "entra"}, {"REQUIRE": "signature"}, f"REQUIRE {otherwise('entra', 'signature')}"),
            ({"TENANT_ID": OTHER}, {}, f"TENANT_ID {otherwise(OTHER, TENANT)}"),
            ({"ALLOWED_GROUP_ID": GROUP}, {"ALLOWED_GROUP_ID": OTHER}, f"ALLOWED_GROUP_ID {otherwise(GROUP, OTHER)}"),
            ({"PROTECT_ADMINISTRATORS": "on"}, {}, f"PROTECT_ADMINISTRATORS {otherwise('on', 'auto')}"),
            ({}, {"PROTECT_ADMINISTRATORS": "off"}, f"PROTECT_ADMINISTRATORS {otherwise('auto', 'off')}"),
            ({}, {"GRAPH_AUTH": "client_secret"}, f"GRAPH_AUTH {otherwise('managed_identity', 'client_secret')}"),
            ({"GRAPH_AUTH": "service_account"}, {}, f"GRAPH_AUTH {otherwise('service_account', 'managed_identity')}"),
            (
                {"SOURCE_ATTRIBUTE": "mobilePhone", "ON_DIFFERENT": "keep", "ALLOWED_COUNTRIES": "SE,NO"},
                {},
                f"SOURCE_ATTRIBUTE {otherwise('mobilePhone', 'extensionAttribute15')}, "
                f"ON_DIFFERENT {otherwise('keep', 'update')}, ALLOWED_COUNTRIES {otherwise('SE,NO', 'nothing')}",
            ),
        ]
    ),
)
def test_no_caller_is_added_where_provisioning_would_overwrite_settings_or_callers(
    shell: str, of_app: dict[str, str], of_environment: dict[str, str], lost: str, tmp_path: Path
) -> None:
    """The environment of another computer, or of a colleague, has been set up anew."""
    operator = Operator(shell, tmp_path, of_app)
    operator.change(settings=OUTPUTS | of_environment)
    before = operator.state
    for options in (["--what-if"], []):
        done = operator.run("caller", "helpdesk", *options)
        assert done.code == 1
        assert f"or differ in it: {lost}. azd provision would overwrite them." in done.err
    assert operator.state == before


@pytest.mark.parametrize(
    ("shell", "of_app", "of_environment"),
    first_in_both(
        [
            ({"rights": ["read"]}, {"rights": ["read", "explicit"]}),
            ({"rights": ["read"], "signed": True}, {"rights": ["read"]}),
            ({"rights": ["read"], "entraObjectId": GROUP}, {"rights": ["read"], "entraObjectId": OTHER}),
        ]
    ),
)
def test_what_was_taken_from_a_caller_does_not_come_back_with_another_one(
    shell: str, of_app: dict[str, Any], of_environment: dict[str, Any], tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {"CALLERS": json.dumps([{"name": "iam", **of_app}])})
    operator.change(settings=OUTPUTS | {"CALLERS": json.dumps([{"name": "iam", **of_environment}])})
    before = operator.state
    done = operator.run("caller", "helpdesk")
    assert done.code == 1
    assert "or differ in it: the caller iam. azd provision" in done.err
    assert operator.state == before


@EACH
def test_callers_that_the_app_has_on_several_lines_are_seen(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"CALLERS": CALLERS})
    operator.change(app=operator.state["app"] | {"CALLERS": json.dumps(json.loads(CALLERS)[::-1], indent=1)})
    done = operator.run("caller", "helpdesk", "--what-if")
    assert done.code == 0, done.err
    operator.change(settings=OUTPUTS)
    done = operator.run("caller", "helpdesk")
    assert (done.code, operator.state["provisions"]) == (1, 0)
    assert "or differ in it: the caller iam, the caller hr-system. azd provision" in done.err


@EACH
def test_what_the_environment_changes_of_a_default_is_no_loss_and_who_is_let_in_is_named(
    shell: str, tmp_path: Path
) -> None:
    operator = Operator(shell, tmp_path, {"CALLERS": FIRST})
    changed = {"PROTECTED_GROUP_ID": GROUP, "REQUIRE": "signature", "MAX_USERS": "9"}
    operator.change(settings=OUTPUTS | changed | {"CALLERS": CALLERS})
    done = operator.run("caller", "helpdesk", "--signed")
    assert done.code == 0, done.err
    assert "azd provision will also add these callers: iam\n" in done.out
    assert operator.state["app"].items() >= changed.items()
    assert [entry["name"] for entry in json.loads(operator.state["app"]["CALLERS"])] == ["hr-system", "iam", "helpdesk"]


@MORE
def test_an_app_that_does_not_show_its_settings_stops_it(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(fails=["az functionapp config appsettings list"])
    done = operator.run("caller", "helpdesk")
    assert (done.code, operator.state["provisions"]) == (1, 0)
    assert "The settings of func-contoso could not be read. Nothing was changed." in done.err
