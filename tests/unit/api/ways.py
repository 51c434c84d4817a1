"""All ways in on which a text becomes a number: what comes of it on each."""

import csv
import io
import json
from collections.abc import Callable
from xml.sax.saxutils import quoteattr

import pytest

from shared.api.lists import handle_provision, handle_set
from shared.api.users import handle_create, handle_update
from shared.core.models import Method
from tests.unit.graph_rules import Account
from tests.unit.world import EXPLICIT_HEADERS, World, body
from tests.unit.world import reconcile_at_once as handle_reconcile

ANNA = "anna@contoso.com"
_COLUMNS = {Method.MOBILE: "Mobile", Method.OFFICE: "OfficePhone", Method.ALTERNATE_MOBILE: "AlternateMobile"}
Way = Callable[[World, Method, str], tuple[str, str]]


def person(region: str | None, registered: dict[Method, str], **attributes: str) -> World:
    """Anna in this country, with these methods."""
    world = World().allow_explicit()
    world.words["max_body_bytes"] = 5000
    values = {Method(name): text for name, text in attributes.items()}
    world.directory.add_account("anna", Account(dict(registered)), dict(values), region)
    return world


def _by_directory(world: World, method: Method, text: str) -> tuple[str, str]:
    world = person(world.directory.users["anna"].usage_location, world.directory.phones["anna"], **{method: text})
    answer = world.send(handle_reconcile, json.dumps([ANNA]).encode(), EXPLICIT_HEADERS)
    return _outcome(answer.body, world, method)


def _by_json(world: World, method: Method, text: str) -> tuple[str, str]:
    entry = {"userPrincipalName": ANNA, method.value: text}
    return _outcome(world.send(handle_set, json.dumps([entry]).encode(), EXPLICIT_HEADERS).body, world, method)


def _by_csv(world: World, method: Method, text: str) -> tuple[str, str]:
    table = io.StringIO()
    csv.writer(table).writerows([["UPN", _COLUMNS[method], "ForcedUpdate"], [ANNA, text, "TRUE"]])
    return _outcome(world.send(handle_set, table.getvalue().encode(), EXPLICIT_HEADERS).body, world, method)


def _by_json_plan(world: World, method: Method, text: str) -> tuple[str, str]:
    attribute = {"name": f"mfa_phoneNumber_{method}", "op": "Set", "value": text}
    plan = {"accountRequests": [{"op": "Modify", "nativeIdentity": ANNA, "attributeRequests": [attribute]}]}
    return _outcome(world.send(handle_provision, json.dumps(plan).encode(), EXPLICIT_HEADERS).body, world, method)


def _by_xml_plan(world: World, method: Method, text: str) -> tuple[str, str]:
    attribute = f'<AttributeRequest name="mfa_phoneNumber_{method}" op="Set" value={quoteattr(text)}/>'
    plan = f'<AccountRequest op="Modify" nativeIdentity="{ANNA}">{attribute}</AccountRequest>'
    return _outcome(world.send(handle_provision, plan.encode(), EXPLICIT_HEADERS).body, world, method)


def _by_operation(world: World, method: Method, text: str) -> tuple[str, str]:
    raw = json.dumps({"phoneType": method, "phoneNumber": text}).encode()
    if method in world.directory.phones["anna"]:
        answer = world.send(handle_update, raw, EXPLICIT_HEADERS, user=ANNA, type=method.value)
    else:
        answer = world.send(handle_create, raw, EXPLICIT_HEADERS, user=ANNA)
    return body(answer)["code"], body(answer).get("detail") or world.directory.phones["anna"].get(method, "")


def _outcome(raw: bytes, world: World, method: Method) -> tuple[str, str]:
    """The code, and the number that is registered then, or why it was not."""
    (result,) = json.loads(raw)["results"]
    return result["code"], world.directory.phones["anna"].get(method, "") if _is_good(result) else result["message"]


def _is_good(result: dict[str, str]) -> bool:
    return result["status"] in ("changed", "unchanged")


WAYS = {
    "directory": _by_directory,
    "JSON": _by_json,
    "CSV": _by_csv,
    "JSON plan": _by_json_plan,
    "XML plan": _by_xml_plan,
    "operation": _by_operation,
}
ALL_WAYS = pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
