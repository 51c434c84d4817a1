"""apply.py: writes that Graph refuses because the user was changed meanwhile, and numbers that are seen masked only."""

import pytest

from shared.core.apply import ROUNDS
from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.desired import Desired, DesiredValue
from shared.core.models import Action, Change, Outcome
from shared.core.plan import Policy
from tests.unit.core.applying import UNREADABLE, apply, apply_one, code_and_status, mobile, user_plan, written
from tests.unit.people import (
    ALTERNATE,
    EMAIL,
    MOBILE,
    OFFICE,
    SMS,
    Answering,
    InMemory,
    address,
    lost_after,
    lost_before,
    meanwhile,
    number,
    refused,
)

NEW, OLD, OTHER = "+46 701740605", "+46 701740666", "+46 701740677"
REWRITE = Policy(rewrite_masked=True)


def test_a_post_refused_because_another_number_exists_meanwhile_does_not_become_an_overwrite(
    directory: InMemory,
) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", meanwhile(MOBILE, OTHER))
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.PLAN_CHANGED, ChangeStatus.SKIPPED)
    assert "changed after the plan was made" in result.message
    assert written(directory) == [(MOBILE, Action.ADD)]
    assert directory.phones["u1"] == {MOBILE: OTHER}


def test_the_next_run_plans_it_anew_and_overwrites(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", meanwhile(MOBILE, OTHER))
    apply(directory, item)
    assert apply_one(directory, mobile(NEW)).code is Code.UPDATED
    assert directory.phones["u1"] == {MOBILE: NEW}


def test_a_lost_post_behind_which_another_number_is_seen_does_not_become_one(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))

    def changed_and_lost(found: InMemory, user_id: str, _change: Change) -> Outcome:
        found.phones[user_id][MOBILE] = OTHER
        return lost_before(found, user_id, item.plan.changes[0])

    directory.script("u1", changed_and_lost)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.PLAN_CHANGED, ChangeStatus.SKIPPED)
    assert directory.phones["u1"] == {MOBILE: OTHER}


def test_nor_does_that_of_an_address(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = user_plan(directory, Desired({EMAIL: DesiredValue(address("anna@example.com"))}))

    def registered_meanwhile(found: InMemory, user_id: str, change: Change) -> Outcome:
        found.accounts[user_id].email = "own@example.com"
        return found.obey(user_id, change)

    directory.script("u1", registered_meanwhile)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.PLAN_CHANGED, ChangeStatus.SKIPPED)
    assert directory.accounts["u1"].email == "own@example.com"


def test_what_depends_on_it_is_not_tried_and_the_rest_makes_the_user_partial(directory: InMemory) -> None:
    directory.add("u1")
    desired = {MOBILE: DesiredValue(number(NEW)), ALTERNATE: DesiredValue(number(OLD))}
    desired |= {EMAIL: DesiredValue(address("anna@example.com"))}
    item = user_plan(directory, Desired(desired, sms_sign_in=False))
    directory.script("u1", meanwhile(MOBILE, OTHER))
    (result,) = apply(directory, item)
    left = {done.change.method: done.code for done in result.changes}
    assert left == {
        MOBILE: Code.PLAN_CHANGED,
        ALTERNATE: Code.NOT_ATTEMPTED,
        SMS: Code.NOT_ATTEMPTED,
        EMAIL: Code.ADDED,
    }
    assert (result.code, result.status) == (Code.PARTIAL, UserStatus.FAILED)
    assert "changed after the plan was made" in result.message


def test_an_overwrite_that_was_judged_is_made_whatever_happened_meanwhile(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", meanwhile(MOBILE, None), meanwhile(MOBILE, OTHER))
    (result,) = apply(directory, item)
    assert result.code is Code.UPDATED
    assert written(directory) == [(MOBILE, Action.UPDATE), (MOBILE, Action.ADD), (MOBILE, Action.UPDATE)]


def test_a_post_refused_because_the_right_number_exists_meanwhile_is_unchanged(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", meanwhile(MOBILE, NEW))
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.UNCHANGED, ChangeStatus.UNCHANGED)
    assert len(directory.written) == 1


def test_a_patch_refused_because_the_method_is_gone_becomes_a_post(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", meanwhile(MOBILE, None))
    (result,) = apply(directory, item)
    assert result.code is Code.ADDED
    assert written(directory) == [(MOBILE, Action.UPDATE), (MOBILE, Action.ADD)]


def test_a_delete_refused_because_the_method_is_gone_is_unchanged(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = user_plan(directory, mobile(None))
    directory.script("u1", meanwhile(MOBILE, None))
    (result,) = apply(directory, item)
    assert result.code is Code.UNCHANGED
    assert len(directory.written) == 1


def test_a_delete_refused_because_an_alternate_came_meanwhile_is_skipped(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = user_plan(directory, mobile(None))
    directory.script("u1", meanwhile(ALTERNATE, OTHER))
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.ALTERNATE_EXISTS, ChangeStatus.SKIPPED)
    assert directory.phones["u1"] == {MOBILE: OLD, ALTERNATE: OTHER}


def test_an_alternate_refused_because_the_mobile_went_meanwhile_is_skipped(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = user_plan(directory, Desired({ALTERNATE: DesiredValue(number(NEW))}))
    directory.script("u1", meanwhile(MOBILE, None))
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.NO_MOBILE, ChangeStatus.SKIPPED)
    assert directory.phones["u1"] == {}


def test_only_the_number_that_was_named_is_removed_the_second_time_too(directory: InMemory) -> None:
    directory.add("u1", None, office=OLD)
    item = user_plan(directory, Desired({OFFICE: DesiredValue(None, present=number(OLD))}))

    def changed_and_lost(found: InMemory, user_id: str, _change: object) -> object:
        found.phones[user_id][OFFICE] = OTHER
        return lost_before(found, user_id, item.plan.changes[0])

    directory.script("u1", changed_and_lost)  # type: ignore[arg-type]
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.VALUE_MISMATCH, ChangeStatus.SKIPPED)
    assert directory.phones["u1"] == {OFFICE: OTHER}


@pytest.mark.parametrize("looks", [[], [UNREADABLE]], ids=["not explained", "not looked at"])
def test_a_refusal_that_a_look_does_not_explain_is_the_users_result(
    directory: InMemory,
    looks: list,  # type: ignore[type-arg]
) -> None:
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", refused)
    directory.look("u1", *looks)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.GRAPH_ERROR, ChangeStatus.FAILED)
    assert len(directory.written) == 1


def test_a_user_who_changes_under_every_write_ends_as_failed_after_a_bound(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", meanwhile(MOBILE, None), meanwhile(MOBILE, OTHER), meanwhile(MOBILE, None))
    (result,) = apply(directory, item)
    assert result.status is UserStatus.FAILED
    assert len(directory.written) == ROUNDS


# Masked numbers


def test_a_lost_update_whose_visible_digits_now_agree_was_made(directory: InMemory) -> None:
    directory.masks = True
    directory.add("u1", None, mobile=OLD)
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", lost_after)
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.UPDATED, ChangeStatus.APPLIED)


def test_a_post_refused_because_a_masked_number_with_the_same_end_exists_is_a_masked_match(
    directory: InMemory,
) -> None:
    directory.masks = True
    directory.add("u1")
    item = user_plan(directory, mobile(NEW))
    directory.script("u1", meanwhile(MOBILE, NEW))
    (result,) = apply(directory, item)
    assert code_and_status(result) == (Code.MASKED_MATCH, ChangeStatus.UNCHANGED)


def test_a_lost_rewrite_of_a_masked_number_is_sent_again(directory: InMemory) -> None:
    """The visible digits agreed before the write already, so that they agree afterwards tells nothing."""
    directory.masks = True
    directory.add("u1", None, mobile="+46 739999905")
    item = user_plan(directory, mobile(NEW), policy=REWRITE)
    directory.script("u1", lost_before)
    (result,) = apply(directory, item, policy=REWRITE)
    assert code_and_status(result) == (Code.UPDATED, ChangeStatus.APPLIED)
    assert directory.phones["u1"] == {MOBILE: NEW}


def test_behind_a_rewritten_number_sms_sign_in_that_is_off_is_not_switched(directory: InMemory) -> None:
    """The new number is masked too and looks as if it had to be rewritten once more."""
    directory.masks = True
    directory.add("u1", None, mobile=OLD)
    desired = Desired({MOBILE: DesiredValue(number(NEW))}, sms_sign_in=False)
    (result,) = apply(directory, user_plan(directory, desired, policy=REWRITE), policy=REWRITE)
    assert [change.status for change in result.changes] == [ChangeStatus.APPLIED, ChangeStatus.UNCHANGED]
    assert written(directory) == [(MOBILE, Action.UPDATE)]


@pytest.mark.parametrize("answer", [lost_before, lost_after])
def test_a_rewrite_of_a_masked_number_that_is_lost_every_time_is_neither_made_nor_not(
    directory: InMemory,
    answer: object,
) -> None:
    directory.masks = True
    directory.add("u1", None, mobile="+46 739999905")
    item = user_plan(directory, mobile(NEW), policy=REWRITE)
    directory.script("u1", *[answer] * ROUNDS)  # type: ignore[list-item]
    (result,) = apply(directory, item, policy=REWRITE)
    assert code_and_status(result) == (Code.GRAPH_UNAVAILABLE, ChangeStatus.UNKNOWN)


@pytest.mark.parametrize("answers", [[lost_before], [lost_after, lost_before]])
def test_a_rewrite_of_a_masked_number_does_not_become_an_overwrite_of_another(
    directory: InMemory, answers: list[Answering]
) -> None:
    directory.masks = True
    directory.add("u1", None, mobile="+46 739999905")
    item = user_plan(directory, mobile(NEW), policy=REWRITE)

    def changed_and_lost(found: InMemory, user_id: str, change: Change) -> Outcome:
        found.phones[user_id][MOBILE] = OTHER
        return lost_before(found, user_id, change)

    directory.script("u1", *answers[:-1], changed_and_lost)
    (result,) = apply(directory, item, policy=REWRITE)
    assert code_and_status(result) == (Code.PLAN_CHANGED, ChangeStatus.SKIPPED)
    assert directory.phones["u1"] == {MOBILE: OTHER}


def test_with_on_masked_rewrite_a_masked_number_that_came_meanwhile_is_rewritten(directory: InMemory) -> None:
    directory.masks = True
    directory.add("u1")
    item = user_plan(directory, mobile(NEW), policy=REWRITE)
    directory.script("u1", meanwhile(MOBILE, "+46 739999905"))
    (result,) = apply(directory, item, policy=REWRITE)
    assert result.code is Code.UPDATED
    assert directory.phones["u1"] == {MOBILE: NEW}
