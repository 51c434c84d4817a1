"""What a message of the durable queues lives through: it is hidden while somebody is at it, and comes back."""

import asyncio
import time
from pathlib import Path

import pytest

from sandbox.host import Switches
from sandbox.host.calls import FunctionFailedError, WorkerLostError
from sandbox.host.durable.script import ActionType
from sandbox.host.durable.settings import Settings
from tests.sandbox_host.engines import finished, running, state, until

HIDDEN_S = 1.5
SHORT = Switches(hidden_s=HIDDEN_S)


class App:
    """An orchestrator with so many activities at once; each takes what `seconds` says when it begins."""

    def __init__(self, activities: int = 1, seconds: float = 0.0) -> None:
        self.activities, self.seconds = activities, seconds
        self.begun: list[float] = []
        self.ended = 0
        self.orchestrator_waits = asyncio.Event()
        self.orchestrator_waits.set()
        self.episodes = 0

    async def invoke(self, name: str, _: str | None) -> str:
        if name == "activity":
            self.begun.append(time.monotonic())
            await asyncio.sleep(self.seconds)
            self.ended += 1
            return "1"
        self.episodes += 1
        await self.orchestrator_waits.wait()
        tasks = [{"actionType": ActionType.ACTIVITY, "functionName": "activity", "input": "1"}] * self.activities
        return state([{"actionType": ActionType.ALL, "compoundActions": tasks}], done=self.ended >= self.activities)


def test_an_activity_that_is_longer_than_its_message_is_hidden_runs_once(tmp_path: Path) -> None:
    async def run() -> None:
        app = App(seconds=3 * HIDDEN_S)
        async with running(tmp_path, app.invoke, SHORT) as engine:
            await finished(engine, engine.start("orchestrator", None, None))
        assert (len(app.begun), app.ended) == (1, 1)

    asyncio.run(run())


def test_what_a_lost_host_was_at_comes_back_when_its_time_is_over_and_what_waited_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        app = App(activities=2, seconds=60)
        async with running(tmp_path, app.invoke, SHORT, width=1) as engine:
            instance = engine.start("orchestrator", None, None)
            await until(lambda: bool(app.begun))
        app.seconds = 0
        async with running(tmp_path, app.invoke, SHORT, width=1) as engine:
            await finished(engine, instance)
        first, waiting, repeated = app.begun
        assert waiting - first < HIDDEN_S - 0.1 < repeated - first

    asyncio.run(run())


def test_the_episode_of_a_lost_host_comes_back_when_its_time_is_over(tmp_path: Path) -> None:
    async def run() -> None:
        app = App()
        app.orchestrator_waits.clear()
        async with running(tmp_path, app.invoke, SHORT) as engine:
            instance = engine.start("orchestrator", None, None)
            await until(lambda: app.episodes == 1)
            began = time.monotonic()
        app.orchestrator_waits.set()
        async with running(tmp_path, app.invoke, SHORT) as engine:
            await until(lambda: app.episodes >= 2)
            assert time.monotonic() - began > HIDDEN_S - 0.1
            await finished(engine, instance)

    asyncio.run(run())


@pytest.mark.parametrize(("seconds", "runs"), [(0.3, 1), (60.0, 2)])
def test_a_host_that_is_told_to_end_waits_for_short_activities_and_cuts_long_ones(
    tmp_path: Path, seconds: float, runs: int
) -> None:
    async def run() -> None:
        app = App(seconds=seconds)
        async with running(tmp_path, app.invoke, SHORT, patience_s=1) as engine:
            instance = engine.start("orchestrator", None, None)
            await until(lambda: bool(app.begun))
        app.seconds = 0
        async with running(tmp_path, app.invoke, SHORT) as engine:
            await finished(engine, instance)
        assert len(app.begun) == runs

    asyncio.run(run())


def test_an_episode_whose_worker_ended_counts_as_never_begun_and_an_activity_as_failed(tmp_path: Path) -> None:
    async def run() -> None:
        app, lost = App(), ["orchestrator", "activity"]

        async def invoke(name: str, given: str | None) -> str:
            if name in lost:
                lost.remove(name)
                raise WorkerLostError("the worker process ended")
            if name == "orchestrator" and "the worker process ended" in str(given):
                raise FunctionFailedError("the activity failed")
            return await app.invoke(name, given)

        async with running(tmp_path, invoke) as engine:
            instance = engine.start("orchestrator", None, None)
            await finished(engine, instance)
            found = engine.store.instance(instance)
        assert (found and found.status, app.episodes) == ("Failed", 1)

    asyncio.run(run())


def test_the_timeouts_are_those_of_host_json_or_five_minutes() -> None:
    storage = {"controlQueueVisibilityTimeout": "00:01:30", "workItemQueueVisibilityTimeout": "01:00:00"}
    settings = Settings.read({"storageProvider": storage}, Switches())
    assert (settings.control_hidden_s, settings.activity_hidden_s) == (90, 3600)
    settings = Settings.read({}, Switches())
    assert (settings.control_hidden_s, settings.activity_hidden_s) == (300, 300)
