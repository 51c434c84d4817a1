"""What each route leaves in the audit trail, and what it does where the trail cannot be written."""

import json
from collections.abc import Mapping

import pytest

from shared.api.apply import handle_apply
from shared.api.jobs import handle_cancel, handle_job, handle_result
from shared.api.lists import handle_provision, handle_set
from shared.core.codes import Code
from shared.core.models import Change, Outcome, OutcomeKind, Stop
from shared.core.plan import Policy
from shared.core.report import Json
from shared.errors import StorageUnavailable, VaultUnavailable
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings
from shared.services import Phase
from tests.recorded import lines
from tests.unit.api.lists.sending import PLAN, USERS, VALUES, send
from tests.unit.api.stored_jobs import stored
from tests.unit.api.users.routes import ANNA as ANNA_ID
from tests.unit.api.users.routes import EACH_READ, EACH_WRITE, WRITES, Route, register
from tests.unit.api.users.routes import send as send_one
from tests.unit.graph_rules import Account
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.people import MOBILE, InMemory
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, NEW, OLD, World, body, refusal

REMOVE = b'[{"userPrincipalName":"anna@contoso.com","mobile":null}]'


@pytest.fixture
def people() -> World:
    world = World().allow_explicit()
    world.directory.add("anna", NEW, mobile=OLD)
    return world


@pytest.fixture
def one() -> World:
    world = World().allow_explicit()
    register(world, Account({MOBILE: OLD}))
    return world


def told(records: list[Json]) -> list[tuple[object, ...]]:
    return [(record["event"], record["outcome"], record.get("objectId"), record.get("code")) for record in records]


# Lists


def test_a_list_leaves_its_writes_with_who_and_from_where(people: World) -> None:
    headers = {**HEADERS, "x-forwarded-for": "192.0.2.7:443", "x-reason": "ticket 4711000 of HR"}
    cid = body(send(people, headers=headers))["correlationId"]
    (record,) = people.trail.records
    told = ("event", "outcome", "caller", "proof", "address", "correlationId", "reason", "objectId", "method", "action")
    assert [record[name] for name in told] == [
        *("write", "applied", "webhook-handshake", "handshake", "192.0.2.7", cid, "ticket ******* of HR"),
        *("anna", "mobile", "update"),
    ]
    assert people.trail.intended == []
    assert send(people).status == 200
    assert len(people.trail.records) == 1


def test_a_dry_run_leaves_nothing(people: World) -> None:
    assert send(people, query="dryRun=true").status == 200
    assert people.trail.records == []


@pytest.mark.parametrize("query", ["", "dryRun=true"])
def test_a_protected_user_who_is_named_is_on_record(people: World, query: str) -> None:
    people.directory.protected = frozenset({"anna"})
    assert send(people, query=query).status == 200
    assert told(people.trail.records) == [("refusal", "refused", "anna", "protectedUser")]


@pytest.mark.parametrize(("query", "dry_run"), [("", False), ("dryRun=true", True)])
def test_a_guard_that_says_no_is_on_record(people: World, query: str, dry_run: bool) -> None:
    people.words["policy"] = Policy(max_removals=0, max_removals_percent=0)
    answer = send(people, REMOVE, query=query, handle=handle_set)
    assert answer.status == 422
    assert told(people.trail.records) == [("refusal", "refused", None, "tooManyRemovals")]
    assert people.trail.records[0]["dryRun"] is dry_run
    assert people.trail.intended == []


def test_all_of_a_request_is_one_block(people: World) -> None:
    for name in ("bo", "cy"):
        people.directory.add(name, NEW, mobile=OLD)
    people.directory.protected = frozenset({"cy"})
    assert send(people, b'["anna@contoso.com","bo@contoso.com","cy@contoso.com"]').status == 200
    assert [len(block) for block in people.trail.blocks] == [3]


def test_without_a_key_there_are_records_without_tags_and_the_log_says_why_once(
    people: World, caplog: pytest.LogCaptureFixture
) -> None:
    def no_key(*_: object) -> bytes:
        raise VaultUnavailable("away")

    people.words["digest"] = no_key
    people.directory.add("bo", NEW, mobile=OLD)
    assert send(people, b'["anna@contoso.com","bo@contoso.com"]').status == 200
    assert ["numberTag" in record for record in people.trail.records] == [False, False]
    assert [line["message"] for line in lines(caplog)].count("audit records have no numberTag: away") == 1


# What a caller names is on record before it is written


@pytest.mark.parametrize("sent", [VALUES, PLAN], ids=["set", "plan"])
def test_what_is_intended_is_on_record_first(people: World, sent: bytes) -> None:
    seen: list[int] = []

    def watched(directory: InMemory, user_id: str, change: Change) -> Outcome:
        seen.append(len(people.trail.intended))
        return directory.obey(user_id, change)

    people.directory.script("anna", watched)
    assert send(people, sent, handle=handle_set if sent is VALUES else handle_provision).status == 200
    assert seen == [1]
    (intent,), (done,) = people.trail.intended[0], people.trail.records
    assert (intent["outcome"], done["outcome"]) == ("intended", "applied")
    same = ("objectId", "method", "action", "after", "numberTag", "correlationId")
    assert [intent[name] for name in same] == [done[name] for name in same]
    assert intent["recordId"] != done["recordId"]


def test_what_was_intended_and_blocked_then_is_on_record_too(people: World) -> None:
    people.directory.add("bo", NEW)
    people.directory.script("bo", lambda *_: Outcome(OutcomeKind.FAILED, Stop(Code.GRAPH_ERROR, "no")))
    values = {"userPrincipalName": "bo@contoso.com", "mobile": NEW, "alternateMobile": NEW}
    assert send(people, json.dumps([values]).encode(), handle=handle_set).status == 200
    found = [[(record["method"], record["outcome"]) for record in block] for block in people.trail.intended]
    assert found == [[("mobile", "intended"), ("alternateMobile", "intended")]]
    assert [(record["method"], record["outcome"], record["code"]) for record in people.trail.records] == [
        ("mobile", "failed", "graphError"),
        ("alternateMobile", "notWritten", "notAttempted"),
    ]


def test_no_intent_no_write(people: World) -> None:
    people.ledger = Ledger(None, Ceilings(1, None))
    people.trail.trouble = StorageUnavailable("away")
    assert refusal(send(people, REMOVE, handle=handle_set)) == (503, "storageUnavailable")
    assert people.directory.written == []
    assert people.trail.records == []
    # What was reserved for it is free again.
    people.trail.trouble = None
    assert send(people, REMOVE, handle=handle_set).status == 200


def test_what_the_directory_says_is_written_all_the_same(people: World) -> None:
    people.trail.trouble = StorageUnavailable("away")
    assert send(people).status == 200
    assert len(people.directory.written) == 1


def test_where_nothing_is_to_be_written_nothing_is_intended(people: World) -> None:
    assert send(people, VALUES, query="dryRun=true", handle=handle_set).status == 200
    assert people.trail.intended == people.trail.records == []


# One user


@EACH_WRITE
def test_a_single_write_has_its_intent_and_its_record(one: World, route: Route) -> None:
    assert send_one(one, route).status == route[3]
    outcomes = [[record["outcome"] for record in block] for block in (*one.trail.intended, *one.trail.blocks)]
    assert outcomes in ([["intended"], ["applied"]], [])
    assert bool(outcomes) is bool(one.directory.written)


@EACH_WRITE
def test_a_single_write_without_its_intent_is_not_made(one: World, route: Route) -> None:
    one.trail.trouble = StorageUnavailable("away")
    answer = send_one(one, route)
    assert one.directory.written == []
    # To switch off what is off is no write.
    assert answer.status == (200 if route is WRITES["disable"] else 503)


@EACH_READ
def test_a_read_of_full_numbers_is_on_record(one: World, route: Route) -> None:
    assert send_one(one, route, query="show=full").status == 200
    assert told(one.trail.records) == [("fullRead", "shown", ANNA_ID, None)]


@EACH_READ
def test_a_protected_user_is_not_read_and_that_is_on_record(one: World, route: Route) -> None:
    one.directory.protected = frozenset({ANNA_ID})
    assert send_one(one, route, query="show=full").status == 403
    assert told(one.trail.records) == [("refusal", "refused", ANNA_ID, "protectedUser")]


@EACH_WRITE
def test_a_write_to_a_protected_user_is_one_refusal(one: World, route: Route) -> None:
    one.directory.protected = frozenset({ANNA_ID})
    assert send_one(one, route).status == 403
    assert told(one.trail.records) == [("refusal", "refused", ANNA_ID, "protectedUser")]
    assert one.trail.intended == []


def test_a_write_that_fails_is_on_record(one: World) -> None:
    stop = Stop(Code.GRAPH_ERROR, "no")
    one.directory.script(ANNA_ID, lambda *_: Outcome(OutcomeKind.FAILED, stop, request_id="graph-7"))
    assert send_one(one, WRITES["update"]).status == 502
    (record,) = one.trail.records
    assert (record["outcome"], record["code"], record["graphRequestId"]) == ("failed", "graphError", "graph-7")


# Who is not let in


@pytest.mark.parametrize("headers", [{}, {"message": "a-guess-not-real"}], ids=["none", "wrong"])
def test_who_is_not_known_is_on_record_with_the_address(people: World, headers: Mapping[str, str]) -> None:
    assert send(people, headers={**headers, "x-forwarded-for": "192.0.2.7"}).status == 401
    (record,) = people.trail.records
    assert (record["event"], record["code"], record["address"]) == ("refusal", "unauthorized", "192.0.2.7")
    assert "caller" not in record
    assert "a-guess" not in json.dumps(record)


def test_who_may_not_do_it_is_on_record_with_the_name(people: World) -> None:
    assert send(people, VALUES, HEADERS, handle=handle_set).status == 403
    (record,) = people.trail.records
    assert (record["code"], record["caller"], record["proof"]) == ("rightMissing", "webhook-handshake", "handshake")


def test_explicit_values_that_are_off_are_refused_by_name(people: World) -> None:
    people.allows_explicit = False
    assert refusal(send(people, headers=EXPLICIT_HEADERS)) == (403, "explicitDisabled")
    (record,) = people.trail.records
    assert (record["code"], record["caller"]) == ("explicitDisabled", "webhook-handshake-explicit")


@pytest.mark.parametrize(("raw", "query"), [(b"faulty", ""), (USERS, "dryRun=maybe")])
def test_a_mistake_is_no_refusal(people: World, raw: bytes, query: str) -> None:
    assert send(people, raw, query=query).status == 400
    assert people.trail.records == []


# Jobs


def test_a_result_that_is_read_is_on_record(world: JobWorld) -> None:
    stored(world, "changed")
    assert world.ask(handle_result).status == 202
    world.engine.ended(counts={"changed": 1})
    assert world.ask(handle_job).status == 200
    assert world.trail.records == []
    for accept in ("application/json", "text/csv"):
        assert world.ask(handle_result, headers={**HEADERS, "accept": accept}).status == 200
    assert [(record["event"], record["jobId"]) for record in world.trail.records] == [("resultRead", JOB)] * 2
    assert len({record["recordId"] for record in world.trail.records}) == 2


def test_a_job_that_is_cancelled_is_on_record_once_it_is(world: JobWorld) -> None:
    stored(world, "planned", phases=(Phase.PLAN,))
    world.engine.running()
    assert world.ask(handle_cancel).status == 200
    assert [(record["event"], record["jobId"]) for record in world.trail.records] == [("cancel", JOB)]
    world.engine.ended(counts={"changed": 1})
    assert world.ask(handle_cancel).status == 200
    assert len(world.trail.records) == 1


def test_a_plan_that_is_applied_is_on_record_and_counts_once(world: JobWorld) -> None:
    stored(world, "planned", dry_run=True, phases=(Phase.PLAN,))
    world.engine.ended(counts={"planned": 1})
    ids = []
    for _ in range(2):
        answer = world.ask(handle_apply)
        assert answer.status == 202, answer.body
        ids.append(body(answer)["jobId"])
    records = world.trail.records
    told = {"event": "apply", "jobId": ids[0], "applies": JOB, "appliesCaller": "webhook-handshake"}
    assert [record | told for record in records] == records
    assert len(records) == 2
    assert len({record["recordId"] for record in records}) == 1
