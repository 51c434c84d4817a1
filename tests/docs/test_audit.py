"""The questions to the audit trail in docs/operations.md: both forms ask the same, of fields that records have."""

import json
import re

from sandbox.audit import FILTERS
from tests.docs.pages import ROOT, page

PROPERTIES = json.loads((ROOT / "shared" / "records" / "audit.schema.json").read_text(encoding="utf-8"))["properties"]
CONDITION = re.compile(r'tostring\(r\.(\w+)\) == "([^"]*)"')
OPTION = re.compile(r'(--\w+) "([^"]*)"')


def questions() -> list[tuple[str, str]]:
    """Of each question: the condition for Kusto, and the options of dev.py audit."""
    text = page("docs/operations.md").text.partition("| question | condition | options |")[2].partition("\n\n")[0]
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in text.splitlines()[2:]]
    return [(row[1], row[2]) for row in rows]


def test_both_forms_ask_the_same() -> None:
    assert len(questions()) == 10
    for condition, options in questions():
        asked = CONDITION.findall(condition)
        assert condition == "`" + " and ".join(f'tostring(r.{name}) == "{value}"' for name, value in asked) + "`"
        assert [(FILTERS[option], value) for option, value in OPTION.findall(options)] == asked


def test_a_condition_fits_where_the_page_says() -> None:
    """What follows `where` in the line before the last of the query is a condition, and may be any other one."""
    query = re.findall(r"^```kusto\n(.*?)^```", page("docs/operations.md").text, re.DOTALL | re.MULTILINE)[0]
    before, condition = query.splitlines()[-2].split("where ")
    assert before == "| "
    assert CONDITION.fullmatch(condition)


def test_the_folder_that_the_trail_is_downloaded_to_is_made_first() -> None:
    """Azure's client wants it to be there (azure-cli, process_blob_download_batch_parameters)."""
    (folder,) = re.findall(r"--destination (\S+)", page("docs/operations.md").text)
    assert re.search(rf"(?m)^mkdir {folder} .*\naz storage blob download-batch", page("docs/operations.md").text)


def test_they_ask_for_what_records_have() -> None:
    asked = [found for condition, _ in questions() for found in CONDITION.findall(condition)]
    for name, value in asked:
        assert name in PROPERTIES
        assert value.startswith("<") or value in PROPERTIES[name].get("enum", [value])
    text = page("docs/operations.md").text
    assert set(re.findall(r"\br\.(\w+)", text)) <= PROPERTIES.keys()


def test_the_page_describes_every_field_and_every_word() -> None:
    text = page("docs/operations.md").text.partition("## Audit trail")[2].partition("### Read it")[0]
    words = [*PROPERTIES, *PROPERTIES["event"]["enum"], *PROPERTIES["outcome"]["enum"]]
    assert [word for word in words if f"`{word}`" not in text] == []
