"""The routes for one user, each with a request that succeeds; Anna, whom they are sent about."""

import json
from collections.abc import Mapping
from functools import partial

import pytest

from shared.api.frame import WebResponse
from shared.api.users import (
    handle_create,
    handle_delete,
    handle_disable_sms_sign_in,
    handle_enable_sms_sign_in,
    handle_get,
    handle_list,
    handle_list_all,
    handle_update,
)
from shared.core.models import User
from tests.unit.graph_rules import Account
from tests.unit.people import MOBILE
from tests.unit.world import EXPLICIT_HEADERS, OLD, Handle, World

ANNA, BJORN = "5b0e2f6c-0000-4000-8000-00000000000a", "5b0e2f6c-0000-4000-8000-00000000000b"
UPN = "anna@contoso.com"
CREATE = b'{"phoneType":"alternateMobile","phoneNumber":"+46 701740605"}'
UPDATE = b'{"phoneNumber":"+46 701740605"}'
MASKED_OLD, MASKED_NEW = "+46 *******66", "+46 *******05"
# Each route with a request that succeeds: handler, body, type in the path, status.
Route = tuple[Handle, bytes, str | None, int]
READS: dict[str, Route] = {
    "list": (handle_list, b"", None, 200),
    "list all": (handle_list_all, b"", None, 200),
    "get": (handle_get, b"", "mobile", 200),
}
WRITES: dict[str, Route] = {
    "create": (handle_create, CREATE, None, 201),
    "update": (handle_update, UPDATE, "mobile", 200),
    "delete": (handle_delete, b"", "mobile", 204),
    "enable": (handle_enable_sms_sign_in, b"", None, 200),
    "disable": (handle_disable_sms_sign_in, b"", None, 200),
}
EACH_READ = pytest.mark.parametrize("route", READS.values(), ids=READS)
EACH_WRITE = pytest.mark.parametrize("route", WRITES.values(), ids=WRITES)
EACH = pytest.mark.parametrize("route", (READS | WRITES).values(), ids=READS | WRITES)


def register(world: World, account: Account, user_id: str = ANNA, upn: str = UPN) -> Account:
    world.directory.add_account(user_id, account)
    world.directory.users[user_id] = User(user_id, upn, {MOBILE: None}, "SE", account.synced)
    return account


def world_with_anna() -> World:
    """She has a mobile number. Explicit values are on."""
    world = World().allow_explicit()
    register(world, Account({MOBILE: OLD}))
    return world


def send(
    world: World, route: Route, headers: Mapping[str, str] | None = None, query: str = "", user: str = UPN
) -> WebResponse:
    """With the explicit handshake, which opens all of these routes, where no headers are given."""
    handle, raw, phone_type, _ = route
    path = {"user": user} | ({} if phone_type is None else {"type": phone_type})
    return world.send(handle, raw, EXPLICIT_HEADERS if headers is None else headers, query, **path)


def with_type(route: Route, phone_type: str) -> Route:
    return (*route[:2], phone_type, route[3])


def with_body(route: Route, **words: object) -> Route:
    return (route[0], json.dumps(words).encode(), *route[2:])


create, update = partial(with_body, WRITES["create"]), partial(with_body, WRITES["update"])
delete = partial(with_type, WRITES["delete"])


def change_free(world: World) -> bool:
    """Whether nothing was written or tried."""
    return world.directory.written == []
