"""What must hold for every input: planning, bodies, numbers, and what is ever shown of a number or a secret."""

import json
import string
from dataclasses import replace

import phonenumbers
import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

from shared.deadline import Deadline
from shared.entra import Grant
from shared.errors import InvalidBody
from shared.graph.calls import Call
from shared.handshake import Handshake
from shared.models import Action, Change, Code, Plan, ServiceAccount, Stop, Target, User
from shared.payload import UserList, parse_users
from shared.phone import InvalidNumber, Match, PhoneNumber, StoredNumber, parse_number
from shared.plan import Policy, Wanted, plan_user
from shared.reconcile import reconcile
from shared.results import applied, planned
from shared.vault import Secret
from tests.unit.people import ALTERNATE, MOBILE, OFFICE, InMemory, method

FEW = settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
MORE = settings(FEW, max_examples=100)

# Numbers


def _examples() -> list[str]:
    """The library's example number of every region and type, as E.164."""
    found = set()
    for region in phonenumbers.SUPPORTED_REGIONS:
        for kind in phonenumbers.PhoneNumberType.values():
            number = phonenumbers.example_number_for_type(region, kind)
            if number is not None:
                found.add(phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164))
    return sorted(found)


EXAMPLES = _examples()


def _accepted() -> list[PhoneNumber]:
    accepted = []
    for text in EXAMPLES:
        try:
            accepted.append(parse_number(text, None))
        except InvalidNumber:
            continue
    return accepted


ACCEPTED = _accepted()

plain_numbers = st.sampled_from(ACCEPTED)
numbers = st.builds(replace, plain_numbers, extension=st.from_regex(r"([1-9][0-9]{0,5})?", fullmatch=True))
regions = st.sampled_from([None, "SE", "US", "GB", "IT", "DE", "AR", "MX", "BR", "RU", "CI", "ZZ"])
separators = st.sampled_from(["", " ", "-", ".", "\u00a0", "\u2011"])


@st.composite
def spellings(draw: st.DrawFn, number: PhoneNumber) -> str:
    """The same number as people and systems write it."""
    digits = f"{number.national}"
    parts = [digits[0]]
    for digit in digits[1:]:
        parts.append(draw(separators) + digit)
    national = "".join(parts)
    if draw(st.booleans()):
        national = national.translate(
            str.maketrans(string.digits, "\uff10\uff11\uff12\uff13\uff14\uff15\uff16\uff17\uff18\uff19")
        )
    begin = draw(st.sampled_from(["+", "00", "\uff0b", " +"]))
    mark = draw(st.sampled_from(["x", " x", " ext. ", ";ext=", " ext ", "#"]))
    extension = f"{mark}{number.extension}" if number.extension else ""
    return f"{begin}{number.country_code}{draw(separators)}{national}{extension}"


phone_text = st.one_of(
    st.text(max_size=30),
    st.text("+0123456789 ()-./x#*", max_size=25),
    st.from_regex(r"(\+|00)?[0-9 ]{1,20}( ?x[0-9]{1,5})?", fullmatch=True),
    st.builds(lambda cc, rest: f"+{cc} {rest}", st.integers(1, 999), st.from_regex(r"[0-9]{4,14}", fullmatch=True)),
    st.builds(
        lambda number, zeros: f"+{number.country_code} {'0' * zeros}{number.national}", plain_numbers, st.integers(0, 3)
    ),
)


@MORE
@given(phone_text, regions)
@example("+46 00701740605", None)
@example("+1 2065550100 x\u0661", None)
def test_normalising_is_idempotent_for_any_text(text: str, region: str | None) -> None:
    number = parsed(text, region)
    if number is None:
        return
    assert number.graph_format.isascii()
    assert parse_number(number.graph_format, None) == number


def parsed(text: str, region: str | None) -> PhoneNumber | None:
    """None for what is refused, whose reason must hold no digit; anything else that is raised ends the test."""
    try:
        return parse_number(text, region)
    except InvalidNumber as refusal:
        reason = str(refusal)
    assert digits(reason) == 0
    return None


def test_normalising_is_idempotent_for_the_examples_of_all_regions_and_types() -> None:
    assert len(ACCEPTED) > 800
    for number in ACCEPTED:
        assert parse_number(number.graph_format, None) == number
        assert StoredNumber(number.graph_format).compare(number) is Match.EQUAL


def test_only_premium_rate_shared_cost_and_local_examples_are_refused() -> None:
    accepted = {f"+{number.country_code}{number.national}" for number in ACCEPTED}
    refused = [text for text in EXAMPLES if text not in accepted]
    assert len(refused) > 50
    for text in refused:
        with pytest.raises(InvalidNumber, match=r"premium-rate or shared-cost|lacks its area code"):
            parse_number(text, None)


@MORE
@given(st.data(), numbers)
def test_every_spelling_is_the_same_number(data: st.DataObject, number: PhoneNumber) -> None:
    spelling = data.draw(spellings(number))
    assert parse_number(spelling, None) == number
    registered = [method(number.graph_format)]
    plan = plan_user(Wanted(parse_number(spelling, None)), registered, Policy())
    assert plan.change is not None
    assert plan.change.action is Action.KEEP


@MORE
@given(st.data(), numbers)
def test_a_stored_number_in_any_spelling_is_kept(data: st.DataObject, number: PhoneNumber) -> None:
    stored = data.draw(spellings(number))
    assume("#" not in stored)
    assert StoredNumber(stored).compare(number) is Match.EQUAL


def digits(text: str) -> int:
    return sum(character.isdigit() for character in text)


@MORE
@given(numbers)
def test_no_text_of_a_number_shows_more_than_country_code_and_two_digits(number: PhoneNumber) -> None:
    most = len(str(number.country_code)) + 2
    stored = StoredNumber(number.graph_format)
    for text in (
        f"{number}",
        f"{number!r}",
        f"{number:}",
        str(number),
        f"{[number]}",
        number.masked,
        f"{stored}",
        f"{stored!r}",
        f"{[stored]}",
        stored.masked,
    ):
        assert digits(text) <= most
        assert number.national not in text


@MORE
@given(phone_text)
def test_no_text_of_anything_stored_shows_more_than_country_code_and_two_digits(text: str) -> None:
    stored = StoredNumber(text)
    assert digits(stored.masked) <= 3 + 2
    assert digits(f"{stored!r} {stored}") <= 2 * (3 + 2)


@MORE
@given(numbers)
def test_nothing_that_may_be_printed_holds_a_number_or_a_secret(number: PhoneNumber) -> None:
    assume(len(number.national) > 5)
    stored = StoredNumber(number.graph_format)
    change = Change(Action.UPDATE, MOBILE, stored, number)
    add, remove = Change(Action.ADD, MOBILE, None, number), Change(Action.REMOVE, MOBILE, stored, None)
    target = Target(upn="anna@contoso.com")
    secret = "s3cret-not-real"
    things = [
        *(change, add, remove, Plan(change), Plan(change, Stop(Code.FORBIDDEN, "No.")), Wanted(number)),
        *(method(number.graph_format), User("id-1", "anna@contoso.com", number.graph_format, "SE")),
        *(applied(target, "id-1", change, None), planned(target, "id-1", Plan(change))),
        *(Secret(secret), Grant(secret, 1.0, ServiceAccount("id-1", "svc@contoso.com")), Handshake(secret)),
        Call("POST", "/users/id-1/authentication/phoneMethods", {"phoneNumber": number.graph_format}),
    ]
    for thing in things:
        for text in (f"{thing}", f"{thing!r}", f"{[thing]}"):
            assert number.national not in text
            assert secret not in text


@MORE
@given(numbers, st.sampled_from("*X\u2022"))
def test_a_masked_text_of_a_number_agrees_with_it(number: PhoneNumber, sign: str) -> None:
    assume(len(number.national) > 2)
    masked = number.masked.replace("*", sign)
    assert StoredNumber(masked).compare(number) is Match.VISIBLE_EQUAL


@MORE
@given(numbers, numbers, st.sampled_from("*X\u2022"))
def test_a_masked_text_differs_from_a_number_that_ends_otherwise(
    number: PhoneNumber, other: PhoneNumber, sign: str
) -> None:
    assume(len(number.national) > 2)
    assume(number.national[-2:] != other.national[-2:])
    assert StoredNumber(number.masked.replace("*", sign)).compare(other) is Match.DIFFERENT


# Plans

policies = st.builds(Policy, remove_on_empty=st.just(True), rewrite_masked=st.booleans())
registered_phones = st.one_of(
    st.dictionaries(st.sampled_from([MOBILE, OFFICE]), numbers, max_size=2),
    st.builds(
        lambda mobile, alternate, rest: {MOBILE: mobile, ALTERNATE: alternate, **rest},
        *(numbers, numbers, st.dictionaries(st.just(OFFICE), numbers)),
    ),
)
wanted_numbers = st.one_of(st.none(), numbers)


def directory_with(phones: dict[object, PhoneNumber], wanted: PhoneNumber | None, masks: bool = False) -> InMemory:
    directory = InMemory()
    directory.masks = masks
    directory.add("u1", wanted.graph_format if wanted else None)
    directory.phones["u1"] = {kind: number.graph_format for kind, number in phones.items()}  # type: ignore[misc]
    return directory


def run(directory: InMemory, policy: Policy) -> None:
    reconcile([Target(id="u1")], directory, None, policy, dry_run=False, deadline=Deadline(10))


@FEW
@given(registered_phones, wanted_numbers, policies)
def test_planning_after_applying_gives_only_keep(
    phones: dict[object, PhoneNumber], wanted: PhoneNumber | None, policy: Policy
) -> None:
    directory = directory_with(phones, wanted)
    run(directory, policy)
    assert len(directory.written) <= 1
    (now,) = directory.methods(["u1"], Deadline(10))
    assert not isinstance(now, Stop)
    again = plan_user(Wanted(wanted), now, policy)
    assert again.change is not None
    assert again.change.action is Action.KEEP
    directory.written.clear()
    run(directory, policy)
    assert directory.written == []


@FEW
@given(registered_phones, wanted_numbers, policies)
def test_current_and_plan_make_wanted(
    phones: dict[object, PhoneNumber], wanted: PhoneNumber | None, policy: Policy
) -> None:
    directory = directory_with(phones, wanted)
    run(directory, policy)
    mobile = directory.phones["u1"].get(MOBILE)
    if wanted is None and ALTERNATE in phones:
        assert mobile == phones[MOBILE].graph_format
    else:
        assert mobile == (wanted.graph_format if wanted else None)


@FEW
@given(registered_phones, wanted_numbers, policies, st.booleans())
def test_methods_other_than_mobile_are_never_touched(
    phones: dict[object, PhoneNumber], wanted: PhoneNumber | None, policy: Policy, masks: bool
) -> None:
    directory = directory_with(phones, wanted, masks)
    others = {kind: text for kind, text in directory.phones["u1"].items() if kind is not MOBILE}
    run(directory, policy)
    assert {kind: text for kind, text in directory.phones["u1"].items() if kind is not MOBILE} == others
    assert {change.phone_type for _, change in directory.written} <= {MOBILE}


@FEW
@given(registered_phones, wanted_numbers, policies, st.randoms(use_true_random=False))
def test_the_order_of_registered_methods_does_not_matter(
    phones: dict[object, PhoneNumber], wanted: PhoneNumber | None, policy: Policy, random: object
) -> None:
    registered = [method(number.graph_format, kind) for kind, number in phones.items()]  # type: ignore[arg-type]
    shuffled = list(registered)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert plan_user(Wanted(wanted), registered, policy) == plan_user(Wanted(wanted), shuffled, policy)


@FEW
@given(registered_phones, wanted_numbers)
def test_masked_numbers_settle_too(phones: dict[object, PhoneNumber], wanted: PhoneNumber | None) -> None:
    assume(all(len(number.national) > 2 for number in phones.values()))
    assume(wanted is None or len(wanted.national) > 2)
    policy = Policy(remove_on_empty=True)
    directory = directory_with(phones, wanted, masks=True)
    run(directory, policy)
    directory.written.clear()
    run(directory, policy)
    assert directory.written == []


# Bodies


def parse_or_refuse(body: bytes) -> UserList | None:
    """Anything else that is raised ends the test."""
    try:
        users = parse_users(body)
    except InvalidBody as refusal:
        pointers = [fault.pointer for fault in refusal.faults]
    else:
        assert 0 < len(users.targets) <= users.entries
        assert all((target.upn is None) is not (target.id is None) for target in users.targets)
        return users
    assert pointers
    assert all(pointer == "" or pointer.startswith("/") for pointer in pointers)
    return None


json_values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(st.characters(), max_size=10)),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(
            st.one_of(st.sampled_from(["UserPrincipalName", "userPrincipalName", "id", "value", "users"]), st.text()),
            inner,
            max_size=4,
        ),
    ),
    max_leaves=12,
)
user_like = st.fixed_dictionaries(
    {},
    optional={
        "UserPrincipalName": st.one_of(st.sampled_from(["a@b", "A@B", " a@b ", "", "a", "a@b@c", "$@x"]), json_values),
        "userprincipalname": st.just("a@b"),
        "id": st.one_of(st.just("98331b77-46d5-51d1-a329-64fd5b919a62"), json_values),
        "extra": json_values,
    },
)


@MORE
@given(st.binary(max_size=60))
@example(b"")
@example(b"[" * 100_000)
@example(b'{"a":' * 100_000)
@example(b'{"value":' * 100_000)
@example(b"[" * 100_000 + b"]" * 100_000)
@example(b"9" * 100_000)
@example(b"-" + b"9" * 4400)
@example(b"1e999999999")
@example(b"[1e400]")
@example(b"[NaN]")
@example(b"[-Infinity]")
@example(b'{"id":1,"id":2,"ID":3}')
@example(b'["\\ud800"]')
@example(b'["\\udfff@\\ud800"]')
@example(b'{"\\ud800":1}')
@example(b"\xef\xbb\xbf[]")
@example(b"\xef\xbb\xbf\xef\xbb\xbf[]")
@example(b"\xff\xfe[\x00]\x00")
@example(b"\xfe\xff\x00[\x00]")
@example(b'["\xe5sa@contoso.com"]')
@example(b'\xef\xbb\xbf["\xe5sa@contoso.com"]')
@example(b'["a@b\x00"]')
@example(b"\x00")
def test_any_bytes_are_users_or_an_invalid_body(body: bytes) -> None:
    parse_or_refuse(body)


@MORE
@given(json_values, st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "latin-1"]), st.booleans())
def test_any_json_is_users_or_an_invalid_body(value: object, encoding: str, ascii_only: bool) -> None:
    parse_or_refuse(json.dumps(value, ensure_ascii=ascii_only).encode(encoding, "replace"))


@MORE
@given(st.lists(user_like, max_size=6), st.sampled_from([None, "value", "Users"]))
def test_almost_good_lists_are_users_or_an_invalid_body(users: list[object], wrapper: str | None) -> None:
    found = parse_or_refuse(json.dumps({wrapper: users} if wrapper else users).encode())
    if found is not None:
        assert found.entries == len(users)


@pytest.mark.parametrize("depth", [10, 500, 900, 950, 980, 990, 1000, 3000])
@pytest.mark.parametrize(("begin", "end"), [('[{"UserPrincipalName":', "}]"), ('[{"extra":', ',"id":1}]'), ("", "")])
def test_any_depth_is_users_or_an_invalid_body(depth: int, begin: str, end: str) -> None:
    """Also the depths that the JSON reader still takes and something behind it may not."""
    for opening, closing in (("[", "]"), ('{"a":', "}")):
        parse_or_refuse(f"{begin}{opening * depth}1{closing * depth}{end}".encode())
