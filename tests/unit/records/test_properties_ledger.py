"""records/ledger.py: whatever way two instances take turns, they stay under the ceilings, and nothing counts twice."""

import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import cycle
from types import SimpleNamespace

import pytest
from azure.core.exceptions import ResourceExistsError, ResourceModifiedError, ResourceNotFoundError
from hypothesis import given
from hypothesis import strategies as st

from shared.deadline import Deadline
from shared.records import ledger as ledger_module
from shared.records.ledger import Ledger
from shared.records.reservations import Ceilings, from_bytes
from tests.unit.clock import Clock
from tests.unit.strategies import MORE

CEILINGS = Ceilings(removals=10, overwrites=10)


class Turns:
    """Threads of which one runs at a time, until it asks for its next turn; `order` says whose that is."""

    def __init__(self, order: list[int]) -> None:
        self._order = cycle(order)
        self._asked: queue.Queue[tuple[int, bool]] = queue.Queue()
        self._own = threading.local()
        self._go: list[threading.Semaphore] = []

    def take(self) -> None:
        number = self._own.number
        self._asked.put((number, True))
        self._go[number].acquire()

    def run(self, actors: list[Callable[[], None]]) -> None:
        self._go = [threading.Semaphore(0) for _ in actors]

        def act(number: int) -> None:
            self._own.number = number
            try:
                actors[number]()
            finally:
                self._asked.put((number, False))

        threads = [threading.Thread(target=act, args=[number], daemon=True) for number in range(len(actors))]
        for thread in threads:
            thread.start()
        alive, ready = len(actors), set[int]()
        while alive:
            while len(ready) < alive:
                number, goes_on = self._asked.get(timeout=20)
                ready |= {number} if goes_on else set()
                alive -= not goes_on
            if alive:
                chosen = sorted(ready)[next(self._order) % alive]
                ready.remove(chosen)
                self._go[chosen].release()
        for thread in threads:
            thread.join()


@dataclass
class Container:
    """What Blobs needs of a ContainerClient, each call a turn of its own."""

    turn: Callable[[], None]
    content: bytes | None = None
    version: int = 0

    def download_blob(self, _name: str) -> object:
        self.turn()
        if self.content is None:
            raise ResourceNotFoundError
        content, version = self.content, str(self.version)
        return SimpleNamespace(readall=lambda: content, properties=SimpleNamespace(etag=version, metadata={}))

    def upload_blob(self, _name: str, content: bytes, *, overwrite: bool, etag: str = "", **_: object) -> None:
        self.turn()
        if not overwrite and self.content is not None:
            raise ResourceExistsError
        if overwrite and etag != str(self.version):
            raise ResourceModifiedError
        self.content, self.version = content, self.version + 1


@dataclass
class Instance:
    """Reserves one thing after the other, each twice if an activity runs twice, and settles what it may."""

    ledger: Ledger
    steps: list["Step"]
    granted: set[str] = field(default_factory=set)
    settled: dict[str, tuple[int, int]] = field(default_factory=dict)

    def work(self) -> None:
        for step in self.steps:
            for _ in range(step.times):
                if self.ledger.reserve(step.id, "helpdesk", *step.amounts, Deadline(60)):
                    self.granted.add(step.id)
            if step.id in self.granted and step.used is not None:
                for _ in range(step.times):
                    self.ledger.settle(step.id, *step.used)
                self.settled[step.id] = step.used


@dataclass(frozen=True)
class Step:
    """`used` None: the instance crashes before it settles this."""

    id: str
    amounts: tuple[int, int]
    times: int
    used: tuple[int, int] | None


SHARED = [Step(f"shared {number}", (number, 4 - number), 1, None) for number in range(5)]


@st.composite
def steps(draw: st.DrawFn, instance: str) -> list[Step]:
    """Some of its own, some that the other instance works on as well."""
    found = []
    for number in range(draw(st.integers(1, 3))):
        amounts = (draw(st.integers(1, 7)), draw(st.integers(0, 7)))
        used = draw(st.none() | st.tuples(st.integers(0, amounts[0]), st.integers(0, amounts[1])))
        found.append(Step(f"{instance} {number}", amounts, draw(st.integers(1, 2)), used))
    return draw(st.permutations([*found, *draw(st.lists(st.sampled_from(SHARED), max_size=2, unique=True))]))


@MORE
@given(st.lists(st.integers(0, 1), min_size=1, max_size=60), steps("one"), steps("other"))
def test_two_instances_in_any_order(order: list[int], one: list[Step], other: list[Step]) -> None:
    turns = Turns(order)
    container = Container(turns.take)
    instances = [Instance(Ledger(lambda: container, CEILINGS), found) for found in (one, other)]  # type: ignore[arg-type, return-value]
    with pytest.MonkeyPatch.context() as patch:
        Clock().rule(patch, ledger_module)
        turns.run([instance.work for instance in instances])
    expected = {}
    for instance in instances:
        for step in instance.steps:
            if step.id in instance.granted:
                expected[step.id] = instance.settled.get(step.id, step.amounts)
    left = {id: amounts for id, amounts in expected.items() if any(amounts)}
    book = from_bytes(container.content or b'{"reservations": []}')
    assert {each.id: (each.removals, each.overwrites) for each in book} == left
    assert len(book) == len(left)
    assert sum(removals for removals, _ in left.values()) <= 10
    assert sum(overwrites for _, overwrites in left.values()) <= 10
