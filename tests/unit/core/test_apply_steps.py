"""apply.py: several changes of one user in order, users side by side, what falls with what, the default method."""

import pytest

from shared.core.apply import ROUNDS
from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.desired import Desired, DesiredValue, Removal
from shared.core.models import Action, Current, Method
from tests.unit.core.applying import UNREADABLE, apply, apply_one, mobile, statuses, user_plan, written
from tests.unit.graph_rules import Account
from tests.unit.people import (
    ALTERNATE,
    EMAIL,
    FORBIDDEN,
    IS_DEFAULT,
    MOBILE,
    OFFICE,
    SMS,
    Answering,
    InMemory,
    address,
    called_default,
    failed,
    lost_after,
    lost_before,
    number,
    obeyed,
    refused,
)

NEW, OLD, OTHER = "+46 701740605", "+46 701740666", "+46 701740677"
ADD, UPDATE, REMOVE = Action.ADD, Action.UPDATE, Action.REMOVE
APPLIED, FAILED, SKIPPED = ChangeStatus.APPLIED, ChangeStatus.FAILED, ChangeStatus.SKIPPED
UNKNOWN, UNCHANGED = ChangeStatus.UNKNOWN, ChangeStatus.UNCHANGED
FIDO2, APP = Method.FIDO2, Method.MICROSOFT_AUTHENTICATOR

EVERYTHING = Desired(
    {
        MOBILE: DesiredValue(number(NEW)),
        ALTERNATE: DesiredValue(number(OLD)),
        OFFICE: DesiredValue(number(OTHER)),
        EMAIL: DesiredValue(address("anna@example.com")),
    },
    sms_sign_in=True,
)
PROMOTION = Desired({MOBILE: DesiredValue(number(OLD)), ALTERNATE: DesiredValue(None)})
NOTHING = Desired(dict.fromkeys((MOBILE, ALTERNATE, OFFICE, EMAIL), DesiredValue(None)), removals=(Removal(FIDO2),))


def test_all_that_is_desired_is_made_in_order_and_told_change_by_change(directory: InMemory) -> None:
    directory.add("u1")
    result = apply_one(directory, EVERYTHING)
    assert written(directory) == [(MOBILE, ADD), (ALTERNATE, ADD), (OFFICE, ADD), (EMAIL, ADD), (SMS, Action.ENABLE)]
    assert [done.change.method for done in result.changes] == [MOBILE, ALTERNATE, OFFICE, EMAIL, SMS]
    assert set(statuses(result).values()) == {APPLIED}
    assert (result.code, result.status) == (Code.CHANGED, UserStatus.CHANGED)


def test_all_that_is_registered_is_removed_in_order(directory: InMemory) -> None:
    account = Account({MOBILE: NEW, ALTERNATE: OLD, OFFICE: OTHER}, "anna@example.com", {"key-1": FIDO2})
    directory.add_account("u1", account)
    assert apply_one(directory, NOTHING).code is Code.REMOVED
    assert account.values() == {}


def test_what_needs_no_write_is_reported_in_its_place(directory: InMemory) -> None:
    directory.add("u1", None, mobile=NEW, office=OLD)
    result = apply_one(directory, EVERYTHING)
    assert statuses(result)[MOBILE] is UNCHANGED
    assert [done.change.method for done in result.changes] == [MOBILE, ALTERNATE, OFFICE, EMAIL, SMS]
    assert (MOBILE, UPDATE) not in written(directory)


def test_users_travel_together_step_by_step(directory: InMemory) -> None:
    directory.add("u1", None, mobile=NEW, alternateMobile=OLD)
    directory.add("u2", None, mobile=NEW)
    directory.add("u3")
    both = Desired({MOBILE: DesiredValue(number(NEW)), ALTERNATE: DesiredValue(number(OLD))})
    desired_of = {"u1": PROMOTION, "u2": mobile(OLD), "u3": both}
    results = apply(directory, *(user_plan(directory, desired, user_id) for user_id, desired in desired_of.items()))
    assert [result.code for result in results] == [Code.CHANGED, Code.UPDATED, Code.ADDED]
    assert directory.calls == ["write", "write"]
    assert [user_id for user_id, _ in directory.written] == ["u1", "u2", "u3", "u1", "u3"]


def test_a_user_in_doubt_holds_nobody_up_and_keeps_its_own_order(directory: InMemory) -> None:
    directory.add("u1")
    directory.add("u2")
    both = Desired({MOBILE: DesiredValue(number(NEW)), ALTERNATE: DesiredValue(number(OLD))})
    items = [user_plan(directory, both, user_id) for user_id in ("u1", "u2")]
    directory.script("u1", lost_before)
    assert [result.code for result in apply(directory, *items)] == [Code.ADDED, Code.ADDED]
    assert [(user_id, change.method) for user_id, change in directory.written] == [
        *(("u1", MOBILE), ("u2", MOBILE)),
        *(("u1", MOBILE), ("u2", ALTERNATE)),
        ("u1", ALTERNATE),
    ]


# What falls with what


@pytest.mark.parametrize("answer", [failed, refused])
def test_without_the_mobile_nothing_that_needs_it_is_tried(directory: InMemory, answer: Answering) -> None:
    directory.add("u1")
    directory.script("u1", answer)
    result = apply_one(directory, EVERYTHING)
    assert statuses(result) == {MOBILE: FAILED, ALTERNATE: SKIPPED, OFFICE: APPLIED, EMAIL: APPLIED, SMS: SKIPPED}
    assert [done.code for done in result.changes if done.status is SKIPPED] == [Code.NOT_ATTEMPTED] * 2
    assert (result.code, result.status) == (Code.PARTIAL, UserStatus.FAILED)
    assert directory.phones["u1"] == {OFFICE: OTHER}


def test_a_mobile_of_which_nobody_knows_carries_nothing(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, EVERYTHING)
    directory.script("u1", lost_after)
    directory.look("u1", UNREADABLE)
    (result,) = apply(directory, item)
    assert statuses(result) == {MOBILE: UNKNOWN, ALTERNATE: SKIPPED, OFFICE: APPLIED, EMAIL: APPLIED, SMS: SKIPPED}


def test_the_alternate_is_not_removed_when_its_promotion_failed(directory: InMemory) -> None:
    for answer in (failed, refused):
        directory.add("u1", None, mobile=NEW, alternateMobile=OLD)
        directory.script("u1", answer)
        assert statuses(apply_one(directory, PROMOTION)) == {MOBILE: FAILED, ALTERNATE: SKIPPED}
        assert directory.phones["u1"] == {MOBILE: NEW, ALTERNATE: OLD}


def test_the_alternate_is_not_removed_while_nobody_knows_whether_it_was_promoted(directory: InMemory) -> None:
    directory.add("u1", None, mobile=NEW, alternateMobile=OLD)
    item = user_plan(directory, PROMOTION)
    directory.script("u1", lost_before)
    directory.look("u1", UNREADABLE)
    (result,) = apply(directory, item)
    assert statuses(result) == {MOBILE: UNKNOWN, ALTERNATE: SKIPPED}
    assert directory.phones["u1"] == {MOBILE: NEW, ALTERNATE: OLD}


def test_a_promotion_that_was_lost_and_is_seen_goes_on(directory: InMemory) -> None:
    directory.add("u1", None, mobile=NEW, alternateMobile=OLD)
    item = user_plan(directory, PROMOTION)
    directory.script("u1", lost_after)
    (result,) = apply(directory, item)
    assert statuses(result) == {MOBILE: APPLIED, ALTERNATE: APPLIED}
    assert directory.phones["u1"] == {MOBILE: OLD}


def test_the_mobile_stays_when_the_alternate_could_not_be_removed(directory: InMemory) -> None:
    directory.add("u1", None, mobile=NEW, alternateMobile=OLD, office=OTHER)
    directory.script("u1", failed)
    desired = Desired(dict.fromkeys((MOBILE, ALTERNATE, OFFICE), DesiredValue(None)))
    assert statuses(apply_one(directory, desired)) == {ALTERNATE: FAILED, MOBILE: SKIPPED, OFFICE: APPLIED}
    assert directory.phones["u1"] == {MOBILE: NEW, ALTERNATE: OLD}


@pytest.mark.parametrize("position", range(1, 4))
def test_a_step_on_which_nothing_depends_fails_alone(directory: InMemory, position: int) -> None:
    directory.add("u1")
    directory.script("u1", *[obeyed] * position, failed)
    found = [done.status for done in apply_one(directory, EVERYTHING).changes]
    assert found == [FAILED if index == position else APPLIED for index in range(5)]


def test_a_later_step_is_settled_on_its_own(directory: InMemory) -> None:
    """Each step has its own rounds, whatever the one before it took."""
    directory.add("u1")
    desired = Desired({MOBILE: DesiredValue(number(NEW)), ALTERNATE: DesiredValue(number(OLD))})
    lost = [lost_before] * (ROUNDS - 1)
    directory.script("u1", *lost, obeyed, *lost, lost_after)
    assert apply_one(directory, desired).code is Code.ADDED
    assert len(directory.written) == 2 * ROUNDS


def test_a_lagging_read_between_two_steps_does_not_undo_the_first(directory: InMemory) -> None:
    """The mobile is not seen yet when the alternate is looked at: it is reported as added, and not sent again."""
    directory.add("u1")
    item = user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW)), ALTERNATE: DesiredValue(number(OLD))}))
    directory.script("u1", obeyed, lost_before)
    directory.look("u1", Current())
    (result,) = apply(directory, item)
    assert statuses(result) == {MOBILE: APPLIED, ALTERNATE: APPLIED}
    assert written(directory) == [(MOBILE, ADD), (ALTERNATE, ADD), (ALTERNATE, ADD)]


# Removals by id, and the default method


def keys(*names: str) -> dict[str, Method]:
    return dict.fromkeys(names, FIDO2)


def test_all_of_a_kind_are_removed_one_after_the_other(directory: InMemory) -> None:
    directory.add_account("u1", Account(others={**keys("key-1", "key-2"), "app-1": APP}))
    result = apply_one(directory, Desired(removals=(Removal(FIDO2),)))
    assert [(done.change.id, done.status) for done in result.changes] == [("key-1", APPLIED), ("key-2", APPLIED)]
    assert directory.accounts["u1"].others == {"app-1": APP}


def test_one_that_cannot_be_removed_leaves_the_others_to_go(directory: InMemory) -> None:
    directory.add_account("u1", Account(others=keys("key-1", "key-2")))
    directory.script("u1", failed)
    result = apply_one(directory, Desired(removals=(Removal(FIDO2),)))
    assert [(done.change.id, done.status) for done in result.changes] == [("key-1", FAILED), ("key-2", APPLIED)]
    assert (result.code, result.message) == (Code.PARTIAL, FORBIDDEN.message)


def test_one_that_went_meanwhile_is_as_it_should_be(directory: InMemory) -> None:
    directory.add_account("u1", Account(others=keys("key-1")))
    item = user_plan(directory, Desired(removals=(Removal(FIDO2, "key-1"),)))
    directory.accounts["u1"].others.clear()
    (result,) = apply(directory, item)
    (done,) = result.changes
    assert (done.status, done.change.id) == (UNCHANGED, "key-1")
    assert result.code is Code.UNCHANGED


def test_the_default_method_goes_last_when_all_go(directory: InMemory) -> None:
    account = Account({MOBILE: NEW, ALTERNATE: OLD, OFFICE: OTHER}, None, keys("key-1"), default=(MOBILE, None))
    directory.add_account("u1", account)
    result = apply_one(directory, NOTHING)
    assert account.values() == {}
    assert written(directory) == [
        (ALTERNATE, REMOVE),
        (MOBILE, REMOVE),
        (OFFICE, REMOVE),
        (FIDO2, REMOVE),
        (MOBILE, REMOVE),
    ]
    assert [done.change.method for done in result.changes] == [EMAIL, ALTERNATE, MOBILE, OFFICE, FIDO2]
    assert result.code is Code.REMOVED


def test_a_default_key_goes_last_of_its_kind(directory: InMemory) -> None:
    directory.add_account("u1", Account(others=keys("key-1", "key-2"), default=(FIDO2, "key-1")))
    assert apply_one(directory, Desired(removals=(Removal(FIDO2),))).code is Code.REMOVED
    assert [change.id for _, change in directory.written] == ["key-1", "key-2", "key-1"]


def test_a_default_method_that_graph_refuses_in_the_end_as_well_is_reported(directory: InMemory) -> None:
    account = Account({MOBILE: NEW, OFFICE: OTHER}, None, {"app-1": APP}, default=(MOBILE, None))
    directory.add_account("u1", account)
    result = apply_one(directory, Desired({MOBILE: DesiredValue(None), OFFICE: DesiredValue(None)}))
    assert statuses(result) == {MOBILE: FAILED, OFFICE: APPLIED}
    assert (result.code, result.message) == (Code.PARTIAL, IS_DEFAULT.message)
    assert [done.code for done in result.changes] == [Code.DEFAULT_METHOD, Code.REMOVED]
    assert written(directory) == [(MOBILE, REMOVE), (OFFICE, REMOVE), (MOBILE, REMOVE)]


def test_a_default_method_with_nothing_else_to_do_is_not_tried_twice(directory: InMemory) -> None:
    account = Account({MOBILE: NEW}, None, {"app-1": APP}, default=(MOBILE, None))
    directory.add_account("u1", account)
    result = apply_one(directory, mobile(None))
    assert (result.code, result.status) == (Code.DEFAULT_METHOD, UserStatus.FAILED)
    assert len(directory.written) == 1


def test_a_default_alternate_is_tried_after_all_but_the_mobile_that_waits_for_it(directory: InMemory) -> None:
    account = Account({MOBILE: NEW, ALTERNATE: OLD, OFFICE: OTHER}, default=(ALTERNATE, None))
    directory.add_account("u1", account)
    result = apply_one(directory, Desired(dict.fromkeys((MOBILE, ALTERNATE, OFFICE), DesiredValue(None))))
    assert written(directory) == [(ALTERNATE, REMOVE), (OFFICE, REMOVE), (ALTERNATE, REMOVE)]
    assert statuses(result) == {ALTERNATE: FAILED, MOBILE: SKIPPED, OFFICE: APPLIED}


def test_only_a_default_method_is_postponed(directory: InMemory) -> None:
    directory.add("u1", None, mobile=NEW, office=OTHER)
    directory.script("u1", refused)
    result = apply_one(directory, Desired({MOBILE: DesiredValue(None), OFFICE: DesiredValue(None)}))
    assert written(directory) == [(MOBILE, REMOVE), (OFFICE, REMOVE)]
    assert statuses(result) == {MOBILE: FAILED, OFFICE: APPLIED}


def test_removals_that_all_pass_for_the_default_are_each_tried_twice_and_no_more(directory: InMemory) -> None:
    directory.add("u1", None, mobile=NEW, office=OTHER)
    directory.script("u1", *[called_default] * 20)
    result = apply_one(directory, Desired({MOBILE: DesiredValue(None), OFFICE: DesiredValue(None)}))
    assert statuses(result) == {MOBILE: FAILED, OFFICE: FAILED}
    assert sorted(kind for kind, _ in written(directory)) == [MOBILE, MOBILE, OFFICE, OFFICE]


def test_a_postponed_removal_whose_answer_is_lost_is_looked_at(directory: InMemory) -> None:
    account = Account({MOBILE: NEW, OFFICE: OTHER}, default=(MOBILE, None))
    directory.add_account("u1", account)
    item = user_plan(directory, Desired({MOBILE: DesiredValue(None), OFFICE: DesiredValue(None)}))
    directory.script("u1", obeyed, obeyed, lost_after)
    (result,) = apply(directory, item)
    assert result.code is Code.REMOVED
    assert directory.calls == ["write", "write", "write", "methods"]
