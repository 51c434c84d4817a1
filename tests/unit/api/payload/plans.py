"""Provisioning plans as IdentityIQ sends them, as JSON and as XML, and what the parser makes of them."""

import json
from collections.abc import Callable
from xml.sax.saxutils import quoteattr

import pytest

from shared.api.payload.provisioning import parse_plan
from shared.core.desired import Requested
from tests.unit.api.payload.parsing import ANNA, faults_of

PHONE, AUTHENTICATOR = "6803c096-8b1d-4c1c-9c1a-1f2d3e4f5a6b", "mfa_microsoftAuthenticatorAuthenticationMethod"
MOBILE = "mfa_phoneNumber_mobile"
PASSWORD = "not-a-real-password"
Attribute = dict[str, object]
Writer = Callable[..., bytes]


def account(*attributes: Attribute, op: str = "Modify", user: str | None = ANNA) -> dict[str, object]:
    named = {} if user is None else {"nativeIdentity": user}
    return {"op": op, **named, "attributeRequests": list(attributes)}


def request(name: str, op: str, *value: object) -> Attribute:
    return {"name": name, "op": op, **({"value": value[0]} if value else {})}


def as_json(*accounts: dict[str, object]) -> bytes:
    return json.dumps({"accountRequests": accounts}).encode()


def as_xml(*accounts: dict[str, object]) -> bytes:
    """The same plan as IdentityIQ writes it."""
    return f"<ProvisioningPlan>\n{''.join(map(_account_xml, accounts))}</ProvisioningPlan>".encode()


def _account_xml(each: dict[str, object]) -> str:
    attributes = each["attributeRequests"]
    assert isinstance(attributes, list)
    names = {"application": "Entra", **{key: value for key, value in each.items() if isinstance(value, str)}}
    return f"<AccountRequest{_attributes_xml(names)}>\n{''.join(map(_request_xml, attributes))}</AccountRequest>\n"


def _request_xml(each: Attribute) -> str:
    texts = {key: value for key, value in each.items() if isinstance(value, str)}
    value = each.get("value")
    if not isinstance(value, list):
        return f"<AttributeRequest{_attributes_xml(texts)}/>\n"
    listed = "".join(f"<String>{text}</String>" for text in value)
    return f"<AttributeRequest{_attributes_xml(texts)}><Value><List>{listed}</List></Value></AttributeRequest>\n"


def _attributes_xml(texts: dict[str, str]) -> str:
    return "".join(f" {key}={quoteattr(value)}" for key, value in texts.items())


BOTH = pytest.mark.parametrize("write", [as_json, as_xml], ids=["JSON", "XML"])


def requested(*attributes: Attribute) -> Requested:
    (from_json,) = parse_plan(as_json(account(*attributes))).users.values()
    (from_xml,) = parse_plan(as_xml(account(*attributes))).users.values()
    assert from_json == from_xml
    return from_json


def faults(body: bytes) -> list[tuple[str, str]]:
    found = faults_of(parse_plan, body)
    assert PASSWORD not in repr(found)
    return found


def fault(*attributes: Attribute) -> tuple[str, str]:
    """The same from JSON and XML, apart from the line."""
    (from_json,) = faults(as_json(account(*attributes)))
    ((pointer, detail),) = faults(as_xml(account(*attributes)))
    assert (pointer, detail.partition(": ")[2]) == from_json
    assert detail.startswith("Line ")
    return from_json
