"""The pages are short, their links lead somewhere, and each of them is reached from the README."""

import re

import pytest

from tests.docs.pages import DOCS, PAGES, ROOT, Page, page

EACH = pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)


def test_the_readme_is_read_in_one_sitting() -> None:
    assert len(page("README.md").text.splitlines()) <= 150


@pytest.mark.parametrize("shown", DOCS, ids=lambda shown: shown.name)
def test_no_page_is_long(shown: Page) -> None:
    assert len(shown.text.splitlines()) <= 250


@pytest.mark.parametrize("shown", [*PAGES, page("CHANGELOG.md")], ids=lambda shown: shown.name)
def test_every_relative_link_and_anchor_leads_somewhere(shown: Page) -> None:
    dead = []
    for link in shown.links:
        if re.match(r"https?:", link):
            continue
        place, _, anchor = link.partition("#")
        target = (shown.path.parent / place).resolve() if place else shown.path
        is_there = target.is_relative_to(ROOT) and target.exists()
        if not is_there or (anchor and anchor not in Page(target).anchors):
            dead.append(link)
    assert dead == []


def test_the_readme_leads_to_every_page() -> None:
    readme = page("README.md")
    reached = {(ROOT / link.partition("#")[0]).resolve() for link in readme.links}
    assert {shown.name for shown in DOCS if shown.path not in reached} == set()


@EACH
def test_tables_have_as_many_cells_in_each_row_as_in_the_heading(shown: Page) -> None:
    width, uneven = 0, []
    for line in shown.prose.splitlines():
        cells = len(re.findall(r"(?<!\\)\|", line)) if line.startswith("|") else 0
        if cells and width and cells != width:
            uneven.append(line)
        width = cells
    assert uneven == []


def test_contributing_says_where_the_usual_changes_go_and_the_files_exist() -> None:
    guide = page("CONTRIBUTING.md")
    rows = [row for row in guide.rows() if len(row) == 3]
    assert len(rows) >= 12
    named = re.findall(r"`([^`]+)`", "".join("".join(row[1:]) for row in rows))
    assert [name for name in named if not (ROOT / name).exists() and not name.startswith("python ")] == []
    assert all(re.search(r"`[^`]+`", edited) for _, edited, _ in rows)
