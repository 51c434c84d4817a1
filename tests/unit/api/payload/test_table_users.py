"""payload/table*.py: a table that only names users, and what a table looks like."""

import pytest

from shared.api.payload.table import looks_like_table, parse_table_users
from shared.core.models import Target
from tests.unit.api.payload.parsing import ANNA, ID
from tests.unit.api.payload.tables import user_faults

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
        *(b'"anna@contoso.com"', b"<ProvisioningPlan>", b'"', b'"UPN', b"null", b"\xff\xfe\x00"),
    ],
)
def test_what_is_no_table(body: bytes) -> None:
    assert not looks_like_table(body, None)
