"""SWEEP_SCHEDULE and CHECK_SCHEDULE: what the settings take for a schedule is what function_app.py makes a timer of."""

import pytest

import function_app
from shared import settings

GOOD = [
    *("0 */15 * * * *", "0 0 5 * * 1", "0 0 5 * * Mon-Fri", "0,30 1-59/2 * 1 JAN *", "59 59 23 31 12 6"),
    *("00 05 08 01 01 0", "0 5/15 * * * *", "0 0 9-17 * * mon,WED,Friday", "0 0 0 1,15 January,Sept-dec sunday"),
    *("0 */59 */23 */31 */12 */6", "*/5,7 0 5-6/1,9 * * *"),
]
BAD = [
    *("*/15 * * * *", "0 */15 * * * * *", "0 0 5 * *  1", "every hour", "00:15:00", "0 0 5 ? * 1", "%OTHER%"),
    *("60 * * * * *", "0 70 * * * *", "0 60 * * * *", "0 0 24 * * *", "0 0 25 * * *", "0 0 5 0 * *", "0 0 5 32 * *"),
    *("0 0 5 * 0 *", "0 0 5 * 13 *", "0 0 5 * * 7", "0 0 5 * * FOO", "0 0 5 * Mon *", "0 0 5 * * Jan", "0 0 Mon * * *"),
    *("*/90 * * * * x", "*/90 * * * * *", "*/0 * * * * *", "0 0 5 * */mon *", "- - - - - -", "/ / / / / /"),
    *(
        "0 0 5 * * 1,",
        "0 0 5 * * ,1",
        "0 0 5- * * *",
        "0 0 5-6-7 * * *",
        "0 0 *-5 * * *",
        "0 0 5/ * * *",
        "** * * * * *",
    ),
    *("0 0 \u0665 * * *", "0 0 005 * * *", "0 0 5 * * Monda", "0 0 5 L * *", "0 0 5 * * 1#2", "0 0 5 * * 1 ", ""),
]


@pytest.mark.parametrize("text", [*GOOD, *BAD])
def test_both_read_a_schedule_alike(text: str) -> None:
    taken = [bool(module._NCRONTAB.fullmatch(text)) for module in (function_app, settings)]
    assert taken == [text in GOOD] * 2


def test_the_pattern_is_the_same() -> None:
    assert function_app._NCRONTAB == settings._NCRONTAB
