"""core/audit.py: records of what was done and refused, from reports and plans."""

import hashlib
from dataclasses import replace

import pytest

from shared.core import audit
from shared.core.audit import Origin, Tags
from shared.core.codes import ChangeStatus, Code
from shared.core.models import Action, Change, ChangeResult, Plan, RunReport, SourceName, Target, UserResult
from shared.core.phone import StoredNumber
from shared.core.plan import UserPlan
from shared.core.report import Json
from shared.errors import StorageUnavailable
from tests.unit.people import MOBILE, OFFICE, number

REQUEST = Origin("cid-1", "POST /api/set", "192.0.2.7", "helpdesk", "handshake", "ticket 12")
JOB = replace(REQUEST, job_id="job-1")
NUMBER, OTHER = number("+46 701740605"), number("+46 701740666")
ADD = Change(Action.ADD, MOBILE, None, NUMBER)
KEPT = Change(Action.KEEP, MOBILE, None, NUMBER)


def keyed(*parts: str) -> bytes:
    return hashlib.sha256(str(parts).encode()).digest()


TAGS = Tags(keyed)


def report(*results: UserResult, dry_run: bool = False) -> RunReport:
    return RunReport(dry_run, SourceName.DIRECTORY, results)


def result(change: Change, status: ChangeStatus, code: Code = Code.ADDED) -> UserResult:
    return UserResult(
        Target("anna@contoso.com"), "id-1", code, "", (ChangeResult(change, status, code, "", "graph-1"),)
    )


def ids(records: list[Json]) -> list[object]:
    return [record["recordId"] for record in records]


def test_a_write_has_who_what_and_whom() -> None:
    (record,) = audit.outcomes(report(result(ADD, ChangeStatus.APPLIED)), REQUEST, TAGS)
    assert len(str(record.pop("recordId"))) == 32
    assert record.pop("numberTag") == TAGS.of(NUMBER)
    assert record == {
        "event": "write",
        "outcome": "applied",
        "code": "added",
        "caller": "helpdesk",
        "proof": "handshake",
        "address": "192.0.2.7",
        "route": "POST /api/set",
        "correlationId": "cid-1",
        "reason": "ticket 12",
        "objectId": "id-1",
        "method": "mobile",
        "action": "add",
        "after": NUMBER.masked,
        "graphRequestId": "graph-1",
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [(ChangeStatus.APPLIED, "applied"), (ChangeStatus.FAILED, "failed"), (ChangeStatus.UNKNOWN, "unknown")],
)
def test_what_was_tried_is_a_write_too(status: ChangeStatus, outcome: str) -> None:
    (record,) = audit.outcomes(report(result(ADD, status)), REQUEST, TAGS)
    assert record["outcome"] == outcome


@pytest.mark.parametrize(
    ("change", "status"),
    [(KEPT, ChangeStatus.UNCHANGED), (KEPT, ChangeStatus.FAILED), (ADD, ChangeStatus.SKIPPED)],
)
def test_what_was_not_sent_is_no_write(change: Change, status: ChangeStatus) -> None:
    assert audit.outcomes(report(result(change, status)), REQUEST, TAGS) == []


def test_a_dry_run_writes_nothing() -> None:
    assert audit.outcomes(report(result(ADD, ChangeStatus.FAILED), dry_run=True), REQUEST, TAGS) == []


def test_intents_are_the_writes_of_plans() -> None:
    office = Change(Action.REMOVE, OFFICE, StoredNumber("+46 701740666"), None)
    plans = [UserPlan(Target("anna@contoso.com"), Plan((ADD, KEPT, office)), (), "id-1")]
    records = audit.intents(plans, REQUEST, TAGS)
    assert [(record["outcome"], record["method"], record["action"]) for record in records] == [
        ("intended", "mobile", "add"),
        ("intended", "office", "remove"),
    ]
    # The intent and what became of it are two records.
    done = audit.outcomes(report(result(ADD, ChangeStatus.APPLIED)), REQUEST, TAGS)
    assert len({*ids(records), *ids(done)}) == 3


@pytest.mark.parametrize(
    ("change", "status", "code"),
    [
        (ADD, ChangeStatus.SKIPPED, Code.NOT_ATTEMPTED),
        (KEPT, ChangeStatus.UNCHANGED, Code.UNCHANGED),
        (KEPT, ChangeStatus.FAILED, Code.VALUE_MISMATCH),
    ],
)
def test_what_was_intended_and_did_not_come_to_a_write_is_told(
    change: Change, status: ChangeStatus, code: Code
) -> None:
    plans = [UserPlan(Target("anna@contoso.com"), Plan((ADD,)), (), "id-1")]
    (record,) = audit.unwritten(plans, report(result(change, status, code)), REQUEST, TAGS)
    (intent,) = audit.intents(plans, REQUEST, TAGS)
    own = {"recordId", "outcome", "code", "graphRequestId"}
    assert {**intent, **{name: record[name] for name in own & record.keys()}} == record
    assert (record["outcome"], record["code"]) == ("notWritten", code)
    assert record["recordId"] != intent["recordId"]


@pytest.mark.parametrize("status", [ChangeStatus.APPLIED, ChangeStatus.FAILED, ChangeStatus.UNKNOWN])
def test_what_has_an_outcome_is_told_once(status: ChangeStatus) -> None:
    plans = [UserPlan(Target("anna@contoso.com"), Plan((ADD, KEPT)), (), "id-1")]
    assert audit.unwritten(plans, report(result(ADD, status)), REQUEST, TAGS) == []


def test_what_an_earlier_run_did_has_the_id_that_run_gave_it() -> None:
    first = audit.outcomes(report(result(ADD, ChangeStatus.APPLIED)), JOB, TAGS)
    # Planned as another action than it came to.
    planned: Json = {"action": "update", "before": None, "after": NUMBER.masked}
    kept = result(KEPT, ChangeStatus.UNCHANGED)
    second = audit.found_done(kept, {(MOBILE, None): planned}, JOB, TAGS)
    assert [(record["outcome"], record["action"], record["numberTag"]) for record in second] == [
        ("foundDone", "update", first[0]["numberTag"])
    ]
    assert ids(first) == ids(second)
    assert audit.found_done(kept, {}, JOB, TAGS) == []


def test_the_same_again_has_the_same_id_and_anything_else_another() -> None:
    def of(origin: Origin, *results: UserResult) -> list[object]:
        return ids(audit.outcomes(report(*results), origin, TAGS))

    done, failed = result(ADD, ChangeStatus.APPLIED), result(ADD, ChangeStatus.FAILED)
    assert of(REQUEST, done) == of(REQUEST, done)
    # A job is the same job whichever request asks for it.
    assert of(JOB, done) == of(replace(JOB, correlation_id="cid-2"), done)
    others = [
        of(REQUEST, failed),
        of(JOB, done),
        of(replace(REQUEST, correlation_id="cid-2"), done),
        of(REQUEST, replace(done, user_id="id-2")),
        of(REQUEST, result(Change(Action.ADD, OFFICE, None, NUMBER), ChangeStatus.APPLIED)),
        of(REQUEST, result(Change(Action.REMOVE, MOBILE, id="m-1"), ChangeStatus.APPLIED)),
    ]
    assert len({of(REQUEST, done)[0], *(other[0] for other in others)}) == 7


def test_protected_users_are_refusals_in_a_dry_run_too() -> None:
    stopped = UserResult(Target("ceo@contoso.com"), "id-9", Code.PROTECTED_USER, "This user is protected.")
    own = UserResult(Target("svc@contoso.com"), "id-8", Code.SERVICE_ACCOUNT, "That is me.")
    other = UserResult(Target("new@contoso.com"), None, Code.USER_NOT_FOUND, "")
    for dry_run in (False, True):
        records = audit.protected(report(stopped, own, other, dry_run=dry_run), REQUEST)
        assert [(record["event"], record["objectId"], record["code"]) for record in records] == [
            ("refusal", "id-9", "protectedUser"),
            ("refusal", "id-8", "serviceAccount"),
        ]
        assert {record["dryRun"] for record in records} == {dry_run}
        assert len(set(ids(records))) == 2


def test_who_is_not_known_has_no_name() -> None:
    record = audit.refusal(Origin("cid-1", "POST /api/set"), "unauthorized", "the handshake is missing")
    assert "caller" not in record
    assert (record["outcome"], record["code"], record["detail"]) == (
        *("refused", "unauthorized", "the handshake is missing"),
    )


def test_equal_numbers_have_equal_tags_and_only_numbers_have_one() -> None:
    assert TAGS.of(NUMBER) == TAGS.of(number("+46 701740605"))
    assert TAGS.of(NUMBER) != TAGS.of(OTHER)
    assert TAGS.of(None) is None


def test_a_key_that_cannot_be_had_is_asked_for_once() -> None:
    asked = []

    def no_key(*parts: str) -> bytes:
        asked.append(parts)
        raise StorageUnavailable("away")

    records = audit.outcomes(report(*[result(ADD, ChangeStatus.APPLIED)] * 3), REQUEST, Tags(no_key))
    assert ["numberTag" in record for record in records] == [False] * 3
    assert len(asked) == 1


def test_no_number_and_no_name_is_in_a_record() -> None:
    records = audit.outcomes(report(result(ADD, ChangeStatus.APPLIED)), REQUEST, TAGS)
    assert "701740605" not in str(records).replace(" ", "")
    assert "anna" not in str(records)
