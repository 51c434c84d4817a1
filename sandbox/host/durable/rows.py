"""What the task hub remembers, as data: an instance, what waits for it, and what one episode of it changes."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from sandbox.host.durable.history import Event

FINISHED = ("Completed", "Failed", "Terminated")


@dataclass(frozen=True)
class Parent:
    """Who waits for a sub-orchestration, and the event id under which."""

    instance: str
    execution: str
    task: int


@dataclass(frozen=True)
class Instance:
    """`input` is what the orchestrator gets; `custom` and `output` are JSON texts."""

    id: str
    execution: str
    name: str
    input: str | None
    status: str
    custom: str | None
    output: str | None
    created: str
    updated: str
    parent: Parent | None

    @property
    def finished(self) -> bool:
        return self.status in FINISHED


@dataclass(frozen=True)
class Message:
    number: int
    event: Event


@dataclass(frozen=True)
class Activity:
    number: int
    instance: str
    execution: str
    task: int
    name: str
    input: str | None


@dataclass(frozen=True)
class Timer:
    instance: str
    execution: str
    task: int
    fire_at: str


@dataclass(frozen=True)
class Start:
    """A new instance, or a new run of one whose id is there already."""

    id: str
    name: str
    input: str | None
    event: Event
    at: str
    parent: Parent | None = None


@dataclass
class Turn:
    """What one episode of an instance changes. `restart` is its next run after continue_as_new."""

    instance: Instance
    consumed: Sequence[Message]
    status: str
    updated: str
    custom: str | None = None
    output: str | None = None
    history: list[Event] = field(default_factory=list)
    activities: list[tuple[int, str, str | None]] = field(default_factory=list)
    timers: list[Timer] = field(default_factory=list)
    cancelled: list[int] = field(default_factory=list)
    children: list[Start] = field(default_factory=list)
    answer: Event | None = None
    restart: Start | None = None
