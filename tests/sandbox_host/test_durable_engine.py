"""The engine without an app: the functions are ours, so that it is known what is waiting when."""

import asyncio
import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sandbox.host import Switches
from sandbox.host.durable.history import Event, EventType, timestamp
from sandbox.host.durable.script import ActionType
from tests.sandbox_host.engines import finished, running, state, until


def new_events(given: str | None) -> list[dict[str, Any]]:
    return [event for event in json.loads(given or "")["history"] if not event["IsPlayed"]]


class FanOut:
    """An orchestrator of 80 activities whose second episode begins when all of them have ended."""

    def __init__(self) -> None:
        self.ended = 0
        self.episodes: list[list[int]] = []
        self.all_ended = asyncio.Event()

    async def invoke(self, name: str, given: str | None) -> str:
        if name == "activity":
            self.ended += 1
            if self.ended >= 80:
                self.all_ended.set()
            return "1"
        events = new_events(given)
        self.episodes.append([event["TaskScheduledId"] for event in events if "TaskScheduledId" in event])
        if len(self.episodes) > 1:
            await self.all_ended.wait()
        tasks = [{"actionType": ActionType.ACTIVITY, "functionName": "activity", "input": "1"} for _ in range(80)]
        seen = {task for episode in self.episodes for task in episode}
        return state([{"actionType": ActionType.ALL, "compoundActions": tasks}], done=len(seen) == 80)


def fan_out(folder: Path, switches: Switches | None = None) -> list[list[int]]:
    """The completions of each episode."""

    async def run() -> list[list[int]]:
        app = FanOut()
        async with running(folder, app.invoke, switches) as engine:
            await finished(engine, engine.start("orchestrator", None, None))
        return app.episodes

    return asyncio.run(run())


def test_an_episode_gets_at_most_32_completions(tmp_path: Path) -> None:
    episodes = fan_out(tmp_path)
    assert max(map(len, episodes)) == 32
    assert [task for episode in episodes for task in episode] == list(range(80))


def test_shuffled_completions_arrive_in_another_order_each_of_them_once(tmp_path: Path) -> None:
    seen = [task for episode in fan_out(tmp_path, Switches(shuffle=1)) for task in episode]
    assert seen != sorted(seen)
    assert sorted(seen) == list(range(80))


def test_the_second_result_of_an_activity_that_ran_twice_is_dropped(tmp_path: Path) -> None:
    seen = [task for episode in fan_out(tmp_path, Switches(repeat_activities="overlap")) for task in episode]
    assert sorted(seen) == list(range(80))


def test_an_episode_that_was_interrupted_is_run_again(tmp_path: Path) -> None:
    async def run() -> None:
        begun = asyncio.Event()

        async def never(name: str, given: str | None) -> str:
            begun.set()
            await asyncio.Event().wait()
            return ""

        async def at_once(name: str, given: str | None) -> str:
            return state([], done=True)

        soon = Switches(hidden_s=0.2)
        async with running(tmp_path, never, soon) as engine:
            instance = engine.start("orchestrator", "input", None)
            await begun.wait()
        async with running(tmp_path, at_once, soon) as engine:
            await finished(engine, instance)

    asyncio.run(run())


async def sleeper(name: str, given: str | None) -> str:
    """An orchestrator that sleeps for as many seconds as its input says."""
    history = json.loads(given or "")["history"]
    fire_at = datetime.fromisoformat(history[0]["Timestamp"]) + timedelta(
        seconds=float(json.loads(given or "")["input"])
    )
    timer = {"actionType": ActionType.TIMER, "fireAt": timestamp(fire_at)}
    return state([timer], done=any(event["EventType"] == EventType.TIMER_FIRED for event in history))


def test_a_timer_that_was_set_before_the_host_ended_fires_after_it_has_begun_again(tmp_path: Path) -> None:
    async def run() -> None:
        async with running(tmp_path, sleeper) as engine:
            instance = engine.start("orchestrator", "2", None)
            await until(lambda: bool(engine.store.timers()))
        async with running(tmp_path, sleeper) as engine:
            await finished(engine, instance)
            assert engine.store.timers() == []

    asyncio.run(run())


def test_virtual_time_does_not_go_back_when_the_host_begins_again(tmp_path: Path) -> None:
    async def run() -> None:
        switches = Switches(virtual_time=True)
        async with running(tmp_path, sleeper, switches) as engine:
            await finished(engine, engine.start("orchestrator", str(10 * 24 * 3600), None))
            seen = engine.timers.now()
        async with running(tmp_path, sleeper, switches) as engine:
            assert seen <= engine.timers.now()
            assert engine.timers.now() > datetime.now(UTC) + timedelta(days=9)

    asyncio.run(run())


def test_what_a_lost_host_was_at_is_taken_up_though_something_else_could_be_taken_before(tmp_path: Path) -> None:
    seen: list[str] = []

    async def invoke(name: str, given: str | None) -> str:
        seen.extend(event["Name"] for event in new_events(given) if event["EventType"] == EventType.EVENT_RAISED)
        later = {"actionType": ActionType.TIMER, "fireAt": timestamp(datetime.now(UTC) + timedelta(hours=1))}
        return state([later], done=False)

    async def run() -> None:
        async with running(tmp_path, invoke) as engine:
            instance = engine.start("orchestrator", None, None)
            await until(lambda: not engine.store.addressed())
            for name in ("hidden", "seen"):
                engine.store.send(instance, Event.new(EventType.EVENT_RAISED, datetime.now(UTC), {"Name": name}))
            engine.store.hide_messages(engine.store.messages(instance, time.time(), 1), time.time() + 0.5)
        async with running(tmp_path, invoke):
            await until(lambda: len(seen) == 2)

    asyncio.run(run())
    assert seen == ["seen", "hidden"]
