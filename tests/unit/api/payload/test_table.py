"""payload/table.py and payload/table_wishes.py: CSV as spreadsheets and PowerShell write it."""

import contextlib
import csv
import io
import time

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from shared.api.payload.table import looks_like_table, parse_table, parse_table_users
from shared.core.desired import Condition, Requested, RequestedValue
from shared.core.models import Method, Target
from shared.errors import MAX_FAULTS, InvalidBody

ANNA, BJORN = "anna.andersson@contoso.com", "bjorn.berg@contoso.com"
ID = "98331b77-46d5-51d1-a329-64fd5b919a62"
NUMBER, OTHER, OFFICE = "+46 701740605", "+46 701740606", "+1 2065550100"
HEADER = "UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval"


def parsed(text: str) -> dict[Target, Requested]:
    return dict(parse_table(text.encode()).users)


def requested(cells: str, header: str = HEADER) -> Requested:
    (only,) = parsed(f"{header}\r\n{cells}\r\n").values()
    return only


def faults(body: str | bytes) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as refusal:
        parse_table(body.encode() if isinstance(body, str) else body)
    return [(fault.pointer, fault.detail) for fault in refusal.value.faults]


def user_faults(text: str) -> list[tuple[str, str]]:
    with pytest.raises(InvalidBody) as refusal:
        parse_table_users(text.encode())
    return [(fault.pointer, fault.detail) for fault in refusal.value.faults]


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


@pytest.mark.parametrize("word", ["ja", "WAHR", "x", "2", "-", "true false"])
def test_a_forced_column_with_another_word(word: str) -> None:
    assert faults(f"{HEADER}\n{ANNA},{NUMBER},,,{word},\n") == [
        ("/1/ForcedUpdate", "Row 2, column ForcedUpdate: This must be true or false.")
    ]


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


# Faults of the header


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("Mobil", "Mobile"),
        ("Moblie", "Mobile"),
        ("Office Phone", "OfficePhone"),
        ("AlternativeMobile", "AlternateMobile"),
        ("ForceUpdate", "ForcedUpdate"),
        ("Forced_Removal", "ForcedRemoval"),
    ],
)
def test_a_misspelt_column_is_a_fault_that_names_the_right_one(name: str, meant: str) -> None:
    assert faults(f"UPN,{name},Mobile\n{ANNA},,\n") == [
        (f"/0/{name}", f"Row 1, column {name}: This column is not known. Is {meant} meant?")
    ]


@pytest.mark.parametrize(("name", "meant"), [("MobilePhone", "Mobile"), ("OfficePhoneNumber", "OfficePhone")])
def test_a_longer_name_is_a_fault_where_the_column_itself_is_missing(name: str, meant: str) -> None:
    ((_, detail),) = faults(f"UPN,AlternateMobile,{name}\n{ANNA},,\n")
    assert detail.endswith(f"Is {meant} meant?")


@pytest.mark.parametrize("header", [f"{ANNA},{NUMBER}", "Name,Mobile", "User,Mobile", "x", "Mobile,OfficePhone"])
def test_a_header_that_names_no_user_is_not_repeated(header: str) -> None:
    ((pointer, detail),) = faults(f"{header}\n{ANNA},{NUMBER}\n")
    assert pointer == "/0"
    assert detail == "Row 1: The header has none of the columns UPN, userPrincipalName, id."


def test_a_misspelt_column_for_the_user_is_hinted_at() -> None:
    ((_, detail),) = faults(f"UserPrincipleName,Mobile\n{ANNA},{NUMBER}\n")
    assert detail.endswith("One name is nearly one of these.")


def test_a_header_without_any_value() -> None:
    ((pointer, detail),) = faults(f"UPN,ForcedRemoval\n{ANNA},true\n")
    assert pointer == "/0"
    assert detail.endswith("none of the columns Mobile, OfficePhone, AlternateMobile: nothing to set.")


@pytest.mark.parametrize("header", ["UPN,Mobile,mobile", "UPN,userPrincipalName,Mobile"])
def test_a_column_that_stands_twice(header: str) -> None:
    ((pointer, detail),) = faults(f"{header}\n")
    assert pointer == f"/0/{header.split(',')[2 if header.endswith('mobile') else 1]}"
    assert detail.endswith("This column stands here twice; which one counts cannot be known.")


def test_too_many_columns() -> None:
    assert faults("UPN,Mobile" + ",x" * 500) == [("/0", "Row 1: The header has more than 500 columns.")]


@pytest.mark.parametrize("body", [b"", b" \r\n", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_body(body: bytes) -> None:
    assert faults(body) == [("", "The body is empty; a table with a header row is expected.")]


@pytest.mark.parametrize("text", [HEADER, f"{HEADER}\n", f"{HEADER}\n\n,,,,,\n"])
def test_a_table_without_rows(text: str) -> None:
    assert faults(text) == [("/0", "Row 1: The table has no rows below its header; nothing was done.")]


@pytest.mark.parametrize("text", [",,,\n;;\n", "#TYPE x\n", "sep=;\n", '"UPN,Mobile'])
def test_a_table_without_a_header(text: str) -> None:
    assert faults(text) == [("", "No header row can be read; its quotes may be unbalanced.")]


# Faults of rows


def test_rows_are_counted_as_a_spreadsheet_shows_them() -> None:
    text = f'#TYPE x\n{HEADER}\n\n"{ANNA}",,"two\nlines",,,\nbjorn,,,,,\n'
    assert [(pointer, detail.partition(":")[0]) for pointer, detail in faults(text)] == [
        ("/4/UPN", "Row 5, column UPN")
    ]


def test_the_separator_line_is_not_counted() -> None:
    assert faults("sep=;\nUPN;Mobile\nanna;\n")[0][0] == "/1/UPN"


@pytest.mark.parametrize("cells", [ANNA, f"{ANNA},", f"{ANNA},,,,,,", f"{ANNA},4,67E+10,,,true,"])
def test_a_ragged_row(cells: str) -> None:
    ((pointer, detail),) = faults(f"{HEADER}\n{cells}\n")
    assert pointer == "/1"
    assert detail.startswith("Row 2: This row has ")


def test_empty_columns_at_the_end_as_excel_writes_them() -> None:
    assert requested(f"{ANNA};{NUMBER};;", "UPN;Mobile;;").values
    assert faults(f"UPN;Mobile;;\n{ANNA};;;x\n") == [("/1", "Row 2: A value stands in a column without a name.")]


def test_a_row_without_a_user() -> None:
    assert faults(f"{HEADER}\n,{NUMBER},,,,\n") == [("/1", "Row 2: This row names no user.")]


@pytest.mark.parametrize("name", ["anna", "a@b@c", ID, "a/b@contoso.com"])
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
    text = f"{HEADER}\nanna,46701740605,4.67E+10,,maybe,\n{ANNA}\n,{NUMBER},,,,\n"
    assert [pointer for pointer, _ in faults(text)] == [
        *("/1/UPN", "/1/ForcedUpdate", "/1/Mobile", "/1/OfficePhone"),
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
    assert detail.startswith("Row 4: This user was named before, in row 2, and other things were asked for.")


# What spreadsheets do to numbers


@pytest.mark.parametrize(
    "cell", ["4,67E+10", "4.67017E+10", "4.67017e10", "4,67017405E+010", "5E+10", "'4,67E+10", "-4,67E-10"]
)
def test_scientific_notation_is_refused(cell: str) -> None:
    ((pointer, detail),) = faults(f"UPN;Mobile\n{ANNA};{cell}\n")
    assert pointer == "/1/Mobile"
    assert detail.startswith("Row 2, column Mobile: Scientific notation: digits are lost.")


@pytest.mark.parametrize(
    "cell",
    ["46701740605", "701740605", "12065550100", "123456789012345", "46701740605.0", "46701740605,00", "'46701740605"],
)
def test_a_lost_plus_sign_is_refused(cell: str) -> None:
    ((pointer, detail),) = faults(f"UPN;Mobile\n{ANNA};{cell}\n")
    assert pointer == "/1/Mobile"
    assert detail.startswith("Row 2, column Mobile: Digits only: the plus sign is missing")


@pytest.mark.parametrize("cell", ["+46701740605", "0701740605", "0046701740605", "070-174 06 05", "40123456", "112"])
def test_a_number_that_is_whole_is_left_to_the_planner(cell: str) -> None:
    assert requested(f"{ANNA},{cell}", "UPN,Mobile").values == {
        Method.MOBILE: RequestedValue(cell, Condition.IF_MISSING)
    }


@pytest.mark.parametrize("cell", [f"'{NUMBER}", f'"=""{NUMBER}"""', f'="{NUMBER}"', f'"{NUMBER} "'])
def test_the_two_ways_to_keep_a_cell_as_text_are_undone(cell: str) -> None:
    assert requested(f"{ANNA},{cell}", "UPN,Mobile") == requested(f"{ANNA},{NUMBER}", "UPN,Mobile")


# A table that only names users


@pytest.mark.parametrize("header", ["UPN", "upn;DisplayName;Mobil", "\tUserPrincipalName"])
def test_a_table_of_users_for_the_directory_source(header: str) -> None:
    row = header.lower().replace("upn", ANNA).replace("userprincipalname", ANNA)
    users = parse_table_users(
        f"{header}\r\n{row.strip() if header == 'UPN' else row}\r\n".replace("\t", "x\t", 1).encode()
    )
    assert (users.targets, users.entries) == ((Target(upn=ANNA),), 1)


def test_doubles_in_a_table_of_users_are_one() -> None:
    users = parse_table_users(f"id;UPN\n;{ANNA}\n{ID};\n;{ANNA.upper()}\n".encode())
    assert (users.targets, users.entries) == ((Target(upn=ANNA), Target(id=ID)), 3)


@pytest.mark.parametrize("column", ["Mobile", "officephone", "AlternateMobile", "ForcedUpdate", "ForcedRemoval"])
def test_values_in_a_table_of_users_are_refused(column: str) -> None:
    ((pointer, detail),) = user_faults(f"UPN,{column}\n{ANNA},\n")
    assert pointer == f"/0/{column}"
    assert "/api/set" in detail


def test_a_table_of_users_without_rows_or_with_bad_names() -> None:
    assert user_faults("UPN\n")[0][0] == "/0"
    assert [pointer for pointer, _ in user_faults(f"UPN\nx\n{ANNA}\n\ny\n")] == ["/1/UPN", "/4/UPN"]


# Is it a table?


@pytest.mark.parametrize("content_type", ["text/csv", "Text/CSV; charset=utf-8", " text/csv;header=present"])
def test_the_content_type_says_so(content_type: str) -> None:
    assert looks_like_table(b"", content_type)


@pytest.mark.parametrize(
    "content_type", [None, "", "application/x-www-form-urlencoded", "text/plain", "application/json"]
)
@pytest.mark.parametrize(
    "body",
    [
        b"UPN\n",
        b'"UserPrincipalName","Mobile"\r\n',
        b"\xef\xbb\xbfMobile;upn",
        b'#TYPE x\n"id"\n',
        b"sep=;\nUPN;Mobile",
        "UPN\tMobile\n".encode("utf-16"),
        b"\n\n  UPN , x\n",
    ],
)
def test_a_header_is_recognised_whatever_the_content_type(body: bytes, content_type: str | None) -> None:
    assert looks_like_table(body, content_type)


@pytest.mark.parametrize(
    "body",
    [
        *(
            b"",
            b" ",
            b"[",
            b"{",
            b'["UPN"]',
            b' ["x", "UPN", 1]',
            b'{"UPN": 1}',
            b' \n[\n"UPN"\n]',
            b'\xef\xbb\xbf["UPN,id"]',
        ),
        *(b'"anna@contoso.com"', b"Mobile;x", b"<ProvisioningPlan>", b'"', b'"UPN', b"null", b"\xff\xfe\x00"),
    ],
)
def test_what_is_no_table(body: bytes) -> None:
    assert not looks_like_table(body, None)


# Whatever is sent

TEXTS = st.text(st.sampled_from("UPN,;\t\"'\r\n=+-0123456789E.@\u00e5\x00\x85\u2028 #ab"), max_size=60)
TABLES = st.builds(
    "{}{}\n{}".format, st.sampled_from(["", "sep=;\n", "#TYPE\n"]), st.sampled_from(["UPN;Mobile", "upn"]), TEXTS
)


@given(
    st.binary() | TEXTS.map(str.encode) | TABLES.flatmap(lambda t: st.sampled_from([t.encode(), t.encode("utf-16")]))
)
@example(b"UPN,Mobile\n\x00,\x00\n")
@example(b"\xff\xfe\x00\xd8")
@example(b"sep=\x00\nUPN\x00Mobile\n")
def test_nothing_but_a_refusal_comes_out_of_any_bytes(body: bytes) -> None:
    looks_like_table(body, None)
    for parse in (parse_table, parse_table_users):
        with contextlib.suppress(InvalidBody):
            assert parse(body).entries


NAMES = st.from_regex(r"[a-z']{1,8}@(contoso|fabrikam)\.com", fullmatch=True)
CELLS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\r"), max_size=12).map(
    lambda text: text.strip().lstrip("'")
)


@given(
    rows=st.dictionaries(NAMES, st.tuples(CELLS, CELLS), min_size=1, max_size=5),
    delimiter=st.sampled_from(",;\t"),
    quoting=st.sampled_from([csv.QUOTE_ALL, csv.QUOTE_MINIMAL, csv.QUOTE_NONNUMERIC]),
    newline=st.sampled_from(["\r\n", "\n"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
)
def test_a_table_in_any_dialect_reads_back(
    rows: dict[str, tuple[str, str]], delimiter: str, quoting: int, newline: str, encoding: str
) -> None:
    for cell in (cell for cells in rows.values() for cell in cells):
        assume(not cell[:1].isdigit() and cell[:1] not in ("=", "+", "-"))
    written = io.StringIO(newline="")
    writer = csv.writer(written, delimiter=delimiter, quoting=quoting, lineterminator=newline)
    writer.writerow(["Mobile", "UPN", "OfficePhone", "ForcedUpdate"])
    writer.writerows([mobile, name, office, True] for name, (mobile, office) in rows.items())
    found = parse_table(written.getvalue().encode(encoding)).users
    expected = {
        Target(upn=name): {
            method: RequestedValue(cell)
            for method, cell in zip((Method.MOBILE, Method.OFFICE), cells, strict=True)
            if cell
        }
        for name, cells in rows.items()
    }
    assert {target: dict(asked.values) for target, asked in found.items()} == expected


def test_a_megabyte_is_read_in_good_time() -> None:
    body = (HEADER + "\n" + "".join(f"user{i}@contoso.com,{NUMBER},,,true,\n" for i in range(24_000))).encode()
    assert len(body) > 1_000_000
    started = time.process_time()
    assert parse_table(body).entries == 24_000
    # A second on the slowest of machines that also runs other tests; quadratic work would take minutes.
    assert time.process_time() - started < 10
