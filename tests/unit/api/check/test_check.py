"""GET /api/check: each broken state changes its line and no other; what is all right is all ok, soon and cheaply."""

import re
import time
from collections.abc import Callable

import pytest
from azure.storage.blob import ContainerClient

from sandbox.storage import SandboxStorage
from sandbox.storage.signature import ACCOUNT
from sandbox.tenant import Fault, SandboxTenant
from tests.unit.api.check.broken import EARLY, IDENTITY, PILOT, STATES, Broken, ServiceAccount
from tests.unit.api.check.conftest import Check, Engine

MODES = ({}, {"GRAPH_AUTH": "client_secret"}, IDENTITY)
EVERYTHING = {
    **IDENTITY,
    "ALLOW_EXPLICIT_VALUES": "true",
    "EMAIL_ATTRIBUTE": "mail",
    "PROTECTED_GROUP_ID": "9009a000-0000-4000-8000-00000000009a",
    "ALLOWED_GROUP_ID": PILOT,
    "CALLERS": '[{"name": "helpdesk", "rights": ["read"]}, {"name": "hr-system", "rights": ["read"], "signed": true}]',
}


def calls(box: SandboxTenant) -> list[str]:
    """What was sent; a $batch is one call."""
    return [f"{r.host} {r.path}" for r in box.tenant.requests if r.batch is None]


@pytest.mark.parametrize("mode", [*MODES, EVERYTHING], ids=["account", "secret", "identity", "everything"])
def test_what_is_all_right_is_all_ok(check: Check, box: SandboxTenant, mode: dict[str, str]) -> None:
    began = time.monotonic()
    found = check(**mode)
    seconds = time.monotonic() - began
    assert (found.http_status, found.status, found.others("ok")) == (200, "ok", {})
    assert [line["name"] for line in found.lines.values() if line["mend"]] == []
    sent = calls(box)
    secrets = {path for path in sent if path.startswith("vault /secrets/")}
    # The storage and the engine are one each.
    assert len(sent) + 2 <= 12 + len(secrets), sent
    assert box.tenant.writes() == []
    assert seconds < 3


@pytest.mark.parametrize("state", STATES, ids=lambda state: state.name)
def test_a_broken_state_shows_as_its_own_line_with_what_mends_it(
    check: Check, box: SandboxTenant, state: Broken
) -> None:
    state.breaks(box)
    found = check(state.now, has_storage=state.has_storage, **state.settings)
    assert (found.http_status, found.others("ok", "skipped")) == (200, {state.line: state.result.value})
    assert found.status == state.result.value
    mend = found.lines[state.line]["mend"]
    assert state.mend in mend
    # The scripts keep the old value for a while, set a date, and put nothing on a command line.
    assert "keyvault secret set " not in mend
    # Somebody may have changed Azure alone: azd alone would skip that.
    assert "azd provision" not in mend.replace("azd provision --no-state", "")
    # A guard that is off mends nothing.
    assert "PROTECT_ADMINISTRATORS off" not in mend


@pytest.mark.parametrize(
    ("callers", "end"),
    [
        ("", "; there are no named callers."),
        ('[{"name": "helpdesk", "rights": ["read"]}]', "; 1 named caller can call."),
        (EVERYTHING["CALLERS"], "; 2 named callers can call."),
    ],
)
def test_how_many_callers_can_get_in(check: Check, callers: str, end: str) -> None:
    assert check(ALLOW_EXPLICIT_VALUES="true", CALLERS=callers).lines["callers"]["detail"].endswith(end)


@pytest.mark.parametrize(
    ("settings", "detail"),
    [
        ({}, "Users have values in extensionAttribute15."),
        (
            {"OFFICE_ATTRIBUTE": "businessPhones"},
            "Users have values in extensionAttribute15. "
            "Graph does not say whether anybody has a value in businessPhones.",
        ),
    ],
)
def test_what_is_known_of_the_attributes(
    check: Check, box: SandboxTenant, settings: dict[str, str], detail: str
) -> None:
    for user in list(box.tenant.users()):
        box.tenant.change_user(user.user_principal_name, businessPhones=[])
    line = check(**settings).lines["attributes"]
    assert (line["result"], line["detail"]) == ("ok", detail)


def test_the_spelling_is_asked_for_where_nobody_has_a_value(check: Check) -> None:
    name = "extension_0123456789abcdef0123456789abcdef_mfaFone"
    detail = check(ALTERNATE_MOBILE_ATTRIBUTE=name).lines["attributes"]["detail"]
    assert detail == (
        f"Nobody has a value in ALTERNATE_MOBILE_ATTRIBUTE={name}. "
        "Is it spelled exactly as in the directory, including capitals?"
    )


def test_a_caller_whose_secret_is_wrong_is_not_counted(check: Check) -> None:
    found = check(CALLERS='[{"name": "nobody", "rights": ["read"]}]')
    assert found.others("ok") == {"secret webhook-caller-nobody": "failure", "callers": "skipped"}


def test_after_a_leak_the_disabled_previous_secret_is_all_right(check: Check, box: SandboxTenant) -> None:
    box.tenant.set_secret("webhook-handshake-previous", "sandbox-old-handshake-not-real", enabled=False)
    found = check()
    assert (found.status, found.others("ok")) == ("ok", {})
    line = found.lines["secret webhook-handshake-previous"]
    assert (line["detail"], line["mend"]) == ("It is disabled; the webhook refuses it.", "")


@pytest.mark.parametrize(("value", "enabled"), [("sandbox-caller-not-real", False), ("short", True)])
def test_a_previous_secret_does_not_outlive_its_caller(
    check: Check, box: SandboxTenant, value: str, enabled: bool
) -> None:
    name, soon = "webhook-caller-helpdesk", int(EARLY.timestamp()) + 5 * 86_400
    box.tenant.set_secret(name, value, enabled=enabled)
    box.tenant.set_secret(f"{name}-previous", "sandbox-old-secret-not-real", exp=soon)
    found = check(CALLERS='[{"name": "helpdesk", "rights": ["read"]}]')
    line = found.lines[f"secret {name}-previous"]
    assert line["detail"] == f"It still exists. The webhook refuses it as long as it cannot use {name}."
    assert f"--name {name}-previous --enabled false" in line["mend"]


def test_what_has_expired_but_still_serves_is_said_to(check: Check, box: SandboxTenant) -> None:
    ended = int(EARLY.timestamp())
    box.tenant.set_secret("webhook-handshake", "sandbox-handshake-not-real", exp=ended)
    box.tenant.set_secret("service-account-password", "sandbox-password-not-real", exp=ended)
    details = {name: line["detail"] for name, line in check().lines.items()}
    assert details["secret webhook-handshake"] == "It expired on 2026-10-01. The webhook still accepts it. Rotate it."
    assert details["secret service-account-password"].endswith("The webhook still uses it. Rotate it.")


def test_every_fault_of_the_settings_is_told_at_once_and_never_its_value(check: Check, box: SandboxTenant) -> None:
    found = check(MAX_USERS="secret-value", ON_EMPTY="secret-value")
    assert (found.http_status, found.others("ok", "skipped")) == (200, {"settings": "failure"})
    assert all(name in found.lines["settings"]["detail"] for name in ("MAX_USERS", "ON_EMPTY"))
    assert "secret-value" not in found.text
    assert calls(box) == []


def test_jobs_that_do_not_answer_are_a_line(check: Check) -> None:
    assert check(engine=Engine(is_away=True)).others("ok") == {"jobs": "failure"}


def test_storage_that_refuses_is_a_line(check: Check) -> None:
    other = "DefaultEndpointsProtocol=http;AccountName=x;AccountKey=eA==;BlobEndpoint=http://127.0.0.1:9/x"
    found = check(AzureWebJobsStorage=other)
    assert found.others("ok") == {"storage": "failure", "jobs": "skipped"}


def test_storage_without_a_role_is_mended_as_the_templates_give_it(check: Check, storage: SandboxStorage) -> None:
    wrong_key = re.sub(r"AccountKey=[^;]+", "AccountKey=eA==", storage.connection_string)
    line = check(AzureWebJobsStorage=wrong_key).lines["storage"]
    assert line["detail"].startswith("The storage account refuses the app")
    assert line["mend"].startswith("azd provision --no-state; only if you did not use the templates: az role")


@pytest.mark.parametrize(("status", "path"), [(400, "another"), (404, f"{ACCOUNT}/{{container}}")])
def test_storage_at_a_wrong_address_is_mended_there(
    check: Check, storage: SandboxStorage, connect: Callable[[], ContainerClient], status: int, path: str
) -> None:
    container = connect()
    container.create_container()
    there = f"{storage.url.removesuffix(ACCOUNT)}{path.format(container=container.container_name)}"
    found = check(AzureWebJobsStorage=storage.connection_string.replace(storage.url, there))
    assert found.others("ok") == {"storage": "failure", "jobs": "skipped"}
    assert f"status {status})" in found.lines["storage"]["detail"]
    assert found.lines["storage"]["mend"].startswith("Check the address in AzureWebJobsStorage")


def test_a_policy_that_may_not_be_read_spoils_nothing(check: Check, box: SandboxTenant) -> None:
    app = box.tenant.apps[box.environment()["AZURE_CLIENT_ID"]]
    box.tenant.change_app(app.client_id, appRoles=app.app_roles - {"Policy.Read.AuthenticationMethod"})
    found = check(**IDENTITY)
    assert found.status == "ok"
    assert found.others("ok") == {"smsPolicy": "skipped", "voicePolicy": "skipped"}
    assert "Policy.Read.AuthenticationMethod" in found.lines["smsPolicy"]["mend"]


@pytest.mark.parametrize(
    ("scopes", "mend"),
    [
        (set(), "Entra admin center > Roles and administrators > Global Reader > Add assignments: the service account"),
        (
            {"Policy.Read.AuthenticationMethod"},
            "Grant the app the permission Policy.Read.AuthenticationMethod, and assign the directory role Global "
            "Reader to the service account",
        ),
    ],
)
def test_a_service_account_without_the_role_for_the_policy_is_told_of_it(
    check: Check, box: SandboxTenant, scopes: set[str], mend: str
) -> None:
    """`scopes`: those that are missing too."""
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    box.tenant.change_app(app.client_id, delegatedScopes=app.delegated_scopes - scopes)
    box.tenant.change_user(ServiceAccount, roles=["Privileged Authentication Administrator"])
    found = check()
    assert found.status == "ok"
    assert found.others("ok") == {"smsPolicy": "skipped", "voicePolicy": "skipped"}
    assert found.lines["smsPolicy"]["mend"] == f"{mend}. Only this line and the report need it"


def test_no_number_and_no_secret_is_in_the_answer(check: Check, box: SandboxTenant) -> None:
    box.tenant.set_secret("webhook-handshake", "short-secret")
    text = check(**EVERYTHING).text
    assert "short-secret" not in text
    assert [secret for secret in ("sandbox-", "+46", "70174", "whsec_c2Fu") if secret in text] == []


def test_a_grant_of_this_minute_counts(check: Check, box: SandboxTenant) -> None:
    """The token at hand may be older: another one is asked for where something is missing."""
    box.tenant.change_app(box.environment()["AZURE_CLIENT_ID"], appRoles=["User.Read.All"])
    check(**IDENTITY)
    assert sum("resource=https" in call and "graph" in call for call in calls(box)) == 2


def test_a_role_of_this_minute_counts(check: Check, box: SandboxTenant) -> None:
    """Where administrators are protected, a token that does not name the reader's role may be older than the role."""
    box.tenant.change_app(
        box.environment()["CLIENT_ID"],
        delegatedScopes=[*box.tenant.apps[box.environment()["CLIENT_ID"]].delegated_scopes, "RoleManagement.Read.All"],
    )
    check(PROTECT_ADMINISTRATORS="on")
    signed_in = sum("oauth2/v2.0/token" in call for call in calls(box))
    box.tenant.change_user(ServiceAccount, roles=["Privileged Authentication Administrator"])
    check(PROTECT_ADMINISTRATORS="on")
    assert sum("oauth2/v2.0/token" in call for call in calls(box)) == signed_in + 2


@pytest.mark.parametrize("host", ["vault", "graph", "login"])
def test_what_hangs_costs_the_time_of_its_section(
    check: Check, box: SandboxTenant, host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for section in ("VAULT_S", "SIGN_IN_S", "DIRECTORY_S", "STORAGE_S"):
        monkeypatch.setattr(f"shared.api.check.{section}", 1.5)
    box.tenant.faults.append(Fault(what="hang", host=host, seconds=60))
    began = time.monotonic()
    found = check()
    assert time.monotonic() - began < 12
    assert found.status == "failure"
    assert found.lines["storage"]["result"] == "ok"


def test_a_vault_that_fails_is_not_asked_for_every_secret(check: Check, box: SandboxTenant) -> None:
    box.tenant.faults.append(Fault(what="status", host="vault", status=503))
    found = check(**EVERYTHING)
    assert found.others("ok", "skipped") == {"vault": "failure"}
    assert len({record.path for record in box.tenant.calls("vault")}) == 1
