"""The version stands in one place, and the changelog says what it brings and since when."""

import re

from shared import VERSION
from tests.docs.pages import page

HEADINGS = re.findall(r"^## (.+)$", page("CHANGELOG.md").text, re.MULTILINE)


def test_the_newest_dated_version_of_the_changelog_is_the_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    dated = [heading for heading in HEADINGS if heading != "Unreleased"]
    assert [heading for heading in dated if not re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", heading)] == []
    assert dated[0].partition(" ")[0] == VERSION


def test_what_is_not_released_stands_above_the_versions() -> None:
    assert "Unreleased" not in HEADINGS[1:]
