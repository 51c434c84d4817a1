"""plan.py: values under a condition, methods that can only be removed, and what has to be read for a plan."""

import pytest

from shared.core.codes import Code
from shared.core.desired import Condition, Desired, DesiredValue, Removal
from shared.core.models import Action, Current, Method, OtherMethod, ReadScope
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.plan import Policy, plan_user
from tests.unit.core.planning import (
    ANNA,
    KEEP,
    NUMBER,
    OTHER_ADDRESS,
    OTHER_TEXT,
    REWRITE,
    TEXT,
    beside,
    one,
    phone_types,
    stop_of,
)
from tests.unit.people import EMAIL, MOBILE, OFFICE, address, number

# Only a certain value to be removed


@phone_types
def test_only_the_value_that_was_named_is_removed(kind: Method) -> None:
    desired = Desired({kind: DesiredValue(None, present=NUMBER)})
    assert one(desired, beside(kind, "+46701740605")).action is Action.REMOVE
    assert stop_of(one(desired, beside(kind, "+46 701740677"))) is Code.VALUE_MISMATCH
    assert stop_of(one(desired, beside(kind))) is None


def test_only_the_address_that_was_named_is_removed() -> None:
    desired = Desired({EMAIL: DesiredValue(None, present=ANNA)})
    assert one(desired, Current(email=address("ANNA@example.com"))).action is Action.REMOVE
    assert stop_of(one(desired, Current(email=OTHER_ADDRESS))) is Code.VALUE_MISMATCH


def test_a_masked_number_is_removed_only_where_masked_digits_are_trusted() -> None:
    desired = Desired({MOBILE: DesiredValue(None, present=NUMBER)})
    assert one(desired, beside(MOBILE, "+46 *******05")).action is Action.REMOVE
    assert stop_of(one(desired, beside(MOBILE, "+46 *******05"), REWRITE)) is Code.VALUE_MISMATCH
    assert stop_of(one(desired, beside(MOBILE, "+46 *******06"))) is Code.VALUE_MISMATCH


# Conditions


@phone_types
@pytest.mark.parametrize("text", [OTHER_TEXT, "?", "+46 *******05", "+46 *******06"])
@pytest.mark.parametrize("policy", [KEEP, REWRITE], ids=["keep", "rewrite"])
def test_if_missing_never_touches_what_is_registered(kind: Method, text: str, policy: Policy) -> None:
    found = one(Desired({kind: DesiredValue(NUMBER, Condition.IF_MISSING)}), beside(kind, text), policy)
    assert stop_of(found) is None
    assert found.before == StoredNumber(text)
    # It is not reported as if what was sent were there.
    assert found.after is None or found.masked_match


@phone_types
def test_if_missing_adds_what_is_missing(kind: Method) -> None:
    assert one(Desired({kind: DesiredValue(NUMBER, Condition.IF_MISSING)}), beside(kind)).action is Action.ADD


@phone_types
@pytest.mark.parametrize("text", [TEXT, OTHER_TEXT, "+46 *******05"])
def test_what_must_be_missing_and_is_there_exists(kind: Method, text: str) -> None:
    found = one(Desired({kind: DesiredValue(NUMBER, Condition.MUST_BE_MISSING)}), beside(kind, text))
    assert stop_of(found) is Code.METHOD_EXISTS


@phone_types
def test_what_must_be_missing_and_is_missing_is_added(kind: Method) -> None:
    assert one(Desired({kind: DesiredValue(NUMBER, Condition.MUST_BE_MISSING)}), beside(kind)).action is Action.ADD


@phone_types
@pytest.mark.parametrize("value", [NUMBER, None])
def test_what_must_exist_and_does_not_is_not_found(kind: Method, value: PhoneNumber | None) -> None:
    found = one(Desired({kind: DesiredValue(value, Condition.MUST_EXIST)}), beside(kind))
    assert stop_of(found) is Code.METHOD_NOT_FOUND


@phone_types
@pytest.mark.parametrize(
    ("value", "action"), [(NUMBER, Action.KEEP), (number("+46 701740699"), Action.UPDATE), (None, Action.REMOVE)]
)
def test_what_must_exist_and_does_is_treated_as_ever(kind: Method, value: PhoneNumber | None, action: Action) -> None:
    assert one(Desired({kind: DesiredValue(value, Condition.MUST_EXIST)}), beside(kind, TEXT)).action is action


# Methods that can only be removed

KEYS = Current(
    others=(
        OtherMethod(Method.FIDO2, "Key-1"),
        OtherMethod(Method.FIDO2, "Key-2"),
        OtherMethod(Method.MICROSOFT_AUTHENTICATOR, "app-1", "A phone"),
    )
)


def removed(*removals: Removal) -> list[tuple[Action, Method, str | None]]:
    return [
        (found.action, found.method, found.id) for found in plan_user(Desired(removals=removals), KEYS, KEEP).changes
    ]


def test_one_is_removed_by_its_id_in_any_case() -> None:
    assert removed(Removal(Method.FIDO2, "key-1")) == [(Action.REMOVE, Method.FIDO2, "Key-1")]


def test_all_of_a_kind_are_removed() -> None:
    assert removed(Removal(Method.FIDO2)) == [
        (Action.REMOVE, Method.FIDO2, "Key-1"),
        (Action.REMOVE, Method.FIDO2, "Key-2"),
    ]


def test_one_that_is_named_twice_is_removed_once() -> None:
    found = removed(Removal(Method.FIDO2), Removal(Method.FIDO2, "KEY-2"), Removal(Method.FIDO2))
    assert [method_id for _, _, method_id in found] == ["Key-1", "Key-2"]


def test_what_is_not_registered_needs_no_removal() -> None:
    assert removed(Removal(Method.FIDO2, "key-9")) == [(Action.KEEP, Method.FIDO2, "key-9")]
    assert removed(Removal(Method.SOFTWARE_OATH)) == [(Action.KEEP, Method.SOFTWARE_OATH, None)]


def test_an_id_of_another_kind_is_not_registered() -> None:
    assert removed(Removal(Method.FIDO2, "app-1")) == [(Action.KEEP, Method.FIDO2, "app-1")]


# What has to be read


@pytest.mark.parametrize(
    ("desired", "scope"),
    [
        (Desired(), ReadScope.NONE),
        (Desired({MOBILE: DesiredValue(NUMBER)}), ReadScope.PHONES),
        (Desired({OFFICE: DesiredValue(None)}), ReadScope.PHONES),
        (Desired(sms_sign_in=True), ReadScope.PHONES),
        (Desired(sms_sign_in=False), ReadScope.PHONES),
        (Desired({EMAIL: DesiredValue(None)}), ReadScope.ALL),
        (Desired({MOBILE: DesiredValue(None)}, removals=(Removal(Method.FIDO2),)), ReadScope.ALL),
    ],
)
def test_only_what_is_needed_is_read(desired: Desired, scope: ReadScope) -> None:
    assert desired.scope is scope
