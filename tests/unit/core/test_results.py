"""results.py: from what happened to one user to codes, sentences and changes."""

import pytest

from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.models import Action, Change, ChangeResult, Method, Plan, SmsState, Stop, Target, UserResult
from shared.core.phone import StoredNumber
from shared.core.plan import UserPlan
from shared.core.results import announced, applied, not_attempted, planned, stopped, summary, unchanged
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, SMS, address, number

ANNA = Target(upn="anna@contoso.com")
HELD, NEW = StoredNumber("+46 701740605"), number("+46 701740606")
ADD = Change(Action.ADD, MOBILE, None, NEW)
UPDATE = Change(Action.UPDATE, MOBILE, HELD, NEW)
REMOVE = Change(Action.REMOVE, ALTERNATE, HELD, None)
ADD_EMAIL = Change(Action.ADD, EMAIL, None, address("anna@example.com"))
REMOVE_KEY = Change(Action.REMOVE, Method.FIDO2, id="key-1")
ENABLE = Change(Action.ENABLE, SMS, SmsState.NOT_ENABLED, SmsState.READY)
DISABLE = Change(Action.DISABLE, SMS, SmsState.READY, SmsState.NOT_ENABLED)
KEEP = Change(Action.KEEP, MOBILE, HELD, number("+46 701740605"))
MASKED = Change(Action.KEEP, MOBILE, StoredNumber("+46 *******05"), number("+46 701740605"), masked_match=True)
SKIPPED = Stop(Code.ALTERNATE_EXISTS, "An alternate exists.")
FAILED = Stop(Code.FORBIDDEN, "The role does not reach this user.")
EMPTY = Stop(Code.SOURCE_EMPTY, "The directory attribute is empty.")
SYNCED = Stop(Code.OFFICE_SYNCED, "The office number is that of Active Directory.")

WRITES = [ADD, UPDATE, REMOVE, ADD_EMAIL, REMOVE_KEY, ENABLE, DISABLE]


def kept(stop: Stop | None, kind: Method = MOBILE) -> Change:
    return Change(Action.KEEP, kind, HELD, None, stop=stop)


# One change


@pytest.mark.parametrize(
    ("change", "code", "message"),
    [
        (ADD, Code.ADDED, "The mobile method was added."),
        (UPDATE, Code.UPDATED, "The mobile method was updated."),
        (REMOVE, Code.REMOVED, "The alternateMobile method was removed."),
        (ADD_EMAIL, Code.ADDED, "The email method was added."),
        (REMOVE_KEY, Code.REMOVED, "The fido2 method was removed."),
        (ENABLE, Code.ENABLED, "SMS sign-in was switched on."),
        (DISABLE, Code.DISABLED, "SMS sign-in was switched off."),
    ],
)
def test_a_write_that_was_made(change: Change, code: Code, message: str) -> None:
    assert applied(change) == ChangeResult(change, ChangeStatus.APPLIED, code, message)


@pytest.mark.parametrize("change", WRITES)
def test_a_write_that_is_only_announced(change: Change) -> None:
    result = planned(change)
    assert (result.change, result.status, result.code) == (change, ChangeStatus.PLANNED, Code.PLANNED)
    assert "would be" in result.message


def test_nothing_to_do() -> None:
    result = planned(KEEP)
    assert result == unchanged(KEEP)
    assert (result.status, result.code) == (ChangeStatus.UNCHANGED, Code.UNCHANGED)


def test_what_was_to_be_added_only_and_is_there_stays_as_it_is() -> None:
    result = planned(Change(Action.KEEP, MOBILE, HELD))
    assert (result.status, result.code) == (ChangeStatus.UNCHANGED, Code.UNCHANGED)
    assert result.message == "Left as it is: a value is already registered."


def test_a_masked_match_says_what_would_show_all_digits() -> None:
    result = planned(MASKED)
    assert (result.status, result.code) == (ChangeStatus.UNCHANGED, Code.MASKED_MATCH)
    assert "Privileged Authentication Administrator" in result.message


@pytest.mark.parametrize(("stop", "status"), [(SKIPPED, ChangeStatus.SKIPPED), (FAILED, ChangeStatus.FAILED)])
def test_a_reason_gives_the_change_its_status(stop: Stop, status: ChangeStatus) -> None:
    result = planned(kept(stop))
    assert (result.status, result.code, result.message) == (status, stop.code, stop.message)


def test_a_write_whose_outcome_is_not_known() -> None:
    result = stopped(UPDATE, FAILED, outcome_unknown=True)
    assert (result.status, result.code) == (ChangeStatus.UNKNOWN, Code.FORBIDDEN)


def test_a_change_that_was_not_tried() -> None:
    result = not_attempted(ENABLE)
    assert (result.change, result.status, result.code) == (ENABLE, ChangeStatus.SKIPPED, Code.NOT_ATTEMPTED)


def test_a_number_that_signs_another_user_in_is_said_so() -> None:
    for change in (ADD, UPDATE):
        assert "another user already signs in" in applied(change, SmsState.PHONE_NUMBER_NOT_UNIQUE).message
        assert "another user already signs in" not in applied(change, SmsState.READY).message
    assert "another user already signs in" not in applied(REMOVE, SmsState.PHONE_NUMBER_NOT_UNIQUE).message


# One user


def of(*changes: ChangeResult) -> UserResult:
    result = summary(ANNA, "id-1", changes)
    assert (result.target, result.user_id, result.changes) == (ANNA, "id-1", changes)
    return result


WHOLE = planned(KEEP)
MADE, MADE_TOO = applied(UPDATE), applied(REMOVE)
BROKEN, DOUBTFUL = stopped(REMOVE, FAILED), stopped(UPDATE, FAILED, outcome_unknown=True)
LEFT = planned(kept(SKIPPED))
CHANGED = planned(kept(Stop(Code.PLAN_CHANGED, "It changed.")))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ([WHOLE], Code.UNCHANGED),
        ([planned(MASKED)], Code.MASKED_MATCH),
        ([WHOLE, planned(REMOVE)], Code.PLANNED),
        ([WHOLE, MADE], Code.UPDATED),
        ([MADE, applied(UPDATE)], Code.UPDATED),
        ([MADE, MADE_TOO, WHOLE], Code.CHANGED),
        ([MADE, LEFT], Code.UPDATED),
        ([WHOLE, LEFT], Code.ALTERNATE_EXISTS),
        ([planned(REMOVE), LEFT], Code.PLANNED),
        ([BROKEN], Code.FORBIDDEN),
        ([WHOLE, LEFT, planned(ADD), BROKEN], Code.FORBIDDEN),
        ([DOUBTFUL, not_attempted(ENABLE)], Code.FORBIDDEN),
        ([MADE, BROKEN], Code.PARTIAL),
        ([applied(REMOVE), DOUBTFUL], Code.PARTIAL),
        ([WHOLE, CHANGED, not_attempted(ENABLE)], Code.PLAN_CHANGED),
        ([CHANGED, applied(ADD_EMAIL)], Code.PARTIAL),
        ([CHANGED, BROKEN], Code.FORBIDDEN),
        ([planned(kept(EMPTY))], Code.SOURCE_EMPTY),
        ([planned(kept(EMPTY)), WHOLE], Code.UNCHANGED),
        ([planned(kept(SYNCED, OFFICE)), WHOLE], Code.UNCHANGED),
        ([planned(kept(SYNCED, OFFICE)), LEFT], Code.ALTERNATE_EXISTS),
        ([planned(kept(SYNCED, OFFICE)), MADE], Code.UPDATED),
        ([planned(kept(EMPTY)), BROKEN], Code.FORBIDDEN),
    ],
)
def test_what_counts_most_names_the_user(changes: list[ChangeResult], code: Code) -> None:
    assert of(*changes).code is code


def test_partial_is_failed_and_says_what_failed() -> None:
    result = of(MADE, BROKEN)
    assert (result.status, result.message) == (UserStatus.FAILED, FAILED.message)


def test_a_sentence_that_two_changes_share_is_said_once() -> None:
    assert of(stopped(ADD, FAILED), stopped(REMOVE, FAILED)).message == FAILED.message


def test_several_changes_are_all_told() -> None:
    assert of(MADE, MADE_TOO).message == "The mobile method was updated. The alternateMobile method was removed."


def test_a_user_of_whom_nothing_was_asked_is_unchanged() -> None:
    result = of()
    assert (result.code, result.status, result.message) == (
        Code.UNCHANGED,
        UserStatus.UNCHANGED,
        "Nothing to do.",
    )


def test_a_reason_without_a_change() -> None:
    result = announced(UserPlan(ANNA, Plan(stop=FAILED), ("department",)))
    assert result == UserResult(ANNA, None, FAILED.code, FAILED.message, ignored=("department",))


def test_a_plan_is_announced_change_by_change() -> None:
    result = announced(UserPlan(ANNA, Plan((KEEP, REMOVE)), ("department",), "id-1"))
    assert result == summary(ANNA, "id-1", [planned(KEEP), planned(REMOVE)], ("department",))
    assert result.ignored == ("department",)
