"""A number that may be registered for the office only: as a mobile it is not written, and stays where it is."""

import pytest

from shared.core.codes import Code
from shared.core.desired import (
    Condition,
    Desired,
    DesiredValue,
    DirectorySource,
    ExplicitSource,
    Requested,
    RequestedValue,
)
from shared.core.models import Action, Change, Current, Method, SmsState, Stop, Target, User
from shared.core.plan import Policy, plan_user
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, method, number

UNFIT = Stop(Code.INVALID_NUMBER, "It has an extension.")
TEXT, OTHER = "+46 701740605x7", "+46 701740666"
ANNA = Target(upn="anna@contoso.com")
MOBILES = pytest.mark.parametrize("kind", [MOBILE, ALTERNATE])


def changes(desired: Desired, current: Current, policy: Policy | None = None) -> dict[Method, Change]:
    return {change.method: change for change in plan_user(desired, current, policy or Policy()).changes}


def unfit(kind: Method = MOBILE, condition: Condition = Condition.ALWAYS) -> dict[Method, DesiredValue]:
    return {kind: DesiredValue(number(TEXT), condition, unfit=UNFIT)}


@MOBILES
def test_it_is_neither_added_nor_written_over_another(kind: Method) -> None:
    for registered in ((), (method(OTHER, kind),)):
        current = Current((*registered, *(() if kind is MOBILE else (method(OTHER, MOBILE),))))
        change = changes(Desired(unfit(kind)), current)[kind]
        assert (change.action, change.stop, change.after) == (Action.KEEP, UNFIT, None)


@MOBILES
@pytest.mark.parametrize("registered", [TEXT, "+46701740605 x7", "+46 *******05x*"])
def test_what_is_registered_already_stays_and_is_right(kind: Method, registered: str) -> None:
    current = Current((method(registered, kind), *(() if kind is MOBILE else (method(OTHER, MOBILE),))))
    change = changes(Desired(unfit(kind)), current)[kind]
    assert (change.action, change.stop) == (Action.KEEP, None)


def test_a_masked_match_is_not_rewritten_with_it() -> None:
    current = Current((method("+46 *******05x*"),))
    assert changes(Desired(unfit()), current, Policy(rewrite_masked=True))[MOBILE].stop == UNFIT


@pytest.mark.parametrize(
    ("condition", "registered", "code"),
    [
        (Condition.IF_MISSING, OTHER, None),
        (Condition.IF_MISSING, None, Code.INVALID_NUMBER),
        (Condition.MUST_BE_MISSING, OTHER, Code.METHOD_EXISTS),
        (Condition.MUST_EXIST, None, Code.METHOD_NOT_FOUND),
        (Condition.MUST_EXIST, OTHER, Code.INVALID_NUMBER),
    ],
)
def test_conditions_come_first(condition: Condition, registered: str | None, code: Code | None) -> None:
    current = Current((method(registered),) if registered else ())
    change = changes(Desired(unfit(condition=condition)), current)[MOBILE]
    assert (change.action, change.stop.code if change.stop else None) == (Action.KEEP, code)


def test_the_alternate_is_not_removed_beside_it() -> None:
    """It may be its promotion: the number would be lost."""
    current = Current((method(OTHER), method("+46 701740605", ALTERNATE)))
    change = changes(Desired({**unfit(), ALTERNATE: DesiredValue(None)}), current)[ALTERNATE]
    assert (change.action, change.stop) == (Action.KEEP, UNFIT)
    right = Current((method(TEXT), method("+46 701740605", ALTERNATE)))
    assert changes(Desired({**unfit(), ALTERNATE: DesiredValue(None)}), right)[ALTERNATE].action is Action.REMOVE


def test_sms_sign_in_is_not_switched_on_for_another_number() -> None:
    current = Current((method(OTHER, MOBILE, SmsState.NOT_ENABLED),))
    assert changes(Desired(unfit(), sms_sign_in=True), current)[Method.SMS_SIGN_IN].stop == UNFIT


# Which numbers these are, whoever decides


def by_directory(kind: Method, text: str) -> DesiredValue:
    desired = DirectorySource().desired(ANNA, User("id", "anna@contoso.com", {kind: text}))
    assert isinstance(desired, Desired)
    return desired.values[kind]


def by_caller(kind: Method, text: str) -> DesiredValue:
    source = ExplicitSource({ANNA: Requested({kind: RequestedValue(text)})})
    desired = source.desired(ANNA, User("id", "anna@contoso.com", {}))
    assert isinstance(desired, Desired)
    return desired.values[kind]


@pytest.mark.parametrize("decide", [by_directory, by_caller])
@pytest.mark.parametrize("text", [TEXT, "+44 3001234567", "+44 7640 123456", "+44 7000000000", "+41 860 791234567"])
def test_extensions_and_pagers_are_for_the_office_only(decide: object, text: str) -> None:
    assert decide(OFFICE, text) == DesiredValue(number(text))  # type: ignore[operator]
    for kind in (MOBILE, ALTERNATE):
        value = decide(kind, text)  # type: ignore[operator]
        assert value.value == number(text)
        assert value.stop is None
        assert value.unfit.code is Code.INVALID_NUMBER
        assert kind in value.unfit.message


def test_such_a_value_can_be_removed_by_its_name() -> None:
    requested = Requested({MOBILE: RequestedValue(None, present=TEXT)})
    desired = ExplicitSource({ANNA: requested}).desired(ANNA, User("id", "anna@contoso.com", {}))
    assert desired == Desired({MOBILE: DesiredValue(None, present=number(TEXT))})


def test_a_mobile_that_an_alternate_would_have_kept_is_not_removed_because_it_may_not_be_added() -> None:
    desired = Desired({MOBILE: DesiredValue(None), **unfit(ALTERNATE)})
    found = changes(desired, Current((method(OTHER, MOBILE),)))
    assert {kind: (change.action, change.stop) for kind, change in found.items()} == {
        MOBILE: (Action.KEEP, UNFIT),
        ALTERNATE: (Action.KEEP, UNFIT),
    }
    both = Current((method(OTHER, MOBILE), method(OTHER, ALTERNATE)))
    assert changes(desired, both)[MOBILE].stop != UNFIT
