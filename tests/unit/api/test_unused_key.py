"""An Idempotency-Key on a request that becomes no job: the answer says that it does nothing."""

import json

import pytest

from shared.api import users
from shared.api.frame import WebResponse
from shared.api.lists import handle_provision, handle_reconcile, handle_set
from shared.services import JobLimits
from tests.unit.api.lists.sending import PLAN, TABLE, USERS, VALUES
from tests.unit.jobs.worlds import JobWorld, with_anna_bo_and_cy
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, OLD, Handle, body, reconcile_at_once, refusal

ANNA = {"user": "anna@contoso.com", "type": "mobile"}
NUMBER = b'{"phoneNumber": "+46 701740699"}'
KEY = {"idempotency-key": "4711"}


@pytest.fixture
def people(world: JobWorld) -> JobWorld:
    world.allow_explicit()
    return with_anna_bo_and_cy(world)


def send(world: JobWorld, handle: Handle, raw: bytes, headers: dict[str, str], query: str = "") -> WebResponse:
    path = ANNA if handle.__module__ == users.__name__ else {}
    return world.send(handle, raw, {**EXPLICIT_HEADERS, **headers}, query, **path)


ROUTES = pytest.mark.parametrize(
    ("handle", "raw"),
    [
        (reconcile_at_once, USERS),
        (handle_set, VALUES),
        (handle_set, TABLE),
        (handle_provision, PLAN),
        (users.handle_list, b""),
        (users.handle_get, b""),
        (users.handle_update, NUMBER),
    ],
    ids=["reconcile", "set", "set csv", "provision", "list phones", "get phone", "update phone"],
)


@ROUTES
def test_every_answer_that_is_json_says_so(people: JobWorld, handle: Handle, raw: bytes) -> None:
    response = send(people, handle, raw, KEY)
    assert (response.status, body(response)["idempotencyKey"]) == (200, "notUsed")


@ROUTES
@pytest.mark.parametrize("headers", [{}, {"idempotency-key": " "}], ids=["none", "blank"])
def test_without_a_key_there_is_nothing_to_say(
    people: JobWorld, handle: Handle, raw: bytes, headers: dict[str, str]
) -> None:
    response = send(people, handle, raw, headers)
    assert (response.status, "idempotencyKey" in body(response)) == (200, False)


def test_the_guards_refusal_says_so_too(people: JobWorld) -> None:
    people.words["jobs"] = JobLimits(50, 4, 60, 7, 3)
    names = [f"leaver{index}" for index in range(11)]
    for name in names:
        people.directory.add(name, None, mobile=OLD)
    raw = json.dumps([f"{name}@contoso.com" for name in names]).encode()
    response = send(people, reconcile_at_once, raw, KEY)
    assert (refusal(response), body(response)["idempotencyKey"]) == ((422, "tooManyRemovals"), "notUsed")


def test_a_job_uses_its_key(people: JobWorld) -> None:
    response = people.ask(handle_reconcile, USERS, {**HEADERS, **KEY}, "async=true")
    assert (response.status, "idempotencyKey" in body(response)) == (202, False)
