"""The lines of the log that a test has seen, as objects."""

import json
from typing import Any

import pytest

Line = dict[str, Any]


def lines(caplog: pytest.LogCaptureFixture, event: str = "") -> list[Line]:
    """Those of ours, of one kind if an event is given. Every line of ours is an object that begins with a message."""
    found = [json.loads(record.getMessage()) for record in caplog.records if record.name.startswith("shared")]
    assert [line for line in found if next(iter(line)) != "message"] == []
    return [line for line in found if not event or line.get("event") == event]
