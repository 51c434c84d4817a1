"""judge.py: the guards of a whole job, from what lies beside the plans of its chunks."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from azure.storage.blob import ContainerClient

from shared.core.desired import DirectorySource
from shared.core.models import SmsState
from shared.core.plan import Policy
from shared.core.report import Json
from shared.jobs.whole import judge_plan
from shared.services import Phase
from tests.unit.graph_rules import Account
from tests.unit.jobs.worlds import JOB, NOBODY, JobWorld, codes
from tests.unit.people import ALTERNATE, MOBILE, OFFICE
from tests.unit.world import NEW, OLD

OTHER = "+46 701740611"


def judged(world: JobWorld) -> dict[str, Any]:
    return judge_plan(world.services(), {"jobId": JOB, "chunk": 0})


def sharing(world: JobWorld, count: int = 4, **words: str) -> list[str]:
    """Users who all should have the same number."""
    names = [f"u{index}" for index in range(count)]
    for name in names:
        world.directory.add(name, NEW, **words)
    return names


def shifted(world: JobWorld, count: int) -> list[str]:
    names = [f"u{index}" for index in range(count)]
    for index, name in enumerate(names):
        world.directory.add(name, f"+46 7017406{index + 1:02d}", mobile=f"+46 7017406{index:02d}")
    return names


def as_of_an_earlier_version(world: JobWorld, connect: Callable[[], ContainerClient]) -> None:
    """The plan as it was stored before plans were weighed."""
    body = json.dumps(world.planned()).encode()
    connect().upload_blob(f"{JOB}/plan/000000.json", body, overwrite=True)


# The ceilings


def test_all_chunks_are_judged_together(world: JobWorld) -> None:
    names = shifted(world, 21)
    world.accepted(*names[:10], *NOBODY[:190], *names[10:])
    assert world.plan(0)["error"] is None
    assert world.plan(1)["error"] is None
    told = judged(world)
    assert told["error"]["code"] == "tooManyOverwrites"
    assert ": 21. Allowed: 20. Users found: 21." in told["error"]["detail"]
    assert told["counts"] == {"planned": 21, "failed": 190}
    for chunk in (0, 1):
        assert world.apply(chunk)["error"]["code"] == "tooManyOverwrites"
    assert world.directory.written == []


def test_what_is_allowed_is_written(world: JobWorld) -> None:
    names = shifted(world, 20)
    world.accepted(*names)
    world.plan()
    assert judged(world)["error"] is None
    assert world.apply()["counts"] == {"changed": 20}


def test_the_verdict_stands_whatever_the_settings_become(world: JobWorld) -> None:
    world.accepted(*shifted(world, 21))
    world.plan()
    judged(world)
    world.words["policy"] = Policy(max_overwrites=100)
    assert judged(world)["error"]["code"] == world.apply()["error"]["code"] == "tooManyOverwrites"


def test_a_masked_number_that_is_rewritten_is_no_overwrite(world: JobWorld) -> None:
    for index in range(30):
        world.directory.add(f"u{index}", f"+46 70174{1000 + index}", mobile=f"+46 70174{1000 + index}")
    world.directory.masks = True
    world.words["policy"] = Policy(rewrite_masked=True)
    world.accepted(*(f"u{index}" for index in range(30)))
    world.plan()
    assert judged(world)["error"] is None
    assert world.apply()["counts"] == {"changed": 30}


@pytest.mark.parametrize("state", [True, False], ids=["a dry run", "to be written"])
def test_read_only_ends_a_job_before_it_applies_and_lets_a_dry_run_be(world: JobWorld, state: bool) -> None:
    world.directory.add("anna", NEW)
    world.words["policy"] = Policy(read_only=True)
    world.accepted("anna", dry_run=state)
    world.plan()
    assert (judged(world)["error"] or {}).get("code") == (None if state else "readOnly")


def test_where_nothing_would_be_written_read_only_is_no_error(world: JobWorld) -> None:
    world.directory.add("anna", NEW, mobile=NEW)
    world.words["policy"] = Policy(read_only=True)
    world.accepted("anna")
    world.plan()
    assert judged(world)["error"] is None
    assert world.apply()["counts"] == {"unchanged": 1}


def test_nor_where_all_that_would_be_written_is_skipped(world: JobWorld) -> None:
    world.directory.add("anna", NEW, mobile=OLD)
    world.words["policy"] = Policy(read_only=True, keep_different=True)
    world.accepted("anna")
    world.plan()
    assert [change["status"] for change in world.planned()[0]["changes"]] == ["skipped"]  # type: ignore[attr-defined]
    assert judged(world)["error"] is None


# Orders that are not to be believed, and those of earlier versions


def test_nothing_is_judged_or_written_before_every_chunk_is_planned(world: JobWorld) -> None:
    world.directory.add("anna", NEW)
    world.accepted("anna", *NOBODY)
    world.plan(0)
    assert world.apply(0)["error"]["code"] == "internal"
    assert judged(world)["error"]["code"] == "internal"
    world.plan(1)
    assert world.apply(0)["counts"] == {"changed": 1, "failed": 199}
    assert world.directory.phones["anna"] == {MOBILE: NEW}


def test_an_order_without_a_judgement_is_judged_before_its_first_write(
    world: JobWorld, connect: Callable[[], ContainerClient]
) -> None:
    world.accepted(*shifted(world, 21))
    world.plan()
    as_of_an_earlier_version(world, connect)
    assert world.apply()["error"]["code"] == "tooManyOverwrites"
    assert world.directory.written == []


def test_a_plan_of_an_earlier_version_that_is_allowed_is_applied(
    world: JobWorld, connect: Callable[[], ContainerClient]
) -> None:
    world.directory.add("leaver", None, mobile=OLD)
    world.accepted(*shifted(world, 5), "leaver")
    world.plan()
    as_of_an_earlier_version(world, connect)
    assert world.apply()["counts"] == {"changed": 6}


def test_more_overwrites_than_were_planned_for_a_user_are_not_made(world: JobWorld) -> None:
    world.directory.add("anna", NEW)
    world.directory.add("bo", NEW)
    world.accepted("anna", "bo")
    world.plan()
    judged(world)
    world.directory.accounts["anna"].phones[MOBILE] = OLD
    world.apply()
    assert codes(world.results()) == ["notAttempted", "added"]
    assert world.directory.phones["anna"] == {MOBILE: OLD}


def test_a_chunk_in_which_nothing_is_written_has_not_begun(world: JobWorld) -> None:
    world.directory.add("anna", NEW)
    world.accepted("anna")
    world.plan()
    world.directory.accounts["anna"].phones[MOBILE] = NEW
    world.apply()
    assert world.store.begun(JOB) == set()


# One number for many


def test_users_of_several_chunks_who_share_a_number_are_marked_and_not_written(world: JobWorld) -> None:
    names = sharing(world)
    world.directory.add("right", NEW, mobile=NEW)
    world.accepted(*names[:2], *NOBODY[:198], *names[2:], "right")
    world.plan(0), world.plan(1)
    assert codes(world.planned(1)) == ["planned", "planned", "unchanged"]
    assert judged(world)["counts"] == {"failed": 202, "unchanged": 1}
    assert codes(world.planned(1)) == ["numberShared", "numberShared", "unchanged"]
    world.apply(0), world.apply(1)
    assert codes(world.results(1)) == ["numberShared", "numberShared", "unchanged"]
    assert world.directory.written == []


def test_three_may_share_it(world: JobWorld) -> None:
    names = sharing(world, 3)
    world.accepted(*names[:2], *NOBODY[:198], names[2])
    world.plan(0), world.plan(1)
    assert judged(world)["counts"] == {"planned": 3, "failed": 198}


def test_judging_twice_changes_nothing(world: JobWorld, blobs: Callable[[], dict[str, bytes]]) -> None:
    world.accepted(*sharing(world))
    world.plan()
    first = judged(world), {name: body for name, body in blobs().items() if "ledger" not in name}
    assert (judged(world), {name: body for name, body in blobs().items() if "ledger" not in name}) == first


def test_another_method_of_such_a_user_is_written(world: JobWorld) -> None:
    for index in range(4):
        account = Account({}, state=None)
        world.directory.add_account(f"u{index}", account, {MOBILE: NEW, OFFICE: f"+46 70174070{index}"})
    world.accepted("u0", "u1", *NOBODY[:198], "u2", "u3")
    world.plan(0), world.plan(1)
    judged(world)
    assert codes(world.planned(1)) == ["numberShared", "numberShared"]
    world.apply(0), world.apply(1)
    assert codes(world.results(1)) == ["partial", "partial"]
    assert world.directory.phones["u3"] == {OFFICE: "+46 701740703"}


@pytest.mark.parametrize(
    ("held", "attributes", "sms", "expected", "weight"),
    [
        ({}, {MOBILE: NEW, ALTERNATE: OTHER}, None, {"mobile": "numberShared", "alternateMobile": "noMobile"}, (0, 0)),
        ({}, {MOBILE: NEW}, True, {"mobile": "numberShared", "smsSignIn": "noMobile"}, (0, 0)),
        (
            {MOBILE: OLD, ALTERNATE: NEW},
            {MOBILE: NEW, ALTERNATE: None},
            None,
            {"mobile": "numberShared", "alternateMobile": "numberShared"},
            (0, 0),
        ),
        (
            {ALTERNATE: OTHER},
            {MOBILE: NEW, ALTERNATE: None},
            None,
            {"mobile": "numberShared", "alternateMobile": "numberShared"},
            (0, 0),
        ),
        (
            {MOBILE: OLD, OFFICE: OTHER},
            {MOBILE: NEW, OFFICE: None},
            None,
            {"mobile": "numberShared", "office": "planned"},
            (1, 0),
        ),
        (
            {MOBILE: OLD, OFFICE: "+46 86110034"},
            {MOBILE: NEW, OFFICE: "+46 86999034"},
            None,
            {"mobile": "numberShared", "office": "planned"},
            (0, 1),
        ),
        ({MOBILE: OLD}, {MOBILE: NEW}, False, {"mobile": "numberShared", "smsSignIn": "planned"}, (1, 0)),
    ],
    ids=[
        *("alternate beside it", "sms sign-in", "promotion", "an alternate without a mobile", "another removal"),
        *("another number that looks the same", "sms sign-in goes off"),
    ],
)
def test_what_depends_on_the_number_is_not_promised_and_the_rest_is_done(
    world: JobWorld, held: Any, attributes: Any, sms: bool | None, expected: dict[str, str], weight: tuple[int, int]
) -> None:
    world.words["policy"] = Policy(users_per_number=1)
    for index in range(2):
        account = Account(dict(held), state=SmsState.READY if sms is False else None)
        world.directory.add_account(f"u{index}", account, attributes)
    world.words["source"] = DirectorySource(remove_on_empty=True, sms_sign_in=sms)
    world.accepted("u0", *NOBODY[:199], "u1")
    world.plan(0), world.plan(1)
    judged(world)
    (body,) = world.planned(1)
    assert {change["method"]: change["code"] for change in changes(body)} == expected
    assert (body["status"], body["code"]) == ("failed", "numberShared")
    told = world.store.results(JOB, Phase.PLAN, 1).weighed[0]
    assert told is not None
    assert (told.removals, told.overwrites) == weight
    world.apply(0), world.apply(1)
    (result,) = world.results(1)
    done = {change["method"]: change["status"] for change in changes(result)}
    assert done == {
        change["method"]: "applied" if change["code"] == "planned" else change["status"] for change in changes(body)
    }
    assert len(world.directory.written) == 2 * list(expected.values()).count("planned")


def changes(body: Json) -> list[dict[str, Any]]:
    found = body["changes"]
    assert isinstance(found, list)
    return found
