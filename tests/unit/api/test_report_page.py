"""The page: what it says of users cannot become part of it."""

import json
import re
from datetime import UTC, datetime
from typing import Any

from shared.api.report_page.page import Heading, report_page
from tests.unit.core.survey.test_figures import PHONE, ROW

EVIL = "</script><script>alert(1)</script><!--&'\"@contoso.com"
NOW = Heading(datetime(2026, 11, 8, 9, 5, tzinfo=UTC))


def row(**words: Any) -> dict[str, Any]:
    names = {"userPrincipalName": "anna@contoso.com", "userId": "a", "message": None, "desired": {}}
    return {**names, **ROW, **words}


def page(*rows: dict[str, Any], notes: tuple[dict[str, Any], ...] = (), heading: Heading = NOW) -> str:
    return report_page(rows, notes, heading).decode()


def test_names_notes_and_countries_are_text_whatever_they_hold() -> None:
    note = {"columns": ["methods"], "code": "x", "detail": EVIL}
    shown = page(row(userPrincipalName=EVIL, message=EVIL), row(**{**PHONE, "country": EVIL}), notes=(note,))
    assert len(re.findall(r"</?script", shown)) == 4
    assert "<!--" not in shown.removeprefix("<!doctype html>")
    data = json.loads(shown.partition('id="data">')[2].partition("</script>")[0])
    assert [each[0] for each in data["rows"]] == [EVIL, "anna@contoso.com"]


def test_a_name_that_is_no_text_does_not_end_it() -> None:
    assert "anna" in page(row(userPrincipalName="anna\ud800@contoso.com"))
    note = {"columns": ["methods"], "code": "unknownMethod", "detail": "passKey\ud800"}
    assert "passKey?" in page(row(), notes=(note,))


def test_what_is_not_known_is_a_dash() -> None:
    unknown = dict.fromkeys(("methods", "phoneOnly", "phishingResistant", "smsPolicy", "voicePolicy", "retiresOn"))
    shown = page(row(**unknown))
    assert shown.count('<dd class="number">–</dd>') == 4
    assert "Not known" in shown
    assert 'class="number">–' not in page(row())


def test_the_heading_says_when_and_whether_it_is_whole() -> None:
    assert "8 November 2026, 09:05 UTC" in page(row())
    assert "1 user ·" in page(row())
    assert "2 users · created 8 November 2026, 09:05 UTC · ended &lt;early&gt;" in page(
        row(), row(), heading=Heading(NOW.created_at, "ended <early>")
    )


def test_notes_stand_above_the_figures_with_their_columns() -> None:
    shown = page(row(), notes=({"columns": ["smsPolicy"], "code": "x", "detail": "Grant it."},))
    assert "<code>smsPolicy</code>: Grant it." in shown
    assert "Read this first" not in page(row())


def test_a_browser_that_knows_no_lookbehind_reads_the_script() -> None:
    """One such expression is a syntax error there, and the whole script does not run."""
    assert not re.search(r"\(\?<[=!]", page(row()))


def test_what_scrolls_can_be_reached_with_the_keyboard() -> None:
    headings = re.findall(r'<div class="scroll" tabindex="0" role="region" aria-labelledby="(\w+)">', page(row()))
    assert headings == ["when", "state", "country"]
