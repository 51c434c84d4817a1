from typing import Any

import pytest

from bench.journal import (
    blind_posts,
    http_requests,
    seconds_until_followed,
    share_used,
    sub_requests,
    throttled_share,
    written_twice,
    wrong_and_unreported,
)
from bench.people import Kind, Person

METHODS = "/v1.0/users/1/authentication/phoneMethods"


def record(method: str = "GET", path: str = METHODS, status: int | None = 200, **words: Any) -> dict[str, Any]:
    standard = {"batch": None, "fault": None, "user": "a@contoso.com", "target": None, "body": None, "settled_at": 0.0}
    return {"method": method, "path": path, "status": status, **standard, **words}


def write(method: str, status: int | None, number: str = "+44 7700900001", **words: Any) -> dict[str, Any]:
    return record(method, status=status, target="mobile", body={"phoneNumber": number}, **words)


LOOK = record()
LOST_POST = write("POST", 201, fault="lost")


def test_the_outer_batch_is_a_request_and_its_members_are_sub_requests() -> None:
    records = [record("POST", "/v1.0/$batch"), record(batch="b"), record(batch="b", status=429), record()]
    assert http_requests(records) == 2
    assert len(sub_requests(records)) == 3
    assert throttled_share(records) == pytest.approx(1 / 3)


def test_no_calls_have_no_share() -> None:
    assert throttled_share([]) == 0


def calls_of_a_second(second: int, passed: int, refused: int = 0) -> list[dict[str, Any]]:
    count = passed + refused
    return [
        record(status=429 if place < refused else 200, settled_at=100 + second + place / count)
        for place in range(count)
    ]


def test_a_fall_is_followed_once_every_second_is_quiet_and_busy() -> None:
    records = calls_of_a_second(0, 40, 30) + calls_of_a_second(1, 10)
    for second in range(2, 8):
        records += calls_of_a_second(second, 45, 2)
    followed = seconds_until_followed(records, 100.0, 50)
    assert followed is not None
    assert 0 < followed <= 2


def test_a_fall_is_not_followed_while_the_limit_is_not_used() -> None:
    records = [call for second in range(8) for call in calls_of_a_second(second, 20)]
    assert seconds_until_followed(records, 100.0, 50) is None


def test_a_burst_of_429_long_after_is_another_matter() -> None:
    records = [call for second in range(12) for call in calls_of_a_second(second, 45, 20 if second == 6 else 0)]
    assert seconds_until_followed(records, 100.0, 50) == 0


def test_a_burst_of_429_within_the_five_seconds_counts() -> None:
    records = [call for second in range(12) for call in calls_of_a_second(second, 45, 40 if second == 2 else 0)]
    followed = seconds_until_followed(records, 100.0, 50)
    assert followed is not None
    assert followed > 2


def test_only_calls_that_passed_use_the_limit() -> None:
    records = [record(settled_at=101.0), record(settled_at=102.0), record(status=429, settled_at=109.0)]
    assert share_used(records, 100.0, 10) == pytest.approx(2 / 20)
    assert share_used([], 100.0, 10) == 0


def test_nothing_after_the_fall_is_not_followed() -> None:
    assert seconds_until_followed([record(settled_at=99.0)], 100.0, 50) is None


@pytest.mark.parametrize("first", [LOST_POST, write("POST", None, fault="close"), write("POST", 503, fault="status")])
def test_a_post_after_a_doubtful_one_is_blind_unless_there_was_a_look(first: dict[str, Any]) -> None:
    assert blind_posts([first, write("POST", 400)]) == 1
    assert blind_posts([first, LOOK, write("POST", 400)]) == 0


def test_a_look_that_was_lost_or_failed_is_none() -> None:
    assert blind_posts([LOST_POST, record(fault="lost"), write("POST", 400)]) == 1
    assert blind_posts([LOST_POST, record(status=503, fault="status"), write("POST", 400)]) == 1


def test_a_throttled_post_may_be_repeated_at_once() -> None:
    assert blind_posts([write("POST", 429), write("POST", 201)]) == 0


def test_a_post_for_another_user_is_not_a_repeat() -> None:
    assert blind_posts([LOST_POST, write("POST", 201, user="b@contoso.com")]) == 0


def test_the_same_number_done_twice_counts_and_a_refused_one_does_not() -> None:
    assert written_twice([write("PATCH", 204, fault="lost"), write("PATCH", 204)]) == 1
    assert written_twice([write("PATCH", 503), write("PATCH", 204)]) == 0
    assert written_twice([write("PATCH", 204), write("PATCH", 204, "+44 7700900002")]) == 0


def judge(registered: str | None, status: str) -> tuple[int, int]:
    person = Person("a@contoso.com", "1", Kind.MISSING, "+44 7700900001", None)
    phones = {"mobile": {"phoneNumber": registered}} if registered else {}
    results = [{"userPrincipalName": person.upn, "status": status}]
    return wrong_and_unreported([person], {person.upn: {"phoneMethods": phones}}, results)


def test_a_user_is_right_or_reported() -> None:
    assert judge("+44 7700900001", "changed") == (0, 0)
    assert judge(None, "failed") == (1, 0)
    assert judge(None, "changed") == (1, 1)


def test_a_user_without_a_result_is_unreported() -> None:
    person = Person("a@contoso.com", "1", Kind.EMPTY, None, None)
    assert wrong_and_unreported([person], {person.upn: {"phoneMethods": {}}}, []) == (0, 1)
