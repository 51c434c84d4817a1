"""Durable Functions on the host, by an app that uses the unmodified azure-functions-durable."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.host import Switches, indexed_functions
from tests.sandbox_host.durable import APP, DurableApp, durable_app


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Iterator[DurableApp]:
    """Timers on virtual time."""
    with durable_app(tmp_path_factory.mktemp("durable"), Switches(virtual_time=True)) as running:
        yield running


def jobs(first: int, count: int, **more: object) -> list[dict[str, object]]:
    return [{"n": first + index, **more} for index in range(count)]


def test_tasks_fan_out_and_their_results_come_back(app: DurableApp) -> None:
    ended = app.run("waves", {"jobs": jobs(0, 120)})
    assert (ended["runtimeStatus"], ended["output"]) == ("Completed", sum(n * n for n in range(120)))
    assert ended["customStatus"] == {"done": 120}
    assert sorted(app.runs()) == list(range(120))


def test_activities_run_at_once_but_not_more_than_host_json_says(app: DurableApp) -> None:
    before = len(app.runs())
    app.hold()
    instance = app.start("waves", {"jobs": jobs(200, 20, hold=True)})
    app.wait(app.runs, lambda runs: len(runs) - before >= 8)
    assert app.status(instance)["runtimeStatus"] == "Running"
    assert len(app.runs()) - before == 8
    app.release()
    assert app.finished(instance)["runtimeStatus"] == "Completed"


def test_a_sub_orchestration_has_the_id_that_it_was_given(app: DurableApp) -> None:
    instance = app.start("parent", {"waves": [jobs(300, 3), jobs(303, 2)]})
    assert app.finished(instance)["output"] == [300**2 + 301**2 + 302**2, 303**2 + 304**2]
    assert app.status(f"{instance}:1")["output"] == 303**2 + 304**2


def test_a_sub_orchestration_does_not_take_the_id_of_one_that_runs(app: DurableApp) -> None:
    app.hold()
    app.start("waves", {"jobs": jobs(310, 1, hold=True)}, "taken:0")
    app.wait(app.runs, lambda runs: 310 in runs)
    ended = app.finished(app.start("parent", {"waves": [jobs(311, 1)]}, "taken"))
    app.release()
    assert (ended["runtimeStatus"], "taken:0" in ended["output"]) == ("Failed", True)
    assert app.finished("taken:0")["output"] == 310**2


def test_a_sub_orchestration_that_fails_raises_in_its_parent(app: DurableApp) -> None:
    ended = app.run("nameless_child")
    assert ended["runtimeStatus"] == "Completed"
    assert "this orchestrator gives up" in ended["output"]


def test_a_failed_orchestration_says_why_and_keeps_its_custom_status(app: DurableApp) -> None:
    ended = app.run("failing")
    assert (ended["runtimeStatus"], ended["customStatus"]) == ("Failed", "before the failure")
    assert ended["output"] == "Orchestrator function 'failing' failed: this orchestrator gives up"


def test_retries_and_other_tasks_get_their_own_results(app: DurableApp) -> None:
    given = {"interval": 20, "jobs": [{"n": 400 + n, "failures": n % 5} for n in range(8)]}
    ended = app.run("retrying", given)
    assert ended["output"]["between"] == 100
    for number, square in enumerate(ended["output"]["squares"]):
        expected = (400 + number) ** 2
        assert square == expected or (number % 5 > 2 and f"work {400 + number} failed in run 3" in square)
    assert [app.runs().count(400 + number) for number in range(8)] == [1, 2, 3, 3, 3, 1, 2, 3]


def test_a_sub_orchestration_is_tried_again(app: DurableApp) -> None:
    assert app.run("retried_child", {"jobs": [{"n": 500, "failures": 2}]})["output"] == 500**2
    assert app.runs().count(500) == 3


@pytest.mark.parametrize(
    ("number", "failures", "expected"),
    [(600, 7, {"outcome": "done", "minutes": 35}), (601, 99, {"outcome": "gave up", "minutes": 60})],
)
def test_an_hour_of_patience_passes_at_once_on_virtual_time(
    app: DurableApp, number: int, failures: int, expected: dict[str, object]
) -> None:
    assert app.run("patient", {"n": number, "failures": failures})["output"] == expected


def test_a_timer_wins_when_the_event_does_not_come(app: DurableApp) -> None:
    assert app.run("approval")["output"] == "too late"


def test_an_orchestration_that_continues_as_new_keeps_its_id_and_starts_a_new_history(app: DurableApp) -> None:
    instance = app.start("again", 2)
    assert app.finished(instance)["output"] == "the end"
    assert [event["EventType"] for event in app.status(instance, history=True)["history"]].count(0) <= 1


def test_an_orchestrator_that_is_not_deterministic_fails(app: DurableApp) -> None:
    ended = app.run("fickle")
    assert ended["runtimeStatus"] == "Failed"
    assert "Non-Deterministic workflow detected" in ended["output"]


def test_the_others_of_a_failed_task_all_are_waited_for(app: DurableApp) -> None:
    """As the extension does, whatever the SDK says: the next task begins when all of them have ended."""
    app.hold()
    instance = app.start("caught", {"jobs": [{"n": 800, "failures": 1}, {"n": 801, "hold": True}]})
    app.wait(app.runs, lambda runs: 800 in runs and 801 in runs)
    app.wait(
        lambda: app.status(instance, history=True)["history"],
        lambda events: any(event["EventType"] == 6 for event in events),
    )
    assert 5000 not in app.runs()
    app.release()
    assert app.finished(instance)["output"] == 5000**2


def test_an_unknown_activity_fails_and_an_unknown_orchestrator_does_not_start(app: DurableApp) -> None:
    assert "The function 'no_such_activity' doesn't exist" in app.run("unknown")["output"]
    assert app.call("POST", "start/no_such_orchestrator") == (
        409,
        "The function 'no_such_orchestrator' doesn't exist, is disabled, or is not an orchestrator function.",
    )


def test_an_id_is_refused_while_it_runs_and_replaced_when_it_has_ended(app: DurableApp) -> None:
    app.hold()
    assert app.start("waves", {"jobs": jobs(900, 1, hold=True)}, "chosen") == "chosen"
    app.wait(app.runs, lambda runs: 900 in runs)
    code, message = app.call("POST", "start/waves/chosen", {"jobs": jobs(901, 1)})
    assert (code, "already exists" in message) == (409, True)
    app.release()
    assert app.finished("chosen")["output"] == 900**2
    app.start("waves", {"jobs": jobs(902, 1)}, "chosen")
    assert app.wait(lambda: app.status("chosen")["output"], lambda output: output not in (None, 900**2)) == 902**2
    assert 901 not in app.runs()


def test_terminating_ends_the_instance_but_not_its_children(app: DurableApp) -> None:
    app.hold()
    instance = app.start("parent", {"waves": [jobs(1000, 1, hold=True)]})
    app.wait(app.runs, lambda runs: 1000 in runs)
    assert app.call("POST", f"terminate/{instance}") == (200, None)
    ended = app.finished(instance)
    assert (ended["runtimeStatus"], ended["output"]) == ("Terminated", "no longer wanted")
    assert app.status(f"{instance}:0")["runtimeStatus"] == "Running"
    app.release()
    assert app.finished(f"{instance}:0")["output"] == 1000**2


def test_an_unknown_id_is_not_found(app: DurableApp) -> None:
    assert app.call("GET", "status/nobody") == (404, None)
    assert app.call("POST", "purge/nobody") == (200, 0)


def test_instances_are_listed_by_prefix_and_status(app: DurableApp) -> None:
    for instance in ("listed-1", "listed-2"):
        app.finished(app.start("waves", {"jobs": []}, instance))
    app.finished(app.start("failing", None, "listed-3"))
    assert app.call("GET", "list?prefix=listed-")[1] == ["listed-1", "listed-2", "listed-3"]
    assert app.call("GET", "list?prefix=listed-&status=Failed")[1] == ["listed-3"]


def test_purging_forgets_an_instance(app: DurableApp) -> None:
    instance = app.start("waves", {"jobs": []})
    app.finished(instance)
    assert app.call("POST", f"purge/{instance}") == (200, 1)
    assert app.call("GET", f"status/{instance}")[0] == 404


def test_instances_are_purged_by_time_and_status(tmp_path: Path) -> None:
    with durable_app(tmp_path) as app:
        for instance in ("one", "two"):
            app.finished(app.start("waves", {"jobs": []}, instance))
        app.finished(app.start("failing", None, "three"))
        assert app.call("POST", "purge") == (200, 2)
        assert app.call("GET", "list") == (200, ["three"])


def test_a_host_counts_what_is_unfinished(tmp_path: Path) -> None:
    with durable_app(tmp_path) as app:
        app.finished(app.start("waves", {"jobs": []}))
        assert app.host.durable_counters()["unfinished"] == 0
        app.hold()
        held = app.start("waves", {"jobs": jobs(1300, 1, hold=True)})
        assert app.host.durable_counters()["unfinished"] == 1
        app.release()
        app.finished(held)
        assert app.host.durable_counters()["unfinished"] == 0


def test_a_poisonous_object_arrives_as_data(app: DurableApp) -> None:
    poison = {"__class__": "Popen", "__module__": "subprocess", "__data__": ["id"]}
    ended = app.run("waves", {"jobs": [{"n": 1100, "more": poison}]})
    assert ended["output"] == 1100**2


def test_an_entry_over_16_kb_is_counted_and_said_in_the_log(app: DurableApp) -> None:
    before = app.host.durable_counters()
    app.run("waves", {"jobs": [{"n": 1200, "size": 20_000}]})
    after = app.host.durable_counters()
    assert after["entries_over_limit"] - before["entries_over_limit"] == 1
    assert after["largest_entry"] >= 20_000
    assert "durable: the result of work has 200" in app.host.log()


def test_the_worker_library_indexes_durable_functions() -> None:
    bindings = {item.name: {binding["type"] for binding in item.bindings} for item in indexed_functions(APP, {})}
    assert "orchestrationTrigger" in bindings["waves"]
    assert "activityTrigger" in bindings["work"]
    assert "durableClient" in bindings["start"]


def test_the_log_of_a_host_that_has_ended_holds_no_complaint(tmp_path_factory: pytest.TempPathFactory) -> None:
    with durable_app(tmp_path_factory.mktemp("durable")) as app:
        app.run("waves", {"jobs": jobs(0, 1)})
    assert "Unclosed" not in app.host.log()
    assert "Traceback" not in app.host.log()
