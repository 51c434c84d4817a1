"""Commands of the pages: shells can read them, and what they call exists. `az` has a test in tests/infra."""

import re
import subprocess

import pytest

import dev
from tests.docs.pages import PAGES, ROOT, Page
from tests.docs.shells import PWSH, SH, faults_of_powershell

EACH = pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)
BLOCK = r"^ *```{}\n(.*?)^ *```$"
NOT_YET: set[str] = set()
# Azure Developer CLI reference, Microsoft Learn: the commands that the pages use, with their options.
AZD: dict[str, set[str]] = {
    "auth login": set(),
    "up": set(),
    "provision": {"--preview", "--no-prompt", "--no-state"},
    "deploy": {"--from-package"},
    "down": {"--purge", "--force"},
    "env new": set(),
    "env set": set(),
    "env select": set(),
    "env refresh": set(),
    "env get-value": set(),
    "env get-values": {"--output"},
}


def blocks(shown: Page, language: str) -> list[str]:
    return re.findall(BLOCK.format(language), shown.text, re.DOTALL | re.MULTILINE)


def commands(shown: Page) -> str:
    """What the reader types: the blocks, and the spans within sentences."""
    return "\n".join([*blocks(shown, "sh"), *blocks(shown, "powershell"), *shown.spans])


@EACH
@pytest.mark.skipif(SH is None, reason="needs a POSIX shell (sh)")
def test_a_shell_can_read_each_block(shown: Page) -> None:
    for block in blocks(shown, "sh"):
        # What the reader has to fill in is no redirection.
        filled = re.sub(r"<[a-zA-Z][^<>\n]*>", "x", block)
        done = subprocess.run(["sh", "-n"], input=filled, capture_output=True, encoding="utf-8", check=False)  # noqa: S607
        assert done.returncode == 0, f"{done.stderr}\n{block}"


@pytest.mark.skipif(PWSH is None, reason="needs PowerShell (pwsh)")
def test_powershell_can_read_each_block_and_script() -> None:
    texts = [block for shown in PAGES for block in blocks(shown, "powershell")]
    texts += [path.read_text(encoding="utf-8") for path in (ROOT / "infra").glob("*.ps1")]
    assert len(texts) >= 4
    assert faults_of_powershell(texts) == ""


def test_the_scripts_use_nothing_that_powershell_5_1_lacks() -> None:
    lacking = (
        r"\?\?|\?\.\w|&&|\|\||-AsArray|-AsHashtable|-SkipHttpErrorCheck|\$Is(Windows|Linux|MacOS)|\$PSStyle|-Parallel"
    )
    for path in (ROOT / "infra").glob("*.ps1"):
        text = re.sub(r"'[^'\n]*'|\"[^\"\n]*\"", "''", path.read_text(encoding="ascii"))
        assert re.findall(lacking, text) == [], path.name


@EACH
def test_azd_has_each_command_and_option(shown: Page) -> None:
    for line in re.findall(r"(?:^|&& |; |\$\()[ \t]*azd ([a-z][^\n|;&)`\"'$]*)", commands(shown), re.MULTILINE):
        words = line.partition("#")[0].split()
        name = next((name for name in AZD if words[: len(name.split())] == name.split()), None)
        assert name, line
        assert {word for word in words if word.startswith("--")} <= AZD[name], line


@EACH
def test_each_script_exists_and_knows_the_options_it_is_given(shown: Page) -> None:
    for name, rest in re.findall(r"\bsh (infra/[\w./-]+)([^\n|;&`]*)", commands(shown)):
        text = (ROOT / name).read_text(encoding="utf-8")
        options = re.findall(r"(?<=\s)--[a-z-]+", rest.partition("#")[0])
        assert [option for option in options if f"{option})" not in text] == []
    for name, rest in re.findall(r"(?:\./)?(infra/\w+\.ps1)([^\n|;&`]*)", commands(shown)):
        declared = re.search(r"^param\((.*?)\)$", (ROOT / name).read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
        assert declared
        options = re.findall(r"(?<=\s)-([A-Z]\w+)", rest.partition("#")[0])
        assert [option for option in options if option != "WhatIf" and f"${option}" not in declared[1]] == []


@EACH
def test_dev_has_each_command(shown: Page) -> None:
    named = set(re.findall(r"\bdev\.py ([a-z]+)", commands(shown)))
    assert named - dev.COMMANDS.keys() - NOT_YET == set()


def test_what_is_promised_is_not_there_yet() -> None:
    assert NOT_YET & dev.COMMANDS.keys() == set(), "it is there: take it out of NOT_YET"
