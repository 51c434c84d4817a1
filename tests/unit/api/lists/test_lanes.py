"""Which lists wait for others, and which go past them."""

import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from shared.api.frame import WebRequest
from shared.api.lists import FEW_USERS, handle_set
from shared.core.plan import Policy
from shared.deadline import Deadline
from shared.services import JobLimits, Lane, Lanes
from tests.unit.api.lists.sending import TABLE, send
from tests.unit.world import EXPLICIT_HEADERS, NEW, World, reconcile_at_once, refusal, result_codes

NAMES = [f"user{number}@contoso.com" for number in range(FEW_USERS + 1)]


@pytest.fixture
def world() -> World:
    world = World().allow_explicit()
    world.words = {
        "max_users": 10_000,
        "max_body_bytes": 1_000_000,
        "deadline_s": 1,
        "jobs": JobLimits(inline_users=100, parallel=4, patience_minutes=60, retention_days=7, most_open=3),
        "lanes": Lanes(lists=Lane(1, waiting=1), jobs=Lane(1, waiting=1)),
    }
    for name in NAMES:
        world.directory.add(name.partition("@")[0], NEW)
    return world


@contextmanager
def full(lane: Lane) -> Iterator[None]:
    with lane.entered(Deadline(10)):
        yield


def users(*names: str, padding: int = 0) -> bytes:
    return json.dumps(names).encode() + b" " * padding


def values(*names: str) -> bytes:
    return json.dumps([{"userPrincipalName": name, "mobile": "+46 701740699"} for name in names]).encode()


def lanes(world: World) -> Lanes:
    found = world.words["lanes"]
    assert isinstance(found, Lanes)
    return found


def test_a_list_waits_for_longer_ones_and_is_told_when_that_takes_too_long(world: World) -> None:
    with full(lanes(world).lists):
        response = send(world, users(*NAMES))
        assert refusal(response) == (503, "busy")
        assert response.headers["Retry-After"] == "10"
        assert refusal(send(world, values(*NAMES), handle=handle_set)) == (503, "busy")
        assert world.directory.calls == []
    assert send(world, users(*NAMES)).status == 200


def test_a_list_for_few_users_goes_past_them(world: World) -> None:
    world.words["policy"] = Policy(users_per_number=0)
    with full(lanes(world).lists), full(lanes(world).jobs):
        assert result_codes(send(world, users(*NAMES[:FEW_USERS]), query="dryRun=true")) == ["planned"] * FEW_USERS
        assert send(world, values(*NAMES[:FEW_USERS]), handle=handle_set).status == 200
        assert send(world, TABLE, handle=handle_set).status == 200


def test_a_big_body_waits_until_it_is_read_and_leaves_that_lane(world: World) -> None:
    with full(lanes(world).jobs):
        assert refusal(send(world, users(NAMES[0], padding=65_536))) == (503, "busy")
        assert send(world, users(NAMES[0], padding=60_000)).status == 200
    with full(lanes(world).lists):
        assert refusal(send(world, users(*NAMES, padding=65_536))) == (503, "busy")
        # It has left both.
        assert send(world, users(NAMES[0], padding=65_536)).status == 200


def test_while_it_waits_for_the_next_lane_it_does_not_hold_up_those_in_the_one_before(world: World) -> None:
    world.words["deadline_s"] = 20
    with ThreadPoolExecutor(1) as pool:
        with full(lanes(world).lists):
            waiting = pool.submit(send, world, users(*NAMES, padding=65_536))
            for _ in range(5):
                began = time.monotonic()
                assert send(world, users(NAMES[0], padding=65_536)).status == 200
                assert time.monotonic() - began < 5
        assert waiting.result(20).status == 200


def test_a_faulty_list_gives_its_place_back(world: World) -> None:
    for _ in range(3):
        assert refusal(send(world, b"[" + b" " * 65_536)) == (400, "invalidBody")
        assert send(world, users(*NAMES), {"message": "a guess"}).status == 401


def test_the_time_before_the_work_begins_counts(world: World) -> None:
    began = time.monotonic() - 0.9
    with full(lanes(world).lists):
        request = WebRequest(users(*NAMES), EXPLICIT_HEADERS, arrived_at=began)
        asked = time.monotonic()
        assert refusal(reconcile_at_once(request, world.services)) == (503, "busy")
        assert time.monotonic() - asked < 0.4
