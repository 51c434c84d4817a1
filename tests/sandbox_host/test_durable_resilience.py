"""What a durable orchestration survives: lost machines, activities that run twice, results in any order."""

from collections import Counter
from pathlib import Path

import pytest

from sandbox.host import Switches
from tests.sandbox_host.durable import durable_app


def squares(first: int, count: int) -> int:
    return sum(n * n for n in range(first, first + count))


def waves(count: int, size: int, **more: object) -> list[list[dict[str, object]]]:
    return [[{"n": wave * size + index, **more} for index in range(size)] for wave in range(count)]


@pytest.mark.parametrize("done_before", [0, 2, 5])
def test_an_orchestration_goes_on_after_the_host_was_killed(tmp_path: Path, done_before: int) -> None:
    """What was recorded does not run again; what was running does."""
    given = {"waves": waves(6, 10, pause=0.02)}
    with durable_app(tmp_path) as app:
        instance = app.start("parent", given)
        app.wait(app.runs, lambda runs: len(runs) > done_before * 10 + 3)
        app.host.kill()
        last_begun = app.runs()[-1]
    with durable_app(tmp_path) as app:
        assert app.finished(instance)["output"] == [squares(wave * 10, 10) for wave in range(6)]
        runs = Counter(app.runs())
    assert set(runs) == set(range(60))
    assert all(count <= 2 for count in runs.values())
    repeated = {number for number, count in runs.items() if count == 2}
    assert {number // 10 for number in repeated} <= {last_begun // 10}


def test_an_activity_that_was_running_when_the_host_was_killed_runs_again(tmp_path: Path) -> None:
    with durable_app(tmp_path) as app:
        app.hold()
        instance = app.start("waves", {"jobs": [{"n": 1}, {"n": 2, "hold": True}]})
        app.wait(app.runs, lambda runs: sorted(runs) == [1, 2])
        app.wait(
            lambda: app.status(instance, history=True)["history"],
            lambda events: any(event["EventType"] == 5 for event in events),
        )
        app.host.kill()
    with durable_app(tmp_path) as app:
        app.release()
        assert app.finished(instance)["output"] == 5
        assert sorted(app.runs()) == [1, 2, 2]


def test_a_timer_fires_after_the_host_was_killed_and_virtual_time_does_not_go_back(tmp_path: Path) -> None:
    switches = Switches(virtual_time=True)
    with durable_app(tmp_path, switches) as app:
        app.hold()
        assert app.run("approval")["output"] == "too late"
        instance = app.start("patient", {"n": 1, "failures": 3, "hold": True})
        app.wait(app.runs, lambda runs: runs == [1])
        app.host.kill()
    with durable_app(tmp_path, switches) as app:
        app.release()
        ended = app.finished(instance)
        assert ended["output"] == {"outcome": "done", "minutes": 10}
        assert ended["lastUpdatedTime"] > ended["createdTime"]


def test_real_timers_wait(tmp_path: Path) -> None:
    with durable_app(tmp_path) as app:
        instance = app.start("approval")
        app.wait(
            lambda: app.status(instance, history=True)["history"],
            lambda events: any(event["EventType"] == 10 for event in events),
        )
        assert app.call("POST", f"raise/{instance}/Second", 2) == (200, None)
        assert app.call("POST", f"raise/{instance}/Approval", 1) == (200, None)
        assert app.finished(instance)["output"] == ["1", "2"]
        assert app.run("retried_child", {"jobs": [{"n": 7, "failures": 1}]})["output"] == 49


@pytest.mark.parametrize("how", ["after", "overlap"])
def test_every_activity_runs_twice_and_one_result_counts(tmp_path: Path, how: str) -> None:
    with durable_app(tmp_path, Switches(repeat_activities=how)) as app:
        ended = app.run("waves", {"jobs": [{"n": n, "pause": 0.01} for n in range(40)]})
        assert ended["output"] == squares(0, 40)
        runs = app.wait(lambda: Counter(app.runs()), lambda runs: runs.total() == 80)
        assert set(runs.values()) == {2}
        assert app.host.durable_counters()["runs"] == 80


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_results_in_any_order_give_the_same_end(tmp_path: Path, seed: int) -> None:
    with durable_app(tmp_path, Switches(virtual_time=True, shuffle=seed)) as app:
        given = {"jobs": [{"n": n, "pause": 0.01} for n in range(80)], "width": 40}
        instance = app.start("waves", given)
        assert app.finished(instance)["output"] == squares(0, 80)
        events = app.status(instance, history=True)["history"]
        order = [event["TaskScheduledId"] for event in events if event["EventType"] == 5]
        assert sorted(order) == list(range(80))
        assert order[:40] != sorted(order[:40])
        retried = {"interval": 20, "jobs": [{"n": 100 + n, "failures": n % 3} for n in range(12)]}
        assert app.run("retrying", retried)["output"]["squares"] == [(100 + n) ** 2 for n in range(12)]


def test_2500_activities_in_waves_end_in_bounded_time(tmp_path: Path) -> None:
    """Waves are sub-orchestrations, so that no history grows with the number of activities."""
    with durable_app(tmp_path) as app:
        instance = app.start("parent", {"waves": waves(50, 50)})
        assert sum(app.finished(instance, seconds=120)["output"]) == squares(0, 2500)
        assert app.host.durable_counters()["runs"] == 2500
