"""What the workers of a session share is made once, and a failure is everybody's."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.infra.conftest import Once


def test_it_is_made_once_and_everybody_gets_it(tmp_path: Path) -> None:
    made = []
    all_ask = threading.Barrier(4)

    def make() -> list[int]:
        made.append(threading.get_ident())
        return [1, 2]

    def ask(_: int) -> object:
        all_ask.wait(20)
        return Once(tmp_path)("thing", make)

    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(ask, range(4))) == [[1, 2]] * 4
    assert len(made) == 1
    assert Once(tmp_path)("another", lambda: "else") == "else"


def test_whoever_fails_says_why_and_nobody_waits_for_it(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError):
        Once(tmp_path)("thing", lambda: 1 // 0)
    with pytest.raises(AssertionError, match="another test of this session says why"):
        Once(tmp_path)("thing", lambda: 1)
