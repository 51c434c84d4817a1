"""White space around a value means nothing, whichever character it is and whichever way the value comes in."""

import csv
import io
import json

import pytest

from shared.api.payload.phone_method import parse_phone_method
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.table import looks_like_table, parse_table, parse_table_users
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.core.desired import Desired, DesiredValue, DirectorySource, RequestedUsers
from shared.core.models import Method, Target, User
from tests.unit.api.payload.parsing import ANNA, NUMBER, faults_of
from tests.unit.api.payload.plans import MOBILE, account, as_json, as_xml, request
from tests.unit.people import number

# What Unicode calls white space, apart from the ends of lines: \x1c to \x1f and \x85 are less known members.
SPACES = [" ", "\t", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\x1f", "\x85", "\u00a0", "\u2003", "\u2028", "\u3000"]
EACH = pytest.mark.parametrize("space", SPACES, ids=[f"U+{ord(space):04X}" for space in SPACES])


def around(text: str, space: str) -> str:
    return f"{space}{text}{space}"


def table(header: list[str], *rows: list[str]) -> bytes:
    written = io.StringIO(newline="")
    csv.writer(written, quoting=csv.QUOTE_ALL).writerows([header, *rows])
    return written.getvalue().encode()


def only_value(found: RequestedUsers) -> str | None:
    assert list(found.users) == [Target(upn=ANNA)]
    (requested,) = found.users.values()
    return requested.values[Method.MOBILE].text


@EACH
def test_in_a_table(space: str) -> None:
    header, row = [around("UPN", space), around("Mobile", space)], [around(ANNA, space), around(NUMBER, space)]
    assert only_value(parse_table(table(header, row))) == NUMBER
    assert only_value(parse_table(table(header, [ANNA, f"'{around(NUMBER, space)}"], [space, space]))) == NUMBER
    assert parse_table_users(table(header[:1], row[:1])).targets == (Target(upn=ANNA),)


@EACH
def test_in_json(space: str) -> None:
    values = [{"userPrincipalName": around(ANNA, space), "mobile": around(NUMBER, space)}]
    assert only_value(parse_values(json.dumps(values).encode())) == NUMBER
    for users in ([around(ANNA, space)], values):
        assert parse_users(json.dumps(users).encode()).targets == (Target(upn=ANNA),)


@EACH
def test_in_a_provisioning_plan(space: str) -> None:
    plan = account(request(MOBILE, "Set", around(NUMBER, space)), user=around(ANNA, space))
    assert only_value(parse_plan(as_json(plan))) == NUMBER
    if space >= " " or space == "\t":  # XML knows no other control characters
        assert only_value(parse_plan(as_xml(plan))) == NUMBER


@EACH
def test_in_the_body_for_one_phone(space: str) -> None:
    body = {"phoneType": around("mobile", space), "phoneNumber": around(NUMBER, space)}
    assert parse_phone_method(json.dumps(body).encode(), None) == (Method.MOBILE, NUMBER)


@EACH
def test_in_the_directory(space: str) -> None:
    for held, desired in ((around(NUMBER, space), number(NUMBER)), (space, None)):
        user = User("id-1", ANNA, {Method.MOBILE: held})
        found = DirectorySource(remove_on_empty=True).desired(Target(upn=ANNA), user)
        assert found == Desired({Method.MOBILE: DesiredValue(desired)})


@EACH
def test_a_value_of_nothing_else_is_empty(space: str) -> None:
    row = parse_table(table(["UPN", "Mobile", "ForcedRemoval"], [ANNA, space, "true"]))
    assert only_value(row) is None
    nothing = [{"userPrincipalName": ANNA, "mobile": space}]
    assert [pointer for pointer, _ in faults_of(parse_values, json.dumps(nothing).encode())] == ["/0/mobile"]
    for plan in (as_json, as_xml)[: 2 if space >= " " or space == "\t" else 1]:
        found = faults_of(parse_plan, plan(account(request(MOBILE, "Set", space))))
        assert [pointer for pointer, _ in found] == ["/accountRequests/0/attributeRequests/0/value"]


@EACH
@pytest.mark.parametrize("line", ["{}", "{},{}", '{};"{}"', "{}\t\t"])
def test_a_line_of_nothing_else_is_no_header(space: str, line: str) -> None:
    body = f"{line.replace('{}', space)}\r\nUPN,Mobile\r\n{ANNA},{NUMBER}\r\n".encode()
    assert only_value(parse_table(body)) == NUMBER
    assert looks_like_table(body, None)
