"""What gets installed: the lock files agree with the ranges that people edit, and everybody installs from them."""

import fnmatch
import re
from functools import cache
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

import dev
from infra import stage
from tests.docs.pages import page
from tests.infra.bicep import ROOT

PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SYSTEMS = ("linux", "darwin", "win32")
RANGES = {name: source[0] for name, source in dev.LOCKS.items()}
EACH = pytest.mark.parametrize("name", RANGES)
WORKFLOW = yaml.safe_load((ROOT / ".github/workflows/test.yml").read_text(encoding="utf-8"))


@cache
def entries(name: str) -> list[tuple[Requirement, list[str]]]:
    """Each requirement of a file with its hashes; files that it includes count as a part of it."""
    found: list[tuple[Requirement, list[str]]] = []
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    for line in (line.partition(" #")[0].strip() for line in text.splitlines()):
        if line.startswith("-r "):
            found += entries(line[3:])
        elif line and not line.startswith("#"):
            stated, *hashes = line.split(" --hash=")
            found.append((Requirement(stated), [text.strip() for text in hashes]))
    return found


def installed(name: str, python: str, system: str) -> dict[str, Version]:
    """What a lock file installs there: one version of each name."""
    found: dict[str, Version] = {}
    for requirement, _ in entries(name):
        if applies(requirement, python, system):
            key = canonicalize_name(requirement.name)
            assert key not in found, f"{name} has {key} twice for Python {python}"
            (only,) = requirement.specifier
            assert only.operator == "=="
            found[key] = Version(only.version)
    return found


def applies(requirement: Requirement, python: str, system: str) -> bool:
    place = {"python_version": python, "python_full_version": f"{python}.0", "sys_platform": system}
    return requirement.marker is None or requirement.marker.evaluate(place)


@EACH
@pytest.mark.parametrize("python", PYTHONS)
def test_each_range_has_one_locked_version_inside_it(name: str, python: str) -> None:
    for system in SYSTEMS:
        locked = installed(name, python, system)
        for requirement, _ in entries(RANGES[name]):
            if applies(requirement, python, system):
                version = locked[canonicalize_name(requirement.name)]
                assert requirement.specifier.contains(version), f"{requirement}: python dev.py lock"


@pytest.mark.parametrize("name", [*RANGES, "requirements-worker.txt"])
def test_every_locked_entry_is_one_version_with_its_hashes(name: str) -> None:
    assert entries(name)
    for requirement, hashes in entries(name):
        assert [specifier.operator for specifier in requirement.specifier] == ["=="]
        assert hashes, f"{requirement} has no hash"
        assert [text for text in hashes if not re.fullmatch(r"sha256:[0-9a-f]{64}", text)] == []


@pytest.mark.parametrize("python", PYTHONS)
def test_the_tests_run_the_versions_that_ship(python: str) -> None:
    for system in SYSTEMS:
        shipped = installed("requirements-lock.txt", python, system)
        assert shipped.items() <= installed("requirements-dev-lock.txt", python, system).items()


def test_the_ranges_stay_readable() -> None:
    for requirement, hashes in entries("requirements.txt"):
        assert hashes == []
        assert {specifier.operator for specifier in requirement.specifier} == {">=", "<"}


def test_the_commands_of_the_readme_install_with_hashes() -> None:
    assert list(dev.INSTALLED) == ["requirements-dev-lock.txt", "requirements-worker.txt"]
    assert "--require-hashes" in dev.PIP_OPTIONS


def test_azd_stages_the_folder_that_it_deploys() -> None:
    service = yaml.safe_load((ROOT / "azure.yaml").read_text(encoding="utf-8"))["services"]["api"]
    assert service["dist"] == "dist/app"
    assert service["hooks"].keys() == {"prepackage"}
    commands = {system: hook["run"].split() for system, hook in service["hooks"]["prepackage"].items()}
    assert commands == {"posix": ["python3", "infra/stage.py"], "windows": ["py", "infra/stage.py"]}


def test_the_staged_folder_holds_the_app_and_the_lock_file_and_nothing_old(tmp_path: Path) -> None:
    folder = tmp_path / "dist"
    folder.mkdir()
    (folder / "old.py").touch()
    stage.stage(folder)
    assert {path.name for path in folder.iterdir()} == {*stage.APP, "requirements.txt"}
    assert (folder / "requirements.txt").read_bytes() == (ROOT / "requirements-lock.txt").read_bytes()
    assert files(folder / "shared") == {name for name in files(ROOT / "shared") if "__pycache__" not in name}


def files(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_publishing_from_the_checkout_sends_the_same_files() -> None:
    """With .funcignore, as `func azure functionapp publish` reads it; all its patterns are about the top level."""
    lines = (ROOT / ".funcignore").read_text(encoding="utf-8").splitlines()
    patterns = [line.rstrip("/") for line in lines if line and not line.startswith("#")]
    top = [path.name for path in ROOT.iterdir()]
    sent = {name for name in top if not any(fnmatch.fnmatch(name, pattern) for pattern in patterns)}
    assert sent == {*stage.APP, "requirements.txt"}


def test_the_workflow_audits_and_lists_what_ships_and_a_release_carries_it() -> None:
    commands = "\n".join(step.get("run", "") for step in WORKFLOW["jobs"]["supply-chain"]["steps"])
    assert "pip install --require-hashes -r .github/requirements-audit-lock.txt" in commands
    assert re.search(r"^pip-audit --strict .*-r requirements-lock\.txt .*\| tee release/audit\.json$", commands, re.M)
    assert "install --require-hashes -r requirements-lock.txt" in commands
    assert "cyclonedx-py environment shipped/bin/python --output-file release/sbom.cdx.json" in commands
    assert "python dev.py package" in commands
    assert "pytest -m long tests/infra/test_package.py" in commands
    assert "cp dist/*.zip release/" in commands
    assert """test "$GITHUB_REF_NAME" = "v$(python -c 'from shared import VERSION; print(VERSION)')\"""" in commands
    assert set(WORKFLOW["jobs"]["release"]["needs"]) == WORKFLOW["jobs"].keys() - {"release"}
    assert "release/*" in WORKFLOW["jobs"]["release"]["steps"][-1]["run"]
    assert "schedule" in WORKFLOW[True]  # YAML reads `on` as true


def test_dependabot_looks_at_every_lock_file_and_at_the_actions() -> None:
    updates = yaml.safe_load((ROOT / ".github/dependabot.yml").read_text(encoding="utf-8"))["updates"]
    found = {update["package-ecosystem"]: update for update in updates}
    assert found.keys() == {"pip", "github-actions"}
    folders = {"/" + name.rpartition("/")[0] for name in [*dev.LOCKS, *dev.INSTALLED]}
    assert set(found["pip"]["directories"]) == folders
    assert all(name.endswith(".txt") for name in [*dev.LOCKS, *dev.INSTALLED])  # it knows no other ending
    names = {requirement.name for file in [*dev.LOCKS, *dev.INSTALLED] for requirement, _ in entries(file)}
    assert {rule["dependency-name"] for rule in found["pip"]["ignore"]} <= names


def test_contributing_says_what_installs_from_what() -> None:
    text = page("CONTRIBUTING.md").text
    assert [name for name in [*dev.LOCKS, *RANGES.values(), *dev.INSTALLED] if name not in text] == []
