"""SECURITY.md: the threat model has a row for everybody it must think of, and each row names tests that there are."""

import re

import pytest

from shared.settings.callers import Right
from tests.docs.pages import ROOT, page

SECURITY = page("SECURITY.md")
ROWS = [row for row in SECURITY.rows() if len(row) == 4 and "](tests/" in row[3]]
WHO = (
    "Anonymous",
    "Function key only",
    "Handshake",
    *(f"Right `{right}`" for right in Right),
    "Directory writer",
    "Storage reader",
    "Storage writer",
    "Azure Contributor",
    "Stolen laptop",
)


@pytest.mark.parametrize("who", WHO)
def test_everybody_who_matters_has_a_row(who: str) -> None:
    assert [row[0] for row in ROWS if row[0].startswith(who)] != []


def test_each_row_says_what_stops_it_and_names_tests_that_exist() -> None:
    threats = SECURITY.text.partition("## Threat model")[2].partition("\n## ")[0]
    assert len(ROWS) == len([line for line in threats.splitlines() if line.startswith("| ")]) - 1
    for who, can, stopped_by, shown_by in ROWS:
        assert all((who, can, stopped_by))
        files = re.findall(r"\]\((tests/[\w/]+\.py)\)", shown_by)
        assert files, who
        for name in files:
            assert re.search(r"^def test_", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE), name


def test_it_says_what_is_left_what_the_tenant_decides_and_how_to_report_a_fault() -> None:
    assert {"report-a-vulnerability", "what-is-left", "what-no-code-can-take-over"} <= SECURITY.anchors
    left = SECURITY.text.partition("## What is left")[2].partition("\n## ")[0]
    assert all(name in left for name in ("MAX_OVERWRITES_PER_DAY", "PIM for Groups", "ledger"))
    tenant = SECURITY.text.partition("## What no code can take over")[2]
    modes = ("managed_identity", "client_secret", "service_account")
    topics = ("Restricted management", "Conditional Access", "Continuous access evaluation", "Rotation", "Alerts")
    assert all(text in tenant for text in (*modes, *topics))


@pytest.mark.parametrize("name", ["README.md", "docs/security.md"])
def test_it_is_linked(name: str) -> None:
    assert any((page(name).path.parent / link).resolve() == SECURITY.path for link in page(name).links)
