"""The guards of users and values, and the brake, asked at once and as a job; and what must not trip over any guard."""

from collections.abc import Callable

import pytest

from sandbox.tenant import Fault, SandboxTenant
from tests.scenarios.crowd import add, registered, writes
from tests.scenarios.ways import EACH_WAY, Ask, Runs, as_job, inline
from tests.support import Webhook

MakeWebhook = Callable[..., Webhook]
SVC = "svc-mfa@contoso.com"
BJORN, CARLA, TORA = "bjorn.berg@contoso.com", "carla.diaz@contoso.com", "tora.admin@contoso.com"
PILOT_ID, PROTECTED_ID = "9009c000-0000-4000-8000-00000000009c", "9009a000-0000-4000-8000-00000000009a"


# Values and people


@EACH_WAY
def test_only_numbers_of_the_allowed_countries_are_written(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask
) -> None:
    told = ask(stored_webhook(ALLOWED_COUNTRIES="US"), [BJORN, CARLA])
    assert told.codes == ["invalidNumber", "added"]
    assert writes(box) == [("POST", CARLA)]


@EACH_WAY
def test_keep_fills_what_is_empty_and_replaces_nothing(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask
) -> None:
    told = ask(stored_webhook(ON_DIFFERENT="keep"), [BJORN, CARLA])
    assert told.codes == ["differs", "added"]
    assert writes(box) == [("POST", CARLA)]


@EACH_WAY
def test_only_the_allowed_group_is_touched(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    told = ask(stored_webhook(ALLOWED_GROUP_ID=PILOT_ID), [CARLA, *registered(box, 3, shift=1)])
    assert told.codes == ["added", *["outOfScope"] * 3]
    assert writes(box) == [("POST", CARLA)]


@EACH_WAY
@pytest.mark.parametrize("mode", ["client_secret", "managed_identity"])
def test_app_only_no_administrator_is_written(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask, mode: str
) -> None:
    active, eligible, member, owner, restricted = names = add(box, 5)
    box.tenant.change_user(active, roles=["Helpdesk Administrator"])
    box.tenant.change_user(eligible, eligibleRoles=["User Administrator"])
    box.tenant.change_user(restricted, restricted=True)
    box.tenant.set_group("Helpdesk", roleAssignable=True, members=[member], owners=[owner])
    told = ask(stored_webhook(GRAPH_AUTH=mode), [TORA, *names, CARLA])
    assert told.codes == [*["protectedUser"] * 6, "added"]
    assert writes(box) == [("POST", CARLA)]


@EACH_WAY
@pytest.mark.parametrize("query", ["", "dryRun=true"])
@pytest.mark.parametrize("permission", ["RoleManagement.Read.Directory", "GroupMember.Read.All"])
def test_without_the_permissions_to_know_administrators_nothing_is_written_and_the_log_names_both(
    box: SandboxTenant,
    stored_webhook: MakeWebhook,
    ask: Ask,
    query: str,
    permission: str,
    caplog: pytest.LogCaptureFixture,
) -> None:
    for app in box.tenant.apps.values():
        app.app_roles.discard(permission)
    assert ask(stored_webhook(GRAPH_AUTH="client_secret"), [CARLA], query).code == "configuration"
    assert writes(box) == []
    assert "RoleManagement.Read.Directory" in caplog.text
    assert "GroupMember.Read.All" in caplog.text


@EACH_WAY
def test_an_empty_protected_group_ends_the_request(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    box.tenant.groups[PROTECTED_ID].members.clear()
    assert ask(stored_webhook(PROTECTED_GROUP_ID=PROTECTED_ID), [CARLA]).code == "configuration"
    assert writes(box) == []


def test_a_job_waits_for_roles_that_cannot_be_read_now(box: SandboxTenant, stored_webhook: MakeWebhook) -> None:
    """They come back between two tries of the plan, and vanish again before the writes."""
    service = stored_webhook(GRAPH_AUTH="client_secret")
    fault = Fault("status", path="roleAssignments", status=501)
    calls: list[str] = []

    def between(name: str) -> None:
        calls.append(name)
        away = calls.count(name) == 1 and name in ("plan_chunk", "apply_chunk")
        box.tenant.faults[:] = [fault] if away else []
        service.services.directory._guarded._administrators._read_at = None  # type: ignore[attr-defined]

    told = as_job(service, [CARLA, TORA], runs=Runs(service, between))
    assert calls == ["plan_chunk", "plan_chunk", "judge_plan", "apply_chunk", "apply_chunk", "settle_job"]
    assert told.codes == ["added", "protectedUser"]
    assert writes(box) == [("POST", CARLA)]


def test_who_becomes_an_administrator_while_the_job_runs_is_not_written(
    box: SandboxTenant, stored_webhook: MakeWebhook
) -> None:
    service = stored_webhook(GRAPH_AUTH="client_secret")

    def between(name: str) -> None:
        if name == "apply_chunk":
            box.tenant.change_user(CARLA, roles=["Helpdesk Administrator"])
            service.services.directory._guarded._administrators._read_at = None  # type: ignore[attr-defined]

    told = as_job(service, [CARLA, BJORN], runs=Runs(service, between))
    assert told.codes == ["protectedUser", "updated"]
    assert writes(box) == [("PATCH", BJORN)]


# The brake


@EACH_WAY
def test_read_only_writes_nothing_and_dry_runs_work(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    service = stored_webhook(READ_ONLY="true")
    told = ask(service, [BJORN, CARLA])
    assert (told.code, told.codes) == ("readOnly", ["planned", "planned"])
    told = ask(service, [BJORN, CARLA], "dryRun=true")
    assert (told.code, told.codes) == (None, ["planned", "planned"])
    assert writes(box) == []


def test_a_running_job_stops_between_chunks_when_the_brake_is_pulled(
    box: SandboxTenant, stored_webhook: MakeWebhook
) -> None:
    """A setting that is changed restarts the app: the next activity is run by other services."""
    service, braked = stored_webhook(), stored_webhook(READ_ONLY="true")
    nobody = [f"nobody{index}@contoso.com" for index in range(199)]

    def between(name: str) -> None:
        if name == "apply_chunk" and writes(box):
            service.services = braked.services

    told = as_job(service, [CARLA, *nobody, BJORN], runs=Runs(service, between))
    assert told.code == "readOnly"
    assert (told.codes[0], told.codes[-1]) == ("added", "notAttempted")
    assert writes(box) == [("POST", CARLA)]


# What an operator's own modes ask for is no accident


@EACH_WAY
def test_sms_sign_in_off_for_new_hires_passes(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    """Graph registers each new number for SMS sign-in, and that is taken back."""
    names = add(box, 200, smsSignInAllowed=True)
    told = ask(stored_webhook(SMS_SIGN_IN="off"), names)
    assert told.code is None
    assert len(writes(box)) == 400
    phones = [box.tenant.describe(box.tenant.user(name))["phoneMethods"]["mobile"] for name in names]
    assert {phone["smsSignInState"] for phone in phones} == {"notEnabled"}


@EACH_WAY
def test_a_hundred_masked_numbers_are_rewritten(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    box.tenant.change_user("svc-mfa@contoso.com", roles=["Authentication Administrator"])
    names = registered(box, 100)
    told = ask(stored_webhook(ON_MASKED="rewrite"), names)
    assert (told.code, set(told.codes)) == (None, {"updated"})
    assert len(writes(box)) == 100


@EACH_WAY
def test_a_service_account_needs_no_permission_for_roles(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask
) -> None:
    told = ask(stored_webhook(), [TORA, CARLA])
    assert told.codes == ["updated", "added"]
    assert not box.tenant.calls(path_contains="roleManagement")
    assert not box.tenant.calls(path_contains="isManagementRestricted")


@EACH_WAY
def test_a_service_account_that_protects_administrators_needs_a_role_to_know_them(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask, caplog: pytest.LogCaptureFixture
) -> None:
    """All permissions are granted: the log asks for the role, and never for less protection."""
    app = box.tenant.apps[box.environment()["CLIENT_ID"]]
    app.delegated_scopes.add("RoleManagement.Read.Directory")
    box.tenant.change_user(SVC, roles=["Privileged Authentication Administrator"])
    assert ask(stored_webhook(PROTECT_ADMINISTRATORS="on"), [TORA, CARLA]).code == "configuration"
    assert writes(box) == []
    assert "Assign the directory role Global Reader to the service account." in caplog.text
    assert "Grant the app" not in caplog.text
    assert "PROTECT_ADMINISTRATORS=off" not in caplog.text
    box.tenant.change_user(SVC, roles=["Privileged Authentication Administrator", "Global Reader"])
    assert ask(stored_webhook(PROTECT_ADMINISTRATORS="on"), [TORA, CARLA]).codes == ["protectedUser", "added"]


# One user under two names


@pytest.mark.parametrize(("ask", "count"), [(inline, 1), (as_job, 1), (as_job, 200)], ids=["inline", "job", "chunks"])
@pytest.mark.parametrize("other", ["ÅSA.ÖBERG@contoso.com", "Åsa.öberg@contoso.com"])
def test_a_user_in_two_spellings_is_written_once(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask, other: str, count: int
) -> None:
    """Also where a job has them in two chunks."""
    one = "åsa.öberg@contoso.com"
    box.tenant.change_user(one, extensionAttribute15="+46 701740606", phones={"mobile": "+46 701740699"})
    told = ask(stored_webhook(), [one, *add(box, count), other])
    assert told.codes == ["updated", *["added"] * count, "duplicateUser"]
    assert writes(box).count(("PATCH", one)) == 1
