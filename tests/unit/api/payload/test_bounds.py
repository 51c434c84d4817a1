"""What a body may cost: a parser stops at its limit, at its deadline and at what no real body holds."""

import json
import tracemalloc
from collections.abc import Callable

import pytest

from shared.api.payload.limit import Limit
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.table import parse_table, parse_table_users
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.deadline import Deadline
from shared.errors import InvalidBody, ParsingTimedOut, TooManyUsers
from tests.unit.api.payload.parsing import ANNA
from tests.unit.api.payload.plans import account, as_json, as_xml, request

Parse = Callable[[bytes, Limit], object]
FOUR = [f"{name}@contoso.com" for name in "abcd"]
ACCOUNTS = [account(request("mfa_emailAddress", "Set", ANNA), user=user) for user in FOUR]
MB = 1024 * 1024


def limit(entries: int = 3, seconds: float = 100) -> Limit:
    return Limit(entries, Deadline(seconds))


def long(entries: int, parse: Parse, body: bytes) -> str:
    with pytest.raises(InvalidBody) as refusal:
        parse(body, limit(entries))
    return f"{refusal.value.faults[0].pointer} {refusal.value.faults[0].detail}"


LISTS = pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_users, json.dumps(FOUR).encode()),
        (parse_users, json.dumps({"count": 4, "value": FOUR}).encode()),
        (parse_values, json.dumps({"Users": [{"UPN": user, "mobile": None} for user in FOUR]}).encode()),
        (parse_plan, as_json(*ACCOUNTS)),
        (parse_plan, as_xml(*ACCOUNTS)),
        (parse_table, "\n".join(["UPN,Mobile,ForcedRemoval", *(f"{user},,true" for user in FOUR)]).encode()),
        (parse_table_users, "\n".join(["UPN", *FOUR]).encode()),
    ],
)


@LISTS
def test_a_list_ends_at_its_limit(parse: Parse, body: bytes) -> None:
    parse(body, limit(4))
    with pytest.raises(TooManyUsers, match="may name 3 users; this one names more"):
        parse(body, limit(3))


@LISTS
def test_what_stands_behind_the_limit_is_not_read(parse: Parse, body: bytes) -> None:
    with pytest.raises(TooManyUsers):
        parse(body[:-3], limit(3))


@LISTS
def test_a_deadline_ends_it_too(parse: Parse, body: bytes) -> None:
    with pytest.raises(ParsingTimedOut):
        parse(body, limit(4, seconds=0))


SMALL_ONES = [b"1,", b"[],", b"{},", b'"",', b'{"x":{}},']


@pytest.mark.parametrize("begin", [b"[", b'{"value":[', b'{"count":1,"users":[', b'{"accountRequests":['])
@pytest.mark.parametrize("entry", SMALL_ONES)
def test_entries_are_counted_before_more_of_them_are_kept(begin: bytes, entry: bytes) -> None:
    parse = parse_plan if b"account" in begin else parse_users
    assert peak_mb(parse, begin + entry * (4 * MB // len(entry)), limit(1000), TooManyUsers) < 12


@pytest.mark.parametrize(
    ("parse", "make"),
    [
        (parse_users, lambda: b'["' + b"x" * 8 * MB + b'"]'),
        (parse_users, lambda: b'[{"x":[' + b"[]," * MB + b"1]}]"),
        (parse_users, lambda: b"[" * 8 * MB),
        (parse_users, lambda: b'["' + "\N{GRINNING FACE}".encode() * 2 * MB + b'"]'),
        (parse_table, lambda: b"UPN,Mobile\n" + b"1," * 4 * MB),
        (parse_table, lambda: b"UPN,Mobile\n" + b'"\n",' * 2 * MB),
        (parse_table, lambda: b"UPN," * 2 * MB),
        (parse_table, lambda: b"\n" * 8 * MB),
        (parse_plan, lambda: b"<P " + b"".join(b"a%x='' " % i for i in range(MB)) + b"/>"),
        (parse_plan, lambda: b'<AccountRequest><AttributeRequest name="x"><Value>' + b"x" * 8 * MB),
        (parse_plan, lambda: b"<!DOCTYPE a SYSTEM '" + b"x" * 8 * MB + b"'><P/>"),
    ],
)
def test_one_long_thing_costs_little(parse: Parse, make: Callable[[], bytes]) -> None:
    assert peak_mb(parse, make(), limit(1000), InvalidBody) < 90


def peak_mb(parse: Parse, body: bytes, most: Limit, refusal: type[Exception]) -> float:
    tracemalloc.start()
    try:
        with pytest.raises(refusal):
            parse(body, most)
        return tracemalloc.get_traced_memory()[1] / MB
    finally:
        tracemalloc.stop()


def test_an_entry_that_is_too_long_has_its_pointer() -> None:
    entry = b'{"UPN":"a@b","photo":"' + b"x" * MB + b'"}'
    for body, pointer in ((b'["a@b",%s]', "/1"), (b'{"value":[%s]}', "/value/0"), (b'{"value":%s}', "/value")):
        assert long(9, parse_users, body % entry).startswith(f"{pointer} This is longer than 1,048,576 characters.")
    assert long(9, parse_users, entry).startswith("/photo This is longer")
    assert long(9, parse_users, b'{"x":"%s","y":"%s"}' % ((b"x" * (MB // 2),) * 2)).startswith(" This is longer")


def test_an_entry_may_be_as_long_as_that() -> None:
    entry = b'{"UPN":"a@b","photo":"' + b"x" * (MB - 24) + b'"}'
    assert len(parse_users(b"[" + b",".join([entry] * 5) + b"]", limit(9)).targets) == 1


def test_a_list_serialised_twice_is_told_so_however_long() -> None:
    assert "serialised twice" in long(9, parse_users, json.dumps(json.dumps([ANNA] * 100_000)).encode())


def test_numbers_of_things_that_no_body_holds() -> None:
    entry = b'{"id":0,"x":[' + b"%s," * 170_000 + b"0]},"
    assert "2,000,000 arrays" in long(99, parse_users, b"[" + entry.replace(b"%s", b"[]") * 12 + b"0]")
    entry = b'{"id":0,%s"x":0},' % (b'"":0,' * 200_000)
    assert "2,000,000 properties" in long(99, parse_users, b"[" + entry * 12 + b"0]")
    names = b",".join(b'"%x":0' % i for i in range(20_002))
    assert "20,000 different names" in long(9, parse_users, b"[{" + names + b"}]")


def test_rows_that_no_spreadsheet_holds() -> None:
    body = b"UPN\na@b\n" + b"\n" * 1_048_576 + b"a@b\n"
    assert long(9, parse_table_users, body).startswith("/1048576 Row 1048577: This is more rows")
    assert parse_table_users(b"UPN\na@b\n" + b"\n" * 100_000 + b"c@d", limit(9)).entries == 2


def test_tags_and_attributes_that_no_plan_holds() -> None:
    assert "200,000 elements and attributes" in long(9, parse_plan, b"<P>" + b"<a x=''/>" * 100_000 + b"</P>")
    attributes = [request("x", "Add", "y")] * 17_000
    plan = as_json(*(account(*attributes, user=user) for user in FOUR))
    assert long(9, parse_plan, plan).startswith("/accountRequests/2/attributeRequests Up to here the plan has more")
    many = request("mfa_fido2AuthenticationMethod", "Remove", [f"id{i}" for i in range(101)])
    for write in (as_json, as_xml):
        assert "More than 100 methods" in long(9, parse_plan, write(account(many)))
    nested = '{"id":"a","x":[' + "{}," * 20 + "{}]}"
    removal = request("mfa_fido2AuthenticationMethod", "Remove", nested)
    assert "This names no method" in long(9, parse_plan, as_json(account(removal)))
