"""apply.py: SMS sign-in. A new number may be registered for it already, and a 204 does not mean that it is on."""

import pytest

from shared.core.apply import ROUNDS
from shared.core.codes import ChangeStatus, Code, UserStatus
from shared.core.desired import Desired, DesiredValue
from shared.core.models import Action, ChangeResult, Outcome, OutcomeKind, SmsState, UserResult
from tests.unit.core.applying import UNREADABLE, apply, apply_one, statuses, user_plan, written
from tests.unit.graph_rules import Account, SmsPolicy
from tests.unit.people import (
    ALTERNATE,
    MOBILE,
    REFUSED,
    SMS,
    Answering,
    InMemory,
    done_in_words_only,
    failed,
    lost_after,
    lost_before,
    meanwhile,
    number,
    obeyed,
    refused,
    saved_though_refused,
)

NEW, OLD = "+46 701740605", "+46 701740666"
ON, OFF = Desired(sms_sign_in=True), Desired(sms_sign_in=False)
NEW_ON = Desired({MOBILE: DesiredValue(number(NEW))}, sms_sign_in=True)
NEW_OFF = Desired({MOBILE: DesiredValue(number(NEW))}, sms_sign_in=False)
READY, NOT_UNIQUE = SmsState.READY, SmsState.PHONE_NUMBER_NOT_UNIQUE


def switch(result: UserResult) -> ChangeResult:
    (found,) = (done for done in result.changes if done.change.method is SMS)
    return found


def idle(**rules: object) -> Account:
    """A user with a mobile number with which nobody signs in."""
    return Account({MOBILE: OLD}, **rules)  # type: ignore[arg-type]


# Verified after the switch


@pytest.mark.parametrize(
    ("state", "desired", "code"), [(None, ON, Code.ENABLED), (READY, OFF, Code.DISABLED)], ids=["on", "off"]
)
def test_a_switch_is_looked_at_once(directory: InMemory, state: SmsState | None, desired: Desired, code: Code) -> None:
    directory.add_account("u1", idle(state=state))
    result = apply_one(directory, desired)
    assert (result.code, switch(result).status) == (code, ChangeStatus.APPLIED)
    assert directory.calls == ["write", "methods"]


@pytest.mark.parametrize(("state", "desired"), [(None, ON), (READY, OFF)], ids=["on", "off"])
def test_a_204_that_did_nothing_is_not_called_done_and_not_sent_again(
    directory: InMemory, state: SmsState | None, desired: Desired
) -> None:
    directory.add_account("u1", idle(state=state, deaf=True))
    result = apply_one(directory, desired)
    assert (result.code, switch(result).status) == (Code.SMS_SIGN_IN_NOT_CHANGED, ChangeStatus.FAILED)
    assert len(directory.written) == 1


def test_a_204_for_a_number_that_signs_another_user_in_says_so(directory: InMemory) -> None:
    directory.add_account("u1", idle(taken=frozenset({OLD})))
    result = apply_one(directory, ON)
    assert (result.code, switch(result).status) == (Code.PHONE_NUMBER_NOT_UNIQUE, ChangeStatus.FAILED)
    assert len(directory.written) == 1


def test_a_switch_that_cannot_be_looked_at_is_unknown(directory: InMemory) -> None:
    directory.add_account("u1", idle())
    item = user_plan(directory, ON)
    directory.look("u1", UNREADABLE)
    (result,) = apply(directory, item)
    assert (result.code, switch(result).status) == (Code.DEADLINE, ChangeStatus.UNKNOWN)
    assert len(directory.written) == 1


# Refused


@pytest.mark.parametrize("saved", [False, True])
def test_a_refused_switch_of_a_number_that_signs_another_user_in_says_so(directory: InMemory, saved: bool) -> None:
    directory.add_account("u1", idle(taken=frozenset({OLD})))
    item = user_plan(directory, ON)

    def conflict(found: InMemory, user_id: str, change: object) -> Outcome:
        found.accounts[user_id].state = NOT_UNIQUE
        return Outcome(OutcomeKind.REFUSED, REFUSED, may_be_saved=saved)

    directory.script("u1", *[conflict] * 5)  # type: ignore[list-item]
    (result,) = apply(directory, item)
    assert (result.code, switch(result).status) == (Code.PHONE_NUMBER_NOT_UNIQUE, ChangeStatus.FAILED)
    assert len(directory.written) <= 2


def test_a_refused_switch_that_a_look_does_not_explain_is_the_users_result(directory: InMemory) -> None:
    for state, desired in ((None, ON), (READY, OFF)):
        directory.add_account("u1", idle(state=state))
        directory.script("u1", refused)
        directory.written.clear()
        result = apply_one(directory, desired)
        assert (result.code, switch(result).status) == (Code.GRAPH_ERROR, ChangeStatus.FAILED)
        assert len(directory.written) == 1


def test_a_switch_refused_because_the_mobile_went_meanwhile(directory: InMemory) -> None:
    for state, desired, code in ((None, ON, Code.NO_MOBILE), (READY, OFF, Code.UNCHANGED)):
        directory.add_account("u1", idle(state=state))
        item = user_plan(directory, desired)
        directory.script("u1", meanwhile(MOBILE, None))
        (result,) = apply(directory, item)
        assert result.code is code


def test_a_switch_refused_because_it_stands_already_is_unchanged(directory: InMemory) -> None:
    directory.add_account("u1", idle())
    item = user_plan(directory, ON)

    def done_before(found: InMemory, user_id: str, change: object) -> Outcome:
        found.accounts[user_id].state = READY
        return Outcome(OutcomeKind.REFUSED, REFUSED)

    directory.script("u1", done_before)  # type: ignore[arg-type]
    (result,) = apply(directory, item)
    assert (result.code, switch(result).status) == (Code.UNCHANGED, ChangeStatus.UNCHANGED)


def test_a_switch_that_failed_is_not_looked_at(directory: InMemory) -> None:
    directory.add_account("u1", idle())
    directory.script("u1", failed)
    assert apply_one(directory, ON).code is Code.FORBIDDEN
    assert directory.calls == ["write"]


# Behind a new number: looked at first


@pytest.mark.parametrize("phones", [{}, {MOBILE: OLD}], ids=["add", "update"])
@pytest.mark.parametrize("answer", [obeyed, lost_after, lost_before])
@pytest.mark.parametrize(
    ("policy", "desired", "switches", "code"),
    [
        (SmsPolicy.REGISTERS, NEW_ON, [], Code.UNCHANGED),
        (SmsPolicy.REGISTERS, NEW_OFF, [Action.DISABLE], Code.DISABLED),
        (SmsPolicy.ALLOWS, NEW_ON, [Action.ENABLE], Code.ENABLED),
        (SmsPolicy.ALLOWS, NEW_OFF, [], Code.UNCHANGED),
        (SmsPolicy.FORBIDS, NEW_ON, [], Code.SMS_SIGN_IN_NOT_ALLOWED),
        (SmsPolicy.FORBIDS, NEW_OFF, [], Code.UNCHANGED),
    ],
)
def test_sms_sign_in_of_a_new_number_is_switched_only_where_it_is_not_as_desired(
    directory: InMemory,
    phones: dict,  # type: ignore[type-arg]
    answer: Answering,
    policy: SmsPolicy,
    desired: Desired,
    switches: list[Action],
    code: Code,
) -> None:
    directory.add_account("u1", Account(dict(phones), policy=policy))
    item = user_plan(directory, desired)
    directory.script("u1", answer)
    (result,) = apply(directory, item)
    assert [action for kind, action in written(directory) if kind is SMS] == switches
    assert statuses(result)[MOBILE] is ChangeStatus.APPLIED
    assert switch(result).code is code


def test_a_look_that_settles_the_number_is_the_look_before_the_switch_too(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, NEW_ON)
    directory.script("u1", lost_after)
    assert [result.code for result in apply(directory, item)] == [Code.CHANGED]
    assert directory.calls == ["write", "methods", "write", "methods"]


@pytest.mark.parametrize("make", [obeyed, lost_after, saved_though_refused])
@pytest.mark.parametrize("answer", [failed, refused, lost_before, done_in_words_only])
def test_a_switch_that_goes_wrong_behind_a_new_number_is_that_users_result_alone(
    directory: InMemory, make: Answering, answer: Answering
) -> None:
    directory.add("u1")
    directory.add("u2")
    items = [user_plan(directory, NEW_ON, user_id) for user_id in ("u1", "u2")]
    directory.script("u1", make, *[answer] * ROUNDS)
    result, other = apply(directory, *items)
    assert statuses(result) == {MOBILE: ChangeStatus.APPLIED, SMS: ChangeStatus.FAILED}
    assert (result.code, result.status) == (Code.PARTIAL, UserStatus.FAILED)
    assert other.code is Code.CHANGED
    assert directory.phones["u1"] == {MOBILE: NEW}


def test_a_new_number_that_cannot_be_looked_at_is_not_switched(directory: InMemory) -> None:
    directory.add("u1")
    item = user_plan(directory, NEW_ON)
    directory.look("u1", UNREADABLE)
    (result,) = apply(directory, item)
    assert statuses(result) == {MOBILE: ChangeStatus.APPLIED, SMS: ChangeStatus.FAILED}
    assert (result.code, switch(result).code) == (Code.PARTIAL, Code.DEADLINE)
    assert written(directory) == [(MOBILE, Action.ADD)]


def test_a_new_number_that_signs_another_user_in_is_added_and_not_unique(directory: InMemory) -> None:
    for complains in (True, False):
        rules = {"policy": SmsPolicy.REGISTERS, "taken": frozenset({NEW}), "complains": complains}
        directory.add_account("u1", Account(**rules))  # type: ignore[arg-type]
        result = apply_one(directory, NEW_ON)
        assert statuses(result) == {MOBILE: ChangeStatus.APPLIED, SMS: ChangeStatus.FAILED}
        assert (result.code, switch(result).code) == (Code.PARTIAL, Code.PHONE_NUMBER_NOT_UNIQUE)


def test_a_number_that_came_from_somebody_else_meanwhile_is_looked_at_too(directory: InMemory) -> None:
    """The POST is refused and the number is right: nobody knows yet how its SMS sign-in stands."""
    directory.add("u1")
    item = user_plan(directory, NEW_ON)

    def done_before(found: InMemory, user_id: str, change: object) -> Outcome:
        found.accounts[user_id].phones[MOBILE] = NEW
        found.accounts[user_id].state = READY
        return Outcome(OutcomeKind.REFUSED, REFUSED)

    directory.script("u1", done_before)  # type: ignore[arg-type]
    (result,) = apply(directory, item)
    assert result.code is Code.UNCHANGED
    assert written(directory) == [(MOBILE, Action.ADD)]


def test_the_look_comes_right_before_the_switch(directory: InMemory) -> None:
    directory.add("u1")
    desired = Desired({MOBILE: DesiredValue(number(NEW)), ALTERNATE: DesiredValue(number(OLD))}, sms_sign_in=True)
    assert apply_one(directory, desired).code is Code.CHANGED
    assert directory.calls == ["write", "write", "methods", "write", "methods"]


def test_a_lagging_look_that_still_shows_the_old_number_does_not_stop_the_switch(directory: InMemory) -> None:
    directory.add("u1", None, mobile=OLD)
    directory.accounts["u1"].state = READY
    item = user_plan(directory, NEW_ON)
    directory.look("u1", directory.accounts["u1"].seen())
    (result,) = apply(directory, item)
    assert (result.code, switch(result).code) == (Code.CHANGED, Code.ENABLED)


# When the new number fails


def test_sms_sign_in_is_not_switched_on_for_the_old_number(directory: InMemory) -> None:
    directory.add_account("u1", idle())
    directory.script("u1", failed)
    result = apply_one(directory, NEW_ON)
    assert statuses(result) == {MOBILE: ChangeStatus.FAILED, SMS: ChangeStatus.SKIPPED}
    assert directory.accounts["u1"].state is not READY


def test_sms_sign_in_of_the_old_number_goes_off(directory: InMemory) -> None:
    directory.add_account("u1", idle(state=READY))
    directory.script("u1", failed)
    result = apply_one(directory, NEW_OFF)
    assert statuses(result) == {MOBILE: ChangeStatus.FAILED, SMS: ChangeStatus.APPLIED}
    assert (result.code, directory.accounts["u1"].state) == (Code.PARTIAL, SmsState.NOT_ENABLED)


def test_sms_sign_in_that_is_off_is_not_switched_off_when_the_new_number_fails(directory: InMemory) -> None:
    directory.add_account("u1", idle())
    directory.script("u1", failed)
    assert statuses(apply_one(directory, NEW_OFF)) == {MOBILE: ChangeStatus.FAILED, SMS: ChangeStatus.SKIPPED}
    assert written(directory) == [(MOBILE, Action.UPDATE)]


def test_sms_sign_in_is_off_though_the_default_mobile_does_not_go(directory: InMemory) -> None:
    account = idle(state=READY, default=(MOBILE, None), others={"app-1": "microsoftAuthenticator"})
    directory.add_account("u1", account)
    result = apply_one(directory, Desired({MOBILE: DesiredValue(None)}, sms_sign_in=False))
    assert statuses(result) == {SMS: ChangeStatus.APPLIED, MOBILE: ChangeStatus.FAILED}
    assert account.state is SmsState.NOT_ENABLED


@pytest.mark.parametrize("desired", [ON, OFF, NEW_ON, NEW_OFF])
def test_other_users_are_not_looked_at_for_it(directory: InMemory, desired: Desired) -> None:
    directory.add_account("u1", idle(state=READY if desired in (OFF, NEW_OFF) else None))
    directory.add("u2")
    items = [
        user_plan(directory, desired, "u1"),
        user_plan(directory, Desired({MOBILE: DesiredValue(number(NEW))}), "u2"),
    ]
    apply(directory, *items)
    assert {user_id for asked in directory.asked_methods for user_id in asked} == {"u1"}
