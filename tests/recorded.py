"""The lines of the log that a test has seen, as objects."""

import json
import re
from collections.abc import Iterable
from typing import Any

import pytest

Line = dict[str, Any]
_OURS = re.compile(r"^\S+ \S+ [A-Z]+ shared\S*: (.*)$", re.MULTILINE)


def lines(caplog: pytest.LogCaptureFixture, event: str = "") -> list[Line]:
    """Those of ours, of one kind if an event is given."""
    return _of_kind((record.getMessage() for record in caplog.records if record.name.startswith("shared")), event)


def lines_in(log: str, event: str = "") -> list[Line]:
    """The same of what a host has written."""
    return _of_kind(_OURS.findall(log), event)


def _of_kind(texts: Iterable[str], event: str) -> list[Line]:
    """Every line of ours is an object that begins with a message."""
    found = [json.loads(text) for text in texts]
    assert [line for line in found if next(iter(line)) != "message"] == []
    return [line for line in found if not event or line.get("event") == event]
