"""Drives the orchestrators as plain generators: a clock that moves when they wait, activities that are a function."""

import random
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from shared.jobs.life import IDS
from shared.jobs.orchestrate import Data, Steps, run_wave
from shared.jobs.order import order_of
from shared.services import Job, JobLimits

BEGIN = datetime(2026, 11, 22, tzinfo=UTC)
Activity = Callable[[str, int], Data]


@dataclass
class Step:
    """One thing that an orchestrator asked for: what, and its result and the time once it is known."""

    kind: str
    asked: Any
    result: Any = None
    at: datetime = BEGIN
    parts: "list[Step]" = field(default_factory=list)


class Context:
    """What is used of durable's context. `now` is set by whoever drives."""

    def __init__(self, job: Data, *, is_replaying: bool = False) -> None:
        self._job, self.is_replaying = job, is_replaying
        self.now = BEGIN
        self.custom: list[Any] = []

    @property
    def current_utc_datetime(self) -> datetime:
        return self.now

    def get_input(self) -> Any:
        return deepcopy(self._job)

    def set_custom_status(self, status: Any) -> None:
        self.custom.append(deepcopy(status))

    def call_activity_with_retry(self, name: str, retry_options: Any, input_: Any = None) -> Any:
        assert retry_options.max_number_of_attempts > 1
        return Step("activity", (name, deepcopy(input_)))

    def call_sub_orchestrator(self, name: str, input_: Any = None) -> Any:
        assert name == "run_wave"
        return Step("wave", deepcopy(input_))

    def create_timer(self, fire_at: datetime) -> Any:
        return Step("timer", fire_at)

    def task_all(self, activities: list[Any]) -> Any:
        return Step("activities", [activity.asked for activity in activities], parts=activities)


@dataclass
class Engine:
    """Runs one job. `activity` gets the name and the chunk (the whole order is in `sent`); a group of them takes
    `takes`, in `shuffle`d order. One that raises has failed for good: its group fails at once, and goes on running."""

    activity: Activity
    shuffle: int | None = None
    takes: timedelta = timedelta(seconds=1)
    now: datetime = BEGIN
    calls: list[tuple[str, int]] = field(default_factory=list)
    widths: list[int] = field(default_factory=list)
    waves: list[Data] = field(default_factory=list)
    requests: set[str | None] = field(default_factory=set)
    histories: list[tuple[Callable[[Any], Steps], Data, list[Step]]] = field(default_factory=list)
    custom: list[Any] = field(default_factory=list)
    sent: Data = field(default_factory=dict)
    running: list[Step] = field(default_factory=list)

    def run(self, orchestrator: Callable[[Any], Steps], job: Data) -> Data:
        context, history = Context(job), list[Step]()
        self.histories.append((orchestrator, job, history))
        context.now = self.now
        steps = orchestrator(context)
        result = None
        while True:
            try:
                step = _go_on(steps, result)
            except StopIteration as end:
                self.custom += context.custom
                return end.value  # type: ignore[no-any-return]
            result = step.result = self._do(step)
            step.at = context.now = self.now
            history.append(step)

    def _do(self, step: Step) -> Any:
        if any(step is part for part in self.running):
            self.running = [part for part in self.running if part is not step]
            return step.result
        # The SDK and the extension would count what begins now differently.
        assert not self.running, "a group is left that is not over"
        if step.kind == "wave":
            self.waves.append(step.asked)
            return self.run(run_wave, step.asked)
        if step.kind == "timer":
            self.now = max(self.now, step.asked)
            return None
        if step.kind == "activity":
            return self._answers([step.asked])[0]
        answers = self._answers(step.asked)
        fault = next((answer for answer in answers if isinstance(answer, Exception)), None)
        if fault is None:
            return answers
        for part, part.result in zip(step.parts, answers, strict=True):
            self.running.append(part)
        return fault

    def _answers(self, asked: list[tuple[str, Data]]) -> list[Any]:
        self.widths.append(len(asked))
        order = list(range(len(asked)))
        if self.shuffle is not None:
            random.Random(self.shuffle).shuffle(order)  # noqa: S311
        answers: dict[int, Any] = {}
        for place in order:
            name, sent = asked[place]
            assert {"jobId", "chunk"} <= set(sent) <= {*IDS, "chunk", "round", "isLast", "lists"}
            self.sent = sent
            self.requests.add(sent.get("correlationId"))
            self.calls.append((name, sent["chunk"]))
            try:
                answers[place] = deepcopy(self.activity(name, sent["chunk"]))
            except RuntimeError as fault:
                answers[place] = fault
        self.now += self.takes
        return [answers[place] for place in range(len(order))]

    def of(self, name: str) -> list[int]:
        """The chunks for which an activity was called, in order."""
        return [chunk for called, chunk in self.calls if called == name]


def replay(orchestrator: Callable[[Any], Steps], job: Data, history: list[Step]) -> None:
    """Fails unless the orchestrator, given what happened, asks for the same again: what the engine does after each
    completion, on any machine."""
    context = Context(job, is_replaying=True)
    context.now = BEGIN if not history else context.now
    steps = orchestrator(context)
    result = None
    for past in history:
        step = _go_on(steps, result)
        assert (step.kind, step.asked) == (past.kind, past.asked)
        result, context.now = deepcopy(past.result), past.at


def _go_on(steps: Steps, result: Any) -> Step:
    step: Step = steps.throw(result) if isinstance(result, Exception) else steps.send(result)
    return step


def answer(users: int = 200, **words: Any) -> Data:
    """What an activity says of a chunk in which everybody is unchanged."""
    nothing = {"removals": 0, "throttled": 0, "unfinished": 0, "cancelled": False, "error": None, "pausedBy": None}
    return {"counts": {"unchanged": users}, **nothing, **words}


def fine(_name: str, _chunk: int) -> Data:
    """Every activity, for every chunk."""
    return answer()


def only(name: str, chunk: int, *answers: Data) -> Activity:
    """Answers of one activity for one chunk, the last one for ever; all others are fine."""
    left = list(answers)

    def activity(called: str, of: int) -> Data:
        if (called, of) != (name, chunk):
            return answer()
        return left.pop(0) if len(left) > 1 else left[0]

    return activity


def job(chunks: int, *, parallel: int = 4, patience_minutes: int = 60, **words: Any) -> Data:
    """The order of a job as a request writes it today. `words`: what else stands in the record of the job."""
    record = {"dry_run": False, "is_mixed": False, **words}
    stored = Job("5b3d6c1e-0000-4000-8000-000000000001", "f", BEGIN.isoformat(), 200 * chunks, chunks, **record)
    limits = JobLimits(3, parallel, patience_minutes, retention_days=7, most_open=3)
    return order_of(stored, limits, "5b3d6c1e-0000-4000-8000-00000000000c")
