"""The table of log fields in docs/operations.md, and the queries of docs/queries.md, agree with the lines of a day."""

import json
import re
from collections import defaultdict

from tests.docs.pages import page
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


@needs_kusto
def test_microsofts_language_service_finds_no_fault_in_any_query() -> None:
    assert [found for found in faults_of(queries()) if found] == []


@needs_kusto
def test_nor_with_any_of_the_conditions() -> None:
    page_text = page("docs/operations.md").text
    (base,) = QUERY.findall(page_text)
    conditions = re.findall(r"\| `(where [^`]+)` \|", page_text)
    assert len(conditions) == 8
    asked = [re.sub(r"(?m)^\| where tostring\(r\.objectId\).*$", f"| {condition}", base) for condition in conditions]
    assert len(set(asked)) == 8
    assert [found for found in faults_of(asked) if found] == []
