"""api/payload/rehearsal.py: "dry run" in a body, in any form and at any depth, is refused where it stands."""

import json

import pytest

from shared.api.payload.envelope import Envelope
from shared.api.payload.limit import NO_LIMIT
from shared.api.payload.phone_method import parse_phone_method
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.rehearsal import IN_QUERY, IN_SIGNED_BODY, NOT_HERE, is_rehearsal, refuse_in_unread_body
from shared.api.payload.table import parse_table, parse_table_users
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.core.models import Method
from shared.errors import MAX_FAULTS, InvalidBody
from tests.unit.api.payload.parsing import ANNA, NUMBER
from tests.unit.api.payload.plans import MOBILE, Attribute, account, as_json, request

SPELLINGS = [
    "dryRun",
    "DRYRUN",
    "dry_run",
    "dry-run",
    "Dry Run",
    "whatIf",
    "WhatIf",
    "-WhatIf",
    "what_if?",
    "\uff44ryRun",
    "isDryRun",
    "X-Dry-Run",
    "WhatIfPreference",
]


@pytest.mark.parametrize("name", [*SPELLINGS, "dry\u200bRun", "2dryRun", "_whatIf_", "dryRuns", "dryRun" * 100])
def test_a_name_that_means_a_dry_run(name: str) -> None:
    assert is_rehearsal(name)


@pytest.mark.parametrize("name", ["", "dry", "run", "what", "if", "runDry", "dryTheRun", "dr\u00fdRun"])
def test_a_name_that_does_not(name: str) -> None:
    assert not is_rehearsal(name)


def pointers(parse: object, body: str | bytes, *more: object, detail: str = IN_QUERY) -> list[str]:
    with pytest.raises(InvalidBody) as refusal:
        parse(body.encode() if isinstance(body, str) else body, *more)  # type: ignore[operator]
    assert all(detail in fault.detail for fault in refusal.value.faults)
    return [fault.pointer for fault in refusal.value.faults]


def in_users(*path: str | int) -> str:
    """A list of users with the word at this place."""
    value: object = True
    for step in reversed(path):
        value = {step: value} if isinstance(step, str) else [*([None] * step), value]
    return json.dumps(value)


@pytest.mark.parametrize("parse", [parse_users, parse_values])
@pytest.mark.parametrize("name", SPELLINGS)
def test_a_key_of_an_entry(parse: object, name: str) -> None:
    entry = {"UserPrincipalName": ANNA, "mobile": NUMBER, name: False}
    assert pointers(parse, json.dumps([{"id": "x"}, entry])) == [f"/1/{name}"]


@pytest.mark.parametrize("parse", [parse_users, parse_values, parse_plan])
@pytest.mark.parametrize(
    ("path", "pointer"),
    [
        (("dryRun",), "/dryRun"),
        (("value", 0, "dryRun"), "/value/0/dryRun"),
        ((1, "options", 0, 2, "whatIf"), "/1/options/0/2/whatIf"),
        ((*("a/b~",) * 3, "dry_run", "x"), "/a~1b~0/a~1b~0/a~1b~0/dry_run"),
        ((*(0,) * 400, "dryRun"), f"{'/0' * 400}/dryRun"),
    ],
)
def test_a_key_at_any_depth(parse: object, path: tuple[str | int, ...], pointer: str) -> None:
    assert pointers(parse, in_users(*path)) == [pointer]


def test_every_place_is_told_up_to_the_limit() -> None:
    body = json.dumps({"users": [{"id": ANNA, "dryRun": 1}, {"id": ANNA}, {"WhatIf": 1, "dryRun": 1}], "whatIf": 0})
    assert pointers(parse_users, body) == ["/whatIf", "/users/0/dryRun", "/users/2/WhatIf", "/users/2/dryRun"]
    assert len(pointers(parse_users, json.dumps([{"dryRun": 1}] * 1000))) == MAX_FAULTS + 1


@pytest.mark.parametrize("body", [b"dryRun", b'"dryRun"', b'["dryRun"]', b'[{"UserPrincipalName": "dryRun"}]'])
def test_the_word_as_a_value_is_no_key(body: bytes) -> None:
    with pytest.raises(InvalidBody) as refusal:
        parse_users(body)
    assert "dry run" not in refusal.value.detail


def test_one_phone_method_has_no_dry_run() -> None:
    body = json.dumps({"phoneNumber": NUMBER, "options": {"dryRun": True}})
    assert pointers(parse_phone_method, body, Method.MOBILE, detail=NOT_HERE) == ["/options/dryRun"]


@pytest.mark.parametrize(
    ("envelope", "detail"),
    [
        (Envelope("set", is_signed=False), IN_QUERY),
        (Envelope("set"), IN_SIGNED_BODY),
        (Envelope("report", is_signed=False, has_plan=False), NOT_HERE),
        (Envelope("report", has_plan=False), NOT_HERE),
        (Envelope("apply", job_id="x", is_signed=False), NOT_HERE),
    ],
)
def test_the_advice_is_one_that_the_route_takes(envelope: Envelope, detail: str) -> None:
    body = json.dumps({"operation": envelope.operation, "users": [{"id": ANNA, "dryRun": 1}]})
    assert pointers(parse_users, body, NO_LIMIT, envelope, detail=detail) == ["/users/0/dryRun"]


def test_so_is_that_of_a_table() -> None:
    table = f"UPN,dryRun\r\n{ANNA},1\r\n"
    assert pointers(parse_table_users, table, NO_LIMIT, NOT_HERE, detail=NOT_HERE) == ["/0/dryRun"]


@pytest.mark.parametrize("parse", [parse_table, parse_table_users])
@pytest.mark.parametrize("name", SPELLINGS)
def test_a_column(parse: object, name: str) -> None:
    assert pointers(parse, f"UPN,Mobile Phone,{name}\r\n{ANNA},{NUMBER},true\r\n") == [f"/0/{name}"]
    assert pointers(parse, f'"{name}";UPN\r\n;{ANNA}\r\n') == [f"/0/{name}"]


SET: Attribute = request(MOBILE, "Set", NUMBER)


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        (as_json({**account(SET), "dryRun": True}), "/accountRequests/0/dryRun"),
        (as_json(account({**SET, "dryRun": True})), "/accountRequests/0/attributeRequests/0/dryRun"),
        (as_json({**account(SET), "args": {"x": {"whatIf": 1}}}), "/accountRequests/0/args/x/whatIf"),
        (as_json(account(SET, request("dryRun", "Set", "true"))), "/accountRequests/0/attributeRequests/1/name"),
        (as_json(account(SET, request("what if", "Add", "1"))), "/accountRequests/0/attributeRequests/1/name"),
    ],
)
def test_a_plan_in_json(body: bytes, pointer: str) -> None:
    assert pointers(parse_plan, body) == [pointer]


ACCOUNT, ATTRIBUTE = "/accountRequests/0", "/accountRequests/0/attributeRequests/0"


@pytest.mark.parametrize(
    ("old", "new", "pointer"),
    [
        ("<ProvisioningPlan", "<ProvisioningPlan dryRun='true'", "/dryRun"),
        ("<AccountRequest", "<AccountRequest dryRun='true'", f"{ACCOUNT}/dryRun"),
        ("<AccountRequest", "<AccountRequest p:whatIf='true'", f"{ACCOUNT}/whatIf"),
        ("<AttributeRequest", "<AttributeRequest whatIf='1'", f"{ATTRIBUTE}/whatIf"),
        ("<Value>", "<Value dry_run='1'>", f"{ATTRIBUTE}/dry_run"),
        ("<String>", "<String dryRun='1'>", f"{ATTRIBUTE}/dryRun"),
        ("<Attributes/>", "<DryRun>true</DryRun>", f"{ACCOUNT}/DryRun"),
        ("<Attributes/>", "<p:dryRun/>", f"{ACCOUNT}/dryRun"),
        (
            "<Attributes/>",
            "<Attributes><Map><entry key='dryRun' value='true'/></Map></Attributes>",
            f"{ACCOUNT}/dryRun",
        ),
        ("<Attributes/>", "<Attributes><Map><x><y whatIf='1'/></x></Map></Attributes>", f"{ACCOUNT}/whatIf"),
        ("</ProvisioningPlan>", "<dryRun>false</dryRun></ProvisioningPlan>", "/dryRun"),
        (MOBILE, "dryRun", f"{ATTRIBUTE}/name"),
    ],
)
def test_a_plan_in_xml(old: str, new: str, pointer: str) -> None:
    plan = (
        f'<ProvisioningPlan>\n<AccountRequest op="Modify" nativeIdentity="{ANNA}">\n<Attributes/>\n'
        f'<AttributeRequest name="{MOBILE}" op="Set"><Value><String>{NUMBER}</String></Value></AttributeRequest>\n'
        "</AccountRequest>\n</ProvisioningPlan>"
    )
    assert len(parse_plan(plan.encode()).users) == 1
    assert pointers(parse_plan, plan.replace(old, new, 1)) == [pointer]


def test_places_in_xml_are_told_up_to_the_limit() -> None:
    assert len(pointers(parse_plan, f"<ProvisioningPlan>{'<dryRun/>' * 1000}</ProvisioningPlan>")) == MAX_FAULTS + 1


@pytest.mark.parametrize(
    "body",
    [
        *(b'{"dryRun": true}', b"whatIf=true", b"<x dry-run='1'/>", '{"dryRun":1}'.encode("utf-16"), b"--WhatIf"),
        *(b"x" * 131_000 + b"dryRun", f"{'x' * 65_000}dryRun".encode("utf-16"), "\uff44\uff52\uff59Run".encode()),
    ],
)
def test_a_body_that_nobody_would_have_read(body: bytes) -> None:
    with pytest.raises(InvalidBody, match="not supported on this route"):
        refuse_in_unread_body(body)


@pytest.mark.parametrize("body", [b"", b"{}", b"null", b"x", b"\xff\x00", b'{"run": "dry"}', b"x" * 131_072])
def test_any_other_body_that_is_not_read(body: bytes) -> None:
    refuse_in_unread_body(body)


def test_a_body_that_is_not_read_is_not_long() -> None:
    with pytest.raises(InvalidBody, match="takes no body"):
        refuse_in_unread_body(b"x" * 131_073)


def test_the_end_of_a_long_name_counts() -> None:
    name = f"urn:ietf:params:scim:schemas:{'x' * 4_000}:dryRun"
    pointer = f"/0/{name}"[:64]
    (found,) = pointers(parse_users, json.dumps([{"id": ANNA, name: 1}]), NO_LIMIT)
    assert found[:64] == pointer
