"""results.py: from what happened to one user to code, sentence and change."""

import pytest

from shared.models import Action, Change, ChangeStatus, Code, Plan, Stop, Target, UserStatus
from shared.phone import StoredNumber
from shared.results import applied, planned, stopped, unchanged
from tests.unit.people import MOBILE, number

ANNA = Target(upn="anna@contoso.com")
HELD, NEW = StoredNumber("+46 701740605"), number("+46 701740606")
ADD = Change(Action.ADD, MOBILE, None, NEW)
UPDATE = Change(Action.UPDATE, MOBILE, HELD, NEW)
REMOVE = Change(Action.REMOVE, MOBILE, HELD, None)
KEEP = Change(Action.KEEP, MOBILE, HELD, number("+46 701740605"))
MASKED = Change(Action.KEEP, MOBILE, StoredNumber("+46 *******05"), number("+46 701740605"), masked_match=True)
SKIPPED = Stop(Code.ALTERNATE_EXISTS, "An alternate exists.")
FAILED = Stop(Code.FORBIDDEN, "The role does not reach this user.")


@pytest.mark.parametrize(
    ("change", "code", "word"),
    [(ADD, Code.ADDED, "added"), (UPDATE, Code.UPDATED, "updated"), (REMOVE, Code.REMOVED, "removed")],
)
def test_a_write_that_was_made(change: Change, code: Code, word: str) -> None:
    result = applied(ANNA, "id-1", change, None)
    assert (result.target, result.user_id, result.code) == (ANNA, "id-1", code)
    assert result.status is UserStatus.CHANGED
    assert result.change is not None
    assert (result.change.change, result.change.status, result.change.code) == (change, ChangeStatus.APPLIED, code)
    assert word in result.message


@pytest.mark.parametrize("change", [ADD, UPDATE, REMOVE])
def test_a_write_that_is_only_announced(change: Change) -> None:
    result = planned(ANNA, "id-1", Plan(change))
    assert (result.code, result.status) == (Code.PLANNED, UserStatus.PLANNED)
    assert result.change is not None
    assert (result.change.status, result.change.code) == (ChangeStatus.PLANNED, Code.PLANNED)
    assert "would be" in result.message


def test_nothing_to_do() -> None:
    result = planned(ANNA, "id-1", Plan(KEEP))
    assert result == unchanged(ANNA, "id-1", KEEP)
    assert (result.code, result.status) == (Code.UNCHANGED, UserStatus.UNCHANGED)
    assert result.change is not None
    assert (result.change.status, result.change.code) == (ChangeStatus.UNCHANGED, Code.UNCHANGED)


def test_a_masked_match_says_what_would_show_all_digits() -> None:
    result = planned(ANNA, "id-1", Plan(MASKED))
    assert (result.code, result.status) == (Code.MASKED_MATCH, UserStatus.UNCHANGED)
    assert "Privileged Authentication Administrator" in result.message


def test_a_reason_without_a_change() -> None:
    result = planned(ANNA, None, Plan(stop=FAILED))
    assert (result.code, result.message, result.change) == (FAILED.code, FAILED.message, None)


@pytest.mark.parametrize(("stop", "status"), [(SKIPPED, ChangeStatus.SKIPPED), (FAILED, ChangeStatus.FAILED)])
def test_a_reason_with_a_change_gives_the_change_its_status(stop: Stop, status: ChangeStatus) -> None:
    result = planned(ANNA, "id-1", Plan(KEEP, stop))
    assert result.code is stop.code
    assert result.change is not None
    assert (result.change.status, result.change.code) == (status, stop.code)


def test_a_write_whose_outcome_is_not_known() -> None:
    result = stopped(ANNA, "id-1", UPDATE, FAILED, outcome_unknown=True)
    assert result.status is UserStatus.FAILED
    assert result.change is not None
    assert result.change.status is ChangeStatus.UNKNOWN


def test_a_number_that_signs_another_user_in_is_said_so() -> None:
    assert "another user signs in" in applied(ANNA, "id-1", ADD, "phoneNumberNotUnique").message
    assert "another user signs in" not in applied(ANNA, "id-1", ADD, "ready").message


def test_a_plan_of_nothing_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="a plan holds a change or the reason"):
        planned(ANNA, "id-1", Plan())
