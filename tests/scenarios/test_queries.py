"""The queries of docs/queries.md, run over the lines of a day: each finds what its heading asks for, no more."""

import json
import re
from pathlib import Path

from tests.docs.pages import page
from tests.docs.test_audit import questions
from tests.kusto import answers, needs_engine
from tests.scenarios.log_book import Day

pytestmark = needs_engine
_QUERY = re.compile(r"^## (.*?)\n.*?^```kusto\n(.*?)^```", re.DOTALL | re.MULTILINE)


def ask(day: Day, heading: str, **values: str) -> list[dict[str, object]]:
    """The rows of the answer, with values in place of what stands in angle brackets."""
    query = dict(_QUERY.findall(page("docs/queries.md").text))[heading]
    for name, value in values.items():
        query = query.replace(f"<{name.replace('_', ' ')}>", value)
    (rows,) = answers([query], day.lines)
    return rows


def test_each_user_who_was_not_updated_is_found_with_the_reason(day: Day) -> None:
    rows = ask(day, "Which users were not updated, and why?")
    assert {(row["correlationId"], row["position"]): row["why"] for row in rows} == day.why
    assert len(rows) == len(day.why)
    of_twelve = [row for row in rows if row["correlationId"] == day.ids["twelve"]]
    assert len({row["why"] for row in of_twelve}) == 12
    assert [row["position"] for row in of_twelve if not row["objectId"]] == [0]
    assert all(row["detail"] for row in of_twelve)


def test_all_about_one_request_by_each_of_its_ids(day: Day) -> None:
    for sent in (day.ids["twelve"], "crm-7"):
        what = [row["what"] for row in ask(day, "What happened to this request?", id=sent)]
        assert what.count("user") == 15
        assert what[-1] == "request"
    what = [row["what"] for row in ask(day, "What happened to this request?", id=day.jobs["done"])]
    assert what.count("user") == 6
    assert {"jobStarted", "jobChunk", "jobEnded", "jobAccepted", "write", "request"} <= set(what)


def test_what_became_of_one_user(day: Day) -> None:
    (row,) = ask(day, "What became of this user?", object_id=day.ids["differs"])
    told = {"status": "skipped", "code": "differs", "method": "mobile", "action": "keep", "caller": "webhook-handshake"}
    assert row == row | told | {"before": "+46 *******90", "after": "+46 *******04"}


def test_what_a_caller_did(day: Day) -> None:
    rows = ask(day, "What did this caller do?", name="webhook-handshake")
    first = next(row for row in rows if row["correlationId"] == day.ids["twelve"])
    assert first == first | {"status": 200, "users": 15, "changed": 2, "failed": 7, "dryRun": False}
    assert {row["code"] for row in rows} == {"", "tooManyOverwrites", "configuration", "graphSignInFailed"}
    assert set(day.jobs.values()) <= {row["jobId"] for row in rows}
    assert ask(day, "What did this caller do?", name="nobody") == []


def test_who_was_not_let_in(day: Day) -> None:
    (row,) = ask(day, "Who was not let in?")
    assert row == row | {"code": "unauthorized", "address": "203.0.113.7", "times": 1}


def test_who_uses_a_previous_handshake(day: Day) -> None:
    (row,) = ask(day, "Who still uses a previous handshake?")
    assert row == row | {"caller": "webhook-handshake", "address": "203.0.113.7", "times": 2}


def test_what_a_job_did(day: Day) -> None:
    rows = ask(day, "What did this job do?", job_id=day.jobs["done"])
    assert [(row["what"], row["phase"]) for row in rows if row["what"] != "jobAccepted"] == [
        *(("jobStarted", ""), ("jobChunk", "plan"), ("jobChunk", "apply"), ("jobEnded", "")),
    ]
    assert rows[3] == rows[3] | {"status": "succeeded", "users": 3, "changed": 3, "failed": 0}
    cancelled = ask(day, "What did this job do?", job_id=day.jobs["cancelled"])
    assert [row["status"] for row in cancelled if row["what"] == "jobEnded"] == ["cancelled"]
    assert "jobCancelled" in [row["what"] for row in cancelled]


def test_how_often_graph_throttled(day: Day) -> None:
    assert sum(float(str(row["throttled"])) for row in ask(day, "How often did Graph throttle?")) == 3


def test_what_a_guard_stopped(day: Day) -> None:
    rows = ask(day, "What did a guard stop?")
    assert [(row["code"], row["jobId"]) for row in rows] == [
        ("tooManyOverwrites", day.jobs["stopped"]),
        ("tooManyOverwrites", ""),
    ]


def test_what_has_to_be_set_right(day: Day) -> None:
    rows = ask(day, "What has to be set right?")
    assert {(row["what"], row["code"]) for row in rows} == {
        *(("auditLost", ""), ("request", "graphSignInFailed"), ("request", "configuration")),
    }


def test_the_questions_to_the_audit_trail(day: Day) -> None:
    """In the log, which has the same records: each condition in place of the one in the query."""
    base = re.findall(r"^```kusto\n(.*?)^```", page("docs/operations.md").text, re.DOTALL | re.MULTILINE)[0]
    records = [line for each in day.lines if (line := json.loads(each["Message"])).get("recordId")]
    written = next(line for line in records if line["event"] == "write" and "numberTag" in line)
    values = {"object id": written["objectId"], "tag": written["numberTag"], "name": "webhook-handshake"}
    values |= {"job id": day.jobs["done"], "correlation id": day.ids["twelve"]}
    asked = []
    for condition, _ in questions():
        line = condition.strip("`")
        for name, value in values.items():
            line = line.replace(f"<{name}>", value)
        asked.append(re.sub(r"(?m)(?<=^\| where )tostring\(r\.objectId\).*$", lambda _, line=line: line, base))
    found = answers(asked, day.lines)
    by_hand = [
        *({"event": "write", "objectId": values["object id"]}, {"numberTag": values["tag"]}),
        *({"caller": "webhook-handshake"}, {"code": "protectedUser"}, {"code": "unauthorized"}),
        *({"event": "fullRead"}, {"jobId": day.jobs["done"]}, {"correlationId": day.ids["twelve"]}),
        *({"event": "apply"}, {"outcome": "unknown"}),
    ]
    for rows, facts in zip(found, by_hand, strict=True):
        expected = {line["recordId"] for line in records if facts.items() <= line.items()}
        assert {row["recordId"] for row in rows} == expected, facts
        assert len(rows) == len(expected)
    assert sum(map(bool, found)) == 7


def test_every_query_is_asked_here() -> None:
    headings = [heading for heading, _ in _QUERY.findall(page("docs/queries.md").text)]
    asked = Path(__file__).read_text(encoding="utf-8")
    assert [heading for heading in headings if f'"{heading}"' not in asked] == []
