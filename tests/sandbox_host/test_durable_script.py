"""Event ids and waiting, without any process: the order in which the extension goes through actions."""

from datetime import UTC, datetime

import pytest

from sandbox.host.durable.history import Event, EventType, moment, timestamp
from sandbox.host.durable.script import ActionType, Script, ScriptError

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
BEGIN = [Event.new(EventType.ORCHESTRATOR_STARTED, NOW), Event.new(EventType.EXECUTION_STARTED, NOW)]
RETRY = {"firstRetryIntervalInMilliseconds": 1500, "maxNumberOfAttempts": 2}


def activity(name: str) -> dict[str, object]:
    return {"actionType": ActionType.ACTIVITY, "functionName": name, "input": "1"}


def retried(name: str) -> dict[str, object]:
    return {**activity(name), "actionType": ActionType.ACTIVITY_WITH_RETRY, "retryOptions": RETRY}


def group(kind: ActionType, *parts: dict[str, object]) -> dict[str, object]:
    return {"actionType": kind, "compoundActions": list(parts)}


def event(name: str) -> dict[str, object]:
    return {"actionType": ActionType.EXTERNAL_EVENT, "externalEventName": name}


def done(task: int) -> Event:
    return Event.new(EventType.TASK_COMPLETED, NOW, {"TaskScheduledId": task})


def failed(task: int) -> Event:
    return Event.new(EventType.TASK_FAILED, NOW, {"TaskScheduledId": task})


def fired(timer: int) -> Event:
    return Event.new(EventType.TIMER_FIRED, NOW, {"TimerId": timer})


def raised(name: str) -> Event:
    return Event.new(EventType.EVENT_RAISED, NOW, {"Name": name})


def begun(script: Script) -> list[tuple[int, str]]:
    return [(item.event_id, item.name or item.kind.name) for item in script.begun]


def test_an_action_begins_when_the_one_before_has_ended() -> None:
    actions = [activity("a"), activity("b")]
    assert begun(Script.follow(actions, BEGIN)) == [(0, "a")]
    script = Script.follow(actions, [*BEGIN, done(0)])
    assert (begun(script), script.ended) == ([(0, "a"), (1, "b")], False)
    assert Script.follow(actions, [*BEGIN, done(0), failed(1)]).ended


def test_all_waits_for_everything_and_any_for_the_first() -> None:
    both = (activity("a"), activity("b"))
    assert begun(Script.follow([group(ActionType.ALL, *both), activity("c")], [*BEGIN, done(1)])) == [
        (0, "a"),
        (1, "b"),
    ]
    after_any = Script.follow([group(ActionType.ANY, *both), activity("c")], [*BEGIN, done(1)])
    assert begun(after_any) == [(0, "a"), (1, "b"), (2, "c")]
    assert Script.follow([group(ActionType.ALL)], BEGIN).ended


def test_groups_may_hold_groups() -> None:
    inner = group(ActionType.ANY, activity("b"), activity("c"))
    actions = [group(ActionType.ALL, activity("a"), inner), activity("d")]
    assert begun(Script.follow(actions, [*BEGIN, done(2)]))[-1] == (2, "c")
    assert begun(Script.follow(actions, [*BEGIN, done(2), done(0)]))[-1] == (3, "d")


def test_a_retry_takes_an_id_for_its_pause_and_one_for_its_next_run() -> None:
    script = Script.follow([retried("a"), activity("b")], [*BEGIN, failed(0), fired(1)])
    assert begun(script) == [(0, "a"), (1, "TIMER_CREATED"), (2, "a")]
    assert timestamp(script.begun[1].fire_at) == "2026-01-01T12:00:01.500000Z"


def test_the_last_failure_is_followed_by_one_more_pause() -> None:
    history = [*BEGIN, failed(0), fired(1), failed(2)]
    assert begun(Script.follow([retried("a"), activity("b")], history))[-1] == (3, "TIMER_CREATED")
    assert begun(Script.follow([retried("a"), activity("b")], [*history, fired(3)]))[-1] == (4, "b")


def test_ids_follow_the_order_of_the_completions() -> None:
    """The pause of b's retry comes before c only if b failed before a had ended."""
    actions = [group(ActionType.ANY, activity("a"), retried("b")), activity("c")]
    assert begun(Script.follow(actions, [*BEGIN, done(0), failed(1)]))[2:] == [(2, "c"), (3, "TIMER_CREATED")]
    assert begun(Script.follow(actions, [*BEGIN, failed(1), done(0)]))[2:] == [(2, "TIMER_CREATED"), (3, "c")]


def test_an_event_may_come_before_it_is_waited_for() -> None:
    actions = [activity("a"), event("go"), activity("b")]
    assert begun(Script.follow(actions, [*BEGIN, raised("go"), done(0)]))[-1] == (1, "b")
    assert begun(Script.follow(actions, [*BEGIN, done(0), raised("other")]))[-1] == (0, "a")
    assert begun(Script.follow(actions, [*BEGIN, done(0), raised("go")]))[-1] == (1, "b")


def test_an_event_is_for_one_of_those_that_wait() -> None:
    actions = [group(ActionType.ALL, event("go"), event("go")), activity("a")]
    assert begun(Script.follow(actions, [*BEGIN, raised("go")])) == []
    assert begun(Script.follow(actions, [*BEGIN, raised("go"), raised("go")])) == [(0, "a")]


def test_a_cancelled_timer_is_not_waited_for() -> None:
    timer = {"actionType": ActionType.TIMER, "fireAt": timestamp(NOW), "isCanceled": True}
    script = Script.follow([timer, activity("a")], BEGIN)
    assert (begun(script), script.cancelled) == ([(0, "TIMER_CREATED"), (1, "a")], [0])


def test_what_nobody_waits_for_is_ignored() -> None:
    assert begun(Script.follow([activity("a")], [*BEGIN, done(7), fired(8)])) == [(0, "a")]


def test_an_action_that_is_not_simulated_is_refused() -> None:
    with pytest.raises(ScriptError, match="action type 8"):
        Script.follow([{"actionType": 8}], BEGIN)


def test_a_year_without_its_zeros_is_understood() -> None:
    assert moment("1-01-02T03:04:05.000000Z") == datetime(1, 1, 2, 3, 4, 5, tzinfo=UTC)
    assert moment(timestamp(NOW)) == NOW
