"""payload/table*.py: what spreadsheets, exports and old programs leave out, add, or write in their user's language."""

import pytest

from shared.api.payload.table import looks_like_table, parse_table, parse_table_users
from shared.core.desired import Condition, Requested, RequestedValue
from shared.core.models import Method, Target
from tests.unit.api.payload.parsing import ANNA, BJORN, ID, NUMBER, OFFICE, OTHER, faults_of
from tests.unit.api.payload.tables import HEADER, faults, parsed, requested

ADDED = RequestedValue(NUMBER, Condition.IF_MISSING)

ERRORS = ["#N/A", "#NV", "#REF!", "#BEZUG!", "#DIV/0!", "#VALUE!", "#NAME?", "'#N/A", '="#N/A"']
LOCAL_WORDS = ["WAHR", "FALSCH", "VRAI", "FAUX", "SANT", "FALSKT", "ja", "nein", "VERDADERO", "PRAVDA", "x", "2", "-"]

# Cells and lines


@pytest.mark.parametrize("cells", [ANNA, f"{ANNA},", f"{ANNA},,,,", f'"{ANNA}"'])
def test_cells_that_excel_left_out_at_the_end_are_empty(cells: str) -> None:
    assert requested(cells) == Requested({})


def test_cells_that_are_there_count_before_those_that_are_not() -> None:
    assert requested(f"{ANNA},{NUMBER}") == Requested({Method.MOBILE: ADDED})
    header = "ForcedRemoval,UPN,Mobile,OfficePhone,AlternateMobile"
    assert requested(f"true,{ANNA},{NUMBER}", header) == Requested(
        {Method.MOBILE: ADDED, Method.OFFICE: RequestedValue(None), Method.ALTERNATE_MOBILE: RequestedValue(None)}
    )


def test_a_short_row_without_a_user_is_still_a_fault() -> None:
    assert faults("Mobile,UPN,OfficePhone\n" + NUMBER) == [("/1", "Row 2: This row names no user.")]


@pytest.mark.parametrize(
    "end", ["\n,,,,,\n,,,,,,,,,\n", "\n;;;\n,\n", "\n\t\t\n \n", "\x1a", "\n\x1a", "\r\n\x1a\r\n", "\n\x1a\x1a\n,,\n"]
)
def test_lines_of_delimiters_and_the_sign_for_the_end_of_a_file_are_no_rows(end: str) -> None:
    end = end if ";" not in end else "\n,,\n"
    table = parse_table(f"{HEADER}\n{ANNA},{NUMBER},,,true,true{end}".encode())
    assert (list(table.users), table.entries) == ([Target(upn=ANNA)], 1)


@pytest.mark.parametrize("cell", ERRORS)
@pytest.mark.parametrize("column", ["Mobile", "OfficePhone", "AlternateMobile"])
def test_a_spreadsheets_error_is_no_number_and_no_empty_cell(cell: str, column: str) -> None:
    ((pointer, detail),) = faults(f"UPN,{column},ForcedRemoval\n{ANNA},{cell},true\n")
    assert pointer == f"/1/{column}"
    assert detail == (
        f"Row 2, column {column}: This is a spreadsheet error (such as #N/A), not a value. "
        "Correct the cell or leave it empty."
    )


@pytest.mark.parametrize("column", ["UPN", "id", "ForcedUpdate", "ForcedRemoval"])
def test_a_spreadsheets_error_elsewhere(column: str) -> None:
    cells = {"UPN": ANNA, "Mobile": NUMBER, column: "#N/A"} if column != "id" else {"id": "#N/A", "Mobile": NUMBER}
    ((pointer, _),) = faults(f"{','.join(cells)}\n{','.join(cells.values())}\n")
    assert pointer == f"/1/{column}"
    assert requested(f"{ANNA},#N/A,{NUMBER}", "UPN,Department,Mobile").values == {Method.MOBILE: ADDED}


@pytest.mark.parametrize("word", LOCAL_WORDS)
@pytest.mark.parametrize("column", ["ForcedUpdate", "ForcedRemoval"])
def test_other_words_for_true_and_false_are_refused_with_their_row(word: str, column: str) -> None:
    ((pointer, detail),) = faults(f"UPN,Mobile,{column}\n{BJORN},,true\n{ANNA},{NUMBER},{word}\n")
    assert pointer == f"/2/{column}"
    assert detail.startswith(f"Row 3, column {column}: This must be true or false. ")


# Headers


@pytest.mark.parametrize(
    ("header", "method"),
    [
        ("User principal name,Mobile Phone", Method.MOBILE),
        ("USER PRINCIPAL NAME,mobile phone", Method.MOBILE),
        ("User\u00a0principal name, Mobile\tPhone ", Method.MOBILE),
        ("\u200bUPN,MobilePhone", Method.MOBILE),
        ("\uff35\uff30\uff2e,\uff2d\uff4f\uff42\uff49\uff4c\uff45", Method.MOBILE),
        ("UPN,Office Phone", Method.OFFICE),
        ("u p n,Alternate Mobile", Method.ALTERNATE_MOBILE),
        ("UPN,Alternate mobile phone", Method.ALTERNATE_MOBILE),
    ],
)
def test_the_admin_centres_export_is_read(header: str, method: Method) -> None:
    body = f"{header.replace(chr(9), ' ')}\r\n{ANNA},{NUMBER}\r\n"
    assert parsed(body) == {Target(upn=ANNA): Requested({method: ADDED})}
    assert looks_like_table(body.encode(), None)


def test_the_admin_centres_object_id() -> None:
    assert parsed(f"Object Id,Mobile Phone,Forced Update\n{ID},{NUMBER},TRUE\n") == {
        Target(id=ID): Requested({Method.MOBILE: RequestedValue(NUMBER)})
    }
    assert looks_like_table(b"ObjectId,Mobile\n", None)


def test_beside_the_column_itself_another_name_is_one_more_column_of_the_directory() -> None:
    header = "UPN,Mobile,Mobile Phone,id,Object Id"
    assert parsed(f"{header}\n{ANNA},{NUMBER},{OTHER},{ID},x\n") == {
        Target(upn=ANNA): Requested({Method.MOBILE: ADDED}, ignored=("Mobile Phone", "Object Id"))
    }


def test_two_other_names_of_one_column() -> None:
    assert [pointer for pointer, _ in faults(f"UPN,Mobile Phone,MobilePhone\n{ANNA},,\n")] == ["/0/MobilePhone"]


@pytest.mark.parametrize(
    ("name", "meant"),
    [("User principle name", "userPrincipalName"), ("UserPrincipalNam", "userPrincipalName"), ("UPNN", "UPN")],
)
def test_a_close_name_for_the_user_is_answered_with_the_nearest(name: str, meant: str) -> None:
    ((pointer, detail),) = faults(f"{name},Mobile\n{ANNA},{NUMBER}\n")
    assert (pointer, detail.endswith(f"Did you mean {meant}?")) == ("/0", True)


@pytest.mark.parametrize(("name", "meant"), [("Mobil Phone", "Mobile"), ("Ofice Phone", "OfficePhone")])
def test_a_close_name_for_a_number_is_answered_with_the_nearest(name: str, meant: str) -> None:
    ((pointer, detail),) = faults(f"User principal name,{name},AlternateMobile\n{ANNA},{NUMBER},\n")
    assert pointer == f"/0/{name}"
    assert detail.endswith(f"Did you mean {meant}?")


def test_an_export_names_users_where_the_directory_decides() -> None:
    found = parse_table_users(f"User principal name,Display name,Mobile Phone\n{ANNA},Anna,{NUMBER}\n".encode())
    assert found.targets == (Target(upn=ANNA),)
    assert found.ignored == {Target(upn=ANNA): ("Display name", "Mobile Phone")}
    for name in ("Mobile", "officephone", "AlternateMobile", "ForcedUpdate"):
        ((pointer, detail),) = faults_of(parse_table_users, f"UPN,{name}\n{ANNA},{OFFICE}\n".encode())
        assert (pointer, "the directory decides" in detail) == (f"/0/{name}", True)
