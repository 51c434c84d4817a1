"""A document of several windows is read as json.loads reads it, and where it is not JSON, the same place is told."""

import json
import re
from functools import cache
from typing import Any

import pytest

from shared.api.payload.limit import Limit
from shared.api.payload.users import parse_users
from shared.deadline import Deadline
from shared.errors import InvalidBody


def entry(i: int) -> dict[str, Any]:
    value = ['é\\"' * (i % 37), "two words" * (i % 97 * 5), {"y": [i, -1.5e3, None, True]}]
    return {"userPrincipalName": f"user.{i}@contoso.com", "x": value, "é": "—"}


# Of lengths that differ, so that each window ends inside of another part of one; and long ones, since it is their
# number that makes a test slow.
ENTRIES = [entry(i) for i in range(2_500)]


@cache
def text() -> str:
    """6 MB with ends of lines."""
    found = json.dumps(ENTRIES, indent=1, ensure_ascii=False)
    assert len(found) > 5_600_000
    return found


# With coverage, each of these megabytes takes four times as long.
pytestmark = pytest.mark.no_cover


def limit() -> Limit:
    """Made by each test: a deadline runs from when it is made, and a whole run of the tests can take longer."""
    return Limit(100_000, Deadline(600))


@pytest.mark.parametrize("wrap", ["%s", '{"Count": 1,\n"value": %s}', '{"users": %s, "x": [1]}'])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32"])
def test_entries_are_the_same_in_every_window(wrap: str, encoding: str) -> None:
    users = parse_users((wrap % text()).encode(encoding), limit())
    assert [target.upn for target in users.targets] == [entry["userPrincipalName"] for entry in ENTRIES]
    assert set(users.ignored.values()) == {("x", "é")}


@pytest.mark.parametrize("at", [1, 700_000, 2_097_150, 3_145_728, 4_194_304, -3])
@pytest.mark.parametrize("old", [r"\{", ":", ",", r"\n", '"'])
def test_a_fault_of_syntax_has_its_line_and_column(at: int, old: str) -> None:
    whole = text()
    found = re.compile(old).search(whole, at % len(whole)) or re.compile(old).search(whole)
    assert found is not None
    broken = f"{whole[: found.start()]}\x00{whole[found.end() :]}"
    with pytest.raises(json.JSONDecodeError) as expected:
        json.loads(broken)
    with pytest.raises(InvalidBody) as refusal:
        parse_users(broken.encode(), limit())
    place = f"at line {expected.value.lineno}, column {expected.value.colno}."
    assert refusal.value.detail == f"The body is not JSON: {expected.value.msg} {place}"


@pytest.mark.parametrize("cut", [700_000, 2_097_160, 4_000_001, -1])
def test_a_document_that_is_cut_off(cut: int) -> None:
    with pytest.raises(InvalidBody, match="The body is not JSON"):
        parse_users(text()[:cut].encode(), limit())


def test_a_byte_that_is_no_utf_8_far_behind_makes_all_of_it_latin_1() -> None:
    long = b'{"UPN": "long@contoso.com", "x": "%s"}' % (b"x" * 900_000)
    body = b'["\xc3\xa9@contoso.com", %s, "\xe9@contoso.com"]' % b", ".join([long] * 4)
    names = [target.upn for target in parse_users(body, limit()).targets]
    assert names == ["Ã©@contoso.com", "long@contoso.com", "é@contoso.com"]
