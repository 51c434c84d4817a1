"""records/used_ids.py: an id is good once, for all instances together, and once more when it is given back."""

import hashlib
import logging
import threading
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from sandbox.storage import SandboxStorage
from shared.errors import StorageUnavailable
from shared.records.blobs import Connect
from shared.records.used_ids import UsedIds
from tests.unit.records.losing import losing

CALLER, ID = "helpdesk", "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_an_id_is_good_once(connect: Connect) -> None:
    ids = UsedIds(connect)
    assert [ids.claim(CALLER, ID), ids.claim(CALLER, ID), UsedIds(connect).claim(CALLER, ID)] == [True, False, False]


def test_of_two_instances_that_claim_one_id_at_once_one_has_it(connect: Connect) -> None:
    instances, start = [UsedIds(connect), UsedIds(connect)], threading.Barrier(8)

    def claim(number: int) -> bool:
        start.wait()
        return instances[number % 2].claim(CALLER, ID)

    with ThreadPoolExecutor(8) as pool:
        assert sorted(pool.map(claim, range(8))) == [False] * 7 + [True]


def test_ids_are_told_apart_by_caller_and_by_every_character(connect: Connect) -> None:
    ids = UsedIds(connect)
    for caller, webhook_id in [("a", "b-c"), ("a-b", "c"), ("a", "B-c"), ("b", "b-c"), ("a", "x" * 128)]:
        assert ids.claim(caller, webhook_id)


def test_what_is_given_back_is_good_once_more(connect: Connect) -> None:
    ids = UsedIds(connect)
    ids.claim(CALLER, ID)
    ids.claim(CALLER, "other")
    ids.give_back(CALLER, ID)
    ids.give_back(CALLER, ID)
    assert [ids.claim(CALLER, ID), ids.claim(CALLER, ID), ids.claim(CALLER, "other")] == [True, False, False]


def test_a_claim_lies_where_the_rule_of_one_day_removes_it_and_names_nobody(
    connect: Connect, blobs: Callable[[], dict[str, bytes]]
) -> None:
    UsedIds(connect).claim(CALLER, ID)
    ((name, content),) = blobs().items()
    assert name == "ids/" + hashlib.sha256(f"{CALLER}\0{ID}".encode()).hexdigest()
    assert len(content) == 16


def test_without_storage_nothing_can_be_claimed() -> None:
    ids = UsedIds(None)
    with pytest.raises(StorageUnavailable, match="no storage is configured"):
        ids.claim(CALLER, ID)


def test_storage_that_does_not_answer_is_no_yes(connect: Connect, storage: SandboxStorage) -> None:
    ids = UsedIds(connect)
    ids.claim(CALLER, "other")
    storage.fail(100)
    with pytest.raises(StorageUnavailable, match=r"^blob storage failed: [A-Za-z]+$"):
        ids.claim(CALLER, ID)
    storage.fail(0)
    assert ids.claim(CALLER, ID)


def test_an_id_that_cannot_be_given_back_stays_used_and_the_log_says_so(
    connect: Connect, storage: SandboxStorage, caplog: pytest.LogCaptureFixture
) -> None:
    ids = UsedIds(connect)
    ids.claim(CALLER, ID)
    storage.fail(1)
    with caplog.at_level(logging.WARNING):
        ids.give_back(CALLER, ID)
    assert "stays used: blob storage failed" in caplog.text
    assert ID not in caplog.text
    assert not ids.claim(CALLER, ID)


def test_a_claim_whose_answer_was_lost_is_known_as_ones_own(storage: SandboxStorage) -> None:
    with losing(storage, f"records-{uuid.uuid4()}", retries=1) as (line, connect):
        ids = UsedIds(connect)
        ids.claim(CALLER, "other")
        line.lost = 1
        assert ids.claim(CALLER, ID)
        assert line.lost == 0
        assert not ids.claim(CALLER, ID)


def test_a_claim_that_failed_though_it_was_written_is_taken_back(storage: SandboxStorage) -> None:
    with losing(storage, f"records-{uuid.uuid4()}", retries=0) as (line, connect):
        ids = UsedIds(connect)
        ids.claim(CALLER, "other")
        line.lost = 1
        with pytest.raises(StorageUnavailable):
            ids.claim(CALLER, ID)
        assert ids.claim(CALLER, ID), "the sender repeats the call with the same id"
        line.lost = 1
        with pytest.raises(StorageUnavailable):
            ids.claim(CALLER, ID)
        assert not ids.claim(CALLER, ID), "another one's claim stays"
