"""api/admission.py: what one request may do with its plans."""

from collections.abc import Mapping, Sequence
from typing import NoReturn

import pytest

from shared.api.frame import WebResponse
from shared.core.codes import Code
from shared.core.models import ReadScope, Stop
from shared.core.plan import Policy
from shared.deadline import Deadline
from shared.errors import StorageUnavailable, VaultUnavailable
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.settings.callers import NamedCaller, Right
from tests.unit.people import failed, lost_after
from tests.unit.world import NEW, OLD, Door, World, body, code, reconcile_at_once, refusal, result_codes

UNREAD = Stop(Code.GRAPH_UNAVAILABLE, "x")
LEAVERS, MOVERS = [f"leaver{place}" for place in range(3)], [f"mover{place}" for place in range(3)]


@pytest.fixture
def world() -> World:
    """Two removals and two overwrites are one too many, and a day has room for three of each."""
    world = World()
    for name in LEAVERS:
        world.directory.add(name, None, mobile=OLD)
    for name in MOVERS:
        world.directory.add(name, NEW, mobile=OLD)
    world.directory.add("hire", NEW)
    world.words |= {"max_users": 20, "policy": policy()}
    world.ledger = Ledger(None, Ceilings(3, 3))
    for name, rights in (("lists", ["reconcile"]), ("boss", ["reconcile", "approve"])):
        world.callers += (NamedCaller(name, frozenset(map(Right, rights))),)
        world.doors[name] = Door(name, world.log, f"{name}-secret-not-real")
    return world


def policy(**words: bool) -> Policy:
    return Policy(max_removals=1, max_removals_percent=0, max_overwrites=1, max_overwrites_percent=0, **words)


def ask(
    world: World, names: Sequence[str], who: str = "lists", plan: str | None = None, query: str = "", **more: str
) -> WebResponse:
    users = ",".join(f'{{"UserPrincipalName":"{name}@contoso.com"}}' for name in names)
    headers: Mapping[str, str] = {"message": f"{who}.{who}-secret-not-real", **more}
    return world.send(
        reconcile_at_once, f"[{users}]".encode(), {**headers, **({"if-match": plan} if plan else {})}, query
    )


def plan_of(world: World, *names: str) -> str:
    return str(body(ask(world, names, query="dryRun=true"))["planId"])


def room(world: World) -> tuple[int, int]:
    """How many removals and overwrites the day has left."""
    left = [0, 0]
    for kind in range(2):
        while world.ledger.reserve(
            f"probe{kind}", "probe", *(left[kind] + 1 if at == kind else 0 for at in range(2)), Deadline(1)
        ):
            left[kind] += 1
        world.ledger.settle(f"probe{kind}", 0, 0)
    return left[0], left[1]


def approvals(world: World) -> list[tuple[object, object]]:
    """Who let what pass, by the audit trail."""
    return [(record["caller"], record["code"]) for record in world.trail.records if record["event"] == "apply"]


def without_key(world: World, trouble: Exception) -> None:
    def digest(_deadline: Deadline, *_parts: str) -> NoReturn:
        raise trouble

    world.words["digest"] = digest


# The id


def test_the_id_stands_in_every_answer_of_a_list(world: World) -> None:
    seen = plan_of(world, *MOVERS[:1], "hire")
    done = body(ask(world, [*MOVERS[:1], "hire"]))
    assert (done["planId"], done["counts"]["changed"]) == (seen, 2)
    stopped = body(ask(world, LEAVERS))
    assert (stopped["code"], stopped["planId"]) == ("tooManyRemovals", plan_of(world, *LEAVERS))


def test_who_cannot_be_read_for_now_makes_it_null_and_then_no_certain_plan_is_carried_out(world: World) -> None:
    seen = plan_of(world, "mover0", "hire")
    world.directory.unreadable["mover0"] = Stop(Code.THROTTLED, "x")
    shown = body(ask(world, ["mover0", "hire"], query="dryRun=true"))
    assert (shown["planId"], shown["results"][0]["code"]) == (None, "throttled")
    response = ask(world, ["mover0", "hire"], plan=seen)
    assert (refusal(response), response.headers["Retry-After"]) == ((503, "graphUnavailable"), "30")
    assert world.directory.written == []
    assert result_codes(ask(world, ["mover0", "hire"])) == ["throttled", "added"]


@pytest.mark.parametrize("trouble", [StorageUnavailable("x"), VaultUnavailable("x")])
def test_without_the_key_there_is_no_id_and_no_certain_plan(world: World, trouble: StorageUnavailable) -> None:
    seen = plan_of(world, "mover0")
    without_key(world, trouble)
    assert refusal(ask(world, ["mover0"], plan=seen)) == (503, trouble.code)
    assert world.directory.written == []
    assert body(ask(world, ["mover0"]))["planId"] is None
    assert len(world.directory.written) == 1


# If-Match and approve


def test_another_plan_is_refused_and_shown_with_its_id(world: World) -> None:
    response = ask(world, ["mover0"], plan="AAAA")
    assert refusal(response) == (412, "planChanged")
    assert body(response)["planId"] == plan_of(world, "mover0")
    assert result_codes(response) == ["planned"]
    assert world.directory.written == []
    assert room(world) == (3, 3)


@pytest.mark.parametrize(("names", "ceiling"), [(LEAVERS[:2], "tooManyRemovals"), (MOVERS[:2], "tooManyOverwrites")])
def test_the_ceilings_are_passed_with_right_and_plan_alone(world: World, names: list[str], ceiling: str) -> None:
    seen = plan_of(world, *names)
    for who, plan in (("lists", None), ("lists", seen), ("boss", None)):
        assert code(ask(world, names, who, plan)) == ceiling, (who, plan)
    assert code(ask(world, names, "boss", seen[:-1])) == "planChanged"
    assert world.directory.written == []
    assert body(ask(world, names, "boss", seen, "dryRun=true"))["counts"]["planned"] == 2
    assert approvals(world) == []
    assert body(ask(world, names, "boss", seen))["counts"]["changed"] == 2
    assert approvals(world) == [("boss", ceiling)]


def test_so_is_that_of_the_day_and_what_was_done_counts(world: World) -> None:
    world.ledger = Ledger(None, Ceilings(0, None))
    seen = plan_of(world, "leaver0")
    assert code(ask(world, ["leaver0"], "boss")) == "dailyLimit"
    assert code(ask(world, ["leaver0"], "lists", seen)) == "dailyLimit"
    assert result_codes(ask(world, ["leaver0"], "boss", seen)) == ["removed"]
    assert approvals(world) == [("boss", "dailyLimit")]
    assert code(ask(world, ["leaver1"])) == "dailyLimit"


def test_a_plan_below_the_limits_leaves_no_approval(world: World) -> None:
    seen = plan_of(world, "leaver0", "mover0")
    assert result_codes(ask(world, ["leaver0", "mover0"], "boss", seen)) == ["removed", "updated"]
    assert approvals(world) == []


def test_read_only_is_not_passed_and_comes_first(world: World) -> None:
    world.words["policy"] = policy(read_only=True)
    seen = plan_of(world, *LEAVERS)
    for plan in (seen, "AAAA", None):
        response = ask(world, LEAVERS, "boss", plan)
        assert refusal(response) == (503, "readOnly")
        assert body(response)["planId"] == seen
    assert world.directory.written == approvals(world) == []
    assert room(world) == (3, 3)


# The day


def test_what_is_too_much_for_the_day_is_refused_whole(world: World) -> None:
    for name in LEAVERS:
        assert result_codes(ask(world, [name])) == ["removed"]
    world.directory.add("late", None, mobile=OLD)
    response = ask(world, ["late", "mover0", "hire"])
    assert (refusal(response), result_codes(response)) == ((422, "dailyLimit"), ["planned"] * 3)
    assert len(world.directory.written) == 3
    assert result_codes(ask(world, ["mover0", "hire"])) == ["updated", "added"]


def test_what_was_not_done_is_given_back_and_what_nobody_knows_is_not(world: World) -> None:
    world.directory.script("leaver0", failed)
    assert result_codes(ask(world, ["leaver0", "mover0"])) == ["forbidden", "updated"]
    assert room(world) == (3, 2)
    world.directory.script("leaver1", lost_after)
    world.directory.look(
        "leaver1", world.directory.accounts["leaver1"].seen(ReadScope.PHONES, masked=False), UNREAD, UNREAD
    )
    (result,) = body(ask(world, ["leaver1"]))["results"]
    assert result["changes"][0]["status"] == "unknown"
    assert room(world) == (2, 2)


def test_a_dry_run_and_what_only_adds_hold_nothing(world: World) -> None:
    ask(world, ["leaver0"], query="dryRun=true")
    ask(world, ["hire"])
    assert room(world) == (3, 3)


class Away(Ledger):
    def reserve(self, *_args: object, **_words: object) -> bool:  # type: ignore[override]
        raise StorageUnavailable("x")


def test_where_the_ledger_does_not_answer_nothing_is_written(world: World) -> None:
    world.ledger = Away(None, Ceilings(3, 3))
    assert refusal(ask(world, ["leaver0", "hire"])) == (503, "storageUnavailable")
    assert world.directory.written == []
