"""source.py: what the directory's attributes and a caller's values are taken for."""

import pytest

from shared.core.codes import Code
from shared.core.models import Method, SourceName, Stop, Target, User
from shared.core.plan import Want, Wanted
from shared.core.source import DirectorySource, ExplicitSource
from shared.core.wishes import Condition, Removal, Value, Wish
from tests.unit.people import ALTERNATE, EMAIL, MOBILE, OFFICE, address, number

WANTED = number("+46 701740605")
ANNA = Target(upn="anna@contoso.com")
BY_ID = Target(id="id-1")
EMPTY = Stop(Code.SOURCE_EMPTY, "The directory holds no number.")
UNREADABLE = Stop(Code.INVALID_NUMBER, "The attribute holds a list.")
KEEP, REMOVE = DirectorySource(), DirectorySource(remove_on_empty=True)


def user(mobile: str | Stop | None = None, location: str | None = None, **others: str | Stop | None) -> User:
    attributes = {MOBILE: mobile} | {Method(name): value for name, value in others.items()}
    return User("id-1", "anna@contoso.com", attributes, location)


def by_directory(user: User, source: DirectorySource = KEEP) -> Wanted | Stop:
    return source.wanted(ANNA, user)


def want(user: User, kind: Method = MOBILE, source: DirectorySource = KEEP) -> Want:
    wanted = by_directory(user, source)
    assert isinstance(wanted, Wanted)
    return wanted.values[kind]


# The directory


@pytest.mark.parametrize("text", [None, "", "  ", "\u00a0", "\r\n"])
def test_an_empty_attribute_says_nothing_unless_it_means_removal(text: str | None) -> None:
    assert by_directory(user(text)) == EMPTY
    assert want(user(text), source=REMOVE) == Want(None)


def test_an_unusable_number_is_never_taken_for_none() -> None:
    stop = by_directory(user("n/a"), REMOVE)
    assert isinstance(stop, Stop)
    assert stop.code is Code.INVALID_NUMBER
    assert stop.message.startswith("What the directory holds for mobile cannot be used: it has characters")


def test_the_reason_for_an_invalid_number_repeats_no_digit() -> None:
    stop = by_directory(user("+46 12345678901234567"))
    assert isinstance(stop, Stop)
    assert not any(character.isdigit() for character in stop.message)


def test_an_attribute_that_cannot_be_read_says_so_itself() -> None:
    assert by_directory(user(UNREADABLE), REMOVE) == UNREADABLE


def test_national_numbers_use_the_users_usage_location_before_the_default_region() -> None:
    source = DirectorySource(default_region="US")
    assert want(user("070-174 06 05", "SE"), source=source) == Want(WANTED)
    assert want(user("(206) 555-0100"), source=source) == Want(number("+1 2065550100"))


def test_national_vs_international_validity() -> None:
    """070… of one country must not become a wrong number of another; with its country code possible is enough."""
    national = by_directory(user("070-174 06 05", "US"))
    assert isinstance(national, Stop)
    assert national.code is Code.INVALID_NUMBER
    assert want(user("+46 70-174 06 05", "US")) == Want(WANTED)


def test_a_national_number_without_any_country_is_invalid() -> None:
    stop = by_directory(user("070-174 06 05"))
    assert isinstance(stop, Stop)
    assert stop.code is Code.INVALID_NUMBER


def test_a_usage_location_that_is_no_country_leaves_it_to_the_default_region() -> None:
    assert want(user("070-174 06 05", "XX"), source=DirectorySource(default_region="SE")) == Want(WANTED)


def test_each_attribute_is_a_want_of_its_own() -> None:
    texts = {"alternateMobile": " ", "office": "n/a", "email": " anna@example.com "}
    wanted = by_directory(user("+46 701740605", **texts))
    assert isinstance(wanted, Wanted)
    assert wanted.values[MOBILE] == Want(WANTED)
    assert wanted.values[ALTERNATE] == Want(None, stop=EMPTY)
    assert wanted.values[EMAIL] == Want(address("anna@example.com"))
    office = wanted.values[OFFICE].stop
    assert office is not None
    assert office.code is Code.INVALID_NUMBER


def test_an_address_that_is_none_is_an_invalid_address() -> None:
    stop = want(user("+46 701740605", email="anna"), EMAIL).stop
    assert stop is not None
    assert stop.code is Code.INVALID_ADDRESS


def test_when_no_attribute_can_be_used_the_reason_that_is_not_emptiness_tells() -> None:
    assert by_directory(user(None, office=UNREADABLE)) == UNREADABLE
    assert by_directory(user(None, office=None)) == EMPTY


def test_a_type_without_an_attribute_is_not_wanted() -> None:
    wanted = by_directory(user("+46 701740605"))
    assert isinstance(wanted, Wanted)
    assert list(wanted.values) == [MOBILE]
    assert wanted.removals == ()


@pytest.mark.parametrize("on", [True, False, None])
def test_sms_sign_in_is_what_the_operator_decided(on: bool | None) -> None:
    wanted = by_directory(user("+46 701740605"), DirectorySource(sms_sign_in=on))
    assert isinstance(wanted, Wanted)
    assert wanted.sms_sign_in is on


def test_sms_sign_in_goes_off_even_for_those_of_whom_the_directory_holds_no_number() -> None:
    wanted = by_directory(user(None), DirectorySource(sms_sign_in=False))
    assert wanted == Wanted({MOBILE: Want(None, stop=EMPTY)}, sms_sign_in=False)


def test_sms_sign_in_does_not_go_on_for_a_number_that_the_directory_does_not_hold() -> None:
    assert by_directory(user(None), DirectorySource(sms_sign_in=True)) == EMPTY


def test_the_directory_knows_who_is_synchronised() -> None:
    wanted = KEEP.wanted(ANNA, User("id-1", "anna@contoso.com", {MOBILE: "+46 701740605"}, synced=True))
    assert isinstance(wanted, Wanted)
    assert wanted.synced


def test_of_the_caller_of_the_directory_source_nothing_but_names_is_taken() -> None:
    assert KEEP.name is SourceName.DIRECTORY
    assert KEEP.ignored(ANNA) == ()
    assert KEEP.is_alike(ANNA, Target(id="id-1"))


# Values that the caller names


def explicit(wish: Wish, location: str | None = None, region: str | None = None) -> Wanted:
    wanted = ExplicitSource({ANNA: wish}, region).wanted(ANNA, user("+46 701740699", location))
    assert isinstance(wanted, Wanted)
    return wanted


def test_what_the_caller_names_is_wanted_whatever_the_directory_holds() -> None:
    values = {MOBILE: Value("+46701740605"), ALTERNATE: Value(None), EMAIL: Value("anna@example.com")}
    wanted = explicit(Wish(values, sms_sign_in=True, removals=(Removal(Method.FIDO2),)))
    assert wanted == Wanted(
        {MOBILE: Want(WANTED), ALTERNATE: Want(None), EMAIL: Want(address("anna@example.com"))},
        sms_sign_in=True,
        removals=(Removal(Method.FIDO2),),
    )


def test_a_wish_for_nothing_wants_nothing() -> None:
    assert explicit(Wish({})) == Wanted()


def test_conditions_and_the_value_to_be_removed_are_handed_on() -> None:
    values = {
        MOBILE: Value("+46 701740605", Condition.IF_MISSING),
        OFFICE: Value(None, present="+46-701740605"),
        EMAIL: Value(None, present="anna@example.com"),
    }
    assert explicit(Wish(values)).values == {
        MOBILE: Want(WANTED, Condition.IF_MISSING),
        OFFICE: Want(None, present=WANTED),
        EMAIL: Want(None, present=address("anna@example.com")),
    }


@pytest.mark.parametrize("text", ["", " ", "n/a", "+46", "+46 701740605, +46 701740606"])
def test_a_text_that_is_no_number_is_never_taken_for_a_removal(text: str) -> None:
    found = explicit(Wish({MOBILE: Value(text), ALTERNATE: Value(None, present=text)}))
    for kind in (MOBILE, ALTERNATE):
        stop = found.values[kind].stop
        assert stop is not None
        assert stop.code is Code.INVALID_NUMBER
        assert stop.message.startswith(f"What was sent for {kind} cannot be used: ")


def test_a_text_that_is_no_address_is_never_taken_for_a_removal() -> None:
    stop = explicit(Wish({EMAIL: Value("")})).values[EMAIL].stop
    assert stop is not None
    assert stop.code is Code.INVALID_ADDRESS


def test_national_numbers_of_the_caller_need_a_country_from_somewhere() -> None:
    wish = Wish({MOBILE: Value("070-174 06 05")})
    assert explicit(wish, "SE").values[MOBILE] == explicit(wish, None, "SE").values[MOBILE] == Want(WANTED)
    assert explicit(wish).values[MOBILE].stop is not None


def test_where_a_country_code_is_needed_no_region_helps() -> None:
    values = {MOBILE: Value("070-174 06 05"), OFFICE: Value(None, present="070-174 06 05")}
    found = explicit(Wish(values, needs_country_code=True), "SE", "SE").values
    assert all(want.stop is not None for want in found.values())
    spaceless = Wish({MOBILE: Value("+46701740605")}, needs_country_code=True)
    assert explicit(spaceless).values[MOBILE] == Want(WANTED)


def test_the_repr_of_a_wish_tells_no_value() -> None:
    wish = Wish({MOBILE: Value("+46 701740605", present="+46 701740606"), EMAIL: Value("anna@example.com")})
    assert "7017" not in f"{wish!r} {wish}"
    assert "anna" not in f"{wish!r} {wish}"


def test_two_names_of_one_user_are_alike_when_the_same_is_asked_for_both() -> None:
    def alike(one: Wish, other: Wish) -> bool:
        return ExplicitSource({ANNA: one, BY_ID: other}).is_alike(ANNA, BY_ID)

    wish = Wish({MOBILE: Value("+46 701740605")}, sms_sign_in=True, ignored=("department",))
    assert alike(wish, Wish({MOBILE: Value("+46 701740605")}, sms_sign_in=True))
    assert not alike(wish, Wish({MOBILE: Value("+46 701740606")}, sms_sign_in=True))
    assert not alike(wish, Wish({MOBILE: Value(None)}, sms_sign_in=True))
    assert not alike(wish, Wish({MOBILE: Value("+46 701740605", Condition.IF_MISSING)}, sms_sign_in=True))
    assert not alike(wish, Wish({MOBILE: Value("+46 701740605")}, sms_sign_in=False))
    assert not alike(wish, Wish({MOBILE: Value("+46 701740605")}, sms_sign_in=True, removals=(Removal(Method.FIDO2),)))


def test_what_means_nothing_is_named() -> None:
    source = ExplicitSource({ANNA: Wish({}, ignored=("department",))})
    assert source.name is SourceName.EXPLICIT
    assert source.ignored(ANNA) == ("department",)
