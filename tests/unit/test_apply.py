"""apply.py: writes, and what becomes of those whose outcome is in doubt. Nothing is sent twice blindly."""

import pytest

from shared.apply import ROUNDS, Pending, apply_changes
from shared.deadline import Deadline
from shared.models import Action, ChangeStatus, Code, OutcomeKind, Stop, Target, UserResult, UserStatus
from shared.plan import Policy, Wanted, plan_user
from tests.unit.people import (
    ALTERNATE,
    MOBILE,
    NO_ANSWER,
    InMemory,
    failed,
    lost_after,
    lost_before,
    meanwhile,
    method,
    number,
    refused,
    saved_though_refused,
)

NEW = "+46 701740605"
OLD = "+46 701740666"
OTHER = "+46 701740677"
UNREADABLE = Stop(Code.DEADLINE, "The time was over.")


@pytest.fixture
def directory() -> InMemory:
    return InMemory()


def pending(
    directory: InMemory, user_id: str = "u1", wanted: str | None = NEW, policy: Policy | None = None
) -> Pending:
    """The write that the planner wants for this user now."""
    want = Wanted(None if wanted is None else number(wanted))
    (registered,) = directory.methods([user_id], Deadline(10))
    assert not isinstance(registered, Stop)
    change = plan_user(want, registered, policy or Policy(remove_on_empty=True)).change
    assert change is not None
    assert change.is_write
    directory.asked_methods.clear()
    return Pending(Target(id=user_id), user_id, want, change)


def apply(directory: InMemory, *items: Pending, policy: Policy | None = None) -> list[UserResult]:
    return apply_changes(items, directory, policy or Policy(remove_on_empty=True), Deadline(10))


def change_status(result: UserResult) -> ChangeStatus:
    assert result.change is not None
    return result.change.status


def test_writes_that_work_take_one_round_and_no_look(directory: InMemory) -> None:
    directory.add("u1")
    directory.add("u2", None, mobile=OLD)
    directory.add("u3", None, mobile=OLD)
    items = [pending(directory, "u1"), pending(directory, "u2"), pending(directory, "u3", None)]
    results = apply(directory, *items)
    assert [result.code for result in results] == [Code.ADDED, Code.UPDATED, Code.REMOVED]
    assert [result.target for result in results] == [item.target for item in items]
    assert directory.calls.count("write") == 1
    assert directory.asked_methods == []


def test_nothing_pending_is_nothing_done(directory: InMemory) -> None:
    assert apply(directory) == []


def test_a_write_that_failed_is_reported_and_stops_nobody_else(directory: InMemory) -> None:
    directory.add("u1")
    directory.add("u2")
    directory.script("u1", failed)
    first, second = apply(directory, pending(directory, "u1"), pending(directory, "u2"))
    assert (first.code, change_status(first)) == (Code.FORBIDDEN, ChangeStatus.FAILED)
    assert second.code is Code.ADDED
    assert len(directory.written) == 2


def test_a_failure_without_a_reason_still_has_one(directory: InMemory) -> None:
    from shared.models import Outcome

    directory.add("u1")
    directory.script("u1", lambda *_: Outcome(OutcomeKind.FAILED))
    (result,) = apply(directory, pending(directory))
    assert (result.code, bool(result.message)) == (Code.GRAPH_ERROR, True)


# Lost answers


@pytest.mark.parametrize(
    ("phones", "wanted", "code"),
    [({}, NEW, Code.ADDED), ({"mobile": OLD}, NEW, Code.UPDATED), ({"mobile": OLD}, None, Code.REMOVED)],
    ids=["add", "update", "remove"],
)
def test_a_lost_answer_of_a_write_that_was_made_is_not_sent_again(
    directory: InMemory, phones: dict[str, str], wanted: str | None, code: Code
) -> None:
    directory.add("u1", None, **phones)
    item = pending(directory, "u1", wanted)
    directory.script("u1", lost_after)
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (code, ChangeStatus.APPLIED)
    assert len(directory.written) == 1
    assert directory.asked_methods == [["u1"]]


@pytest.mark.parametrize(
    ("phones", "wanted", "code"),
    [({}, NEW, Code.ADDED), ({"mobile": OLD}, NEW, Code.UPDATED), ({"mobile": OLD}, None, Code.REMOVED)],
    ids=["add", "update", "remove"],
)
def test_a_lost_answer_of_a_write_that_was_not_made_is_looked_at_and_sent_again(
    directory: InMemory, phones: dict[str, str], wanted: str | None, code: Code
) -> None:
    directory.add("u1", None, **phones)
    item = pending(directory, "u1", wanted)
    directory.script("u1", lost_before)
    directory.calls.clear()
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (code, ChangeStatus.APPLIED)
    assert directory.calls == ["write", "methods", "write"]


def test_only_those_in_doubt_are_looked_at(directory: InMemory) -> None:
    for user_id in ("u1", "u2", "u3"):
        directory.add(user_id)
    directory.script("u2", lost_before)
    results = apply(directory, *(pending(directory, user_id) for user_id in ("u1", "u2", "u3")))
    assert {result.code for result in results} == {Code.ADDED}
    assert directory.asked_methods == [["u2"]]
    assert [user_id for user_id, _ in directory.written] == ["u1", "u2", "u3", "u2"]


def test_answers_that_are_lost_every_time_end_as_failed_after_a_bound(directory: InMemory) -> None:
    directory.add("u1")
    directory.script("u1", *[lost_before] * 10)
    (result,) = apply(directory, pending(directory))
    assert (result.code, result.status) == (Code.GRAPH_UNAVAILABLE, UserStatus.FAILED)
    assert len(directory.written) == ROUNDS
    assert directory.phones["u1"] == {}


def test_a_write_that_is_lost_twice_is_still_made(directory: InMemory) -> None:
    directory.add("u1")
    directory.script("u1", lost_before, lost_before)
    (result,) = apply(directory, pending(directory))
    assert result.code is Code.ADDED
    assert len(directory.written) == 3


def test_a_write_that_arrives_only_in_the_last_round_counts(directory: InMemory) -> None:
    directory.add("u1")
    directory.script("u1", *[lost_before] * (ROUNDS - 1), lost_after)
    (result,) = apply(directory, pending(directory))
    assert result.code is Code.ADDED


def test_a_lost_answer_that_cannot_be_looked_into_is_unknown(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", lost_after)
    directory.look("u1", UNREADABLE)
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.DEADLINE, ChangeStatus.UNKNOWN)
    assert result.status is UserStatus.FAILED
    assert result.message.startswith("The change was sent, but whether it was made is not known.")


def test_unknown_is_about_the_change_that_was_lost(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", lost_before, refused)
    directory.look("u1", (), UNREADABLE)
    (result,) = apply(directory, item)
    assert result.change is not None
    assert (result.change.change, result.change.status) == (item.change, ChangeStatus.UNKNOWN)


def test_a_post_that_arrived_late_is_not_an_error_the_second_time(directory: InMemory) -> None:
    """The look is too early to see the first POST; the second one is refused because the type exists now."""
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", lost_after)
    directory.look("u1", ())
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.ADDED, ChangeStatus.APPLIED)
    assert [change.action for _, change in directory.written] == [Action.ADD, Action.ADD]


def test_a_post_whose_answer_was_lost_and_that_is_never_seen_is_not_called_certainly_not_made(
    directory: InMemory,
) -> None:
    """The second POST is refused, which hints that the first one arrived; the reads still lag behind."""
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", lost_after)
    directory.look("u1", (), ())
    (result,) = apply(directory, item)
    assert result.status is UserStatus.FAILED
    assert change_status(result) is ChangeStatus.UNKNOWN


# Refusals


def test_a_post_refused_because_the_type_exists_meanwhile_becomes_a_patch(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", meanwhile(MOBILE, OTHER))
    (result,) = apply(directory, item)
    assert result.code is Code.UPDATED
    assert [change.action for _, change in directory.written] == [Action.ADD, Action.UPDATE]
    assert directory.phones["u1"] == {MOBILE: NEW}


def test_a_post_refused_because_the_right_number_exists_meanwhile_is_unchanged(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", meanwhile(MOBILE, NEW))
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.UNCHANGED, ChangeStatus.UNCHANGED)
    assert len(directory.written) == 1


def test_a_patch_refused_because_the_method_is_gone_becomes_a_post(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = pending(directory)
    directory.script("u1", meanwhile(MOBILE, None))
    (result,) = apply(directory, item)
    assert result.code is Code.ADDED
    assert [change.action for _, change in directory.written] == [Action.UPDATE, Action.ADD]


def test_a_delete_refused_because_the_method_is_gone_is_unchanged(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = pending(directory, "u1", None)
    directory.script("u1", meanwhile(MOBILE, None))
    (result,) = apply(directory, item)
    assert result.code is Code.UNCHANGED
    assert len(directory.written) == 1


def test_a_delete_refused_because_an_alternate_came_meanwhile_is_skipped(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = pending(directory, "u1", None)
    directory.script("u1", meanwhile(ALTERNATE, OTHER))
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.ALTERNATE_EXISTS, ChangeStatus.SKIPPED)
    assert directory.phones["u1"] == {MOBILE: OLD, ALTERNATE: OTHER}


def test_a_refusal_that_a_look_does_not_explain_is_the_users_result(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", refused)
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.GRAPH_ERROR, ChangeStatus.FAILED)
    assert len(directory.written) == 1


def test_a_refusal_that_cannot_be_looked_into_is_the_users_result(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", refused)
    directory.look("u1", UNREADABLE)
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.GRAPH_ERROR, ChangeStatus.FAILED)


def test_a_user_who_changes_under_every_write_ends_as_failed_after_a_bound(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = pending(directory)
    directory.script("u1", meanwhile(MOBILE, None), meanwhile(MOBILE, OTHER), meanwhile(MOBILE, None))
    (result,) = apply(directory, item)
    assert result.status is UserStatus.FAILED
    assert len(directory.written) == ROUNDS


# SMS registration: refused, and yet saved


def test_a_number_that_was_saved_though_refused_is_reported_as_saved(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", saved_though_refused)
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.ADDED, ChangeStatus.APPLIED)
    assert "another user signs in with this number" in result.message
    assert len(directory.written) == 1


def test_a_number_that_may_be_saved_and_cannot_be_looked_at_is_unknown(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", saved_though_refused)
    directory.look("u1", UNREADABLE)
    (result,) = apply(directory, item)
    assert result.status is UserStatus.FAILED
    assert change_status(result) is ChangeStatus.UNKNOWN


# Masked numbers


def test_a_lost_update_whose_visible_digits_now_agree_was_made(directory: InMemory) -> None:
    directory.masks = True
    directory.add("u1", None, mobile=OLD)
    item = pending(directory)
    directory.script("u1", lost_after)
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.UPDATED, ChangeStatus.APPLIED)


def test_a_post_refused_because_a_masked_number_with_the_same_end_exists_is_a_masked_match(
    directory: InMemory,
) -> None:
    directory.masks = True
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", meanwhile(MOBILE, NEW))
    (result,) = apply(directory, item)
    assert (result.code, change_status(result)) == (Code.MASKED_MATCH, ChangeStatus.UNCHANGED)


def test_a_lost_rewrite_of_a_masked_number_is_never_called_updated_without_evidence(directory: InMemory) -> None:
    """The visible digits agreed before the write already, so that they agree afterwards tells nothing."""
    rewrite = Policy(rewrite_masked=True)
    directory.masks = True
    directory.add("u1", None, mobile="+46 739999905")
    item = pending(directory, policy=rewrite)
    directory.script("u1", lost_before)
    (result,) = apply(directory, item, policy=rewrite)
    if result.code is Code.UPDATED:
        assert directory.phones["u1"] == {MOBILE: NEW}
    else:
        assert change_status(result) is ChangeStatus.UNKNOWN


def test_with_on_masked_rewrite_a_masked_number_that_came_meanwhile_is_rewritten(directory: InMemory) -> None:
    rewrite = Policy(rewrite_masked=True)
    directory.masks = True
    directory.add("u1")
    item = pending(directory, policy=rewrite)
    directory.script("u1", meanwhile(MOBILE, "+46 739999905"))
    (result,) = apply(directory, item, policy=rewrite)
    assert result.code is Code.UPDATED
    assert directory.phones["u1"] == {MOBILE: NEW}


def test_the_reason_of_a_lost_write_is_kept(directory: InMemory) -> None:
    directory.add("u1")
    directory.script("u1", *[lost_before] * ROUNDS)
    (result,) = apply(directory, pending(directory))
    assert result.message == NO_ANSWER.message


def test_other_methods_are_never_written(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD, alternateMobile=OTHER, office="+46 701740688")
    apply(directory, pending(directory))
    assert {change.phone_type for _, change in directory.written} == {MOBILE}
    assert directory.phones["u1"][ALTERNATE] == OTHER
    assert method(OTHER, ALTERNATE).phone_type is ALTERNATE


def test_a_number_saved_in_spite_of_a_409_that_cannot_be_seen_yet_is_unknown(directory: InMemory) -> None:
    directory.add("u1")
    item = pending(directory)
    directory.script("u1", saved_though_refused)
    directory.look("u1", ())
    (result,) = apply(directory, item)
    assert change_status(result) is ChangeStatus.UNKNOWN
