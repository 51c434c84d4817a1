"""JSON, tables and plans in UTF-16 with a byte order mark, as Windows PowerShell 5.1 redirects them (`>`)."""

import codecs
import json

import pytest

from shared.api.payload.phone_method import parse_phone_method
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.table import looks_like_table, parse_table
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.core.models import Method, Target
from tests.unit.api.payload.parsing import ANNA, NUMBER
from tests.unit.api.payload.plans import MOBILE, account, as_json, as_xml, request

ENCODINGS = {"utf-16-le": codecs.BOM_UTF16_LE, "utf-16-be": codecs.BOM_UTF16_BE}
EACH = pytest.mark.parametrize("encoding", ENCODINGS)


def encoded(text: str, encoding: str) -> bytes:
    return ENCODINGS[encoding] + text.encode(encoding)


@EACH
def test_json(encoding: str) -> None:
    users = encoded(json.dumps([{"UserPrincipalName": ANNA}]) + "\r\n", encoding)
    assert not looks_like_table(users, None)
    assert parse_users(users).targets == (Target(upn=ANNA),)
    values = encoded(json.dumps([{"userPrincipalName": ANNA, "mobile": NUMBER}]), encoding)
    assert list(parse_values(values).users) == [Target(upn=ANNA)]
    method = encoded(json.dumps({"phoneType": "office", "phoneNumber": NUMBER}), encoding)
    assert parse_phone_method(method, None) == (Method.OFFICE, NUMBER)


@EACH
def test_tables_and_plans(encoding: str) -> None:
    table = encoded(f"UPN,Mobile\r\n{ANNA},{NUMBER}\r\n", encoding)
    assert looks_like_table(table, None)
    assert list(parse_table(table).users) == [Target(upn=ANNA)]
    for plan in (as_json, as_xml):
        written = encoded(plan(account(request(MOBILE, "Set", NUMBER))).decode(), encoding)
        assert list(parse_plan(written).users) == [Target(upn=ANNA)]
