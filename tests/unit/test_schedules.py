"""SWEEP_SCHEDULE and CHECK_SCHEDULE: what the settings take for a schedule is what function_app.py makes a timer of."""

import pytest

import function_app
from shared import settings

GOOD = ["0 */15 * * * *", "0 0 5 * * 1", "0 0 5 * * Mon-Fri", "0,30 1-59/2 * 1 JAN *"]
BAD = ["*/15 * * * *", "0 */15 * * * * *", "0 0 5 * *  1", "every hour", "00:15:00", "0 0 5 ? * 1", "%OTHER%"]


@pytest.mark.parametrize("text", [*GOOD, *BAD])
def test_both_read_a_schedule_alike(text: str) -> None:
    taken = [bool(module._NCRONTAB.fullmatch(text)) for module in (function_app, settings)]
    assert taken == [text in GOOD] * 2


def test_the_pattern_is_the_same() -> None:
    assert function_app._NCRONTAB.pattern == settings._NCRONTAB.pattern
