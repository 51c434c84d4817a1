"""The table of log fields in docs/operations.md, and the queries of docs/queries.md, agree with the lines of a day."""

import json
import re
from collections import defaultdict

import pytest

from tests.docs.pages import ROOT, page
from tests.kusto import faults_of, needs_kusto
from tests.scenarios.log_book import Day

COUNTS = {"users", "unchanged", "changed", "planned", "skipped", "failed"}
EVERY = {"message", "event", "correlationId", "callerCorrelationId", "jobId", "exception"}
# Records of the audit trail: tests/docs/test_audit.py.
RECORDS = {"write", "refusal", "fullRead", "report", "resultRead", "cancel", "apply", "drift"}
# What the day does not bring about: a service that is away, a chunk that fails, a sweep that fails.
NOT_TOLD = {"jobWaiting", "jobFault", "sweepFailed"}
# A job that applies another one's plan, one that waits; LOG_USER_NAMES.
NOT_SEEN = {"applies", "userPrincipalName"}
QUERY = re.compile(r"^```kusto\n(.*?)^```", re.DOTALL | re.MULTILINE)


def table() -> dict[str, set[str]]:
    """The fields of each event, as the page has them."""
    text = page("docs/operations.md").text.partition("| `event` | written |")[2].partition("\n\n")[0]
    found: dict[str, set[str]] = {}
    for row in text.splitlines()[2:]:
        events, _, fields = row.strip("|").split(" | ", 2)
        for event in re.findall(r"`(\w+)`", events):
            found[event] = set(re.findall(r"`(\w+)`", fields)) | (COUNTS if "five counts" in fields else set())
    return found


def told(day: Day) -> dict[str, set[str]]:
    """Those that were seen."""
    found: dict[str, set[str]] = defaultdict(set)
    for line in (json.loads(each["Message"]) for each in day.lines):
        found[line.get("event", "")] |= line.keys() - EVERY
    return found


def test_every_event_and_every_field_that_is_written_is_described(day: Day) -> None:
    described = table()
    for event, fields in told(day).items():
        if event and event not in RECORDS:
            assert fields <= described[event], event


def test_every_event_and_field_that_is_described_is_written(day: Day) -> None:
    seen = told(day)
    words = re.compile(
        r"succeeded|partial|failed|cancelled|plan|judge|apply|method|action|before|after|id|LOG_USER_NAMES"
    )
    for event, fields in table().items():
        if event in RECORDS | NOT_TOLD:
            continue
        of_two = {"users", "dryRun", "applies", "route"} if event in ("jobAccepted", "jobCancelled") else set()
        missing = {name for name in fields - seen[event] - NOT_SEEN - of_two if not words.fullmatch(name)}
        assert missing == set(), event


def queries() -> list[str]:
    return [query for name in ("docs/queries.md", "docs/operations.md") for query in QUERY.findall(page(name).text)]


def test_queries_ask_for_fields_that_are_written(day: Day) -> None:
    seen = {name for fields in told(day).values() for name in fields} | EVERY
    assert len(queries()) > 10
    for query in queries():
        assert set(re.findall(r"\blog\.(\w+)", query)) <= seen
    events = {event for query in queries() for event in re.findall(r'log\.event\) == "(\w+)"', query)}
    assert events <= told(day).keys()


def lacking(query: str) -> set[str]:
    """What the query asks for of events that do not all have it, by the table."""
    found: set[str] = set()
    for part in query.split(";"):
        # Every part of the workbook names these, whatever it goes on with.
        lines = [line for line in part.splitlines() if not line.startswith("| extend event = ")]
        conditions = " ".join(line for line in lines if line.startswith("| where") and " or " not in line)
        events = re.findall(r'\bevent\)? (?:==|in) \(?((?:"\w+"(?:, )?)+)', conditions)
        asked = set(re.findall(r"\blog\.(\w+)", "\n".join(lines))) - EVERY
        for event in {name for names in events for name in re.findall(r"\w+", names)}:
            found |= {f"{event}: {name}" for name in asked - table()[event]}
    return found


def test_each_event_that_a_query_names_has_every_field_that_it_asks_for() -> None:
    pages = [query for name in ("docs/queries.md", "docs/night.md") for query in QUERY.findall(page(name).text)]
    book = json.loads((ROOT / "infra" / "modules" / "workbook.json").read_text(encoding="utf-8"))
    parts = [item["content"]["query"] for item in book["items"] if item["type"] == 3]
    assert len(pages) > 10
    assert len(parts) == 10
    assert {query: found for query in (*pages, *parts) if (found := lacking(query))} == {}


@pytest.mark.parametrize(
    "condition",
    ['tostring(log.event) == "jobEnded"', 'tostring(log.event) in ("request", "jobEnded")', 'event == "jobEnded"'],
)
def test_one_that_does_not_have_it_is_found(condition: str) -> None:
    assert lacking(f"AppTraces\n| where {condition}\n| summarize sum(toint(log.throttled))") == {"jobEnded: throttled"}


@needs_kusto
def test_microsofts_language_service_finds_no_fault_in_any_query() -> None:
    assert [found for found in faults_of(queries()) if found] == []


@needs_kusto
def test_nor_with_any_of_the_conditions() -> None:
    page_text = page("docs/operations.md").text
    (base,) = QUERY.findall(page_text)
    conditions = re.findall(r"\| `(tostring\(r\.[^`]+)` \|", page_text)
    asked = [re.sub(r"(?m)(?<=^\| where )tostring\(r\.objectId\).*$", each, base) for each in conditions]
    assert len(set(asked)) == len(conditions) == 10
    assert [found for found in faults_of(asked) if found] == []
