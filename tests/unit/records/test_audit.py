"""records/audit.py: lines in blobs and in the log, with the real client against the sandbox's storage."""

import json
import logging
import re
import time
import uuid
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from azure.storage.blob import ContainerClient

from sandbox.storage import SandboxStorage, service
from shared.errors import ConfigurationError, StorageUnavailable
from shared.microsoft.identity import bounded_transport
from shared.records import audit as audit_module
from shared.records.audit import LIMIT_S, AuditTrail
from shared.records.blobs import Connect
from tests.recorded import lines as lines_of_log
from tests.unit.records.losing import losing
from tests.unit.wire import Line, serving

NAME = re.compile(r"\d{4}/\d\d/\d\d/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}-(\d+)\.jsonl")
ONE, TWO, THREE = ({"recordId": number, "event": "write"} for number in "123")
Stored = Callable[[], dict[str, bytes]]


def lines(stored: dict[str, bytes]) -> list[dict[str, Any]]:
    return [json.loads(line) for content in stored.values() for line in content.splitlines()]


def sizes(stored: dict[str, bytes]) -> list[tuple[str | None, int]]:
    """The number in the name of each blob, and how many records it has."""
    found = ((NAME.fullmatch(name), content) for name, content in stored.items())
    return [(match and match[2], len(content.splitlines())) for match, content in found]


def logged(caplog: pytest.LogCaptureFixture) -> list[dict[str, Any]]:
    return [line for line in lines_of_log(caplog) if line["event"] != "auditLost"]


def test_records_are_lines_with_their_time(connect: Connect, blobs: Stored) -> None:
    trail = AuditTrail(connect)
    trail.note([ONE, TWO])
    trail.note([ONE])
    trail.intend([TWO])
    (name, content), *others = blobs().items()
    assert others == []
    assert NAME.fullmatch(name)
    assert content.endswith(b"\n")
    assert [line["recordId"] for line in lines(blobs())] == ["1", "2", "1", "2"]
    assert all(line["time"].startswith(name[:10].replace("/", "-")) for line in lines(blobs()))


def test_one_call_is_one_block(connect: Connect, blobs: Stored) -> None:
    trail = AuditTrail(connect)
    trail.note([ONE] * 50)
    trail.note([])
    trail.note([TWO])
    (name,) = blobs()
    assert connect().get_blob_client(name).get_blob_properties().append_blob_committed_block_count == 2


def test_each_process_has_blobs_of_its_own(connect: Connect, blobs: Stored) -> None:
    for _ in range(2):
        AuditTrail(connect).note([ONE])
    assert len(blobs()) == 2


def test_a_full_blob_is_followed_by_a_next_one(
    connect: Connect, blobs: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_MOST_BLOCKS", 2)
    trail = AuditTrail(connect)
    for _ in range(5):
        trail.note([ONE])
    assert sizes(blobs()) == [("0", 2), ("1", 2), ("2", 1)]


def test_threads_that_meet_a_full_blob_go_on_in_the_next_one(
    connect: Connect, blobs: Stored, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of them append before the one that filled the blob has heard so."""
    monkeypatch.setattr(service, "_MOST_BLOCKS", 8)
    trail = AuditTrail(connect)

    def keep(number: int) -> None:
        (trail.note if number % 2 else trail.intend)([{"recordId": str(number), "event": "write"}])

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(keep, range(72)))
    assert sorted(int(line["recordId"]) for line in lines(blobs())) == list(range(72))
    assert sizes(blobs()) == [(str(number), 8) for number in range(9)]


@pytest.mark.parametrize("way", ["note", "intend"])
def test_the_next_blob_follows_though_the_answer_to_the_block_that_filled_one_was_lost(
    way: str, storage: SandboxStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(service, "_MOST_BLOCKS", 2)
    with losing(storage, f"audit-{uuid.uuid4()}", retries=0) as (line, connect):
        trail = AuditTrail(connect)
        trail.note([ONE])
        line.lost = 1
        getattr(trail, way)([TWO])
        trail.intend([THREE])
        container = connect()
        stored = {name: container.download_blob(name).readall() for name in container.list_blob_names()}
    # What was lost stands there twice, as behind every lost answer.
    assert [line["recordId"] for line in lines(stored)] == ["1", "2", "2", "3"]
    assert sizes(stored) == [("0", 2), ("1", 2)]


def test_threads_share_a_blob(connect: Connect, blobs: Stored) -> None:
    trail = AuditTrail(connect)
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda number: trail.note([{"recordId": str(number), "event": "write"}]), range(40)))
    assert sorted(int(line["recordId"]) for line in lines(blobs())) == list(range(40))
    assert len(blobs()) == 1


def test_the_log_has_the_same_as_objects(connect: Connect, blobs: Stored, caplog: pytest.LogCaptureFixture) -> None:
    record = {"event": "write", "outcome": "applied", "objectId": "id-1", "method": "mobile", "action": "add"}
    with caplog.at_level(logging.INFO):
        AuditTrail(connect).note([record])
    (line,) = logged(caplog)
    assert next(iter(line.items())) == ("message", "audit: write add mobile id-1 applied")
    assert [{"message": line["message"], **stored} for stored in lines(blobs())] == [line]


def test_an_append_that_fails_once_is_tried_again(connect: Connect, storage: SandboxStorage, blobs: Stored) -> None:
    trail = AuditTrail(connect)
    trail.note([ONE])
    storage.fail(1)
    trail.note([TWO])
    assert [line["recordId"] for line in lines(blobs())] == ["1", "2"]


def test_what_cannot_be_kept_is_in_the_log_which_says_so(
    connect: Connect, storage: SandboxStorage, blobs: Stored, caplog: pytest.LogCaptureFixture
) -> None:
    trail = AuditTrail(connect)
    trail.note([ONE])
    storage.fail(2)
    with caplog.at_level(logging.INFO):
        trail.note([TWO, TWO])
    assert [line["recordId"] for line in logged(caplog)] == ["2", "2"]
    (told,) = lines_of_log(caplog, "auditLost")
    assert told["records"] == 2
    assert told["message"].startswith("audit: storage did not keep 2 record(s): blob storage failed")
    trail.note([ONE])
    assert [line["recordId"] for line in lines(blobs())] == ["1", "1"]


def test_an_intent_that_cannot_be_kept_is_said(
    connect: Connect, storage: SandboxStorage, caplog: pytest.LogCaptureFixture
) -> None:
    storage.fail(2)
    with caplog.at_level(logging.INFO), pytest.raises(StorageUnavailable):
        AuditTrail(connect).intend([ONE])
    assert logged(caplog) == []


def test_wrong_settings_stop_an_intent_and_nothing_else() -> None:
    def connect() -> ContainerClient:
        raise ConfigurationError("AzureWebJobsStorage is not a connection string")

    AuditTrail(connect).note([ONE])
    with pytest.raises(ConfigurationError):
        AuditTrail(connect).intend([ONE])


def test_without_storage_there_is_the_log(caplog: pytest.LogCaptureFixture) -> None:
    trail = AuditTrail(None)
    with caplog.at_level(logging.INFO):
        trail.note([ONE])
        trail.intend([TWO])
    assert [(line["recordId"], line["message"]) for line in logged(caplog)] == [
        ("1", "audit: write"),
        ("2", "audit: write"),
    ]
    assert not [record for record in caplog.records if record.levelno > logging.INFO]


def test_storage_that_hangs_is_not_waited_for(storage: SandboxStorage, monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(line: Line) -> None:
        line.request()
        line.hang()

    monkeypatch.setattr(audit_module, "LIMIT_S", 0.3)
    with serving(hang) as address:
        there = storage.connection_string.replace(storage.url.split("/")[2], address)
        # With the SDK's own retries, as in production.
        with ContainerClient.from_connection_string(there, "audit", transport=bounded_transport()) as client:
            trail = AuditTrail(lambda: client)
            began = time.monotonic()
            trail.note([ONE])
            with pytest.raises(StorageUnavailable):
                trail.intend([ONE])
            assert time.monotonic() - began < LIMIT_S
