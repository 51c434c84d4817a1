"""guard/values.py: values that may not be written."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.core.address import EmailAddress
from shared.core.codes import Code
from shared.core.desired import Condition, Desired, DesiredValue
from shared.core.guard.values import admissible
from shared.core.models import Current, Method, SourceName, Stop
from shared.core.phone import PhoneNumber
from shared.core.plan import Policy, plan_user
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, address, method, number

SWEDISH, BRITISH, JAMAICAN = number("+46 701740605"), number("+44 7700900102"), number("+1 8765550123")
AMERICAN, FREE = number("+1 2065550113"), number("+800 12345678")
IN_SWEDEN, KEEPING = Policy(countries=frozenset({"SE"})), Policy(keep_different=True)
DIRECTORY, EXPLICIT = SourceName.DIRECTORY, SourceName.EXPLICIT


def desired(values: Mapping[Method, PhoneNumber | EmailAddress | None]) -> Desired:
    return Desired({method: DesiredValue(value) for method, value in values.items()})


def within(found: Desired | Stop, policy: Policy, source: SourceName = DIRECTORY) -> Desired:
    checked = admissible(found, source, policy)
    assert isinstance(checked, Desired)
    return checked


def fits(value: PhoneNumber, policy: Policy, kind: Method = MOBILE) -> bool:
    return within(desired({kind: value}), policy).values[kind].unfit is None


def test_without_these_guards_nothing_is_looked_at() -> None:
    found = desired({MOBILE: BRITISH})
    assert admissible(found, DIRECTORY, Policy()) is found


def test_what_stops_a_user_stays() -> None:
    stop = Stop(Code.SOURCE_EMPTY, "Nothing there.")
    assert admissible(stop, DIRECTORY, Policy(keep_different=True, countries=frozenset({"SE"}))) is stop


@pytest.mark.parametrize("source", list(SourceName))
@pytest.mark.parametrize("kind", [MOBILE, ALTERNATE, OFFICE])
def test_a_number_of_another_country_is_not_written(kind: Method, source: SourceName) -> None:
    checked = within(desired({kind: BRITISH}), IN_SWEDEN, source)
    (change,) = plan_user(
        checked, Current((method("+46 701740605", MOBILE),) if kind is ALTERNATE else ()), Policy()
    ).changes
    assert change.stop is not None
    assert (change.stop.code, change.is_write) == (Code.INVALID_NUMBER, False)
    assert "ALLOWED_COUNTRIES" in change.stop.message
    assert "7700900102" not in change.stop.message


def test_registered_already_it_stays() -> None:
    checked = within(desired({MOBILE: BRITISH}), IN_SWEDEN)
    (change,) = plan_user(checked, Current((method(BRITISH.graph_format, MOBILE),)), Policy()).changes
    assert (change.is_write, change.stop) == (False, None)


@pytest.mark.parametrize(
    ("value", "countries", "expected"),
    [
        (SWEDISH, "SE", True),
        (AMERICAN, "US", True),
        (JAMAICAN, "US", False),
        (JAMAICAN, "US,JM", True),
        (AMERICAN, "CA", False),
        (number("+1 2042345678"), "CA", True),
        (FREE, "US,SE", False),
        # Valid in none of the countries that share the code: nobody knows whose it is.
        (number("+1 2005550100"), "US,CA,JM", False),
    ],
)
def test_countries_that_share_a_code_are_told_apart(value: PhoneNumber, countries: str, expected: bool) -> None:
    assert fits(value, Policy(countries=frozenset(countries.split(",")))) is expected


def test_addresses_and_empty_values_have_no_country() -> None:
    found = desired({EMAIL: address("anna@example.com"), MOBILE: None})
    assert within(found, IN_SWEDEN) == found


def test_a_reason_that_is_there_already_stays() -> None:
    unfit = Stop(Code.INVALID_NUMBER, "It is a pager.")
    found = Desired({MOBILE: DesiredValue(BRITISH, unfit=unfit)})
    assert within(found, IN_SWEDEN).values[MOBILE].unfit is unfit


def test_only_what_the_directory_desires_is_kept_from_replacing() -> None:
    found = desired({MOBILE: SWEDISH, EMAIL: address("anna@example.com"), OFFICE: None})
    conditions = {value.condition for value in within(found, KEEPING).values.values()}
    assert conditions == {Condition.UNLESS_DIFFERENT}
    assert admissible(found, EXPLICIT, KEEPING) is found


values = st.sampled_from([SWEDISH, BRITISH, AMERICAN, JAMAICAN, None])
held = st.sampled_from([*(value.graph_format for value in (SWEDISH, BRITISH, AMERICAN)), "+46 *******05", None])


@given(
    st.dictionaries(st.sampled_from([MOBILE, ALTERNATE, OFFICE]), values), st.tuples(held, held, held), st.booleans()
)
def test_a_guard_never_adds_a_write(
    wanted: dict[Method, PhoneNumber | None], registered: tuple[str | None, ...], rewrite_masked: bool
) -> None:
    found = desired(wanted)
    kinds = zip((MOBILE, ALTERNATE, OFFICE), registered, strict=True)
    current = Current(tuple(method(text, kind) for kind, text in kinds if text is not None))
    policy = Policy(rewrite_masked, keep_different=True, countries=frozenset({"SE", "US"}))
    free = {change.key: change for change in plan_user(found, current, policy).changes if change.is_write}
    for checked in (within(found, policy), within(found, policy, EXPLICIT)):
        for change in plan_user(checked, current, policy).changes:
            assert not change.is_write or free[change.key] == change
