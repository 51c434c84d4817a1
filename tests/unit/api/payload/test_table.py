"""payload/table*.py: CSV as spreadsheets and PowerShell write it."""

import pytest

from shared.api.payload.table import parse_table
from shared.core.desired import Condition, Requested, RequestedValue
from shared.core.models import Method, Target
from tests.unit.api.payload.parsing import ANNA, ID, NUMBER, OFFICE, OTHER
from tests.unit.api.payload.tables import HEADER, faults, parsed, requested

# What the columns mean


def test_the_published_scripts_own_table() -> None:
    assert requested(f"{ANNA},{NUMBER},{OFFICE},{OTHER},true,false") == Requested(
        {
            Method.MOBILE: RequestedValue(NUMBER),
            Method.OFFICE: RequestedValue(OFFICE),
            Method.ALTERNATE_MOBILE: RequestedValue(OTHER),
        }
    )


@pytest.mark.parametrize("forced", ["false", "", "FALSE", "$false", "0", "No"])
def test_without_forced_update_a_number_is_only_added_where_there_is_none(forced: str) -> None:
    assert requested(f"{ANNA},{NUMBER},,,{forced},") == Requested(
        {Method.MOBILE: RequestedValue(NUMBER, Condition.IF_MISSING)}
    )


@pytest.mark.parametrize("forced", ["true", "True", "TRUE", "$true", "$True", "1", "yes"])
def test_with_forced_update_it_is_set(forced: str) -> None:
    assert requested(f"{ANNA},{NUMBER},,,{forced},") == Requested({Method.MOBILE: RequestedValue(NUMBER)})


def test_with_forced_removal_an_empty_cell_removes() -> None:
    assert requested(f"{ANNA},{NUMBER},,,true,true") == Requested(
        {
            Method.MOBILE: RequestedValue(NUMBER),
            Method.OFFICE: RequestedValue(None),
            Method.ALTERNATE_MOBILE: RequestedValue(None),
        }
    )


def test_a_column_that_is_not_there_is_never_removed() -> None:
    assert requested(f"{ANNA},,TRUE", "UPN,Mobile,ForcedRemoval") == Requested({Method.MOBILE: RequestedValue(None)})


def test_without_the_forced_columns_both_are_false() -> None:
    assert requested(f"{ANNA},{NUMBER},", "UPN,Mobile,OfficePhone") == Requested(
        {Method.MOBILE: RequestedValue(NUMBER, Condition.IF_MISSING)}
    )


def test_a_row_that_asks_for_nothing_is_an_entry() -> None:
    assert requested(f"{ANNA},,,,,") == Requested({})


# How it is written


@pytest.mark.parametrize("delimiter", [";", ",", "\t"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_any_delimiter_and_end_of_line(delimiter: str, newline: str) -> None:
    text = newline.join((HEADER.replace(",", delimiter), delimiter.join((ANNA, NUMBER, OFFICE, OTHER, "true", ""))))
    assert parsed(text)[Target(upn=ANNA)].values[Method.ALTERNATE_MOBILE] == RequestedValue(OTHER)


def test_columns_in_any_order_and_case_with_spaces_and_quotes() -> None:
    assert requested(f' "true", {NUMBER} , "{ANNA}"', ' "FORCEDUPDATE", mobile , "upn"') == Requested(
        {Method.MOBILE: RequestedValue(NUMBER)}
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "latin-1"])
def test_every_encoding_that_spreadsheets_and_powershell_write(encoding: str) -> None:
    body = f"UPN;Mobile\r\n\u00e5sa.\u00f6berg@contoso.com;{NUMBER}\r\n".encode(encoding)
    assert list(parse_table(body).users) == [Target(upn="\u00e5sa.\u00f6berg@contoso.com")]


def test_a_character_that_latin_1_does_not_have() -> None:
    body = f"UPN,Mobile\r\nsiobhan.o\u2019brien@contoso.com,{NUMBER}\r\n".encode("cp1252")
    assert list(parse_table(body).users) == [Target(upn="siobhan.o\u2019brien@contoso.com")]


def test_utf_16_with_the_high_byte_first() -> None:
    body = b"\xfe\xff" + f"UPN\tMobile\r\n{ANNA}\t{NUMBER}\r\n".encode("utf-16-be")
    assert list(parse_table(body).users) == [Target(upn=ANNA)]


def test_a_byte_that_windows_1252_does_not_have() -> None:
    assert faults(b"UPN,Mobile\n\x81\xe5@contoso.com,1\n")[0][0] == "/1/UPN"


def test_powershells_type_line() -> None:
    text = f'#TYPE Selected.Microsoft.ActiveDirectory.Management.ADUser\r\n"UPN","Mobile"\r\n"{ANNA}","{NUMBER}"\r\n'
    assert parsed(text) == {Target(upn=ANNA): Requested({Method.MOBILE: RequestedValue(NUMBER, Condition.IF_MISSING)})}


@pytest.mark.parametrize("line", ["sep=;", "SEP=;", '"sep=;"', "sep=;\r"])
def test_excels_separator_line(line: str) -> None:
    assert list(parsed(f"{line}\nUPN;Mobile\n{ANNA};{NUMBER}\n")) == [Target(upn=ANNA)]


def test_excels_separator_line_for_a_tab() -> None:
    assert list(parsed(f"sep=\t\nUPN\tMobile\n{ANNA}\t{NUMBER}\n")) == [Target(upn=ANNA)]


def test_blank_lines_and_rows_are_skipped() -> None:
    table = parse_table(f"\n\n{HEADER}\n\n{ANNA},{NUMBER},,,,\n,,,,,\n  \n".encode())
    assert (len(table.users), table.entries) == (1, 1)


def test_a_delimiter_inside_of_quotes() -> None:
    assert requested(f'"Andersson, Anna",{ANNA},{NUMBER}', "DisplayName,UPN,Mobile").values == {
        Method.MOBILE: RequestedValue(NUMBER, Condition.IF_MISSING)
    }


def test_the_user_by_each_of_the_name_columns() -> None:
    assert list(parsed(f"userPrincipalName,Mobile\n{ANNA},\n")) == [Target(upn=ANNA)]
    assert list(parsed(f"ID,Mobile\n{ID.upper()},\n")) == [Target(id=ID)]
    assert list(parsed(f"id,UPN,Mobile\nE-4711,{ANNA},\n{ID},,\n")) == [Target(upn=ANNA), Target(id=ID)]


def test_other_columns_are_named_as_ignored_and_their_cells_are_not() -> None:
    assert requested(f"Anna,{ANNA},,Stockholm", "DisplayName,UPN,Mobile,City") == Requested(
        {}, ignored=("DisplayName", "City")
    )


def test_of_many_other_columns_the_first_are_named() -> None:
    names = [f"Column{i}" for i in range(100)]
    ignored = requested(f"{ANNA},{NUMBER}{',' * 100}", ",".join(("UPN", "Mobile", *names))).ignored
    assert ignored == (*names[:20], "…")


def test_an_export_of_the_whole_directory_has_no_near_misses() -> None:
    header = (
        "City,CN,Company,Department,Description,DisplayName,DistinguishedName,EmailAddress,EmployeeID,Enabled,GivenName,"
        "HomePhone,ipPhone,mail,Manager,mobile,MobilePhone,Name,ObjectGUID,Office,OfficePhone,otherMobile,otherTelephone,"
        "SamAccountName,SID,sn,Surname,telephoneNumber,Title,UserPrincipalName,whenChanged,usageLocation,userType"
    )
    columns = header.split(",")
    cells = ["x"] * len(columns)
    cells[columns.index("UserPrincipalName")], cells[columns.index("mobile")] = ANNA, NUMBER
    cells[columns.index("OfficePhone")] = OFFICE
    assert set(requested(",".join(cells), header).values) == {Method.MOBILE, Method.OFFICE}
