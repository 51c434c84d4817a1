"""The Bicep files parse, their names and modules fit together, and they grant and reveal only what they should."""

import re
from pathlib import Path

import pytest

from tests.infra.bicep import INFRA, Template, load
from tests.infra.linter import faults

# Those of the Logic App are a deployment of their own: test_lifecycle.py.
TEMPLATES = {
    path.relative_to(INFRA).as_posix(): load(path)
    for path in sorted(INFRA.rglob("*.bicep"))
    if "lifecycle" not in path.relative_to(INFRA).as_posix()
}

# Azure built-in roles (Microsoft Learn).
ROLES = {
    "b7e6dc6d-f1e8-4753-8033-0f276bb0955b": "Storage Blob Data Owner",
    "974c5e8b-45b9-4653-ba55-5f855dd0fb88": "Storage Queue Data Contributor",
    "0a9a7e1f-b9d0-4cc4-a60d-0319b160aaa3": "Storage Table Data Contributor",
    "3913510d-42f4-4e42-8a64-420c390055eb": "Monitoring Metrics Publisher",
    "4633458b-17de-408a-b874-0445c86b69e6": "Key Vault Secrets User",
    "2a2b9908-6ea1-4ae2-8e65-a410df84e7d1": "Storage Blob Data Reader",
}

GUID = r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"


@pytest.mark.parametrize("name", TEMPLATES)
def test_names_and_modules_of_each_file_fit_together(name: str) -> None:
    assert faults(TEMPLATES[name]) == []


def test_every_module_file_is_called_by_main() -> None:
    called = {path for path, _ in TEMPLATES["main.bicep"].modules().values()}
    assert called == {template.path for name, template in TEMPLATES.items() if name != "main.bicep"}


def test_main_deploys_to_the_subscription_and_tags_the_group_for_azd() -> None:
    main = TEMPLATES["main.bicep"]
    assert main.tree["globals"]["scope"]["value"] == "subscription"
    assert "'azd-env-name': environmentName" in main.text


def test_every_role_is_a_known_one_on_a_line_of_its_own_with_its_name_and_reason() -> None:
    seen = []
    for template in TEMPLATES.values():
        for line in template.text.splitlines():
            for role in re.findall(GUID, line):
                seen.append(role)
                assert re.fullmatch(rf"  '{role}' // {ROLES[role]}: \w.{{20,}}", line), line
    assert len(seen) == len(set(seen)) == 6


def test_no_secret_enters_or_leaves_a_template() -> None:
    for name, template in TEMPLATES.items():
        assert not re.search(r"@secure|list(Keys|AccountSas|ServiceSas)|vaults/secrets|accountKey", template.text), name
        names = [*template.declared("parameters"), *template.declared("outputs")]
        carriers = [
            n for n in names if re.search(r"secret|password|key$", n, re.I) and not n.endswith(("Name", "TtlSeconds"))
        ]
        assert carriers == [], name


@pytest.mark.parametrize(
    ("name", "resource", "expected"),
    [
        (
            "modules/storage.bicep",
            "account",
            {"allowSharedKeyAccess": False, "allowBlobPublicAccess": False, "minimumTlsVersion": "TLS1_2"},
        ),
        (
            "modules/vault.bicep",
            "vault",
            {"enableRbacAuthorization": True, "enableSoftDelete": True, "enablePurgeProtection": True},
        ),
        ("modules/monitoring.bicep", "insights", {"DisableLocalAuth": True}),
        ("modules/monitoring.bicep", "workspace", {"features": {"disableLocalAuth": True}}),
        ("modules/function-app.bicep", "app", {"httpsOnly": True}),
        ("modules/function-app.bicep", "publishingPassword", {"allow": False}),
    ],
)
def test_nothing_signs_in_with_a_key_or_without_encryption(
    name: str, resource: str, expected: dict[str, object]
) -> None:
    properties = TEMPLATES[name].declared("resources")[resource]["config"]["properties"]
    assert {key: properties[key] for key in expected} == expected


def test_the_app_is_flex_consumption_on_python_313() -> None:
    resources = TEMPLATES["modules/function-app.bicep"].declared("resources")
    assert resources["plan"]["config"]["sku"] == {"name": "FC1", "tier": "FlexConsumption"}
    config = resources["app"]["config"]["properties"]["functionAppConfig"]
    assert config["runtime"] == {"name": "python", "version": "3.13"}
    assert config["deployment"]["storage"]["authentication"]["type"] == "UserAssignedIdentity"


CHILD = "param name string\nparam size int = 1\noutput id string = '${name}${size}'\n"
CALL = "module child 'child.bicep' = {\n  name: 'child'\n  params: {\n    name: 'a'\n  }\n}\n"


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("output o string = missing\n", "undefined name missing"),
        ("output o string = 'a-${missing}-b'\n", "undefined name missing"),
        ("output o string = empty('') ? 'a' : missing\n", "undefined name missing"),
        ("var a = {\n  b: missing\n}\noutput o object = a\n", "undefined name missing"),
        ("output o string = toUper('a')\n", "unknown function toUper"),
        ("@descripton('a')\nparam a string\noutput o string = a\n", "unknown decorator descripton"),
        ("param a string\n", "unused parameter a"),
        ("var a = 'a'\n// a\noutput o string = 'a'\n", "unused variable a"),
        ("var a = [for b in ['c']: b]\n", "unused variable a"),
        (CALL.replace("child.bicep", "other.bicep"), "module child: there is no other.bicep"),
        (CALL.replace("name: 'a'", "nane: 'a'"), "module child has no parameter nane"),
        (CALL.replace("name: 'a'", "size: 2"), "module child needs name"),
        (CALL + "output o string = child.outputs.ids\n", "module child has no output ids"),
    ],
)
def test_the_linter_reports(text: str, fault: str, tmp_path: Path) -> None:
    assert fault in _lint(text, tmp_path)


def test_the_linter_accepts_what_is_right(tmp_path: Path) -> None:
    text = (
        "@description('names in a string: missing, \\'missing\\'')\nparam a string = 'b'\nvar c = { missing: a }\n"
        "/* missing\nmissing */\nvar d = [for (e, f) in [a]: { g: '${e}-${empty(c) ? '${f}' : 'missing'}' }]\n"
        f"output o array = d\n{CALL}output p string = child.outputs.id\n"
    )
    assert _lint(text, tmp_path) == []


def test_a_syntax_error_is_found(tmp_path: Path) -> None:
    with pytest.raises(Exception, match="line 1"):
        _lint("param a string =\n", tmp_path)


def _lint(text: str, folder: Path) -> list[str]:
    (folder / "child.bicep").write_text(CHILD, encoding="utf-8")
    path = folder / "main.bicep"
    path.write_text(text, encoding="utf-8")
    template: Template = load(path)
    return faults(template)
