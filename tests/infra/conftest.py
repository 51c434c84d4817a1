"""The evaluated deployments, each made once a session: by the first worker that wants it, while the others wait."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.infra import bicep
from tests.infra.bicep import BICEP, INFRA, Deployment, Properties
from tests.infra.everything import everything

_WAIT_S = 240.0


class Once:
    """Results that the workers of a session share through a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, name: str, make: Callable[[], object]) -> Any:
        """Whoever makes the subfolder makes the result; a failure is everybody's."""
        result = self._folder / f"{name}.json"
        try:
            (self._folder / name).mkdir()
        except FileExistsError:
            end = time.monotonic() + _WAIT_S
            while not result.exists():
                assert time.monotonic() < end, "another worker evaluates the templates, and does not get done"
                time.sleep(0.1)
        else:
            made: dict[str, object] = {
                "fault": "the templates cannot be evaluated: another test of this session says why"
            }
            try:
                made = {"result": make()}
            finally:
                unready = result.with_suffix(".unready")
                unready.write_text(json.dumps(made), encoding="utf-8")
                unready.replace(result)
        found = json.loads(result.read_text(encoding="utf-8"))
        assert "fault" not in found, found["fault"]
        return found["result"]


@pytest.fixture(scope="session")
def _once(tmp_path_factory: pytest.TempPathFactory) -> Once:
    if BICEP is None:
        pytest.skip("needs the Bicep compiler (bicep) on the PATH")
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "deployments"
    folder.mkdir(exist_ok=True)
    return Once(folder)


@pytest.fixture(scope="session")
def build(_once: Once) -> tuple[str, str]:
    """What the compiler makes of main.bicep, and its complaints."""
    output, complaints = _once("build", lambda: bicep.compiled(INFRA, "build", "main.bicep", "--stdout"))
    return output, complaints


@pytest.fixture(scope="session")
def template(build: tuple[str, str]) -> Properties:
    """Its parameters, with their types, bounds and defaults, and its outputs."""
    output, complaints = build
    assert output, complaints
    found: Properties = json.loads(output)
    return found


@pytest.fixture(scope="session")
def usual(_once: Once, template: Properties) -> Deployment:
    """What `azd up` deploys in an environment that sets nothing."""
    parameters = template["parameters"]
    return Deployment(_once("usual", lambda: bicep.deployment(INFRA, parameters, {}).resources))


@pytest.fixture(scope="session")
def full(_once: Once, template: Properties) -> Deployment:
    """The same with every parameter given and every option on."""
    parameters = template["parameters"]
    return Deployment(_once("full", lambda: bicep.deployment(INFRA, parameters, everything(parameters)).resources))
