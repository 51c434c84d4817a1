"""records/ledger.py: what may be done in a day, kept in one blob for all instances."""

import json
import logging
import threading
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from azure.storage.blob import ContainerClient

from sandbox.storage import SandboxStorage
from shared.deadline import Deadline
from shared.errors import StorageUnavailable
from shared.microsoft.identity import READ_TIMEOUT_S, bounded_transport
from shared.records import ledger as ledger_module
from shared.records.blobs import Connect
from shared.records.ledger import BLOB, Ledger
from shared.records.reservations import Ceilings
from tests.unit.clock import Clock
from tests.unit.records.losing import losing
from tests.unit.wire import Line, serving

CEILINGS = Ceilings(removals=10, overwrites=20)
Held = Callable[[], dict[str, tuple[int, int]]]


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, ledger_module)


@pytest.fixture
def held(blobs: Callable[[], dict[str, bytes]]) -> Held:
    """What the blob holds by id."""

    def read() -> dict[str, tuple[int, int]]:
        found = json.loads(blobs()[BLOB])["reservations"]
        return {one["id"]: (one["removals"], one["overwrites"]) for one in found}

    return read


def reserve(ledger: Ledger, id: str, removals: int = 0, overwrites: int = 0, *, approved: bool = False) -> bool:
    return ledger.reserve(id, "helpdesk", removals, overwrites, Deadline(20), approved=approved)


@pytest.mark.parametrize("stored", [True, False], ids=["storage", "memory"])
def test_a_day_of_reservations(connect: Connect, clock: Clock, stored: bool) -> None:
    ledger = Ledger(connect if stored else None, CEILINGS)
    assert reserve(ledger, "a", 6, 20)
    assert [reserve(ledger, "a", 6, 20), reserve(ledger, "b", 4, 0)] == [True, True]
    assert [reserve(ledger, "c", 1, 0), reserve(ledger, "c", 0, 1)] == [False, False]
    ledger.settle("a", 5, 0)
    ledger.settle("a", 5, 0)
    assert [reserve(ledger, "c", 2, 0), reserve(ledger, "c", 1, 20)] == [False, True]
    clock.advance(23.9 * 3600)
    assert not reserve(ledger, "d", 1, 0)
    clock.advance(1.2 * 3600)
    assert reserve(ledger, "d", 10, 20)


def test_all_instances_keep_one_ledger_and_each_process_without_storage_its_own(connect: Connect, held: Held) -> None:
    one, other = Ledger(connect, CEILINGS), Ledger(connect, CEILINGS)
    assert [reserve(one, "a", 6), reserve(other, "b", 5), reserve(other, "c", 4)] == [True, False, True]
    assert held() == {"a": (6, 0), "c": (4, 0)}
    assert [reserve(Ledger(None, CEILINGS), id, 6) for id in "ab"] == [True, True]


def test_instances_and_threads_at_once_never_exceed_the_ceiling_together(connect: Connect, held: Held) -> None:
    ledgers, start = [Ledger(connect, CEILINGS) for _ in range(3)], threading.Barrier(6)

    def work(number: int) -> int:
        start.wait()
        return sum(reserve(ledgers[number % 3], f"{number}-{again}", 1, 1) for again in range(4))

    with ThreadPoolExecutor(6) as pool:
        assert sum(pool.map(work, range(6))) == 10
    assert len(held()) == 10


def test_an_activity_that_runs_twice_at_once_counts_once(connect: Connect, held: Held) -> None:
    ledgers, start = [Ledger(connect, CEILINGS), Ledger(connect, CEILINGS)], threading.Barrier(2)

    def work(ledger: Ledger) -> bool:
        start.wait()
        return reserve(ledger, "job", 7, 7)

    with ThreadPoolExecutor(2) as pool:
        assert list(pool.map(work, ledgers)) == [True, True]
    assert held() == {"job": (7, 7)}


def test_an_approved_plan_is_counted_and_it_is_known_that_it_did_not_fit(connect: Connect) -> None:
    ledger = Ledger(connect, CEILINGS)
    # Each time: the process may end before its caller has noted it.
    assert [reserve(ledger, "a", 500, 500, approved=True) for _ in range(2)] == [False, False]
    assert not reserve(ledger, "b", 1)


def test_an_approved_plan_that_fits_still_fits_when_it_is_reserved_again(connect: Connect) -> None:
    ledger = Ledger(connect, CEILINGS)
    assert [reserve(ledger, "a", 10, 20, approved=True) for _ in range(2)] == [True, True]


@pytest.mark.parametrize("overwrites", [0, 1])
def test_what_has_no_ceiling_of_its_own_asks_nothing(
    connect: Connect, storage: SandboxStorage, overwrites: int
) -> None:
    storage.fail(100)
    ledger = Ledger(connect, Ceilings(10, None))
    assert not ledger.counts(0, overwrites)
    assert reserve(ledger, "a", 0, overwrites)
    assert ledger.counts(1, 0)
    assert Ledger(connect, Ceilings(None, 0)).counts(0, 1)


def test_storage_that_does_not_answer_lets_nothing_through(connect: Connect, storage: SandboxStorage) -> None:
    storage.fail(100)
    for ceilings in (CEILINGS, Ceilings()):
        with pytest.raises(StorageUnavailable, match=r"^blob storage failed: [A-Za-z]+$"):
            reserve(Ledger(connect, ceilings), "a", 1)
    storage.fail(0)
    assert reserve(Ledger(connect, CEILINGS), "a", 10)


def test_a_reservation_that_cannot_be_settled_stays_and_the_log_says_so(
    connect: Connect, storage: SandboxStorage, caplog: pytest.LogCaptureFixture
) -> None:
    ledger = Ledger(connect, CEILINGS)
    reserve(ledger, "a", 10)
    storage.fail(1)
    with caplog.at_level(logging.WARNING):
        ledger.settle("a", 0, 0)
    assert "stays reserved for a day: blob storage failed" in caplog.text
    assert not reserve(ledger, "b", 1)


def test_a_change_whose_answer_was_lost_is_made_once(storage: SandboxStorage, clock: Clock) -> None:
    with losing(storage, f"records-{uuid.uuid4()}", retries=1) as (line, connect):
        ledger = Ledger(connect, CEILINGS)
        for id in ("new", "changed"):
            line.lost = 1
            assert reserve(ledger, id, 5)
            assert line.lost == 0
        assert not reserve(ledger, "more", 1)
        line.lost = 1
        ledger.settle("new", 3, 0)
        assert [reserve(ledger, "more", 3), reserve(ledger, "more", 2)] == [False, True]


def test_a_blob_that_holds_something_else_lets_nothing_through(connect: Connect) -> None:
    client = connect()
    client.create_container()
    client.upload_blob(BLOB, b"{}")
    with pytest.raises(StorageUnavailable, match=r"ledger\.json is not a ledger"):
        reserve(Ledger(connect, CEILINGS), "a", 1)


def test_others_who_are_always_faster_are_outlasted_until_the_deadline(connect: Connect, clock: Clock) -> None:
    ledger, other = Ledger(connect, CEILINGS), Ledger(connect, Ceilings())
    numbers = iter(range(1000))
    reserve(other, "a", 1)

    class Overtaken:
        """The container, in which another one writes before each write."""

        def __getattr__(self, name: str) -> object:
            if name == "upload_blob":
                other.reserve(f"{next(numbers)}", "sweep", 1, 0, Deadline(20))
            return getattr(connect(), name)

    overtaken = Ledger(Overtaken, CEILINGS)  # type: ignore[arg-type]
    assert not reserve(overtaken, "b", 2), "what the others took leaves no room"
    patient = Ledger(Overtaken, Ceilings())  # type: ignore[arg-type]
    with pytest.raises(StorageUnavailable, match="other instances kept changing the ledger"):
        patient.reserve("c", "helpdesk", 1, 0, Deadline(0.3))
    assert max(clock.slept) > min(clock.slept)
    assert ledger.reserve("a", "helpdesk", 1, 0, Deadline(20))


def test_storage_that_hangs_holds_nobody_beyond_his_deadline(storage: SandboxStorage) -> None:
    def hang(line: Line) -> None:
        line.request()
        line.hang()

    with serving(hang) as address:
        there = storage.connection_string.replace(storage.url.split("/")[2], address)
        bounded = {"transport": bounded_transport(), "retry_total": 0}
        with ContainerClient.from_connection_string(there, "records", **bounded) as client:
            began = time.monotonic()
            with pytest.raises(StorageUnavailable):
                Ledger(lambda: client, CEILINGS).reserve("a", "helpdesk", 1, 0, Deadline(0.3))
            assert time.monotonic() - began < READ_TIMEOUT_S - 1


def test_who_waits_for_another_thread_waits_no_longer_than_his_deadline(connect: Connect) -> None:
    ledger, began = Ledger(connect, CEILINGS), time.monotonic()
    with ledger._lock, pytest.raises(StorageUnavailable, match="stayed in use"):
        ledger.reserve("a", "helpdesk", 1, 0, Deadline(0.1))
    assert time.monotonic() - began < READ_TIMEOUT_S - 1
    assert reserve(ledger, "a", 1)


def test_what_changes_nothing_is_not_written(connect: Connect) -> None:
    ledger = Ledger(connect, CEILINGS)
    reserve(ledger, "a", 5)
    reserve(ledger, "b", 5)
    blob = connect().get_blob_client(BLOB)
    before = blob.get_blob_properties().etag
    assert [reserve(ledger, "a", 5), reserve(ledger, "c", 1)] == [True, False]
    ledger.settle("a", 5, 0)
    ledger.settle("c", 1, 0)
    assert blob.get_blob_properties().etag == before
