"""Several subscriptions, computers and operators: what the scripts look at before they change anything."""

import json
from pathlib import Path

import pytest

from tests.infra.bicep import SUBSCRIPTION
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
    assert f"az works in the subscription {OTHER}" in done.err
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
                {"CALLERS": CALLERS, "PROTECTED_GROUP_ID": GROUP, "READ_ONLY": "true", "REQUIRE": "entra"},
                {},
                "READ_ONLY, REQUIRE, PROTECTED_GROUP_ID, the caller hr-system, the caller iam",
            ),
            ({"CALLERS": CALLERS}, {"CALLERS": f"[{CALLERS[1:].partition('}')[0]}}}]"}, "the caller iam"),
            ({"ALLOWED_GROUP_ID": GROUP}, {"ALLOWED_GROUP_ID": OTHER}, "ALLOWED_GROUP_ID"),
            ({"PROTECT_ADMINISTRATORS": "on"}, {}, "PROTECT_ADMINISTRATORS"),
            ({"GRAPH_AUTH": "service_account"}, {}, "GRAPH_AUTH"),
        ]
    ),
)
def test_no_caller_is_added_where_provisioning_would_end_guards_or_shut_out_callers(
    shell: str, of_app: dict[str, str], of_environment: dict[str, str], lost: str, tmp_path: Path
) -> None:
    """The environment of another computer, or of a colleague, has been set up anew."""
    operator = Operator(shell, tmp_path, of_app)
    operator.change(settings=OUTPUTS | of_environment)
    before = operator.state
    for options in (["--what-if"], []):
        done = operator.run("caller", "helpdesk", *options)
        assert done.code == 1
        assert f"has otherwise: {lost}. azd provision would overwrite it." in done.err
    assert operator.state == before


@MORE
def test_what_the_environment_has_and_the_app_does_not_have_yet_is_no_loss(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {"CALLERS": f"[{CALLERS[1:].partition('}')[0]}}}]"})
    operator.change(settings=OUTPUTS | {"CALLERS": CALLERS, "PROTECTED_GROUP_ID": GROUP})
    done = operator.run("caller", "helpdesk")
    assert done.code == 0, done.err
    assert operator.state["app"]["PROTECTED_GROUP_ID"] == GROUP
    assert [entry["name"] for entry in json.loads(operator.state["app"]["CALLERS"])] == ["hr-system", "iam", "helpdesk"]


@MORE
def test_an_app_that_does_not_show_its_settings_stops_it(shell: str, tmp_path: Path) -> None:
    operator = Operator(shell, tmp_path, {})
    operator.change(fails=["az functionapp config appsettings list"])
    done = operator.run("caller", "helpdesk")
    assert (done.code, operator.state["provisions"]) == (1, 0)
    assert "The settings of func-contoso could not be read. Nothing was changed." in done.err
