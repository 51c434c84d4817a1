"""docs/night.md: a row for each alert, fifteen in all; its queries are right, and so are those of the other pages."""

import json
import re

import pytest

from tests.docs.pages import PAGES, Page, page
from tests.infra.bicep import Deployment
from tests.kusto import answers, faults_of, needs_engine, needs_kusto

NIGHT = page("docs/night.md")
LINES: list[dict[str, object]] = [
    {"message": "a", "event": "user", "code": "protectedUser", "source": "explicit", "caller": "hr", "dryRun": False},
    {"message": "b", "event": "secretExpiry", "secret": "webhook-handshake", "daysLeft": 9, "expiresOn": "2026-12-07"},
    {"message": "c", "event": "request", "caller": "hr", "status": 200, "durationMs": 90, "users": 2, "throttled": 0},
    {"message": "d", "event": "jobWaiting", "code": "vaultUnavailable", "detail": "Key Vault: 503"},
]


def queries(shown: Page) -> list[str]:
    return re.findall(r"^```kusto\n(.*?)^```", shown.text, re.DOTALL | re.MULTILINE)


def rows() -> list[list[str]]:
    return [row for row in NIGHT.rows() if len(row) == 4 and "](" in row[3] + row[1]]


def test_there_are_fifteen_calls_and_each_says_how_it_is_mended() -> None:
    assert len(rows()) == 15
    assert all(all(row) for row in rows())


def test_each_alert_has_a_row(full: Deployment) -> None:
    titles = [rule["properties"]["displayName"] for rule in full.of("Insights/scheduledQueryRules")]
    assert [title for title in titles if not any(f'"{title}"' in row[0] for row in rows())] == []


def test_azd_skips_nothing_at_night() -> None:
    """What somebody changed in Azure alone stays, unless azd is told to look (azure-dev, provision-state.md)."""
    named = re.findall(r"azd provision[^`\n]*", NIGHT.text)
    assert len(named) >= 5
    assert {name for name in named if not name.startswith("azd provision --no-state")} == set()
    assert "azd up" not in NIGHT.text


def test_nothing_is_restored_under_a_running_app() -> None:
    """It makes again what is missing, and Azure restores no container whose name is taken."""
    _, _, section = NIGHT.text.partition("\n### A blob or a container\n")
    steps = ["[Stop the app]", "container delete", "container restore", "blob undelete", "[Start the app]"]
    assert re.findall("|".join(map(re.escape, steps)), section.partition("\n### ")[0]) == steps


@needs_kusto
def test_the_language_service_of_azure_finds_nothing_wrong_in_any_page() -> None:
    asked = [(shown.name, query) for shown in PAGES for query in queries(shown)]
    assert len(asked) >= 15
    found = zip(asked, faults_of([query for _, query in asked]), strict=True)
    assert [(name, faults) for (name, _), faults in found if faults] == []


@needs_engine
@pytest.mark.parametrize("place", range(4))
def test_each_query_finds_its_line(place: int) -> None:
    table: list[dict[str, object]] = [
        {"TimeGenerated": 1_795_000_000.0 + number, "SeverityLevel": 1, "Message": json.dumps(line)}
        for number, line in enumerate(LINES)
    ]
    (found,) = answers([queries(NIGHT)[place]], table)
    assert len(found) == 1
