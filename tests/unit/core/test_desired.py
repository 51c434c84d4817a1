"""core/desired.py: what the directory's attributes and a caller's values are taken for."""

import pytest

from shared.core.codes import Code
from shared.core.desired import (
    Condition,
    Desired,
    DesiredValue,
    DirectorySource,
    ExplicitSource,
    Removal,
    Requested,
    RequestedValue,
    Spot,
    asks_the_same,
    is_same_value,
)
from shared.core.models import Method, SourceName, Stop, Target, User
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, address, number

NUMBER = number("+46 701740605")
ANNA = Target(upn="anna@contoso.com")
BY_ID = Target(id="id-1")
EMPTY = Stop(Code.SOURCE_EMPTY, "The directory attribute is empty.")
UNREADABLE = Stop(Code.INVALID_NUMBER, "The attribute holds a list.")
KEEP, REMOVE = DirectorySource(), DirectorySource(remove_on_empty=True)


def user(mobile: str | Stop | None = None, location: str | None = None, **others: str | Stop | None) -> User:
    attributes = {MOBILE: mobile} | {Method(name): value for name, value in others.items()}
    return User("id-1", "anna@contoso.com", attributes, location)


def by_directory(user: User, source: DirectorySource = KEEP) -> Desired | Stop:
    return source.desired(ANNA, user)


def value_of(user: User, kind: Method = MOBILE, source: DirectorySource = KEEP) -> DesiredValue:
    desired = by_directory(user, source)
    assert isinstance(desired, Desired)
    return desired.values[kind]


# The directory


@pytest.mark.parametrize("text", [None, "", "  ", "\u00a0", "\r\n"])
def test_an_empty_attribute_says_nothing_unless_it_means_removal(text: str | None) -> None:
    assert by_directory(user(text)) == EMPTY
    assert value_of(user(text), source=REMOVE) == DesiredValue(None)


def test_an_unusable_number_is_never_taken_for_none() -> None:
    stop = by_directory(user("n/a"), REMOVE)
    assert isinstance(stop, Stop)
    assert stop.code is Code.INVALID_NUMBER
    assert stop.message.startswith("The directory value for mobile cannot be used: it contains characters")


def test_the_reason_for_an_invalid_number_repeats_no_digit() -> None:
    stop = by_directory(user("+46 12345678901234567"))
    assert isinstance(stop, Stop)
    assert not any(character.isdigit() for character in stop.message)


def test_an_attribute_that_cannot_be_read_says_so_itself() -> None:
    assert by_directory(user(UNREADABLE), REMOVE) == UNREADABLE


def test_national_numbers_use_the_users_usage_location_before_the_default_region() -> None:
    source = DirectorySource(default_region="US")
    assert value_of(user("070-174 06 05", "SE"), source=source) == DesiredValue(NUMBER)
    assert value_of(user("(206) 555-0100"), source=source) == DesiredValue(number("+1 2065550100"))


@pytest.mark.parametrize("location", ["US", None])
def test_a_national_number_of_another_country_or_of_none_is_invalid(location: str | None) -> None:
    """070… of one country must not become a wrong number of another; with its country code possible is enough."""
    national = by_directory(user("070-174 06 05", location))
    assert isinstance(national, Stop)
    assert national.code is Code.INVALID_NUMBER
    assert value_of(user("+46 70-174 06 05", location)) == DesiredValue(NUMBER)


def test_a_usage_location_that_is_no_country_leaves_it_to_the_default_region() -> None:
    assert value_of(user("070-174 06 05", "XX"), source=DirectorySource(default_region="SE")) == DesiredValue(NUMBER)


def test_each_attribute_is_a_desired_value_of_its_own() -> None:
    texts = {"alternateMobile": " ", "office": "n/a", "email": " anna@example.com "}
    desired = by_directory(user("+46 701740605", **texts))
    assert isinstance(desired, Desired)
    assert desired.values[MOBILE] == DesiredValue(NUMBER)
    assert desired.values[ALTERNATE] == DesiredValue(None, stop=EMPTY)
    assert desired.values[EMAIL] == DesiredValue(address("anna@example.com"))
    office = desired.values[OFFICE].stop
    assert office is not None
    assert office.code is Code.INVALID_NUMBER


def test_an_address_that_is_none_is_an_invalid_address() -> None:
    stop = value_of(user("+46 701740605", email="anna"), EMAIL).stop
    assert stop is not None
    assert stop.code is Code.INVALID_ADDRESS


def test_when_no_attribute_can_be_used_the_reason_that_is_not_emptiness_tells() -> None:
    assert by_directory(user(None, office=UNREADABLE)) == UNREADABLE
    assert by_directory(user(None, office=None)) == EMPTY


def test_a_type_without_an_attribute_is_not_desired() -> None:
    desired = by_directory(user("+46 701740605"))
    assert isinstance(desired, Desired)
    assert list(desired.values) == [MOBILE]
    assert desired.removals == ()


@pytest.mark.parametrize("on", [True, False, None])
def test_sms_sign_in_is_what_the_operator_decided(on: bool | None) -> None:
    desired = by_directory(user("+46 701740605"), DirectorySource(sms_sign_in=on))
    assert isinstance(desired, Desired)
    assert desired.sms_sign_in is on


def test_sms_sign_in_goes_off_even_for_those_of_whom_the_directory_holds_no_number() -> None:
    desired = by_directory(user(None), DirectorySource(sms_sign_in=False))
    assert desired == Desired({MOBILE: DesiredValue(None, stop=EMPTY)}, sms_sign_in=False)


def test_sms_sign_in_does_not_go_on_for_a_number_that_the_directory_does_not_hold() -> None:
    assert by_directory(user(None), DirectorySource(sms_sign_in=True)) == EMPTY


def test_the_directory_knows_who_is_synchronised() -> None:
    desired = KEEP.desired(ANNA, User("id-1", "anna@contoso.com", {MOBILE: "+46 701740605"}, synced=True))
    assert isinstance(desired, Desired)
    assert desired.synced


def test_of_the_caller_of_the_directory_source_nothing_but_names_is_taken() -> None:
    assert KEEP.name is SourceName.DIRECTORY
    assert KEEP.ignored(ANNA) == ()
    assert KEEP.contradiction(ANNA, Target(id="id-1"), user(None)) is None


# Values that the caller names


def explicit(requested: Requested, location: str | None = None, region: str | None = None) -> Desired:
    desired = ExplicitSource({ANNA: requested}, region).desired(ANNA, user("+46 701740699", location))
    assert isinstance(desired, Desired)
    return desired


def test_what_the_caller_requests_is_desired_whatever_the_directory_holds() -> None:
    values = {
        MOBILE: RequestedValue("+46701740605"),
        ALTERNATE: RequestedValue(None),
        EMAIL: RequestedValue("anna@example.com"),
    }
    desired = explicit(Requested(values, sms_sign_in=True, removals=(Removal(Method.FIDO2),)))
    assert desired == Desired(
        {MOBILE: DesiredValue(NUMBER), ALTERNATE: DesiredValue(None), EMAIL: DesiredValue(address("anna@example.com"))},
        sms_sign_in=True,
        removals=(Removal(Method.FIDO2),),
    )


def test_nothing_requested_is_nothing_desired() -> None:
    assert explicit(Requested({})) == Desired()


def test_conditions_and_the_value_to_be_removed_are_handed_on() -> None:
    values = {
        MOBILE: RequestedValue("+46 701740605", Condition.IF_MISSING),
        OFFICE: RequestedValue(None, present="+46-701740605"),
        EMAIL: RequestedValue(None, present="anna@example.com"),
    }
    assert explicit(Requested(values)).values == {
        MOBILE: DesiredValue(NUMBER, Condition.IF_MISSING),
        OFFICE: DesiredValue(None, present=NUMBER),
        EMAIL: DesiredValue(None, present=address("anna@example.com")),
    }


@pytest.mark.parametrize("text", ["", " ", "n/a", "+46", "+46 701740605, +46 701740606"])
def test_a_text_that_is_no_number_is_never_taken_for_a_removal(text: str) -> None:
    found = explicit(Requested({MOBILE: RequestedValue(text), ALTERNATE: RequestedValue(None, present=text)}))
    for kind in (MOBILE, ALTERNATE):
        stop = found.values[kind].stop
        assert stop is not None
        assert stop.code is Code.INVALID_NUMBER
        assert stop.message.startswith(f"The value sent for {kind} cannot be used: ")


def test_a_text_that_is_no_address_is_never_taken_for_a_removal() -> None:
    stop = explicit(Requested({EMAIL: RequestedValue("")})).values[EMAIL].stop
    assert stop is not None
    assert stop.code is Code.INVALID_ADDRESS


def test_national_numbers_of_the_caller_need_a_country_from_somewhere() -> None:
    requested = Requested({MOBILE: RequestedValue("070-174 06 05")})
    assert (
        explicit(requested, "SE").values[MOBILE]
        == explicit(requested, None, "SE").values[MOBILE]
        == DesiredValue(NUMBER)
    )
    assert explicit(requested).values[MOBILE].stop is not None


def test_the_repr_of_what_is_requested_tells_no_value() -> None:
    requested = Requested(
        {MOBILE: RequestedValue("+46 701740605", present="+46 701740606"), EMAIL: RequestedValue("anna@example.com")}
    )
    assert "7017" not in f"{requested!r} {requested}"
    assert "anna" not in f"{requested!r} {requested}"


def test_two_names_of_one_user_are_alike_when_the_same_is_asked_for_both() -> None:
    def alike(one: Requested, other: Requested) -> bool:
        found = ExplicitSource({ANNA: one, BY_ID: other}).contradiction(BY_ID, user(None), ANNA)
        assert (found is None) is asks_the_same(one, other)
        return found is None

    requested = Requested({MOBILE: RequestedValue("+46 701740605")}, sms_sign_in=True, ignored=("department",))
    assert alike(requested, Requested({MOBILE: RequestedValue("+46 701740605")}, sms_sign_in=True))
    assert not alike(requested, Requested({MOBILE: RequestedValue("+46 701740606")}, sms_sign_in=True))
    assert not alike(requested, Requested({MOBILE: RequestedValue(None)}, sms_sign_in=True))
    assert not alike(
        requested, Requested({MOBILE: RequestedValue("+46 701740605", Condition.IF_MISSING)}, sms_sign_in=True)
    )
    assert not alike(requested, Requested({MOBILE: RequestedValue("+46 701740605")}, sms_sign_in=False))
    assert not alike(
        requested,
        Requested({MOBILE: RequestedValue("+46 701740605")}, sms_sign_in=True, removals=(Removal(Method.FIDO2),)),
    )


@pytest.mark.parametrize(
    ("one", "other", "region", "same"),
    [
        ("+46 701740605", "+46701740605", None, True),
        ("+46 701740605", "0046 70-174 06 05", None, True),
        ("tel:+46-70-174-06-05", "+46 (0)70 174 06 05", None, True),
        ("070-174 06 05", "0701740605", None, True),
        ("070 1740605", "+46 701740605", "SE", True),
        ("070 1740605", "+46 701740605", "DE", False),
        ("070 1740605", "+46 701740605", None, False),
        ("+46 701740605", "+46 701740605x7", None, False),
        ("+46 701740605", "+46 701740606", "SE", False),
        ("x", "y", "SE", False),
        ("x", "x", "SE", True),
        ("46701740605.0", "467017406050", "SE", False),
    ],
)
def test_a_number_in_two_spellings_is_one_value(one: str, other: str, region: str | None, same: bool) -> None:
    for first, second in ((one, other), (other, one)):
        for values in (
            (RequestedValue(first), RequestedValue(second)),
            (RequestedValue(None, present=first), RequestedValue(None, present=second)),
        ):
            assert is_same_value(OFFICE, *values, region) is same
    assert not is_same_value(OFFICE, RequestedValue(one), RequestedValue(None, present=one), region)
    assert not is_same_value(OFFICE, RequestedValue(None, present=one), RequestedValue(None), region)
    assert not is_same_value(OFFICE, RequestedValue(one), RequestedValue(one, Condition.IF_MISSING), region)


def test_an_address_in_two_cases_is_one_value() -> None:
    assert is_same_value(EMAIL, RequestedValue("mailto:Anna@example.com"), RequestedValue("anna@Example.com"))
    assert not is_same_value(EMAIL, RequestedValue("anna@example.com"), RequestedValue("bea@example.com"))
    assert not is_same_value(EMAIL, RequestedValue("a1 2@example.com"), RequestedValue("a12@example.com"))


def test_where_the_second_request_for_one_user_stands_and_the_first() -> None:
    requests = {ANNA: Requested({MOBILE: RequestedValue(None)}), BY_ID: Requested({})}
    spots = {ANNA: Spot("/users/0"), BY_ID: Spot("/users/4", "Row 5")}
    for first, other, told in (
        (ANNA, BY_ID, "Row 5: User id-1 is named in the entry at /users/0 too, under another name"),
        (BY_ID, ANNA, "User id-1 is named in row 5 too, under another name"),
    ):
        found = ExplicitSource(requests, None, spots).contradiction(other, user(None), first)
        assert found is not None
        assert found.pointer == spots[other].pointer
        assert found.detail.startswith(told)
    found = ExplicitSource(requests).contradiction(BY_ID, user(None), ANNA)
    assert found is not None
    assert (found.pointer, "another entry" in found.detail) == ("", True)


def test_what_means_nothing_is_named() -> None:
    source = ExplicitSource({ANNA: Requested({}, ignored=("department",))})
    assert source.name is SourceName.EXPLICIT
    assert source.ignored(ANNA) == ("department",)
