"""The guards of a request as a whole, asked at once and as a job: what is told, and exactly what is written."""

from collections.abc import Callable

import pytest

from sandbox.tenant import SandboxTenant
from tests.scenarios.crowd import NUMBER, add, leavers, number, registered, writes
from tests.scenarios.ways import EACH_WAY, Ask, as_job
from tests.support import Webhook

MakeWebhook = Callable[..., Webhook]
CARLA = "carla.diaz@contoso.com"


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
