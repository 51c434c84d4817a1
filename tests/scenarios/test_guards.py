"""Every guard of a list, asked at once and as a job: what is told, and exactly what is written."""

from collections.abc import Callable

import pytest

from sandbox.tenant import Fault, SandboxTenant
from tests.scenarios.ways import Ask, Runs, as_job, inline
from tests.support import Webhook

MakeWebhook = Callable[..., Webhook]
EACH_WAY = pytest.mark.parametrize("ask", [inline, as_job], ids=["inline", "job"])
BJORN, CARLA, TORA = "bjorn.berg@contoso.com", "carla.diaz@contoso.com", "tora.admin@contoso.com"
NUMBER = "+46 701740650"
PILOT_ID, PROTECTED_ID = "9009c000-0000-4000-8000-00000000009c", "9009a000-0000-4000-8000-00000000009a"


def number(index: int) -> str:
    return f"+46 70174{1000 + index}"


def add(box: SandboxTenant, count: int, prefix: str = "user", /, **words: object) -> list[str]:
    """Users, each with a number of its own in the directory; `words` may say otherwise."""
    names = [f"{prefix}{index}@contoso.com" for index in range(count)]
    for index, name in enumerate(names):
        box.tenant.add_user(name, **{"extensionAttribute15": number(index), **words})
    return names


def registered(box: SandboxTenant, count: int, shift: int = 0, state: str = "notEnabled") -> list[str]:
    """Users with a number in the directory and, `shift` rows further, as their method."""
    names = add(box, count)
    for index, name in enumerate(names):
        phone = {"phoneNumber": number(index + shift), "smsSignInState": state}
        box.tenant.change_user(name, phones={"mobile": phone}, smsSignInAllowed=state == "ready")
    return names


def leavers(box: SandboxTenant, count: int) -> list[str]:
    """Users with a number and none in the directory."""
    return add(box, count, "leaver", extensionAttribute15=None, phones={"mobile": NUMBER})


def writes(box: SandboxTenant) -> list[tuple[str, str]]:
    """Method and user of every write."""
    return [(write[0], write[1]) for write in box.tenant.writes()]


# Overwrites


@EACH_WAY
@pytest.mark.parametrize("query", ["", "dryRun=true"])
def test_a_feed_shifted_by_one_row_overwrites_nobody(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask, query: str
) -> None:
    names, before = registered(box, 40, shift=1), box.tenant.snapshot()
    told = ask(stored_webhook(), names, query)
    assert (told.code, set(told.codes)) == ("tooManyOverwrites", {"planned"})
    assert (writes(box), box.tenant.snapshot()) == ([], before)


@EACH_WAY
def test_as_many_as_the_ceiling_are_overwritten(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    names = registered(box, 20, shift=1)
    told = ask(stored_webhook(), names)
    assert (told.code, set(told.codes)) == (None, {"updated"})
    assert sorted(writes(box)) == sorted(("PATCH", name) for name in names)


@EACH_WAY
def test_a_share_of_the_users_found_may_be_more(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    names = registered(box, 30, shift=1)
    service = stored_webhook(ON_EMPTY="keep")
    # Found, and skipped: they count as users of the list.
    others = add(box, 70, "other", extensionAttribute15=None)
    assert ask(service, [*names, *others[:69]]).code == "tooManyOverwrites"
    assert writes(box) == []
    assert ask(service, [*names, *others]).code is None
    assert len(writes(box)) == 30


# Removals


@EACH_WAY
@pytest.mark.parametrize("query", ["", "dryRun=true"])
def test_an_emptied_feed_removes_nothing(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask, query: str) -> None:
    told = ask(stored_webhook(ON_EMPTY="remove"), leavers(box, 11), query)
    assert (told.code, set(told.codes)) == ("tooManyRemovals", {"planned"})
    assert writes(box) == []


@EACH_WAY
def test_names_that_nobody_has_make_no_room(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    names = leavers(box, 20) + [f"nobody{index}@contoso.com" for index in range(180)]
    told = ask(stored_webhook(ON_EMPTY="remove"), names)
    assert (told.code, set(told.codes)) == ("tooManyRemovals", {"planned", "userNotFound"})
    assert writes(box) == []


@EACH_WAY
def test_percent_nought_means_the_absolute_number_alone_and_that_may_be_nought(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask
) -> None:
    names = leavers(box, 1) + add(box, 150, "other", extensionAttribute15=None)
    nought = {"ON_EMPTY": "remove", "MAX_REMOVALS_PERCENT": "0"}
    assert ask(stored_webhook(**nought, MAX_REMOVALS="0"), names).code == "tooManyRemovals"
    assert writes(box) == []
    assert ask(stored_webhook(**nought), names).code is None
    assert writes(box) == [("DELETE", "leaver0@contoso.com")]


@EACH_WAY
def test_sms_sign_in_does_not_go_off_for_everybody(box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask) -> None:
    names = registered(box, 11, state="ready")
    told = ask(stored_webhook(SMS_SIGN_IN="off"), names)
    assert (told.code, set(told.codes)) == ("tooManyRemovals", {"planned"})
    assert writes(box) == []
    told = ask(stored_webhook(SMS_SIGN_IN="off"), names[:10])
    assert (told.code, set(told.codes)) == (None, {"disabled"})


@EACH_WAY
def test_promoting_an_alternate_counts_as_one_of_each(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask
) -> None:
    names = add(box, 11)
    for index, name in enumerate(names):
        box.tenant.change_user(name, phones={"mobile": number(index + 50), "alternateMobile": number(index)})
    settings = {"ON_EMPTY": "remove", "ALTERNATE_MOBILE_ATTRIBUTE": "extensionAttribute1"}
    assert ask(stored_webhook(**settings), names).code == "tooManyRemovals"
    assert ask(stored_webhook(**settings, MAX_REMOVALS="11", MAX_OVERWRITES="10"), names).code == "tooManyOverwrites"
    assert writes(box) == []
    assert ask(stored_webhook(**settings, MAX_REMOVALS="11"), names).code is None


# One number for many


@EACH_WAY
def test_one_number_for_forty_users_is_written_for_none(
    box: SandboxTenant, stored_webhook: MakeWebhook, ask: Ask
) -> None:
    names = add(box, 40, extensionAttribute15=NUMBER)
    box.tenant.change_user(names[0], phones={"mobile": NUMBER})
    told = ask(stored_webhook(), [*names, CARLA])
    assert (told.code, told.codes) == (None, ["unchanged", *["numberShared"] * 39, "added"])
    assert writes(box) == [("POST", CARLA)]


def test_a_number_shared_across_the_chunks_of_a_job_is_written_for_none(
    box: SandboxTenant, stored_webhook: MakeWebhook
) -> None:
    names = add(box, 4, extensionAttribute15=NUMBER)
    nobody = [f"nobody{index}@contoso.com" for index in range(199)]
    told = as_job(stored_webhook(), [*names[:2], *nobody, *names[2:], CARLA])
    assert told.codes == [*["numberShared"] * 2, *["userNotFound"] * 199, *["numberShared"] * 2, "added"]
    assert writes(box) == [("POST", CARLA)]
    told = as_job(stored_webhook(), [*names[:2], *nobody, names[2]])
    assert told.codes == [*["added"] * 2, *["userNotFound"] * 199, "added"]


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
