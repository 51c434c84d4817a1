"""One user's row; tests/whole/report has every column of many users."""

from typing import Any

import pytest

from shared.core.codes import Code
from shared.core.desired import Desired, DesiredValue
from shared.core.models import Current, Method, PhoneMethod, SmsState, Stop, Target, User
from shared.core.phone import PhoneNumber, StoredNumber
from shared.core.survey.phones import seen_phones
from shared.core.survey.rows import COLUMNS, Reading, is_external, shown, tags_of, unread_row, user_row
from shared.core.survey.tenant import Audience, Tenant
from tests.unit.core.survey.test_phones import keyed
from tests.unit.parsed import parse_number

MOBILE, ALTERNATE, OFFICE = Method.MOBILE, Method.ALTERNATE_MOBILE, Method.OFFICE
RIGHT, OTHER = "+46 701740605", "+46 701740606"
ALL = Tenant(Audience(everybody=True), Audience(), Audience())
EMPTY = Stop(Code.SOURCE_EMPTY, "Empty.")
INVALID = Stop(Code.INVALID_NUMBER, "Too short.")
AWAY = Stop(Code.THROTTLED, "Later.")


def user(upn: str = "anna@contoso.com", *, invited: bool = False) -> User:
    return User("a", upn, {}, invited=invited)


def desired(**values: str | Stop | None) -> Desired:
    def value(given: str | Stop | None) -> DesiredValue:
        if isinstance(given, Stop):
            return DesiredValue(None, stop=given)
        return DesiredValue(None if given is None else parse_number(given, None))

    return Desired({Method(name): value(given) for name, given in values.items()})


def row(
    wanted: Desired | Stop = EMPTY,
    phones: dict[Method, str] | Stop | None = None,
    methods: tuple[str, ...] | None = ("mobilePhone",),
    tenant: Tenant = ALL,
) -> dict[str, Any]:
    if isinstance(phones, Stop):
        return user_row(Reading(user(), wanted, phones, methods), tenant, keyed)
    found = [PhoneMethod(kind, StoredNumber(text), SmsState.NOT_ENABLED) for kind, text in (phones or {}).items()]
    return user_row(Reading(user(), wanted, seen_phones(Current(tuple(found)), keyed), methods), tenant, keyed)


@pytest.mark.parametrize(
    ("wanted", "phones", "drift"),
    [
        (desired(mobile=RIGHT), {MOBILE: RIGHT}, False),
        (desired(mobile=RIGHT), {MOBILE: OTHER}, True),
        (desired(mobile=RIGHT), {}, True),
        (desired(mobile=RIGHT), {MOBILE: f"{RIGHT}x7"}, True),
        (desired(mobile=RIGHT), {MOBILE: RIGHT, OFFICE: OTHER}, False),
        (desired(mobile=RIGHT, office=OTHER), {MOBILE: RIGHT, OFFICE: OTHER}, False),
        (desired(mobile=RIGHT, office=OTHER), {MOBILE: RIGHT}, True),
        # With ON_EMPTY=remove nothing is desired; with keep, nothing is said.
        (desired(mobile=None), {MOBILE: RIGHT}, True),
        (desired(mobile=None), {}, False),
        (desired(mobile=EMPTY, office=OTHER), {MOBILE: RIGHT, OFFICE: OTHER}, False),
        (EMPTY, {MOBILE: RIGHT}, False),
        (INVALID, {MOBILE: RIGHT}, None),
        (desired(mobile=INVALID, office=OTHER), {OFFICE: OTHER}, None),
        # What differs does so whatever another method should hold.
        (desired(mobile=RIGHT, office=INVALID), {MOBILE: OTHER}, True),
        (desired(mobile=None, office=INVALID), {MOBILE: OTHER}, True),
        (desired(mobile=RIGHT), AWAY, None),
    ],
)
def test_drift(wanted: Desired | Stop, phones: Any, drift: bool | None) -> None:
    assert row(wanted, phones)["drift"] is drift


def test_a_value_that_cannot_be_used_is_told_and_an_empty_one_is_not() -> None:
    assert (row(INVALID)["code"], row(INVALID)["status"]) == ("invalidNumber", "reported")
    assert (row(EMPTY)["code"], row(EMPTY)["message"]) == (None, None)


def test_places_are_those_of_the_registered_number_else_of_the_desired_one() -> None:
    french, american = "+33 639980001", "+1 2065550101"
    assert row(desired(mobile=RIGHT), {MOBILE: french})["country"] == "FR"
    assert row(desired(mobile=RIGHT), {})["country"] == "SE"
    assert row(desired(mobile=RIGHT), {OFFICE: american})["regionOptIn"] is False
    assert row(desired(mobile=french), {MOBILE: "+46 *******05"})["country"] == "FR"
    assert (row()["country"], row()["regionOptIn"]) == (None, None)


def test_an_extension_counts_on_mobiles_alone() -> None:
    assert row(phones={MOBILE: RIGHT, ALTERNATE: "+1 2065550101x4"})["extensionOnMobile"] is True
    assert row(phones={OFFICE: "+1 2065550101x4"})["extensionOnMobile"] is False
    assert row(desired(office="+1 2065550101x4"))["extensionOnMobile"] is False
    assert row(desired(alternateMobile="+1 2065550101x4"))["extensionOnMobile"] is True


def test_the_date_needs_a_phone_that_is_registered_now_if_that_is_known() -> None:
    assert row(phones={MOBILE: RIGHT})["retiresOn"] == "2027-02-01"
    assert row(phones={})["retiresOn"] is None
    assert row(phones=AWAY)["retiresOn"] == "2027-02-01"
    assert row(phones=AWAY, methods=("email",))["retiresOn"] is None
    assert row(phones=AWAY, methods=None)["retiresOn"] is None


def test_numbers_are_shared_by_the_tags_of_mobiles() -> None:
    one = row(desired(mobile=RIGHT, office=OTHER), {MOBILE: OTHER, ALTERNATE: "+33 639980001", OFFICE: "+1 2065550101"})
    assert len(tags_of(one)) == 3
    (tag,) = tags_of(row(desired(mobile=RIGHT)))
    assert tag in tags_of(one)
    assert shown(one, {tag})["sharedNumber"] is True
    assert shown(one, {"another"})["sharedNumber"] is False
    assert "tags" not in shown(one, ())


def test_so_they_are_by_what_the_directory_holds_for_either_mobile() -> None:
    anna = row(desired(mobile=RIGHT, alternateMobile=OTHER), {MOBILE: RIGHT})
    assert len(tags_of(anna)) == 2
    for other in (row(desired(mobile=OTHER)), row(phones={ALTERNATE: OTHER}), row(desired(alternateMobile=OTHER))):
        assert set(tags_of(anna)) & set(tags_of(other))
    assert not set(tags_of(anna)) & set(tags_of(row(desired(office=OTHER), {OFFICE: OTHER})))


def test_who_could_not_be_read_has_a_row_of_nothing() -> None:
    found = shown(unread_row(Target("gone@contoso.com"), AWAY), ())
    assert {found[name] for name in COLUMNS} == {None}
    assert (found["status"], found["code"], found["userPrincipalName"]) == ("failed", "throttled", "gone@contoso.com")


def test_external_is_who_was_invited_whatever_the_kind_of_user() -> None:
    assert is_external(user("adele_fabrikam.com#EXT#@contoso.com"))
    assert is_external(user("adele_fabrikam.com#ext#@contoso.com"))
    assert is_external(user(invited=True))
    assert not is_external(user())


def test_no_number_leaves_it_in_clear() -> None:
    text = str(row(desired(mobile=RIGHT), {MOBILE: OTHER, OFFICE: "+46 87401000x12"}))
    assert [part for part in ("701740605", "701740606", "87401000", "x12") if part in text] == []
    assert PhoneNumber(46, "701740605").masked in text
