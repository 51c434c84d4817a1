"""payload/table_head.py: what is a table by its look, and how it is encoded."""

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from shared.api.payload.table import looks_like_table, parse_table, parse_table_users
from shared.api.payload.table_head import NAMES, column_of
from shared.core.models import Target
from tests.unit.api.payload.parsing import ANNA, BJORN, NUMBER
from tests.unit.api.payload.tables import faults, user_faults

NO_NAME = "The header has none of the columns UPN, userPrincipalName, id."


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (f"UserPrincipalNam,Mobile\n{ANNA},{NUMBER}\n", " Did you mean userPrincipalName?"),
        (f'"UserPrincipalNam","Mobile"\r\n"{ANNA}","{NUMBER}"\r\n', " Did you mean userPrincipalName?"),
        (f"UserPrincipalNam\n{ANNA}\n", " Did you mean userPrincipalName?"),
        (f"Email;Mobile\n{ANNA};{NUMBER}\n", ""),
        (f"sep=;\nEmail;Mobile\n{ANNA};{NUMBER}\n", ""),
        (f"#TYPE x\n\nEmail\tMobile\n{ANNA}\t{NUMBER}\n", ""),
        (f"{ANNA}\n{BJORN}\n", ""),
        (f"{ANNA},{NUMBER}\n{BJORN},\n", ""),
        (f"Users to update\nUPN,Mobile\n{ANNA},{NUMBER}\n", " Row 2 looks like the header. Remove the rows above it."),
        (f"Users;;\n;;\nMobile;UPN;\n;{ANNA};\n", " Row 3 looks like the header. Remove the rows above it."),
        (f"Mobile [E.164],Email\n{NUMBER},{ANNA}\n", ""),
    ],
)
def test_rows_get_the_reasons_of_a_table_whatever_the_content_type(text: str, hint: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be"):
        assert looks_like_table(text.encode(encoding), None)
    for (_, detail), *more in (faults(text), user_faults(text)):
        assert detail.partition(": ")[2] == NO_NAME + hint
        assert all(pointer.partition("/Mobile")[1] for pointer, _ in more)


@pytest.mark.parametrize(
    "text",
    [
        '[{"UserPrincipalName": "a"},\n{"UserPrincipalName": "b"}]',
        '\'[{"UserPrincipalName": "a"}, {"UserPrincipalName": "b"}]\'',
        '"[{\\"UserPrincipalName\\": \\"a\\"}, {\\"UserPrincipalName\\": \\"b\\"}]"',
        '("[\n1, 2]")',
        "\ufeff\ufeff[1,\n2]",
        "<ProvisioningPlan>\n<AccountRequest/>,\n</ProvisioningPlan>",
        "`{'a': 1,\n'b': 2}`",
        "UserPrincipalName=anna%40contoso.com&mobile=1,2\n",
        json.dumps("Andersson, Anna; <anna@contoso.com>"),
        f'"{ANNA}"',
        ANNA,
        "null\n\n",
        "7",
        "\n\n",
    ],
)
def test_what_begins_otherwise_or_has_one_cell_is_no_table(text: str) -> None:
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert not looks_like_table(text.encode(encoding), None)


@given(st.text(max_size=80))
@example("OBJECTID")
def test_no_json_is_taken_for_a_table(text: str) -> None:
    """But for a text that is a column for users: that is a table's header, in quotes, without rows."""
    may_be_one = text[:1] == "\\" or column_of(text) in NAMES
    for value in ([text], {text: text}, {"users": [text, {"UPN": text}]}, text):
        for indent in (None, 2):
            body = json.dumps(value, indent=indent, ensure_ascii=False).encode("utf-8", "replace")
            assert not looks_like_table(body, None) or (value == text and may_be_one)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "utf-16", "utf-32-le", "utf-32"])
def test_utf_16_without_a_mark_is_read_as_json_is(encoding: str) -> None:
    body = f"UPN,Mobile\r\n{ANNA},{NUMBER}\r\n".encode(encoding)
    assert looks_like_table(body, None)
    assert list(parse_table(body).users) == [Target(upn=ANNA)]
    assert parse_table_users(f"UPN\r\n{ANNA}\r\n".encode(encoding)).targets == (Target(upn=ANNA),)


# Faults of the header, together with those of the rows


def test_a_fault_of_the_header_hides_none_of_the_rows() -> None:
    text = f"UPN;Mobile;ForcedUpdate;Force Removal\n{ANNA};#N/A;;\n{BJORN};;WAHR;\n;{NUMBER};;\nanna;;;;;\n"
    assert [pointer for pointer, _ in faults(text)] == [
        *("/0/Force Removal", "/1/Mobile", "/2/ForcedUpdate", "/3", "/4"),
    ]


def test_columns_that_stand_twice_or_mean_a_dry_run_are_told_with_all_others() -> None:
    text = f"UPN,upn,dryRun,Mobil,Mobile,AlternateMobil\nanna,,,,#N/A,\n{ANNA},,,,,,,\n"
    assert [pointer for pointer, _ in faults(text)] == [
        *("/0/upn", "/0/dryRun", "/0/Mobil", "/0/AlternateMobil", "/1/UPN", "/1/Mobile", "/2"),
    ]
    assert [pointer for pointer, _ in user_faults(text)] == ["/0/upn", "/0/dryRun", "/0/Mobile", "/1/UPN", "/2"]


def test_without_a_column_for_names_no_row_is_blamed_for_it() -> None:
    text = f"UserPrincipalNam,Mobile,ForcedUpdat\n{ANNA},#N/A,\n{BJORN},,,,\n"
    assert [pointer for pointer, _ in faults(text)] == ["/0", "/0/ForcedUpdat", "/1/Mobile", "/2"]
    assert [pointer for pointer, _ in user_faults(text)] == ["/0", "/0/Mobile", "/2"]


def test_looking_for_the_header_below_takes_no_row_away() -> None:
    assert [pointer for pointer, _ in faults(f"Mobile,Name\n#N/A,Anna\n{NUMBER},Bj\u00f6rn\n#NV,C\n")] == [
        *("/0", "/1/Mobile", "/3/Mobile"),
    ]
