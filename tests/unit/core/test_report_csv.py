"""report_csv.py: results, and rows of the report on phone methods, as tables that a spreadsheet opens without harm."""

import csv
import io
import re

import pytest

from shared.core.address import parse_address
from shared.core.codes import Code
from shared.core.models import Action, Change, Method, Plan, RunReport, SmsState, SourceName, Stop, Target, UserResult
from shared.core.phone import StoredNumber
from shared.core.plan import UserPlan
from shared.core.report import user_bodies
from shared.core.report_csv import bodies_csv, rows_csv, text_of
from shared.core.results import announced, applied, not_attempted, summary
from shared.core.survey.rows import COLUMNS, shown, unread_row
from tests.unit.parsed import parse_number

ANNA = Target(upn="anna@contoso.com")
OLD, NEW = StoredNumber("+46 701740667"), parse_number("+46 701740612", None)
UPDATE = Change(Action.UPDATE, Method.MOBILE, OLD, NEW)
HEADER = (
    "userPrincipalName,userId,status,code,message,source,method,id,action,before,after,"
    "changeStatus,changeCode,changeMessage,ignored"
)
# The signs that begin a formula, and their full-width twins.
SIGNS = "=+-@\uff1d\uff0b\uff0d\uff20"


def table(*results: UserResult, source: SourceName = SourceName.EXPLICIT) -> bytes:
    return bodies_csv(user_bodies(RunReport(False, source, results)))


def rows(raw: bytes, delimiter: str = ",") -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(raw.decode("utf-8-sig"), newline=""), delimiter=delimiter))


def stopped(target: Target, message: str, ignored: tuple[str, ...] = ()) -> UserResult:
    return announced(UserPlan(target, Plan(stop=Stop(Code.USER_NOT_FOUND, message)), ignored))


def test_the_bytes_as_excel_wants_them() -> None:
    raw = table(summary(ANNA, "id-1", [applied(UPDATE)]))
    assert raw.startswith(b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n")
    assert raw.count(b"\xef\xbb\xbf") == 1
    assert raw.endswith(b"\r\n")
    assert raw.count(b"\n") == raw.count(b"\r\n") == 2


def test_a_line_for_each_change_and_one_for_a_user_without_any() -> None:
    changes = [
        applied(UPDATE),
        not_attempted(Change(Action.REMOVE, Method.ALTERNATE_MOBILE, OLD)),
        applied(Change(Action.REMOVE, Method.FIDO2, id="aabb")),
    ]
    found = rows(table(summary(ANNA, "id-1", changes, ("department", "title")), stopped(Target(id="id-2"), "Gone.")))
    assert [(row["userPrincipalName"], row["userId"], row["method"], row["id"]) for row in found] == [
        ("anna@contoso.com", "id-1", "mobile", ""),
        ("anna@contoso.com", "id-1", "alternateMobile", ""),
        ("anna@contoso.com", "id-1", "fido2", "aabb"),
        ("", "", "", ""),
    ]
    assert [row["changeCode"] for row in found] == ["updated", "notAttempted", "removed", ""]
    assert [row["changeStatus"] for row in found] == ["applied", "skipped", "applied", ""]
    assert {row["ignored"] for row in found} == {"department title", ""}
    assert {row["source"] for row in found} == {"explicit"}
    assert (found[3]["status"], found[3]["code"], found[3]["message"]) == ("failed", "userNotFound", "Gone.")


def test_every_line_has_every_cell() -> None:
    raw = table(summary(ANNA, "id-1", [applied(UPDATE)]), stopped(ANNA, "Gone.", ("a",)))
    assert {len(row) for row in csv.reader(io.StringIO(raw.decode("utf-8-sig"), newline=""))} == {15}


def test_no_value_stands_in_it_in_clear() -> None:
    changes = [
        applied(UPDATE),
        applied(Change(Action.ADD, Method.EMAIL, None, parse_address("anna@fabrikam.com"))),
        applied(Change(Action.ENABLE, Method.SMS_SIGN_IN, None, SmsState.READY)),
    ]
    raw = table(summary(ANNA, "id-1", changes))
    assert b"701740" not in raw
    assert b"anna@fabrikam" not in raw
    # The plus sign of a masked number would begin a formula.
    assert [(row["before"], row["after"]) for row in rows(raw)] == [
        ("'+46 *******67", "'+46 *******12"),
        ("", "a***@fabrikam.com"),
        ("", "ready"),
    ]


@pytest.mark.parametrize("sign", SIGNS)
def test_a_cell_never_begins_with_what_begins_a_formula(sign: str) -> None:
    for before in ("", " ", "\u00a0", "\t", "\r", "\n", " \t "):
        evil = f"{before}{sign}cmd|' /C calc'!A0"
        for result in (stopped(Target(upn=evil), "m"), stopped(ANNA, evil), stopped(ANNA, "m", (evil,))):
            for cell in rows(table(result))[0].values():
                assert cell.strip()[:1] not in SIGNS or not cell.strip()
                assert cell[:1] not in ("\t", "\r", "\n")


@pytest.mark.parametrize("separator", [",", ";", "|", "\t", "\n", "\r\n", "\t\t", ";;", "; "])
def test_nor_does_what_another_separator_makes_of_it(separator: str) -> None:
    """Excel takes the separator of the country it is in, and a semicolon in many."""
    for sign in SIGNS:
        raw = table(stopped(Target(upn=f"a{separator}{sign}1+1{separator}{sign}x@contoso.com"), "m"))
        text = raw.decode("utf-8-sig")
        for delimiter in (",", ";", "|", "\t"):
            read = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
            assert not [cell for line in read for cell in line if cell.strip() and cell.strip()[0] in SIGNS]
        lines = text.replace('"', "").splitlines()
        pieces = [piece for line in lines for piece in re.split(r"[\t;|,]", line)]
        assert not [piece for piece in pieces if piece.strip() and piece.strip()[0] in SIGNS]


@pytest.mark.parametrize(
    "text", ["a@contoso.com", "x-y", "1+1", "Graph said no. Send the user again.", "'quoted'", "a = b"]
)
def test_a_harmless_cell_stays_as_it_is(text: str) -> None:
    assert rows(table(stopped(ANNA, text)))[0]["message"] == text


@pytest.mark.parametrize("text", ['said "no", then\r\nended', '"', "a,b", "\u00e5\u00e4\u00f6 \U0001f4f1", "\u2028"])
def test_quotes_commas_line_ends_and_any_letter_come_back(text: str) -> None:
    assert rows(table(stopped(ANNA, text)))[0]["message"] == text


def test_half_a_character_does_not_end_the_request() -> None:
    assert rows(table(stopped(Target(upn="a\ud800@contoso.com"), "m")))[0]["userPrincipalName"] == "a?@contoso.com"


def test_nobody_at_all_is_a_header() -> None:
    assert table() == b"\xef\xbb\xbf" + HEADER.encode() + b"\r\n"


def test_each_kind_of_value_in_a_row_has_one_text() -> None:
    values = [None, True, False, ["a", "b"], {"mobile": "+46 ***05", "office": None}, {}, [], "x"]
    assert list(map(text_of, values)) == ["", "true", "false", "a; b", "mobile +46 ***05; office -", "", "", "x"]


def test_no_cell_of_a_row_is_a_formula_to_a_spreadsheet() -> None:
    row = shown(unread_row(Target('=cmd|"/c calc"!A1@contoso.com'), Stop(Code.USER_NOT_FOUND, "+1")), ())
    (line,) = rows(rows_csv([row]))
    assert (line["userPrincipalName"][0], line["message"][0], line["status"]) == ("'", "'", "failed")
    assert {line[name] for name in COLUMNS} == {""}
