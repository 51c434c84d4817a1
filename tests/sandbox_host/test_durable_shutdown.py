"""Long activities, and a host that is told to end, over real processes."""

import os
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.sandbox_host.durable import durable_app


def test_an_activity_that_is_longer_than_the_visibility_timeout_runs_once(tmp_path: Path) -> None:
    with durable_app(tmp_path) as app:
        app.hold()
        instance = app.start("waves", {"jobs": [{"n": 3, "hold": True}]})
        app.wait(app.runs, lambda runs: runs == [3])
        time.sleep(3)  # three times as long as it would be hidden without renewal
        app.release()
        assert app.finished(instance)["output"] == 9
        assert app.runs() == [3]


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGTERM that a process can answer")
@pytest.mark.usefixtures("both_ways")
def test_an_activity_that_ends_soon_after_sigterm_is_not_repeated(tmp_path: Path) -> None:
    with durable_app(tmp_path) as app, ThreadPoolExecutor(1) as pool:
        app.hold()
        instance = app.start("waves", {"jobs": [{"n": 3, "hold": True}, {"n": 4}]})
        app.wait(app.runs, lambda runs: sorted(runs) == [3, 4])
        ending = pool.submit(app.host.terminate)
        time.sleep(1)
        assert app.host.running
        app.release()
        ending.result(20)
    with durable_app(tmp_path) as app:
        assert app.finished(instance)["output"] == 25
        assert sorted(app.runs()) == [3, 4]
