"""What a task hub remembers, in one SQLite file. Each change is one transaction, so a kill leaves no half of it."""

import sqlite3
import uuid
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from sandbox.host.durable.history import Event, EventType
from sandbox.host.durable.rows import FINISHED, Activity, Instance, Message, Parent, Start, Timer, Turn

FILE_NAME = "durable.sqlite"
_TABLES = """
CREATE TABLE IF NOT EXISTS instances (
    id TEXT PRIMARY KEY, execution TEXT NOT NULL, name TEXT NOT NULL, input TEXT, status TEXT NOT NULL, custom TEXT,
    output TEXT, created TEXT NOT NULL, updated TEXT NOT NULL, parent TEXT, parent_execution TEXT, parent_task INTEGER);
CREATE TABLE IF NOT EXISTS history (
    instance TEXT NOT NULL, number INTEGER NOT NULL, event TEXT NOT NULL, PRIMARY KEY (instance, number)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS messages (
    number INTEGER PRIMARY KEY, instance TEXT NOT NULL, event TEXT NOT NULL, visible_at REAL NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS messages_of_instance ON messages (instance);
CREATE TABLE IF NOT EXISTS activities (
    number INTEGER PRIMARY KEY AUTOINCREMENT, instance TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL,
    name TEXT NOT NULL, input TEXT, visible_at REAL NOT NULL DEFAULT 0);
CREATE TABLE IF NOT EXISTS timers (
    instance TEXT NOT NULL, execution TEXT NOT NULL, task INTEGER NOT NULL, fire_at TEXT NOT NULL,
    PRIMARY KEY (instance, task)) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS clock (ahead REAL NOT NULL);
"""


class Store:
    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._db = sqlite3.connect(folder / FILE_NAME)
        # WAL without waiting for the disk: what was committed survives the end of the process, at any moment.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.executescript(_TABLES)

    def close(self) -> None:
        self._db.close()

    def start(self, start: Start) -> None:
        """Begin an instance; one with the same id is forgotten."""
        with self._db:
            self._start(start)

    def send(self, instance: str, event: Event) -> None:
        with self._db:
            self._send(instance, event)

    def finish_activity(self, activity: Activity, event: Event) -> bool:
        """Record a result, unless there is one already; tells whether anybody waits for it."""
        with self._db:
            if not self._db.execute("DELETE FROM activities WHERE number = ?", (activity.number,)).rowcount:
                return False
            return self._answer(activity.instance, activity.execution, event)

    def fire(self, timer: Timer, event: Event, ahead: float) -> bool:
        """Let a timer fire on a clock that is `ahead` seconds; tells whether anybody waits for it."""
        with self._db:
            self._db.execute("DELETE FROM timers WHERE instance = ? AND task = ?", (timer.instance, timer.task))
            self._db.execute("DELETE FROM clock")
            self._db.execute("INSERT INTO clock VALUES (?)", (ahead,))
            return self._answer(timer.instance, timer.execution, event)

    def commit(self, turn: Turn) -> None:
        """Record an episode."""
        instance = turn.instance
        with self._db:
            self._db.executemany("DELETE FROM messages WHERE number = ?", [(item.number,) for item in turn.consumed])
            self._db.execute(
                "UPDATE instances SET status = ?, updated = ?, custom = ?, output = ? WHERE id = ?",
                (turn.status, turn.updated, turn.custom, turn.output, instance.id),
            )
            self._extend_history(instance.id, turn.history)
            self._db.executemany(
                "INSERT INTO activities (instance, execution, task, name, input) VALUES (?, ?, ?, ?, ?)",
                [(instance.id, instance.execution, *activity) for activity in turn.activities],
            )
            self._db.executemany(
                "INSERT INTO timers VALUES (?, ?, ?, ?)",
                [(timer.instance, timer.execution, timer.task, timer.fire_at) for timer in turn.timers],
            )
            self._db.executemany(
                "DELETE FROM timers WHERE instance = ? AND task = ?", [(instance.id, task) for task in turn.cancelled]
            )
            for child in turn.children:
                self._start(child)
            if turn.answer and instance.parent:
                self._answer(instance.parent.instance, instance.parent.execution, turn.answer)
            if turn.restart:
                self._restart(turn.restart)
            elif turn.status in FINISHED:
                self._db.execute("DELETE FROM messages WHERE instance = ?", (instance.id,))
                self._db.execute("DELETE FROM timers WHERE instance = ?", (instance.id,))

    def purge(self, ids: Iterable[str]) -> None:
        with self._db:
            for instance in ids:
                for table in ("history", "messages", "timers"):
                    self._db.execute(f"DELETE FROM {table} WHERE instance = ?", (instance,))  # noqa: S608
                self._db.execute("DELETE FROM instances WHERE id = ?", (instance,))

    def instance(self, instance_id: str) -> Instance | None:
        row = self._rows("SELECT * FROM instances WHERE id = ?", instance_id)
        return _instance(row[0]) if row else None

    def instances(self) -> list[Instance]:
        return [_instance(row) for row in self._rows("SELECT * FROM instances ORDER BY created, id")]

    def count_unfinished(self) -> int:
        ((count,),) = self._rows("SELECT COUNT(*) FROM instances WHERE status NOT IN (?, ?, ?)", *FINISHED)
        return int(count)

    def history(self, instance_id: str) -> list[Event]:
        rows = self._rows("SELECT event FROM history WHERE instance = ? ORDER BY number", instance_id)
        return [Event.parse(text) for (text,) in rows]

    def messages(self, instance_id: str, now: float, limit: int | None) -> list[Message]:
        """The oldest messages of an instance that nobody is at, or all of those."""
        query = "SELECT number, event FROM messages WHERE instance = ? AND visible_at <= ? ORDER BY number LIMIT ?"
        rows = self._rows(query, instance_id, now, -1 if limit is None else limit)
        return [Message(number, Event.parse(text)) for number, text in rows]

    def hide_messages(self, messages: Iterable[Message], until: float) -> None:
        """They are being worked on; 0 gives them back."""
        with self._db:
            self._db.executemany(
                "UPDATE messages SET visible_at = ? WHERE number = ?", [(until, item.number) for item in messages]
            )

    def addressed(self) -> dict[str, float]:
        """The unfinished instances that have messages, and when the first of those can be taken."""
        query = (
            "SELECT instance, MIN(visible_at) FROM messages JOIN instances ON instances.id = messages.instance "
            "WHERE status NOT IN (?, ?, ?) GROUP BY instance"
        )
        return dict(self._rows(query, *FINISHED))

    def take_activity(self, now: float, until: float) -> Activity | None:
        """The oldest activity that nobody is at; hidden from then on."""
        query = (
            "UPDATE activities SET visible_at = ? WHERE number = "
            "(SELECT MIN(number) FROM activities WHERE visible_at <= ?) "
            "RETURNING number, instance, execution, task, name, input"
        )
        with self._db:
            row = self._db.execute(query, (until, now)).fetchone()
        return Activity(*row) if row else None

    def hide_activities(self, numbers: Iterable[int], until: float) -> None:
        """They are still being worked on."""
        with self._db:
            self._db.executemany(
                "UPDATE activities SET visible_at = ? WHERE number = ?", [(until, number) for number in numbers]
            )

    def next_activity_at(self) -> float | None:
        """When the next activity can be taken; None: there is none, hidden or not."""
        ((at,),) = self._rows("SELECT MIN(visible_at) FROM activities")
        return None if at is None else float(at)

    def timers(self) -> list[Timer]:
        return [Timer(*row) for row in self._rows("SELECT * FROM timers")]

    def clock_is_ahead(self) -> float:
        rows = self._rows("SELECT ahead FROM clock")
        return float(rows[0][0]) if rows else 0.0

    def _rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        with closing(self._db.execute(query, values)) as cursor:
            return cursor.fetchall()

    def _start(self, start: Start) -> None:
        for table in ("history", "messages", "timers"):
            self._db.execute(f"DELETE FROM {table} WHERE instance = ?", (start.id,))  # noqa: S608
        parent = start.parent
        self._db.execute(
            "INSERT OR REPLACE INTO instances VALUES (?, ?, ?, ?, 'Pending', NULL, NULL, ?, ?, ?, ?, ?)",
            (
                *(start.id, uuid.uuid4().hex, start.name, start.input, start.at, start.at),
                *((parent.instance, parent.execution, parent.task) if parent else (None, None, None)),
            ),
        )
        self._send(start.id, start.event)

    def _restart(self, start: Start) -> None:
        """Only events that were raised and not yet seen are taken along to the next run."""
        self._db.execute(
            "UPDATE instances SET execution = ?, input = ? WHERE id = ?", (uuid.uuid4().hex, start.input, start.id)
        )
        self._db.execute("DELETE FROM history WHERE instance = ?", (start.id,))
        self._db.execute("DELETE FROM timers WHERE instance = ?", (start.id,))
        self._db.execute(
            "DELETE FROM messages WHERE instance = ? AND json_extract(event, '$.EventType') != ?",
            (start.id, int(EventType.EVENT_RAISED)),
        )
        self._send(start.id, start.event)

    def _send(self, instance: str, event: Event) -> None:
        """The start of a run comes before whatever waits for it already."""
        first = event.kind is EventType.EXECUTION_STARTED
        number = "(SELECT COALESCE(MIN(number), 1) - 1 FROM messages)" if first else "NULL"
        query = f"INSERT INTO messages (number, instance, event) VALUES ({number}, ?, ?)"  # noqa: S608
        self._db.execute(query, (instance, event.stored))

    def _answer(self, instance: str, execution: str, event: Event) -> bool:
        """Tell an instance what it waits for, unless that run of it is over."""
        rows = self._rows("SELECT status FROM instances WHERE id = ? AND execution = ?", instance, execution)
        if not rows or rows[0][0] in FINISHED:
            return False
        self._send(instance, event)
        return True

    def _extend_history(self, instance: str, events: Sequence[Event]) -> None:
        ((number,),) = self._rows("SELECT COALESCE(MAX(number), -1) + 1 FROM history WHERE instance = ?", instance)
        rows = [(instance, number + index, event.stored) for index, event in enumerate(events)]
        self._db.executemany("INSERT INTO history VALUES (?, ?, ?)", rows)


def _instance(row: tuple[Any, ...]) -> Instance:
    *fields, parent, execution, task = row
    values = [*fields, Parent(parent, execution, task) if parent is not None else None]
    return Instance(*values)
