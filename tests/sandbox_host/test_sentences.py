"""People read sentences where Application Insights gets objects."""

import json
import logging

import pytest

from sandbox.host.sentences import Sentences, sentence, sentences

LINE = "2026-11-28 15:00:00,000 INFO shared.api.request_line: "
FACTS = {"message": 'He said "no": 401.', "event": "request", "correlationId": "cid-1", "jobId": "job-1"}


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (LINE + json.dumps(FACTS), f'{LINE}He said "no": 401. [correlationId cid-1, jobId job-1]'),
        (
            LINE + json.dumps({"message": "å", "exception": "Traceback\n  KeyError\n"}),
            f"{LINE}å\nTraceback\n  KeyError",
        ),
        ("ready http://127.0.0.1:7071", "ready http://127.0.0.1:7071"),
        ('{"message": broken}', '{"message": broken}'),
        ("", ""),
    ],
)
def test_a_line_that_is_an_object_is_told_as_a_sentence(line: str, told: str) -> None:
    assert sentence(line) == told


def test_a_log_keeps_its_lines() -> None:
    assert sentences(f"a\n{LINE}{json.dumps(FACTS)}\nb\n").splitlines()[::2] == ["a", "b"]


def test_a_terminal_shows_sentences() -> None:
    record = logging.LogRecord("shared.x", logging.INFO, "", 0, "%s", (json.dumps(FACTS),), None)
    assert Sentences("%(name)s: %(message)s").format(record).startswith('shared.x: He said "no": 401. [')
