"""tests/kusto.py finds what is wrong with a query."""

import pytest

from tests.kusto import faults, needs_kusto

RIGHT = """AppTraces
| where Message startswith '{"message": '
| extend log = parse_json(Message)
| where tostring(log.event) == "request" and toint(log.status) >= 500
| summarize count() by bin(TimeGenerated, 1h), tostring(log.code)"""


@needs_kusto
def test_a_right_query_has_no_faults() -> None:
    assert faults(RIGHT) == []


@needs_kusto
@pytest.mark.parametrize(
    ("right", "wrong", "code"),
    [
        ("AppTraces", "AppTrace", "KS204"),
        ("TimeGenerated", "TimeGenerate", "KS142"),
        ("parse_json", "parse_jsn", "KS211"),
        ("startswith", "startwith", "KS141"),
        ("| extend", "| extends", "KS176"),
        ("1h)", "1h", "KS119"),
    ],
)
def test_each_kind_of_misspelling_is_found(right: str, wrong: str, code: str) -> None:
    (found, *_) = faults(RIGHT.replace(right, wrong, 1))
    assert found.startswith(code)
