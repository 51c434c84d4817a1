"""Every code, setting and route that exists is described, and every one that is described exists."""

import json
import re
from functools import cache

import pytest

from sandbox.host import indexed_functions
from shared import errors
from shared.core.codes import Code
from shared.core.guard.ceilings import RefusalCode
from shared.errors import ServiceError
from shared.settings.table import SETTINGS
from tests.docs.pages import PAGES, ROOT, Page, page

EACH = pytest.mark.parametrize("shown", PAGES, ids=lambda shown: shown.name)

# Code and HTTP status of what can end a whole request. What a guard refuses carries a report and is no ServiceError.
PROBLEMS = {
    kind.code: kind.status
    for kind in vars(errors).values()
    if isinstance(kind, type) and issubclass(kind, ServiceError) and "code" in vars(kind)
} | {code.value: code.status for code in RefusalCode}
FOLDERS = ("shared", "infra", "connector", "examples", "sandbox", "powershell")
SUFFIXES = (".py", ".json", ".bicep", ".ps1", ".psm1", ".psd1")
FILES = ("function_app.py", "dev.py", "host.json", "local.settings.sample.json")
OF_THE_HOST = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING"}


@cache
def words() -> frozenset[str]:
    """Of everything that is deployed or used beside the docs."""
    paths = [path for folder in FOLDERS for path in ROOT.joinpath(folder).rglob("*") if path.suffix in SUFFIXES]
    texts = [path.read_text(encoding="utf-8") for path in [*paths, *(ROOT / name for name in FILES)]]
    return frozenset(word for text in texts for word in re.findall(r"\w+", text))


def test_the_page_of_codes_has_every_code_once_with_its_status_and_no_other() -> None:
    rows = [(row[0], row[1].strip("`")) for row in page("docs/codes.md").rows()]
    existing = [(code.user_status.value, code.value) for code in Code]
    existing += [(str(status), code) for code, status in PROBLEMS.items()]
    assert sorted(rows) == sorted(existing)


@EACH
def test_a_code_beside_a_status_exists_and_is_answered_with_it(shown: Page) -> None:
    pairs = re.findall(r"\b([45]\d\d) `([A-Za-z]+)`", shown.prose)
    unknown = [pair for pair in pairs if pair[1] not in PROBLEMS and pair[1] not in set(Code)]
    assert unknown == []
    assert [(status, code) for status, code in pairs if code in PROBLEMS and int(status) != PROBLEMS[code]] == []


def test_the_page_of_settings_has_every_setting_with_its_default_and_no_other() -> None:
    rows = {row[0].strip("`"): row[1].strip("`") for row in page("docs/settings.md").rows() if len(row) == 3}
    assert {setting.name for setting in SETTINGS} <= rows.keys()
    assert {setting.name: rows[setting.name] for setting in SETTINGS if setting.default is not None} == {
        setting.name: setting.default for setting in SETTINGS if setting.default is not None
    }
    others = rows.keys() - {setting.name for setting in SETTINGS}
    assert others <= OF_THE_HOST | {"PYTHON_THREADPOOL_THREAD_COUNT"}


@EACH
def test_names_in_the_style_of_settings_and_fields_exist_in_the_code(shown: Page) -> None:
    styled = re.compile(r"\b(?:[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+|[a-z]+[A-Z][A-Za-z]+)\b(?!\.\w)")
    names = {name for span in shown.spans for name in styled.findall(span)}
    assert names - words() == set()


@cache
def routes() -> set[tuple[str, str]]:
    bindings = [binding for function in indexed_functions(ROOT, {}) for binding in function.bindings]
    triggers = [binding for binding in bindings if binding["type"] == "httpTrigger"]
    return {(method, f"/api/{binding['route']}") for binding in triggers for method in binding["methods"]}


def test_the_page_of_the_api_has_every_route_and_no_other() -> None:
    text = page("docs/api.md").text
    table = text.partition("## Routes")[2].partition("\n## ")[0]
    found = re.findall(r"^\| `([A-Z]+) (\S+)` \|", table, re.MULTILINE)
    assert sorted(found) == sorted(routes())


@EACH
def test_a_route_that_is_mentioned_exists(shown: Page) -> None:
    known = [(method, route.split("/")) for method, route in routes()]
    mentioned = re.findall(
        r"(?<![\w/-])(?:(GET|POST|PUT|PATCH|DELETE) )?(?:https?://[^/\s]+)?(/api/[^\s'\"`),?&]+)", shown.text
    )
    unknown = [
        (method, path)
        for method, path in mentioned
        if not any(method in ("", verb) and _matches(path.rstrip(".:;").split("/"), route) for verb, route in known)
    ]
    assert unknown == []


def _matches(path: list[str], route: list[str]) -> bool:
    return len(path) == len(route) and all(
        part == wanted or wanted.startswith("{") for part, wanted in zip(path, route, strict=True)
    )


def _once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """JSON takes the last of two values under one name, and says nothing."""
    names = [name for name, _ in pairs]
    assert sorted(set(names)) == sorted(names)
    return dict(pairs)


def test_the_sample_settings_hold_every_setting_once_with_its_default() -> None:
    text = ROOT.joinpath("local.settings.sample.json").read_text(encoding="utf-8")
    sample = json.loads(text, object_pairs_hook=_once)["Values"]
    assert sample.keys() - OF_THE_HOST == {setting.name for setting in SETTINGS}
    assert {setting.name: sample[setting.name] for setting in SETTINGS if setting.default is not None} == {
        setting.name: setting.default for setting in SETTINGS if setting.default is not None
    }
