"""The version is the same everywhere, and the changelog says what it brings and since when."""

import json
import re
from pathlib import Path

from shared import VERSION
from tests.docs.pages import page

ROOT = Path(__file__).resolve().parents[2]
HEADINGS = re.findall(r"^## (.+)$", page("CHANGELOG.md").text, re.MULTILINE)


def test_the_newest_dated_version_of_the_changelog_is_the_version() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+", VERSION)
    dated = [heading for heading in HEADINGS if heading != "Unreleased"]
    assert [heading for heading in dated if not re.fullmatch(r"\d+\.\d+\.\d+ - \d{4}-\d\d-\d\d", heading)] == []
    assert dated[0].partition(" ")[0] == VERSION


def test_what_is_not_released_stands_above_the_versions() -> None:
    assert "Unreleased" not in HEADINGS[1:]


def test_the_powershell_module_and_the_connector_have_it_too() -> None:
    manifest = ROOT.joinpath("powershell/MfaWebhook/MfaWebhook.psd1").read_text(encoding="utf-8-sig")
    assert re.findall(r"^\s*ModuleVersion\s*=\s*'([^']*)'", manifest, re.MULTILINE) == [VERSION]
    definition = json.loads(ROOT.joinpath("connector/apiDefinition.swagger.json").read_text(encoding="utf-8"))
    assert definition["info"]["version"] == VERSION
