"""The audit trail: JSON lines in append blobs of the container `audit`, and the same in the log.

Each process has blobs of its own, `yyyy/MM/dd/<uuid of the process>-<n>.jsonl`: one block for each request or chunk,
and a next blob when storage says that one is full. A block whose answer was lost may stand there twice; readers count
a `recordId` once. Without any storage configured, as on a developer's machine, there is the log alone.
"""

import json
import logging
import threading
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime

from shared.core.report import Json
from shared.deadline import Deadline, time_limit
from shared.errors import ServiceError, StorageUnavailable
from shared.log import get_logger
from shared.records.blobs import Blobs, Connect

AUDIT = "audit"
LIMIT_S = 2.0
# In the sentence of a line in the log.
_TOLD = ("event", "action", "method", "objectId", "outcome")

_log = get_logger(__name__)


class AuditTrail:
    """That of this process. `connect` None: no storage is configured."""

    def __init__(self, connect: Connect | None) -> None:
        self._blobs = None if connect is None else Blobs(connect)
        self._process, self._lock = str(uuid.uuid4()), threading.Lock()
        self._day, self._number = "", 0

    def note(self, records: Sequence[Json]) -> None:
        """What has happened. Never raises: what cannot be kept is in the log, which says so."""
        stamped = _stamped(records)
        _log_all(stamped)
        try:
            self._append(stamped)
        except ServiceError as exc:
            message = f"audit: storage did not keep {len(records)} record(s): {exc.detail}"
            _log.event("auditLost", message, logging.ERROR, records=len(records), detail=exc.detail)

    def intend(self, records: Sequence[Json]) -> None:
        """What is about to be written. Raises StorageUnavailable if that cannot be kept."""
        stamped = _stamped(records)
        self._append(stamped)
        _log_all(stamped)

    def _append(self, records: Sequence[Json]) -> None:
        if self._blobs is None or not records:
            return
        content = "".join(f"{json.dumps(record)}\n" for record in records).encode()
        deadline = Deadline(LIMIT_S)
        with time_limit(LIMIT_S):
            try:
                self._append_block(self._blobs, content)
            except StorageUnavailable:
                if deadline.remaining() < LIMIT_S / 2:
                    raise
                self._append_block(self._blobs, content)

    def _append_block(self, blobs: Blobs, content: bytes) -> None:
        while not blobs.append(name := self._name(), content):
            with self._lock:
                # Of several threads that come here at once, one goes on.
                if name == self._current():
                    self._number += 1

    def _name(self) -> str:
        day = datetime.now(UTC).strftime("%Y/%m/%d")
        with self._lock:
            if day != self._day:
                self._day, self._number = day, 0
            return self._current()

    def _current(self) -> str:
        return f"{self._day}/{self._process}-{self._number}.jsonl"


def _stamped(records: Sequence[Json]) -> list[Json]:
    now = datetime.now(UTC).isoformat(timespec="milliseconds")
    return [{"time": now, **record} for record in records]


def _log_all(records: Sequence[Json]) -> None:
    for record in records:
        told = " ".join([str(record[name]) for name in _TOLD if name in record])
        facts = dict(record)
        _log.event(str(facts.pop("event")), f"audit: {told}", **facts)
