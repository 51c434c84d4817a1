"""dev.py tag: the tag that a number has in the audit trail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from sandbox.tag import tag
from shared.core.audit import Tags
from shared.deadline import Deadline
from shared.records.app_key import AppKey
from tests.unit.parsed import parse_number

KEY = "a-key-of-this-test-not-real"
NUMBERS = ["+46 701740605", "+46701740605", "+1 (206) 555-0101", "+39 06 698 12345", "+46 701740605 ext. 12"]


@pytest.mark.parametrize("text", NUMBERS)
def test_it_is_the_tag_of_the_records(text: str) -> None:
    key = AppKey(lambda _: KEY, None)
    recorded = Tags(lambda *parts: key.digest(Deadline(1), *parts)).of(parse_number(text, None))
    assert tag(text, KEY.encode()) == recorded


# Windows reads from the console, whatever standard input is.
ASKED = pytest.mark.skipif(os.name == "nt", reason="needs a process without a terminal")


def ask(answers: str, *arguments: object) -> subprocess.CompletedProcess[str]:
    """Without a terminal the questions are answered on standard input."""
    command = [sys.executable, "-W", "ignore", "-m", "sandbox.tag", *map(str, arguments)]
    return subprocess.run(
        command, cwd=dev.ROOT, input=answers, capture_output=True, text=True, timeout=30, start_new_session=True
    )


@ASKED
def test_it_asks_for_key_and_number() -> None:
    assert ask(f"{KEY}\n{NUMBERS[0]}\n").stdout.strip() == tag(NUMBERS[0], KEY.encode())


@ASKED
def test_the_key_may_be_the_blob(tmp_path: Path) -> None:
    path, key = tmp_path / "app-key", bytes(range(32))
    path.write_bytes(key)
    assert ask(f"{NUMBERS[0]}\n", "--key-file", path).stdout.strip() == tag(NUMBERS[0], key)


@ASKED
@pytest.mark.parametrize(
    ("answers", "arguments", "said"),
    [
        (f"{KEY}\n0701740605\n", (), "this is no number with + and country code"),
        ("", (), "there was no answer"),
        (f"{NUMBERS[0]}\n", ("--key-file", "no-such-file"), "the key cannot be read"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(answers: str, arguments: tuple[str, ...], said: str) -> None:
    done = ask(answers, *arguments)
    assert said in done.stderr.splitlines()[-1]
    assert "Traceback" not in done.stderr
    assert "701740605" not in done.stderr
    assert (done.stdout, done.returncode) == ("", 1)
