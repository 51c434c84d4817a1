"""Blocks that are pasted in a hurry, or that nobody can undo: every shell runs them, and calls the same in each."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import page
from tests.docs.shells import PWSH, faults_of_powershell

SECTIONS = [
    ("docs/security.md", "### The emergency brake", 1),
    ("docs/night.md", "## Emergency stop", 3),
    ("docs/night.md", "## Backup and restore", 6),
    ("docs/operations.md", "### Keep it", 2),
]
SHELLS = {"sh": ["sh"], "bash": ["bash"], "zsh": ["zsh"], "pwsh": ["pwsh", "-NoProfile", "-NonInteractive", "-File"]}
# What all of them read in the same way: words, and values in double quotes, with at most one command within another.
# Not `\` and `<` (PowerShell), `&&` (5.1), `#` (zsh takes it for an argument), nor `?` and `[` (patterns).
PLAIN = re.compile(r"azd?( [\w./=-]+)+")
VALUE = re.compile(r'"\$\([^"$]+\)"|"[^"$`\\!]+"')
# az and azd of this folder: they note how they were called, and print something to go on with.
TOOL = """#!/bin/sh
printf '%s\\n' "$(basename "$0")" "$@" . >>"$CALLS"
case "$*" in "env get-value "*) echo "value-of-$3" ;; *" --output tsv") echo printed ;; esac
"""


def blocks(name: str, heading: str) -> list[str]:
    level = heading.partition(" ")[0]
    section = page(name).text.partition(f"\n{heading}\n")[2]
    section = re.split(rf"^#{{2,{len(level)}}} ", section, maxsplit=1, flags=re.MULTILINE)[0]
    return re.findall(r"^```sh\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)


BLOCKS = [pytest.param(block, id=f"{name}:{block[:40]}") for name, head, _ in SECTIONS for block in blocks(name, head)]


@pytest.mark.parametrize(("name", "heading", "count"), SECTIONS)
def test_each_section_has_its_blocks(name: str, heading: str, count: int) -> None:
    assert len(blocks(name, heading)) == count


@pytest.mark.parametrize("block", BLOCKS)
def test_each_line_is_one_command_in_the_words_of_every_shell(block: str) -> None:
    for line in block.splitlines():
        filled = VALUE.sub("value", VALUE.sub("value", line))
        assert PLAIN.fullmatch(filled), line


@pytest.mark.parametrize("block", BLOCKS)
def test_az_is_first_told_the_subscription_of_azd(block: str) -> None:
    told = 'az account set --subscription "$(azd env get-value AZURE_SUBSCRIPTION_ID)"'
    lines = block.splitlines()
    assert lines[0] == told or not any(line.startswith("az ") for line in lines)


@pytest.mark.skipif(PWSH is None, reason="needs PowerShell (pwsh)")
def test_the_parser_of_powershell_finds_no_fault() -> None:
    assert faults_of_powershell([block for parameter in BLOCKS for block in parameter.values]) == ""


@pytest.mark.skipif(os.name == "nt", reason="the stand-ins for az and azd are scripts of sh")
def test_each_shell_calls_the_same(tmp_path: Path) -> None:
    for name in ("az", "azd"):
        (tmp_path / name).write_text(TOOL, encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    text = "".join(str(block) for parameter in BLOCKS for block in parameter.values)
    found = {shell: calls(tmp_path, command, text) for shell, command in SHELLS.items() if shutil.which(command[0])}
    assert found.keys() >= {"sh"}
    assert all(called == found["sh"] for called in found.values()), found
    # As many as there are lines and commands within them, and no value is missing.
    assert found["sh"].count("\n.\n") == len(re.findall(r"^azd? |\$\(azd? ", text, re.MULTILINE))
    assert "\n\n" not in found["sh"]
    assert "READ_ONLY=true" in found["sh"]


def calls(folder: Path, command: list[str], text: str) -> str:
    script, noted = folder / f"pasted.{'ps1' if command[0] == 'pwsh' else 'sh'}", folder / f"calls-{command[0]}"
    script.write_text(text, encoding="utf-8")
    environment = {"PATH": f"{folder}{os.pathsep}{os.environ['PATH']}", "HOME": str(folder), "CALLS": str(noted)}
    done = subprocess.run(
        [*command, str(script)], capture_output=True, encoding="utf-8", env=environment, timeout=60, check=False
    )
    assert (done.returncode, done.stderr) == (0, ""), command
    return noted.read_text(encoding="utf-8")
