"""api/payload/envelope.py: what stands beside the list in a signed body."""

import pytest

from shared.api.payload.document import Object
from shared.api.payload.envelope import LONGEST_KEY, Envelope
from shared.errors import InvalidBody


def opened(envelope: Envelope, *pairs: tuple[str, object]) -> list[tuple[str, object]]:
    return envelope.open(Object([("operation", envelope.operation), *pairs])).pairs


def faults(envelope: Envelope, *pairs: tuple[str, object]) -> dict[str, str]:
    with pytest.raises(InvalidBody) as refusal:
        envelope.open(Object(list(pairs)))
    return {fault.pointer: fault.detail for fault in refusal.value.faults}


def test_it_holds_what_it_says_and_the_document_is_without_it() -> None:
    envelope = Envelope("reconcile", has_async=True)
    pairs = [("dryRun", True), ("async", True), ("idempotencyKey", " k "), ("reason", "because"), ("users", ["a"])]
    assert opened(envelope, *pairs) == [("users", ["a"])]
    assert (envelope.dry_run, envelope.asynchronous) == (True, True)
    assert (envelope.idempotency_key, envelope.reason) == ("k", "because")


def test_without_any_of_it_nothing_is_asked_for() -> None:
    envelope = Envelope("reconcile", has_async=True)
    assert opened(envelope, ("users", [])) == [("users", [])]
    assert envelope == Envelope("reconcile", has_async=True)


@pytest.mark.parametrize("key", ["DRYRUN", "dryrun", "DryRun"])
def test_keys_count_in_any_case(key: str) -> None:
    envelope = Envelope("set")
    assert opened(envelope, (key, True)) == []
    assert envelope.dry_run


@pytest.mark.parametrize("value", [None, "true", "", 0, 1, [], [True], Object([])])
@pytest.mark.parametrize("key", ["dryRun", "async"])
def test_a_switch_is_true_or_false(key: str, value: object) -> None:
    found = faults(Envelope("reconcile", has_async=True), ("operation", "reconcile"), (key, value))
    assert found == {f"/{key}": "This must be true or false."}


@pytest.mark.parametrize("value", [None, "set", "Reconcile", " reconcile", "", True, ["reconcile"], Object([])])
def test_the_operation_is_the_routes(value: object) -> None:
    found = faults(Envelope("reconcile"), ("operation", value))
    assert found == {"/operation": "This must be reconcile on this route."}


def test_the_operation_is_needed() -> None:
    assert faults(Envelope("set")) == {"": "operation is missing: on this route it must be set."}


@pytest.mark.parametrize("key", ["operation", "dryRun", "async", "idempotencyKey", "reason"])
def test_nothing_may_stand_twice_in_whatever_case(key: str) -> None:
    value: object = {"operation": "reconcile", "dryRun": True, "async": True}.get(key, "x")
    for again in (key, key.upper()):
        given = [("operation", "reconcile")] if key != "operation" else []
        found = faults(Envelope("reconcile", has_async=True), *given, (key, value), (again, value))
        assert found == {"": f"{key} is given 2 times. It is not clear which one counts."}


@pytest.mark.parametrize("key", ["async", "jobId", "JOBID", "group", "scope", "GROUP"])
def test_what_belongs_to_other_operations_is_not_passed_over(key: str) -> None:
    found = faults(Envelope("set"), ("operation", "set"), (key, "x"))
    assert list(found) == [f"/{key}"]
    assert "route" in found[f"/{key}"]


@pytest.mark.parametrize("value", ["", "*", '"plan"', "a,b", "x" * 65, "W/x", "a\n", 5, None])
def test_a_plan_id_is_one_value(value: object) -> None:
    assert list(faults(Envelope("set"), ("operation", "set"), ("planId", value))) == ["/planId"]
    envelope = Envelope("set")
    assert opened(envelope, ("planId", "plan_id-1")) == []
    assert envelope.plan_id == "plan_id-1"


JOB = "00000000-0000-4000-8000-00000000000a"


@pytest.mark.parametrize("value", ["", f"{JOB} ", JOB[:-1] + "b", None, 5, [JOB]])
def test_an_operation_on_a_job_names_the_one_of_the_path(value: object) -> None:
    for given in ([("jobId", value)], []):
        found = faults(Envelope("apply", job_id=JOB), ("operation", "apply"), *given)
        assert list(found) == ["/jobId" if given else ""]
    assert opened(Envelope("apply", job_id=JOB), ("jobId", JOB.upper())) == []


@pytest.mark.parametrize("value", [True, False, "mX3v"])
@pytest.mark.parametrize(
    ("envelope", "key"),
    [
        *((Envelope("apply", job_id=JOB), "dryRun"), (Envelope("apply", True, job_id=JOB), "async")),
        *((Envelope("report", has_plan=False), "dryRun"), (Envelope("report", has_plan=False), "planId")),
        *((Envelope("set"), "async"), (Envelope("set"), "jobId")),
    ],
)
def test_what_a_route_does_not_offer_is_refused_whatever_it_says(envelope: Envelope, key: str, value: object) -> None:
    pairs = [("operation", envelope.operation), (key, value)]
    if envelope.job_id is not None:
        pairs.append(("jobId", JOB))
    assert faults(envelope, *pairs) == {f"/{key}": f"{key} is not supported on this route."}


@pytest.mark.parametrize(
    ("key", "meant"),
    [
        *(("dry_run", "dryRun"), ("dry-run", "dryRun"), ("dryRunn", "dryRun"), ("options.dryRun", "dryRun")),
        *(("whatIf", "dryRun"), ("ｄｒｙＲｕｎ", "dryRun"), ("dryRun\u200b", "dryRun"), ("isDryRun", "dryRun")),
        *(("operations", "operation"), ("idempotency-key", "idempotencyKey"), ("reasons", "reason")),
    ],
)
def test_a_key_that_is_nearly_one(key: str, meant: str) -> None:
    found = faults(Envelope("reconcile"), ("operation", "reconcile"), (key, True))
    assert found == {f"/{key}": f"Unknown key. Did you mean {meant}?"}


@pytest.mark.parametrize("value", [None, 1, True, [], Object([])])
@pytest.mark.parametrize("key", ["idempotencyKey", "reason"])
def test_texts_are_strings(key: str, value: object) -> None:
    found = faults(Envelope("set"), ("operation", "set"), (key, value))
    assert found == {f"/{key}": "This must be a string."}


def test_texts_have_an_end() -> None:
    assert opened(Envelope("set"), ("idempotencyKey", "k" * LONGEST_KEY), ("reason", "r" * 200)) == []
    long = [("idempotencyKey", "k" * (LONGEST_KEY + 1)), ("reason", "r" * 201)]
    assert list(faults(Envelope("set"), ("operation", "set"), *long)) == ["/idempotencyKey", "/reason"]


def test_every_fault_is_told_at_once() -> None:
    pairs = [("operation", "x"), ("dryRun", 1), ("async", True), ("reason", 2), ("planId", ""), ("whatif", 1)]
    found = faults(Envelope("set"), *pairs)
    assert list(found) == ["/operation", "/dryRun", "/async", "/reason", "/planId", "/whatif"]


@pytest.mark.parametrize("document", [None, [], ["reconcile"], "operation", 1])
def test_another_document_than_an_object(document: object) -> None:
    with pytest.raises(InvalidBody) as refusal:
        Envelope("reconcile").open(document)
    assert "object" in refusal.value.detail
