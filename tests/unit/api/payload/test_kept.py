"""Nothing of a body stays in memory until the garbage collector runs: it runs rarely (shared/wiring.py)."""

import gc
import json
import tracemalloc
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from shared.api.payload.lifecycle import parse_task
from shared.api.payload.phone_method import parse_phone_method
from shared.api.payload.provisioning import parse_plan
from shared.api.payload.table import parse_table, parse_table_users
from shared.api.payload.users import parse_users
from shared.api.payload.values import parse_values
from shared.errors import InvalidBody
from tests.unit.api.payload.parsing import ANNA
from tests.unit.api.payload.plans import account, as_json, as_xml, request

MB = 1024 * 1024
LONG = "x" * MB
ENTRY = {"UPN": ANNA, "note": LONG[:-200]}
PLAN = account(request("mfa_emailAddress", "Set", ANNA), user=ANNA)
TABLE = f"UPN,note\n{ANNA},{LONG}\n".encode()


@pytest.fixture(autouse=True)
def _no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.enable()


@pytest.mark.parametrize("is_broken", [False, True])
@pytest.mark.parametrize(
    ("parse", "body"),
    [
        (parse_users, json.dumps([ENTRY] * 2).encode()),
        (parse_users, json.dumps({"value": [ENTRY] * 2}).encode()),
        (parse_values, json.dumps([ENTRY | {"mobile": None}]).encode()),
        (parse_task, json.dumps({"data": LONG}).encode()),
        (lambda body: parse_phone_method(body, None), json.dumps({"phoneNumber": LONG}).encode()),
        (parse_plan, as_json(PLAN) + b" " * MB),
        (parse_plan, as_xml(PLAN) + b" " * MB),
        (parse_table, TABLE.replace(b"note", b"Mobile")),
        (parse_table_users, TABLE),
    ],
)
def test_nothing_of_a_body_is_kept(parse: Callable[[bytes], object], body: bytes, *, is_broken: bool) -> None:
    def once() -> None:
        # A body of its own, as each request has one.
        sent = body[: -len(body) // 3] + b"\0<{" if is_broken else body[:1] + body[1:]
        with suppress(InvalidBody):
            parse(sent)

    once()
    tracemalloc.start()
    try:
        for _ in range(3):
            once()
        assert tracemalloc.get_traced_memory()[0] < MB / 2
    finally:
        tracemalloc.stop()
