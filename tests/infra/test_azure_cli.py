"""Every command of the Azure CLI that docs and scripts name goes through the parser of the real one: `--long`.

`python dev.py test --long` makes the environment that holds it.
"""

import json
import os
import subprocess
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from tests.infra.az_lines import az_lines, in_sentences, of_docs
from tests.infra.azure_services import NEEDS_IT, PYTHON
from tests.infra.bicep import ROOT
from tests.infra.scripts import SHELLS, Operator
from tests.infra.stand_in import CLIENT

CUT_SHORT = "are required"


def test_commands_are_found_wherever_they_stand() -> None:
    text = """vault=$(az keyvault show --name "$v" --query id -o tsv)   # az in a comment
az role assignment create --role "A B" \\
  --scope "$(az keyvault show --name "$v")" --assignee <id of you>
if ! az account show; then az login; fi
Stop "Make it: az ad sp create --id $client"
  az rest --body "{\\"a\\": \\"$x\\"}" ${3:+--expires "$3"} --url 'it' | cat
what az and azd say is not a command"""
    assert az_lines(text) == [
        ["keyvault", "show", "--name", "value", "--query", "id", "-o", "tsv"],
        ["role", "assignment", "create", "--role", "A B", "--scope", "value", "--assignee", "value"],
        ["keyvault", "show", "--name", "value"],
        ["account", "show"],
        ["login"],
        ["ad", "sp", "create", "--id", "value"],
        ["rest", "--body", '{"a": "value"}', "--url", "it"],
    ]


def test_no_command_of_the_docs_is_overlooked() -> None:
    found = of_docs()
    assert len(found["docs/deploy.md"]) >= 8
    assert len(in_sentences()) >= 20
    for name, lines in found.items():
        text = (ROOT / name).read_text(encoding="utf-8")
        begun = [line for line in text.splitlines() if line.startswith(("az ", "  az "))]
        assert len(lines) >= len(begun), name


def ask(folder: Path, **asked: Any) -> dict[str, Any]:
    """The real Azure CLI, with no extension, no configuration and no way out."""
    environment = {
        **{name: os.environ[name] for name in ("PATH", "SYSTEMROOT") if name in os.environ},
        "AZURE_CONFIG_DIR": str(folder / "azure"),
        "AZURE_EXTENSION_DIR": str(folder / "none"),
        "AZURE_CORE_COLLECT_TELEMETRY": "0",
        "AZURE_EXTENSION_USE_DYNAMIC_INSTALL": "no",
        "HTTPS_PROXY": "http://127.0.0.1:9",
    }
    driver = Path(__file__).with_name("azure_parser.py")
    done = subprocess.run(
        [PYTHON, str(driver)],
        input=json.dumps({"lines": [], "queries": []} | asked),
        env=environment,
        stdout=subprocess.PIPE,
        encoding="utf-8",
        timeout=600,
        check=True,
    )
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


@cache
def calls_of_the_scripts(shell: str, folder: Path) -> list[dict[str, Any]]:
    """What the scripts send to `az`, in a tour through all they can do."""
    tours: list[tuple[dict[str, str], list[tuple[str, ...]], str]] = [
        ({}, [("secrets",), ("secrets",), ("grant", "--report"), ("grant",), ("caller", "helpdesk")], ""),
        ({}, [("secrets",), ("secrets", "--rotate", "webhook-handshake")], ""),
        ({"GRAPH_AUTH": "service_account", "CLIENT_ID": CLIENT}, [("grant",), ("grant",)], ""),
        ({"GRAPH_AUTH": "client_secret", "CLIENT_ID": CLIENT}, [("secrets",), ("grant",)], "secret\n\n"),
    ]
    found = []
    for number, (settings, runs, typed) in enumerate(tours):
        place = folder / f"{shell}-{number}"
        place.mkdir()
        operator = Operator(shell, place, settings)
        for script, *options in runs:
            done = operator.run(script, *options, typed=typed)
            assert done.code == 0, done.err
        if number == 1:
            assert operator.run("secrets", "--rotate", "webhook-handshake", "--leaked").code == 0
        found += [call for call in operator.calls if call["argv"][0] == "az"]
    return found


@pytest.mark.long
@NEEDS_IT
def test_the_parser_knows_every_command_of_the_docs_and_finds_a_misspelt_one(tmp_path: Path) -> None:
    whole = [line for lines in of_docs().values() for line in lines]
    short = in_sentences()
    planted = [["keyvault", "secret", "set", "--vault-name", "v", "--name", "n", "--fille", "f"], ["keyvalt", "list"]]
    said = ask(tmp_path, lines=[*planted, *whole, *short])["lines"]
    assert "unrecognized arguments: --fille f" in said[0]
    assert "keyvalt" in said[1]
    assert [text for text in said[2 : 2 + len(whole)] if text] == []
    assert [text for text in said[2 + len(whole) :] if text and CUT_SHORT not in text] == []


@pytest.mark.long
@NEEDS_IT
@pytest.mark.parametrize("shell", SHELLS)
def test_the_real_cli_understands_and_prints_what_the_scripts_count_on(shell: str, tmp_path: Path) -> None:
    calls = calls_of_the_scripts(shell, tmp_path)
    lines = {json.dumps(call["argv"][1:]) for call in calls}
    queries = {
        json.dumps([call["document"], call["argv"][call["argv"].index("--query") + 1]]): call["answer"]
        for call in calls
        if "document" in call
    }
    said = ask(tmp_path, lines=[json.loads(line) for line in lines], queries=[json.loads(query) for query in queries])
    assert len(lines) >= 12
    assert [text for text in said["lines"] if text] == []
    assert said["queries"] == list(queries.values())
