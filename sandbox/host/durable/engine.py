"""Runs orchestrations: one episode of an instance at a time."""

import asyncio
import json
import random
import sys
import time
import traceback
import uuid
from collections.abc import Iterable
from typing import Any

from sandbox.host.calls import FunctionFailedError, WorkerLostError
from sandbox.host.durable.activities import Activities, Invoke
from sandbox.host.durable.counters import Counters
from sandbox.host.durable.history import Event, EventType, orchestrator_input, timestamp
from sandbox.host.durable.rows import Instance, Message, Parent, Start, Timer, Turn
from sandbox.host.durable.script import ActionType, Begun, Script, ScriptError
from sandbox.host.durable.settings import Settings
from sandbox.host.durable.store import Store
from sandbox.host.durable.switches import Switches
from sandbox.host.durable.timers import Timers

# controlQueueBatchSize of the Azure Storage back end (Microsoft Learn, "host.json settings for Durable Functions").
COMPLETIONS_AN_EPISODE = 32
_STATE_FOLLOWS = "\n\n$OutOfProcData$:"  # azure-functions-durable, TaskOrchestrationExecutor.get_orchestrator_state_str


class AlreadyRunningError(Exception):
    """An instance with this id exists and has not finished."""


class Engine:
    """`invoke(function, data)` gives the JSON text that a function returned, or raises FunctionFailedError."""

    def __init__(self, store: Store, invoke: Invoke, settings: Settings, switches: Switches) -> None:
        self.store = store
        self._hidden_s = settings.control_hidden_s
        self.counters = Counters()
        self._invoke = invoke
        self._random = None if switches.shuffle is None else random.Random(switches.shuffle)  # noqa: S311
        self._histories: dict[str, list[Event]] = {}
        self._awake: dict[str, asyncio.Task[None]] = {}
        self.timers = Timers(self._fire, self._idle, virtual=switches.virtual_time, ahead=store.clock_is_ahead())
        width, hidden_s = settings.width, settings.activity_hidden_s
        self._activities = Activities(store, self.timers, self.counters, invoke, width, hidden_s, switches, self._wake)

    def resume(self) -> None:
        """Go on with whatever the store holds; what a lost host was at, when it becomes visible again."""
        self._clock = asyncio.get_running_loop().create_task(self.timers.run())
        for timer in self.store.timers():
            self.timers.add(timer)
        for instance_id, at in self.store.addressed().items():
            self._wake_at(instance_id, at)
        self._activities.open()

    async def close(self, patience_s: float = 0.0) -> None:
        await self._activities.close(patience_s)
        if patience_s and self._awake:
            await asyncio.wait(self._awake.values(), timeout=patience_s)
        tasks = [self._clock, *self._awake.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def start(self, name: str, given: str | None, instance_id: str | None) -> str:
        """Raises AlreadyRunningError. An instance that has finished is replaced, as by default in Azure
        (DurableTaskOptions.OverridableExistingInstanceStates: NonRunningStates)."""
        new_id = instance_id or uuid.uuid4().hex
        known = self.store.instance(new_id)
        if known and not known.finished:
            raise AlreadyRunningError(f"An Orchestration instance with the status {known.status} already exists.")
        self._forget(new_id)
        self.store.start(self._start(new_id, name, given, None))
        self._wake(new_id)
        return new_id

    def terminate(self, instance_id: str, reason: str) -> None:
        """Ends this instance alone: its activities and sub-orchestrations go on, as in Azure."""
        self._send(instance_id, Event.new(EventType.EXECUTION_TERMINATED, self.timers.now(), {"Input": reason}))

    def raise_event(self, instance_id: str, name: str, data: str) -> None:
        self.counters.measure(f"event {name}", data)
        self._send(instance_id, Event.new(EventType.EVENT_RAISED, self.timers.now(), {"Name": name, "Input": data}))

    def purge(self, instance_ids: Iterable[str]) -> None:
        """For instances that have finished."""
        self.store.purge(instance_ids)

    def _start(self, instance_id: str, name: str, given: str | None, parent: Parent | None) -> Start:
        self.counters.measure(f"input of {name}", given)
        now = self.timers.now()
        raw = None if given is None else json.dumps(given)
        event = Event.new(EventType.EXECUTION_STARTED, now, {"Name": name, "Input": raw, "Version": ""})
        return Start(instance_id, name, given, event, timestamp(now), parent)

    def _send(self, instance_id: str, event: Event) -> None:
        self.store.send(instance_id, event)
        self._wake(instance_id)

    def _fire(self, timer: Timer) -> None:
        about = {"TimerId": timer.task, "FireAt": timer.fire_at}
        event = Event.new(EventType.TIMER_FIRED, self.timers.now(), about)
        if self.store.fire(timer, event, self.timers.ahead):
            self._wake(timer.instance)

    def _idle(self) -> bool:
        return not self._awake and not self._activities.busy and not self.store.addressed()

    def _forget(self, instance_id: str) -> None:
        self._histories.pop(instance_id, None)
        self.timers.remove(instance_id)

    def _wake_at(self, instance_id: str, at: float) -> None:
        """Not a moment before: the event loop has another clock, and what is still hidden then would stay so."""
        wait_s = at - time.time()
        if wait_s > 0:
            asyncio.get_running_loop().call_later(wait_s, self._wake_at, instance_id, at)
        else:
            self._wake(instance_id)

    def _wake(self, instance_id: str) -> None:
        if instance_id not in self._awake:
            self._awake[instance_id] = asyncio.get_running_loop().create_task(self._episodes(instance_id))

    async def _episodes(self, instance_id: str) -> None:
        hidden_until: float | None = None
        try:
            while batch := self._batch(instance_id):
                await self._episode(*batch)
            hidden_until = self.store.addressed().get(instance_id)
        except Exception:  # noqa: BLE001 - a fault of this host: it must be seen, and the other instances go on
            traceback.print_exc(file=sys.stderr)
        finally:
            del self._awake[instance_id]
            self.timers.something_ended()
        if hidden_until is not None:  # a lost host was at it, while others could be taken at once
            self._wake_at(instance_id, hidden_until)

    def _batch(self, instance_id: str) -> tuple[Instance, list[Message]] | None:
        """What the next episode is about; hidden from now on from a host that comes after this one."""
        instance = self.store.instance(instance_id)
        if instance is None or instance.finished:
            return None
        now = time.time()
        messages = self.store.messages(instance_id, now, None if self._random else COMPLETIONS_AN_EPISODE)
        if self._random and messages and messages[0].event.kind is not EventType.EXECUTION_STARTED:
            self._random.shuffle(messages)
        batch = messages[:COMPLETIONS_AN_EPISODE]
        self.store.hide_messages(batch, now + self._hidden_s)
        return (instance, batch) if batch else None

    async def _episode(self, instance: Instance, messages: list[Message]) -> None:
        turn = Turn(instance, messages, "Running", instance.updated, instance.custom, instance.output)
        order = next((item.event for item in messages if item.event.kind is EventType.EXECUTION_TERMINATED), None)
        if order:
            self._finish(turn, "Terminated", order.fields["Input"], order.fields["Input"])
            return
        if instance.id not in self._histories:
            self._histories[instance.id] = self.store.history(instance.id)
        played = self._histories[instance.id]
        new = [Event.new(EventType.ORCHESTRATOR_STARTED, self.timers.now()), *(item.event for item in messages)]
        parent = instance.parent.instance if instance.parent else None
        self.counters.episodes += 1
        given = orchestrator_input(instance.id, instance.input, parent, played, new)
        error: str | None = None
        try:
            text = await self._invoke(instance.name, given)
        except WorkerLostError:
            # azure-functions-durable-extension, OutOfProcMiddleware.cs: the episode counts as never begun.
            self.store.hide_messages(messages, until=0)
            return
        except FunctionFailedError as failure:
            error, _, text = str(failure).partition(_STATE_FOLLOWS)
        state: dict[str, Any] = json.JSONDecoder().raw_decode(text)[0] if text else {"isDone": False}
        script = Script(ended=True)
        try:
            if text:
                script = self._follow(turn, state["actions"][0], played, new)
        except ScriptError as problem:
            error = str(problem)
        if state.get("customStatus") is not None:
            turn.custom = json.dumps(state["customStatus"])
            self.counters.measure(f"custom status of {instance.name}", turn.custom)
        if script.ended and error is not None:
            reason = state.get("error") or error
            self._finish(turn, "Failed", f"Orchestrator function '{instance.name}' failed: {reason}", reason)
        elif script.ended and state["isDone"]:
            self._complete(turn, state)
        else:
            self._go_on(turn, played)

    def _follow(self, turn: Turn, actions: list[dict[str, Any]], played: list[Event], new: list[Event]) -> Script:
        """Compare with what had begun before, and note what begins now. Raises ScriptError when they differ."""
        script = Script.follow(actions, [*played, *new])
        before = [event for event in played if event.fields["EventId"] >= 0]
        for index, event in enumerate(before):
            begun = script.begun[index] if index < len(script.begun) else None
            then = (event.fields["EventId"], event.kind, event.fields.get("Name", ""))
            if begun is None or then != (begun.event_id, begun.kind, begun.name):
                raise ScriptError(f"Non-Deterministic workflow detected: it began {then} and does {begun} in replay")
        turn.history += new
        for begun in script.begun[len(before) :]:
            self._note(turn, begun)
        turn.cancelled = script.cancelled
        return script

    def _note(self, turn: Turn, begun: Begun) -> None:
        instance = turn.instance
        fields: dict[str, object] = {"Name": begun.name, "Input": begun.input}
        if begun.kind is EventType.TIMER_CREATED:
            fields = {"FireAt": timestamp(begun.fire_at)}
            turn.timers.append(Timer(instance.id, instance.execution, begun.event_id, timestamp(begun.fire_at)))
        elif begun.kind is EventType.TASK_SCHEDULED:
            self.counters.measure(f"input of {begun.name}", begun.input)
            turn.activities.append((begun.event_id, begun.name, begun.input))
        else:
            # DurableTask.Core, TaskOrchestrationContext: the id of a child that was given none.
            child = begun.instance_id or f"{instance.execution}:{begun.event_id:X}"
            fields["InstanceId"] = child
            known = self.store.instance(child)
            if known and not known.finished:
                raise ScriptError(f"the id {child} of a sub-orchestration belongs to an instance that still runs")
            parent = Parent(instance.id, instance.execution, begun.event_id)
            turn.children.append(self._start(child, begun.name, begun.input, parent))
        turn.history.append(Event.new(begun.kind, self.timers.now(), fields, begun.event_id))

    def _go_on(self, turn: Turn, played: list[Event]) -> None:
        turn.history.append(Event.new(EventType.ORCHESTRATOR_COMPLETED, self.timers.now()))
        self._commit(turn)
        played += turn.history

    def _complete(self, turn: Turn, state: dict[str, Any]) -> None:
        instance = turn.instance
        again = [item for item in state["actions"][0] if item["actionType"] == ActionType.CONTINUE_AS_NEW]
        if not again:
            self._finish(turn, "Completed", state.get("output"), None)
            return
        turn.restart = self._start(instance.id, instance.name, again[0].get("input"), instance.parent)
        self._forget(instance.id)
        self._commit(turn)

    def _finish(self, turn: Turn, status: str, output: object, failure: str | None) -> None:
        """End the instance, and tell the one that waits for it. `failure` is for one that did not succeed."""
        instance = turn.instance
        turn.status = status
        turn.output = json.dumps(output)
        self.counters.measure(f"output of {instance.name}", turn.output)
        if instance.parent:
            ending: dict[str, object] = {"TaskScheduledId": instance.parent.task}
            kind = EventType.SUB_ORCHESTRATION_COMPLETED
            if failure is None:
                ending["Result"] = turn.output
            else:
                # Guess: the wording; the SDK makes one exception text of the two.
                kind = EventType.SUB_ORCHESTRATION_FAILED
                ending |= {"Reason": f"The sub-orchestrator function '{instance.name}' failed", "Details": failure}
            turn.answer = Event.new(kind, self.timers.now(), ending)
        self._forget(instance.id)
        self._commit(turn)
        if instance.parent:
            self._wake(instance.parent.instance)

    def _commit(self, turn: Turn) -> None:
        """Record the episode, and only then begin what it asked for."""
        turn.updated = timestamp(self.timers.now())
        self.store.commit(turn)
        self.timers.remove(turn.instance.id, set(turn.cancelled))
        for timer in turn.timers:
            if timer.task not in turn.cancelled:
                self.timers.add(timer)
        for child in turn.children:
            self._forget(child.id)
            self._wake(child.id)
        self._activities.begin()
