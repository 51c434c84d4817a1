"""Lists about Anna in each form, and how they are sent."""

import json
from collections.abc import Mapping

import pytest

from shared.api.frame import WebResponse
from shared.api.lists import handle_provision, handle_set
from tests.unit.world import EXPLICIT_HEADERS, Handle, World
from tests.unit.world import reconcile_at_once as handle_reconcile

ANNA = "anna@contoso.com"
USERS = b'[{"UserPrincipalName":"anna@contoso.com"}]'
VALUES = b'[{"userPrincipalName":"anna@contoso.com","mobile":"+46 701740699"}]'
TABLE = (
    b"UPN,Mobile,OfficePhone,AlternateMobile,ForcedUpdate,ForcedRemoval\r\nanna@contoso.com,+46 701740699,,,true,\r\n"
)
PLAN = json.dumps(
    {
        "accountRequests": [
            {
                "op": "Modify",
                "nativeIdentity": ANNA,
                "attributeRequests": [
                    {"name": "mfa_phoneNumber_mobile", "op": "Set", "value": "+46 701740699"},
                    {"name": "password", "op": "Set", "value": "hunter2-not-real"},
                ],
            }
        ]
    }
).encode()
NAMED = "+46 701740699"
EXPLICIT_ROUTES = pytest.mark.parametrize(
    ("handle", "sent"),
    [(handle_set, VALUES), (handle_set, TABLE), (handle_provision, PLAN)],
    ids=["set", "csv", "plan"],
)
ROUTES = pytest.mark.parametrize(
    ("handle", "sent"),
    [(handle_reconcile, USERS), (handle_set, VALUES), (handle_provision, PLAN)],
    ids=["reconcile", "set", "provision"],
)


def send(
    world: World,
    raw: bytes = USERS,
    headers: Mapping[str, str] | None = None,
    query: str = "",
    handle: Handle = handle_reconcile,
) -> WebResponse:
    """With the explicit handshake, which opens all of these routes, where no headers are given."""
    return world.send(handle, raw, EXPLICIT_HEADERS if headers is None else headers, query)
