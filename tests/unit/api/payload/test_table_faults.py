"""payload/table*.py: faults of headers, rows and numbers."""

import pytest

from shared.api.payload.table import parse_table
from shared.core.desired import Condition, RequestedValue
from shared.core.models import Method, Target
from shared.errors import MAX_FAULTS
from tests.unit.api.payload.parsing import ANNA, BJORN, NUMBER, OTHER
from tests.unit.api.payload.tables import HEADER, faults, requested

# Faults of the header


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Mobil", "Mobile"),
        ("Moblie", "Mobile"),
        ("OfficePhon", "OfficePhone"),
        ("AlternativeMobile", "AlternateMobile"),
        ("ForceUpdate", "ForcedUpdate"),
        ("Forced_Removal", "ForcedRemoval"),
    ],
)
def test_a_misspelt_column_is_a_fault_that_names_the_right_one(name: str, meant: str) -> None:
    assert faults(f"UPN,{name},Mobile\n{ANNA},,\n") == [
        (f"/0/{name}", f"Row 1, column {name}: Unknown column. Did you mean {meant}?")
    ]


@pytest.mark.parametrize(("name", "meant"), [("MobileNumber", "Mobile"), ("OfficePhoneNumber", "OfficePhone")])
def test_a_longer_name_is_a_fault_where_the_column_itself_is_missing(name: str, meant: str) -> None:
    ((_, detail),) = faults(f"UPN,AlternateMobile,{name}\n{ANNA},,\n")
    assert detail.endswith(f"Did you mean {meant}?")


@pytest.mark.parametrize("header", [f"{ANNA},{NUMBER}", "Name,Mobile", "User,Mobile", "x", "Mobile,OfficePhone"])
def test_a_header_that_names_no_user_is_not_repeated(header: str) -> None:
    ((pointer, detail),) = faults(f"{header}\n{ANNA},{NUMBER}\n")
    assert pointer == "/0"
    assert detail == "Row 1: The header has none of the columns UPN, userPrincipalName, id."


def test_a_misspelt_column_for_the_user_is_hinted_at() -> None:
    ((_, detail),) = faults(f"UserPrincipleName,Mobile\n{ANNA},{NUMBER}\n")
    assert detail.endswith("Did you mean userPrincipalName?")


def test_a_header_without_any_value() -> None:
    ((pointer, detail),) = faults(f"UPN,ForcedRemoval\n{ANNA},true\n")
    assert pointer == "/0"
    assert detail.endswith("none of the columns Mobile, OfficePhone, AlternateMobile: nothing to set.")


@pytest.mark.parametrize("header", ["UPN,Mobile,mobile", "UPN,userPrincipalName,Mobile"])
def test_a_column_that_stands_twice(header: str) -> None:
    ((pointer, detail),) = faults(f"{header}\n")
    assert pointer == f"/0/{header.split(',')[2 if header.endswith('mobile') else 1]}"
    assert detail.endswith("This column is given twice. It is not clear which one counts.")


def test_too_many_columns() -> None:
    assert faults("UPN,Mobile" + ",x" * 500) == [("/0", "Row 1: The header has more than 500 columns.")]


@pytest.mark.parametrize("body", [b"", b" \r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_body(body: bytes) -> None:
    assert faults(body) == [("", "The body is empty; a table with a header row is expected.")]


@pytest.mark.parametrize("text", [HEADER, f"{HEADER}\n", f"{HEADER}\n\n,,,,,\n"])
def test_a_table_without_rows(text: str) -> None:
    assert faults(text) == [("/0", "Row 1: The table has no rows below its header. Nothing was done.")]


@pytest.mark.parametrize("text", [",,,\n;;\n", "#TYPE x\n", "sep=;\n", '"UPN,Mobile'])
def test_a_table_without_a_header(text: str) -> None:
    assert faults(text) == [("", "The header row cannot be read. Its quotes may be unbalanced.")]


# Faults of rows


def test_rows_are_counted_as_a_spreadsheet_shows_them() -> None:
    text = f'#TYPE x\n{HEADER}\n\n"{ANNA}",,"two\nlines",,,\nbjorn,,,,,\n'
    assert [(pointer, detail.partition(":")[0]) for pointer, detail in faults(text)] == [
        ("/4/UPN", "Row 5, column UPN")
    ]


def test_the_separator_line_is_not_counted() -> None:
    assert faults("sep=;\nUPN;Mobile\nanna;\n")[0][0] == "/1/UPN"


@pytest.mark.parametrize("cells", [f"{ANNA},,,,,,", f"{ANNA},4,67E+10,,,true,"])
def test_a_row_that_is_longer_than_the_header(cells: str) -> None:
    ((pointer, detail),) = faults(f"{HEADER}\n{cells}\n")
    assert pointer == "/1"
    assert detail.startswith("Row 2: This row has ")


def test_empty_columns_at_the_end_as_excel_writes_them() -> None:
    assert requested(f"{ANNA};{NUMBER};;", "UPN;Mobile;;").values
    assert faults(f"UPN;Mobile;;\n{ANNA};;;x\n") == [("/1", "Row 2: There is a value in a column without a name.")]


def test_a_row_without_a_user() -> None:
    assert faults(f"{HEADER}\n,{NUMBER},,,,\n") == [("/1", "Row 2: This row names no user.")]


@pytest.mark.parametrize("name", ["anna", "a@b@c", "a/b@contoso.com"])
def test_a_name_that_is_no_user_principal_name(name: str) -> None:
    ((pointer, detail),) = faults(f"{HEADER}\n{name},,,,,\n")
    assert pointer == "/1/UPN"
    assert detail.startswith("Row 2, column UPN: This must be a userPrincipalName")


def test_an_id_that_is_no_guid() -> None:
    assert faults("id,Mobile\nE-4711,\n")[0][1].startswith("Row 2, column id: This must be an object id")


@pytest.mark.parametrize("cell", [f'"{NUMBER}', f'"{NUMBER}"x', '"' + "x" * 200_000 + '"'])
def test_unbalanced_quotes_and_giant_cells(cell: str) -> None:
    ((pointer, detail),) = faults(f"{HEADER}\n{ANNA},,,,,\n{ANNA},{cell},,,,\n{ANNA},,,,,\n")
    assert pointer == "/2"
    assert detail.startswith("Row 3: The quotes of this row are unbalanced, or a cell is too long.")


def test_every_fault_is_found_at_once() -> None:
    text = f"{HEADER}\nanna,46701740605,#N/A,,maybe,\n{ANNA},,,,,,\n,{NUMBER},,,,\n"
    assert [pointer for pointer, _ in faults(text)] == [
        *("/1/UPN", "/1/ForcedUpdate", "/1/OfficePhone"),
        "/2",
        "/3",
    ]


def test_no_more_faults_are_collected_than_show_that_there_are_more() -> None:
    assert len(faults(HEADER + "\nx" * (3 * MAX_FAULTS))) == MAX_FAULTS + 1


def test_no_fault_repeats_a_cell() -> None:
    text = f"{HEADER}\n46701740605,46701740605,4.6701740605E+10,+46701740605,46701740605,46701740605\n"
    assert not [detail for _, detail in faults(text) if "740605" in detail]


def test_the_same_user_twice_with_equal_cells_is_one() -> None:
    table = parse_table(f"{HEADER}\n{ANNA},{NUMBER},,,,\n{ANNA.upper()},{NUMBER},,,no,no\n".encode())
    assert (list(table.users), table.entries) == ([Target(upn=ANNA)], 2)


@pytest.mark.parametrize("cells", [f"{OTHER},,,,", f"{NUMBER},,,true,", f"{NUMBER},,,,true"])
def test_the_same_user_twice_with_different_cells_is_a_fault_at_the_second(cells: str) -> None:
    ((pointer, detail),) = faults(f"{HEADER}\n{ANNA},{NUMBER},,,,\n{BJORN},,,,,\n{ANNA},{cells}\n")
    assert pointer == "/3"
    assert detail.startswith("Row 4: This user was named before, in row 2, with different values.")


# What spreadsheets do to numbers


@pytest.mark.parametrize(
    "cell",
    ["+46701740605", "0701740605", "070-174 06 05", "112", "46701740605", "-701740559", "4.67E+10", "46701740605.0"],
)
def test_what_a_number_means_is_decided_where_the_country_is_known(cell: str) -> None:
    assert requested(f"{ANNA},{cell}", "UPN,Mobile").values == {
        Method.MOBILE: RequestedValue(cell, Condition.IF_MISSING)
    }


@pytest.mark.parametrize("cell", [f"'{NUMBER}", f'"=""{NUMBER}"""', f'="{NUMBER}"', f'"{NUMBER} "'])
def test_the_two_ways_to_keep_a_cell_as_text_are_undone(cell: str) -> None:
    assert requested(f"{ANNA},{cell}", "UPN,Mobile") == requested(f"{ANNA},{NUMBER}", "UPN,Mobile")
