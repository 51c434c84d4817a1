"""Faults that were planted in the templates one at a time, and what finds each: the compiler, or a test of this folder.

The compiler lets through every value of an enumeration, and whatever is missing without being required.
"""

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.infra.bicep import ROOT, compiled, needs_bicep

MAIN, STORAGE, VAULT, APP, ACCESS = (
    "main.bicep",
    *(f"modules/{name}.bicep" for name in ("storage", "vault", "function-app", "access")),
)
NOT_COPIED = (".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "node_modules", "dist", ".sandbox")


@dataclass(frozen=True)
class Fault:
    name: str
    file: str
    old: str
    new: str
    found_by: str  # words of the compiler's complaint, or the name of a test


COMPILER = [
    Fault("property misspelt", STORAGE, "allowSharedKeyAccess:", "allowSharedKeysAccess:", "BCP089"),
    Fault("property of another type", STORAGE, "allowBlobPublicAccess: false", "allowBlobPublicAccess: 'no'", "BCP036"),
    Fault("unknown API version", VAULT, "vaults@2026-05-15", "vaults@2026-05-16", "BCP081"),
    Fault("unknown resource type", VAULT, "KeyVault/vaults@", "KeyVault/vault@", "BCP081"),
    Fault("module parameter missing", MAIN, "    planName: names.plan\n", "", "BCP035"),
    Fault("module parameter misspelt", MAIN, "planName: names.plan", "planNames: names.plan", "BCP089"),
    Fault("required property missing", VAULT, "    tenantId: tenant().tenantId\n", "", "BCP035"),
    Fault(
        "secret in an output",
        APP,
        "output url string =",
        "output key string = account.listKeys().keys[0].value\noutput url string =",
        "outputs-should-not-contain-secrets",
    ),
    Fault(
        "unused parameter",
        APP,
        "param planName string",
        "param planName string\nparam size string = ''",
        "no-unused-params",
    ),
    Fault("region as a literal", STORAGE, "location: location", "location: 'swedencentral'", "no-unused-params"),
    Fault("brace missing", STORAGE, "    name: 'Standard_LRS'\n  }", "    name: 'Standard_LRS'", "BCP018"),
    Fault("undefined name", MAIN, "planName: names.plan", "planName: named.plan", "BCP057"),
    Fault("module that is not there", MAIN, "'modules/vault.bicep'", "'modules/vaults.bicep'", "BCP091"),
    Fault("unknown function", MAIN, "toLower(uniqueString", "lower(uniqueString", "BCP057"),
]
TESTS = [
    Fault("plan FC9", APP, "name: 'FC1'", "name: 'FC9'", "test_azure_knows_the_value"),
    Fault("TLS 1.9 of the app", APP, "minTlsVersion: '1.2'", "minTlsVersion: '1.9'", "test_azure_knows_the_value"),
    Fault("TLS1_9 of storage", STORAGE, "'TLS1_2'", "'TLS1_9'", "test_azure_knows_the_value"),
    Fault("runtime pyton", APP, "name: 'python'", "name: 'pyton'", "test_azure_knows_the_value"),
    Fault("Python 3.6", APP, "version: '3.13'", "version: '3.6'", "test_azure_knows_the_value"),
    Fault(
        "1,000 MB of memory",
        APP,
        "instanceMemoryMB: instanceMemoryMb",
        "instanceMemoryMB: instanceMemoryMb == 2048 ? 1000 : instanceMemoryMb",
        "test_azure_knows_the_value",
    ),
    Fault(
        "role of another kind",
        ACCESS,
        "4633458b-17de-408a-b874-0445c86b69e6",
        "21090545-7ca7-4776-b22c-e363652d74d2",  # Key Vault Reader
        "test_the_app_and_whoever_deploys_have_these_roles",
    ),
    Fault("role taken out", ACCESS, "  '974c5e8b-", "  // '974c5e8b-", "test_azd_makes_these_resources"),
    Fault(
        "setting misspelt",
        APP,
        "AzureWebJobsDisableHomepage",
        "AzureWebJobsDisableHomePage",
        "test_the_root_of_the_app",
    ),
    Fault(
        "setting that Flex refuses",
        APP,
        "    AzureWebJobsDisableHomepage: 'true'",
        "    AzureWebJobsDisableHomepage: 'true'\n    FUNCTIONS_WORKER_RUNTIME: 'python'",
        "test_by_default_the_app_has_the_defaults",
    ),
    Fault(
        "365 days of soft delete",
        VAULT,
        "softDeleteRetentionInDays: 90",
        "softDeleteRetentionInDays: 365",
        "test_azure_knows_the_value",
    ),
    Fault("public blobs", STORAGE, "PublicAccess: false", "PublicAccess: true", "test_nothing_signs_in_with_a_key"),
    Fault(
        "shared keys", STORAGE, "SharedKeyAccess: false", "SharedKeyAccess: true", "test_nothing_signs_in_with_a_key"
    ),
    Fault(
        "container with capitals",
        STORAGE,
        "name: 'audit'\n  properties: {\n    publicAccess",
        "name: 'Audit'\n  properties: {\n    publicAccess",
        "test_names_keep_to_the_rules",
    ),
    Fault("azd's parameter misspelt", "main.parameters.json", '"readOnly"', '"readonly"', "BCP259"),
]


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy, so that the tests find the faulty templates where they look for them."""
    return shutil.copytree(ROOT, tmp_path_factory.mktemp("faults") / "copy", ignore=shutil.ignore_patterns(*NOT_COPIED))


@pytest.fixture
def planted(checkout: Path, request: pytest.FixtureRequest) -> Iterator[Fault]:
    fault: Fault = request.param
    path = checkout / "infra" / fault.file
    before = path.read_text(encoding="utf-8")
    assert before.count(fault.old) >= 1
    path.write_text(before.replace(fault.old, fault.new, 1), encoding="utf-8")
    yield fault
    path.write_text(before, encoding="utf-8")


def each(faults: list[Fault]) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("planted", faults, indirect=True, ids=[fault.name for fault in faults])


@needs_bicep
@pytest.mark.long
@each(COMPILER)
def test_the_compiler_finds(planted: Fault, checkout: Path) -> None:
    _, complaints = compiled(checkout / "infra", "build", "main.bicep", "--stdout")
    assert planted.found_by in complaints


@needs_bicep
@pytest.mark.long
@each(TESTS)
def test_a_test_finds_what_the_compiler_lets_through(planted: Fault, checkout: Path) -> None:
    _, complaints = compiled(checkout / "infra", "build", "main.bicep", "--stdout")
    assert complaints == ""
    output = outcome_of(checkout)
    assert re.search(r"^\d+ failed|, \d+ error|^\d+ error", output, re.M), output
    assert planted.found_by in output


@needs_bicep
@pytest.mark.long
def test_without_a_fault_they_find_nothing(checkout: Path) -> None:
    assert re.search(r"^\d+ passed", outcome_of(checkout), re.M)


def outcome_of(checkout: Path) -> str:
    """What the tests of the evaluated deployment say there."""
    names = ("callers", "deployment", "host", "roles", "settings", "storage")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", *(f"tests/infra/test_{name}.py" for name in names)],
        cwd=checkout,
        env=dict(os.environ),
        capture_output=True,
        encoding="utf-8",
        timeout=300,
        check=False,
    )
    return done.stdout + done.stderr
