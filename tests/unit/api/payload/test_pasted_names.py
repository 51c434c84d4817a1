"""Names as pasted from mail, web pages and spreadsheets: mended in every way in, or refused with their place."""

import csv
import io
import json
from collections.abc import Callable

import pytest

from shared.api.payload.provisioning import parse_plan
from shared.api.payload.table import parse_table, parse_table_users
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.core.models import Target
from shared.errors import InvalidBody
from tests.unit.api.payload.parsing import ANNA, ID, NUMBER
from tests.unit.api.payload.plans import MOBILE, account, as_json, as_xml, request

Way = tuple[Callable[[bytes], object], Callable[[str, str], bytes], str]


def entries(name: str, text: str) -> bytes:
    return json.dumps([{"id": ID, "mobile": NUMBER}, {name: text, "mobile": NUMBER}]).encode()


def strings(_name: str, text: str) -> bytes:
    return json.dumps([text]).encode()


def table(name: str, text: str, *more: str) -> bytes:
    written = io.StringIO()
    csv.writer(written).writerows([[name, *more], [text, *(NUMBER for _ in more)]])
    return written.getvalue().encode()


def values_table(name: str, text: str) -> bytes:
    return table(name, text, "Mobile")


def json_plan(_name: str, text: str) -> bytes:
    return as_json(account(request(MOBILE, "Set", NUMBER), user=text))


def xml_plan(_name: str, text: str) -> bytes:
    return as_xml(account(request(MOBILE, "Set", NUMBER), user=text))


def created(_name: str, text: str) -> bytes:
    attributes = [request("userPrincipalName", "Set", text), request(MOBILE, "Set", NUMBER)]
    return as_json(account(*attributes, op="Create", user=None))


WAYS: dict[str, Way] = {
    "users": (parse_users, entries, "/1/userPrincipalName"),
    "strings": (parse_users, strings, "/0"),
    "values": (parse_values, entries, "/1/userPrincipalName"),
    "table of users": (parse_table_users, table, "/1/userPrincipalName"),
    "table": (parse_table, values_table, "/1/userPrincipalName"),
    "JSON plan": (parse_plan, json_plan, "/accountRequests/0/nativeIdentity"),
    "XML plan": (parse_plan, xml_plan, "/accountRequests/0/nativeIdentity"),
    "Create": (parse_plan, created, "/accountRequests/0/attributeRequests/0/value"),
}


PLACES = {way: [place] for way, (_, _, place) in WAYS.items()}


def refusals(text: str) -> dict[str, tuple[list[str], str]]:
    """By each way in that refuses it: the places of the faults, and the sentence."""
    found = {}
    for way, (parse, write, _) in WAYS.items():
        try:
            parse(write("userPrincipalName", text))
        except InvalidBody as refusal:
            found[way] = [fault.pointer for fault in refusal.faults], refusal.detail
    return found


def targets(found: object) -> list[Target]:
    return list(found.targets if hasattr(found, "targets") else found.users)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "text",
    [
        *(f"{ANNA}\u200b", f"\ufeff{ANNA}", f"\u202a{ANNA}\u202c", ANNA.replace("@", "\u00ad@"), f"\u00a0{ANNA}\u2060"),
        *(f"mailto:{ANNA}", f"MailTo:{ANNA}", f"Anna Andersson <{ANNA}>", f'"Andersson, Anna" <{ANNA}>', f"<{ANNA}>"),
    ],
)
def test_where_one_user_can_be_meant_only(text: str) -> None:
    found = {way: targets(parse(write("userPrincipalName", text)))[-1] for way, (parse, write, _) in WAYS.items()}
    assert found == dict.fromkeys(WAYS, Target(upn=ANNA))


@pytest.mark.parametrize(
    "text",
    [
        *(f"bjorn@contoso.com <{ANNA}>", f"Anna <{ANNA}> <bjorn@contoso.com>", f"Anna <{ANNA}", f"smtp:{ANNA}"),
        *(f"mailto:{ANNA}?subject=x", "anna andersson@contoso.com", "anna\u00a0andersson@contoso.com"),
        *(f"\u201c{ANNA}\u201d", f"\u201e{ANNA}\u201c", f"\u00ab{ANNA}\u00bb", f"\u2018{ANNA}\u2019", f"\u201c{ANNA}"),
        *(f"{ANNA}.", f"{ANNA}\u3002", ANNA.replace(".com", "\uff0ecom"), ANNA.replace(".com", "\uff61com")),
        *(f"{ANNA},", f"({ANNA})", f'"{ANNA}"', "anna@contoso\u2003.com", "anna\u2028@contoso.com", f"{ANNA} (Anna)"),
    ],
)
def test_what_names_nobody_for_certain_is_refused_with_its_place(text: str) -> None:
    found = refusals(text)
    assert {way: places for way, (places, _) in found.items()} == PLACES
    assert [way for way, (_, detail) in found.items() if ANNA in detail] == []


@pytest.mark.parametrize(
    "text",
    [
        json.dumps([{"UserPrincipalName": ANNA}]),
        json.dumps({"UserPrincipalName": ANNA}),
        json.dumps({"id": ID}),
        json.dumps(ANNA),
        f" [{ANNA!r}]",
    ],
)
def test_json_inside_a_string(text: str) -> None:
    found = refusals(text)
    assert {way: places for way, (places, _) in found.items()} == PLACES
    assert [way for way, (_, detail) in found.items() if "serialised twice" not in detail] == []


@pytest.mark.parametrize("parse", [parse_users, parse_values, parse_plan])
@pytest.mark.parametrize("document", [[{"UserPrincipalName": ANNA}], {"users": [ANNA]}, ANNA, {"accountRequests": []}])
def test_a_whole_document_inside_a_string(parse: Callable[[bytes], object], document: object) -> None:
    with pytest.raises(InvalidBody, match="serialised twice") as refusal:
        parse(json.dumps(json.dumps(document)).encode())
    assert [fault.pointer for fault in refusal.value.faults] == [""]


def test_a_list_inside_a_string_inside_a_wrapper() -> None:
    with pytest.raises(InvalidBody, match="serialised twice") as refusal:
        parse_users(json.dumps({"value": json.dumps([ANNA])}).encode())
    assert [fault.pointer for fault in refusal.value.faults] == ["/value"]


@pytest.mark.parametrize("text", [f"{ID}\u200b", f"\ufeff{ID.upper()}", f"\u200e{ID}"])
def test_an_id_with_what_cannot_be_seen(text: str) -> None:
    assert targets(parse_users(json.dumps([{"id": text}]).encode())) == [Target(id=ID)]
    assert targets(parse_table_users(table("id", text))) == [Target(id=ID)]
    for write in (json_plan, xml_plan):
        assert targets(parse_plan(write("", text))) == [Target(id=ID)]


@pytest.mark.parametrize("text", [f"{{{ID}}}", f" {{{ID.upper()}}}\u200b"])
def test_an_id_in_braces_as_net_writes_it(text: str) -> None:
    assert targets(parse_users(json.dumps([{"id": text}, {"id": ID}]).encode())) == [Target(id=ID)]
    assert targets(parse_values(json.dumps([{"id": text, "office": None}]).encode())) == [Target(id=ID)]
    assert targets(parse_table_users(table("id", text))) == [Target(id=ID)]
    for write in (json_plan, xml_plan):
        assert targets(parse_plan(write("", text))) == [Target(id=ID)]


@pytest.mark.parametrize("text", [f"{{{ID}", f"{ID}}}", f"({ID})", "{x}", "{}", f"{{{ID[:-1]}}}", ID.replace("-", "")])
def test_what_is_nearly_an_id_is_none_and_no_json_either(text: str) -> None:
    with pytest.raises(InvalidBody, match="must be an object id") as refusal:
        parse_users(json.dumps([{"id": text}]).encode())
    assert [fault.pointer for fault in refusal.value.faults] == ["/0/id"]


@pytest.mark.parametrize("way", [way for name, way in WAYS.items() if "plan" not in name])
@pytest.mark.parametrize("text", [ID, ID.upper(), f"{{{ID}}}", f"{ID}\u200b"])
def test_an_id_where_a_user_principal_name_belongs(way: Way, text: str) -> None:
    parse, write, place = way
    with pytest.raises(InvalidBody, match=r"This is an object id .* Send it as id") as refusal:
        parse(write("userPrincipalName", text))
    assert [fault.pointer for fault in refusal.value.faults] == [place]


def test_a_name_that_a_spreadsheet_kept_as_text() -> None:
    assert targets(parse_table_users(table("UPN", f'="{ANNA}"'))) == [Target(upn=ANNA)]


def test_one_user_however_pasted_is_one_user() -> None:
    names = [ANNA, f"{ANNA}\u200b", f"mailto:{ANNA}", f"Anna <{ANNA.upper()}>"]
    assert targets(parse_users(json.dumps(names).encode())) == [Target(upn=ANNA)]
    both = {"UPN": f"Anna <{ANNA}>", "userPrincipalName": ANNA}
    assert targets(parse_users(json.dumps(both).encode())) == [Target(upn=ANNA)]
