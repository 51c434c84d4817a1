"""apply.py: one write for a user, and what becomes of it in doubt. Nothing is sent twice blindly."""

from copy import deepcopy

import pytest

from shared.core.apply import ROUNDS
from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.desired import Condition, Desired, DesiredValue, Removal
from shared.core.models import Action, Current, Method, Outcome, OutcomeKind, Target
from tests.unit.core.applying import UNREADABLE, apply, code_and_status, mobile, only_status, user_plan, written
from tests.unit.graph_rules import Account
from tests.unit.people import (
    ALTERNATE,
    EMAIL,
    MOBILE,
    NO_ANSWER,
    OFFICE,
    InMemory,
    address,
    failed,
    lost_after,
    lost_before,
    meanwhile,
    number,
    refused,
    saved_though_refused,
)

NEW, OLD, OTHER = "+46 701740605", "+46 701740666", "+46 701740677"
FIDO2 = Method.FIDO2


def test_writes_that_work_take_one_round_and_no_look(directory: InMemory) -> None:
    directory.add("u1")
    directory.add("u2", None, mobile=OLD)
    directory.add("u3", None, mobile=OLD)
    desired_of = {"u1": mobile(NEW), "u2": mobile(NEW), "u3": mobile(None)}
    results = apply(directory, *(user_plan(directory, desired, user_id) for user_id, desired in desired_of.items()))
    assert [result.code for result in results] == [Code.ADDED, Code.UPDATED, Code.REMOVED]
    assert [result.target for result in results] == [Target(id=user_id) for user_id in desired_of]
    assert directory.calls == ["write"]


def test_nothing_pending_is_nothing_done(directory: InMemory) -> None:
    assert apply(directory) == []
    assert directory.calls == []


def test_a_write_that_failed_is_reported_and_stops_nobody_else(directory: InMemory) -> None:
    directory.add("u1")
    directory.add("u2")
    directory.script("u1", failed)
    first, second = apply(directory, *(user_plan(directory, mobile(NEW), user_id) for user_id in ("u1", "u2")))
    assert code_and_status(first) == (Code.FORBIDDEN, ChangeStatus.FAILED)
    assert second.code is Code.ADDED
    assert len(directory.written) == 2


def test_a_failure_without_a_reason_still_has_one(directory: InMemory) -> None:
    directory.add("u1")
    directory.script("u1", lambda *_: Outcome(OutcomeKind.FAILED))
    (result,) = apply(directory, user_plan(directory, mobile(NEW)))
    assert (result.code, bool(result.message)) == (Code.GRAPH_ERROR, True)


# Lost answers

KEYS = {"key-1": FIDO2, "key-2": FIDO2}
EVERY_WRITE = pytest.mark.parametrize(
    ("account", "desired", "code"),
    [
        (Account(), mobile(NEW), Code.ADDED),
        (Account({MOBILE: OLD}), mobile(NEW), Code.UPDATED),
        (Account({MOBILE: OLD}), mobile(None), Code.REMOVED),
        (Account({MOBILE: OLD}), Desired({ALTERNATE: DesiredValue(number(NEW))}), Code.ADDED),
        (Account({OFFICE: OLD}), Desired({OFFICE: DesiredValue(number(NEW))}), Code.UPDATED),
        (Account({MOBILE: OLD, ALTERNATE: NEW}), Desired({ALTERNATE: DesiredValue(None)}), Code.REMOVED),
        (Account(), Desired({EMAIL: DesiredValue(address("anna@example.com"))}), Code.ADDED),
        (Account(email="a@example.com"), Desired({EMAIL: DesiredValue(address("anna@example.com"))}), Code.UPDATED),
        (Account(email="a@example.com"), Desired({EMAIL: DesiredValue(None)}), Code.REMOVED),
        (Account(others=KEYS), Desired(removals=(Removal(FIDO2, "KEY-2"),)), Code.REMOVED),
        (Account({MOBILE: OLD}), Desired(sms_sign_in=True), Code.ENABLED),
        (Account(), Desired({MOBILE: DesiredValue(number(NEW), Condition.MUST_BE_MISSING)}), Code.ADDED),
        (Account({MOBILE: OLD}), Desired({MOBILE: DesiredValue(number(NEW), Condition.MUST_EXIST)}), Code.UPDATED),
        (Account({MOBILE: OLD}), Desired({MOBILE: DesiredValue(None, Condition.MUST_EXIST)}), Code.REMOVED),
        (Account({MOBILE: OLD}), Desired({MOBILE: DesiredValue(None, present=number(OLD))}), Code.REMOVED),
        (Account(), Desired({MOBILE: DesiredValue(number(NEW), Condition.IF_MISSING)}), Code.ADDED),
    ],
)


def fresh(directory: InMemory, account: Account) -> None:
    """The parametrised accounts are shared by all tests."""
    directory.add_account("u1", deepcopy(account))


@EVERY_WRITE
def test_a_lost_answer_of_a_write_that_was_made_is_not_sent_again(
    directory: InMemory, account: Account, desired: Desired, code: Code
) -> None:
    fresh(directory, account)
    item = user_plan(directory, desired)
    directory.script("u1", lost_after)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (code, ChangeStatus.APPLIED)
    assert len(directory.written) == 1
    assert directory.asked_methods == [["u1"]]


@EVERY_WRITE
def test_a_lost_answer_of_a_write_that_was_not_made_is_looked_at_and_sent_again(
    directory: InMemory, account: Account, desired: Desired, code: Code
) -> None:
    fresh(directory, account)
    item = user_plan(directory, desired)
    directory.script("u1", lost_before)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (code, ChangeStatus.APPLIED)
    assert directory.calls[:3] == ["write", "methods", "write"]
    assert len(directory.written) == 2


@EVERY_WRITE
def test_a_write_is_not_repeated_for_ever_and_its_reason_is_kept(
    directory: InMemory, account: Account, desired: Desired, code: Code
) -> None:
    fresh(directory, account)
    before = directory.accounts["u1"].values()
    item = user_plan(directory, desired)
    directory.script("u1", *[lost_before] * 10)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.GRAPH_UNAVAILABLE, ChangeStatus.FAILED)
    assert (result.status, result.message) == (UserStatus.FAILED, NO_ANSWER.message)
    assert directory.calls == ["write", "methods"] * ROUNDS
    assert directory.accounts["u1"].values() == before


@EVERY_WRITE
def test_a_lost_answer_that_cannot_be_looked_into_is_unknown(
    directory: InMemory, account: Account, desired: Desired, code: Code
) -> None:
    fresh(directory, account)
    item = user_plan(directory, desired)
    directory.script("u1", lost_after)
    directory.look("u1", UNREADABLE)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.DEADLINE, ChangeStatus.UNKNOWN)
    assert result.status is UserStatus.FAILED
    assert result.message.startswith("The change was sent, but its outcome is unknown.")
    assert len(directory.written) == 1


@pytest.mark.parametrize("answers", [[lost_before] * (ROUNDS - 1), [*[lost_before] * (ROUNDS - 1), lost_after]])
def test_a_write_that_arrives_only_in_the_last_round_counts(directory: InMemory, answers: list) -> None:  # type: ignore[type-arg]
    directory.add("u1")
    directory.script("u1", *answers)
    (result,) = apply(directory, user_plan(directory, mobile(NEW)))
    assert result.code is Code.ADDED
    assert len(directory.written) == ROUNDS


def test_only_those_in_doubt_are_looked_at(directory: InMemory) -> None:
    for user_id in ("u1", "u2", "u3"):
        directory.add(user_id)
    directory.script("u2", lost_before)
    results = apply(directory, *(user_plan(directory, mobile(NEW), user_id) for user_id in ("u1", "u2", "u3")))
    assert {result.code for result in results} == {Code.ADDED}
    assert directory.asked_methods == [["u2"]]
    assert [user_id for user_id, _ in directory.written] == ["u1", "u2", "u3", "u2"]


def test_only_what_was_read_for_the_plan_is_looked_at(directory: InMemory) -> None:
    directory.add_account("u1", Account())
    directory.add_account("u2", Account(others=dict(KEYS)))
    items = [
        user_plan(directory, mobile(NEW)),
        user_plan(directory, Desired(removals=(Removal(FIDO2, "key-1"),)), "u2"),
    ]
    directory.script("u1", lost_after)
    directory.script("u2", lost_after)
    directory.scopes.clear()
    assert [result.code for result in apply(directory, *items)] == [Code.ADDED, Code.REMOVED]
    assert [scope.value for scope in directory.scopes] == ["phones", "all"]


def test_unknown_is_about_the_change_that_was_lost(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", lost_before, refused)
    directory.look("u1", Current(), UNREADABLE)
    (result,) = apply(directory, item)
    assert only_status(result) is ChangeStatus.UNKNOWN
    assert result.changes[0].change == item.plan.changes[0]


def test_a_post_that_arrived_late_is_not_an_error_the_second_time(directory: InMemory) -> None:
    """The look is too early to see the first POST; the second one is refused because the type exists now."""
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", lost_after)
    directory.look("u1", Current())
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.ADDED, ChangeStatus.APPLIED)
    assert written(directory) == [(MOBILE, Action.ADD)] * 2


def test_a_delete_that_arrived_late_is_not_an_error_the_second_time(directory: InMemory) -> None:
    directory.add_account("u1", Account(others=dict(KEYS)))
    item = user_plan(directory, Desired(removals=(Removal(FIDO2, "key-1"),)))
    before = directory.accounts["u1"].seen()
    directory.script("u1", lost_after)
    directory.look("u1", before)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.REMOVED, ChangeStatus.APPLIED)


def test_a_post_whose_answer_was_lost_and_that_is_never_seen_is_not_called_certainly_not_made(
    directory: InMemory,
) -> None:
    """The second POST is refused, which hints that the first one arrived; the reads still lag behind."""
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", lost_after)
    directory.look("u1", Current(), Current())
    (result,) = apply(directory, item)
    assert only_status(result) is ChangeStatus.UNKNOWN


def test_a_failure_after_a_lost_answer_does_not_make_the_lost_one_certain(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", lost_after, failed)
    directory.look("u1", Current())
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.FORBIDDEN, ChangeStatus.UNKNOWN)


def test_what_must_be_missing_and_came_from_somebody_else_meanwhile_exists(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW), Condition.MUST_BE_MISSING)}))
    directory.script("u1", meanwhile(MOBILE, NEW))
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.METHOD_EXISTS, ChangeStatus.FAILED)
    assert directory.phones["u1"] == {MOBILE: NEW}


def test_what_must_exist_and_went_meanwhile_is_not_found_and_not_created(directory: InMemory) -> None:
    for value in (number(NEW), None):
        directory.add("u1", None, mobile=OLD)
        item = user_plan(directory, Desired({MOBILE: DesiredValue(value, Condition.MUST_EXIST)}))
        directory.script("u1", meanwhile(MOBILE, None))
        (result,) = apply(directory, item)
        assert code_and_status(result) == (Code.METHOD_NOT_FOUND, ChangeStatus.FAILED)
        assert directory.phones["u1"] == {}


def test_a_number_that_came_meanwhile_stays_where_only_missing_ones_are_added(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW), Condition.IF_MISSING)}))
    directory.script("u1", meanwhile(MOBILE, OTHER))
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.UNCHANGED, ChangeStatus.UNCHANGED)
    assert directory.phones["u1"] == {MOBILE: OTHER}


# A number that was saved though the answer was 409


def test_a_number_that_was_saved_though_refused_is_reported_as_saved(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", saved_though_refused)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.ADDED, ChangeStatus.APPLIED)
    assert "another user already signs in with this number" in result.message
    assert len(directory.written) == 1


@pytest.mark.parametrize("look", [UNREADABLE, Current()], ids=["not looked at", "not seen yet"])
def test_a_number_that_may_be_saved_and_is_not_seen_is_unknown(directory: InMemory, look: Current) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", saved_though_refused)
    directory.look("u1", look)
    (result,) = apply(directory, item)
    assert only_status(result) is ChangeStatus.UNKNOWN
    assert result.status is UserStatus.FAILED
