"""Microsoft's compiler and linter have nothing to say about the templates."""

import itertools
import re

from tests.infra.bicep import INFRA, compiled, needs_bicep

# Of rules that are on. Each has its reason in bicepconfig.json.
SWITCHED_OFF = ["use-recent-api-versions"]


def test_the_compiler_complains_about_nothing(build: tuple[str, str]) -> None:
    output, complaints = build
    assert complaints == ""
    assert output != ""


@needs_bicep
def test_the_linter_complains_about_nothing() -> None:
    assert compiled(INFRA, "lint", "main.bicep") == ("", "")


def test_only_a_rule_that_turns_red_with_the_date_is_off() -> None:
    text = (INFRA / "bicepconfig.json").read_text(encoding="utf-8")
    rules = re.findall(r"""^( *//[^\n]*\n)?\s*"([a-z-]+)": \{ "level": "(\w+)" \}""", text, re.M)
    assert rules
    assert [name for _, name, level in rules if level == "off"] == SWITCHED_OFF
    assert all(comment for comment, _, level in rules if level == "off")
    assert {level for _, _, level in rules} == {"off", "warning"}


def test_a_line_that_is_let_through_says_why() -> None:
    for path in sorted(INFRA.rglob("*.bicep")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for before, line in itertools.pairwise(lines):
            if "#disable" in line:
                assert re.fullmatch(r" *#disable-next-line [\w-]+", line), path.name
                assert before.lstrip().startswith("// "), path.name


def test_every_module_is_used() -> None:
    main = (INFRA / "main.bicep").read_text(encoding="utf-8")
    modules = sorted(f"modules/{path.name}" for path in (INFRA / "modules").glob("*.bicep"))
    assert sorted(re.findall(r"^module \w+ '(.+)' = ", main, re.M)) == modules
