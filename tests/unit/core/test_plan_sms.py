"""plan.py: SMS sign-in, whose state belongs to the mobile number."""

import pytest

from shared.core.codes import Code
from shared.core.desired import Desired, DesiredValue
from shared.core.models import Action, Change, Current, SmsState, Stop
from tests.unit.core.planning import INVALID, NUMBER, OFFICE_PHONE, OTHER_TEXT, TEXT, mobile, plan, stop_of
from tests.unit.people import ALTERNATE, MOBILE, SMS, method

ON, OFF = Desired(sms_sign_in=True), Desired(sms_sign_in=False)


def switch(desired: Desired, current: Current) -> Change:
    (found,) = (found for found in plan(desired, current) if found.method is SMS)
    return found


@pytest.mark.parametrize(
    ("state", "on", "off"),
    [
        (SmsState.NOT_ENABLED, Action.ENABLE, Action.KEEP),
        (SmsState.NOT_CONFIGURED, Action.ENABLE, Action.KEEP),
        (SmsState.PHONE_NUMBER_NOT_UNIQUE, Action.ENABLE, Action.KEEP),
        (SmsState.READY, Action.KEEP, Action.DISABLE),
        (SmsState.UNKNOWN, Action.ENABLE, Action.KEEP),
        (None, Action.ENABLE, Action.KEEP),
    ],
)
def test_each_state_of_sms_sign_in(state: SmsState | None, on: Action, off: Action) -> None:
    found = switch(ON, mobile(TEXT, state=state))
    assert (found.action, found.before, found.stop) == (on, state, None)
    found = switch(OFF, mobile(TEXT, state=state))
    assert (found.action, found.before, found.stop) == (off, state, None)


@pytest.mark.parametrize("state", [SmsState.NOT_ALLOWED_BY_POLICY, SmsState.NOT_SUPPORTED])
def test_sms_sign_in_against_the_policy(state: SmsState) -> None:
    assert stop_of(switch(ON, mobile(TEXT, state=state))) is Code.SMS_SIGN_IN_NOT_ALLOWED
    assert stop_of(switch(OFF, mobile(TEXT, state=state))) is None


def test_sms_sign_in_without_a_mobile() -> None:
    assert stop_of(switch(ON, Current((OFFICE_PHONE,)))) is Code.NO_MOBILE
    assert stop_of(switch(OFF, Current((OFFICE_PHONE,)))) is None


def test_sms_sign_in_with_a_mobile_that_goes() -> None:
    desired = Desired({MOBILE: DesiredValue(None)}, sms_sign_in=True)
    assert stop_of(switch(desired, mobile(TEXT, state=SmsState.READY))) is Code.NO_MOBILE


def test_sms_sign_in_is_off_even_if_graph_does_not_let_the_mobile_go() -> None:
    desired = Desired({MOBILE: DesiredValue(None)}, sms_sign_in=False)
    changes = plan(desired, mobile(TEXT, state=SmsState.READY))
    assert [found.action for found in changes] == [Action.DISABLE, Action.REMOVE]


@pytest.mark.parametrize("state", list(SmsState))
def test_behind_a_new_number_sms_sign_in_is_switched_whatever_the_old_one_was(state: SmsState) -> None:
    new = {MOBILE: DesiredValue(NUMBER)}
    is_allowed = state not in (SmsState.NOT_ALLOWED_BY_POLICY, SmsState.NOT_SUPPORTED)
    for desired, action in ((True, Action.ENABLE), (False, Action.DISABLE)):
        found = switch(Desired(new, sms_sign_in=desired), mobile(OTHER_TEXT, state=state))
        assert found.action is (action if is_allowed else Action.KEEP)


@pytest.mark.parametrize("on", [True, False])
def test_behind_a_first_number_sms_sign_in_is_switched(on: bool) -> None:
    found = switch(Desired({MOBILE: DesiredValue(NUMBER)}, sms_sign_in=on), Current())
    assert (found.action, found.before) == (Action.ENABLE if on else Action.DISABLE, None)


def test_sms_sign_in_is_not_switched_on_for_another_number_than_the_one_that_was_meant() -> None:
    desired = Desired({MOBILE: DesiredValue(None, stop=INVALID)}, sms_sign_in=True)
    kept, found = plan(desired, mobile(TEXT, state=SmsState.NOT_ENABLED))
    assert kept.stop == found.stop == INVALID
    assert found.action is Action.KEEP


def test_sms_sign_in_is_not_switched_on_for_a_number_that_was_to_be_removed() -> None:
    desired = Desired({MOBILE: DesiredValue(None)}, sms_sign_in=True)
    current = mobile(TEXT, method(OTHER_TEXT, ALTERNATE), state=SmsState.NOT_ENABLED)
    assert stop_of(switch(desired, current)) is Code.ALTERNATE_EXISTS


def test_sms_sign_in_goes_off_though_the_number_is_not_clear() -> None:
    desired = Desired({MOBILE: DesiredValue(None, stop=INVALID)}, sms_sign_in=False)
    assert switch(desired, mobile(TEXT, state=SmsState.READY)).action is Action.DISABLE


@pytest.mark.parametrize("state", list(SmsState))
def test_sms_sign_in_that_was_stopped_before_is_not_planned(state: SmsState) -> None:
    stop = Stop(Code.PHONE_NUMBER_NOT_UNIQUE, "Two users.")
    assert switch(Desired(sms_sign_in=True, sms_stop=stop), mobile(TEXT, state=state)).stop == stop


def test_sms_sign_in_that_is_not_named_is_left_alone() -> None:
    (found,) = plan(Desired({MOBILE: DesiredValue(NUMBER)}), mobile(OTHER_TEXT, state=SmsState.READY))
    assert found.method is MOBILE
