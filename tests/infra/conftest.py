"""The evaluated deployment, made once a session: by the first worker that wants it, while the others wait."""

import json
import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.infra import bicep
from tests.infra.bicep import BICEP, INFRA, Deployment, Properties
from tests.infra.everything import everything

_WAIT_S = 240.0


@pytest.fixture(scope="session")
def _evaluated(tmp_path_factory: pytest.TempPathFactory) -> Properties:
    if BICEP is None:
        pytest.skip("needs the Bicep compiler (bicep) on the PATH")
    base = tmp_path_factory.getbasetemp()
    return once(base.parent if "PYTEST_XDIST_WORKER" in os.environ else base, _evaluate)


def _evaluate() -> Properties:
    template = bicep.template(INFRA)
    parameters = template["parameters"]
    return {
        "template": template,
        "usual": bicep.deployment(INFRA, parameters, {}).resources,
        "full": bicep.deployment(INFRA, parameters, everything(parameters)).resources,
    }


def once(folder: Path, make: Callable[[], Properties]) -> Properties:
    """The folder is shared. Whoever makes the subfolder makes the result; a failure is everybody's."""
    result = folder / "deployment.json"
    try:
        (folder / "deployment").mkdir()
    except FileExistsError:
        end = time.monotonic() + _WAIT_S
        while not result.exists():
            assert time.monotonic() < end, "another worker evaluates the templates, and does not get done"
            time.sleep(0.1)
    else:
        made: Properties = {"fault": "the templates could not be evaluated: another test of this session says why"}
        try:
            made = make()
        finally:
            unready = result.with_suffix(".unready")
            unready.write_text(json.dumps(made), encoding="utf-8")
            unready.replace(result)
    found: Properties = json.loads(result.read_text(encoding="utf-8"))
    assert "fault" not in found, found["fault"]
    return found


@pytest.fixture(scope="session")
def template(_evaluated: Properties) -> Properties:
    """Parameters and outputs of main.bicep, as Azure Resource Manager gets them."""
    found: Properties = _evaluated["template"]
    return found


@pytest.fixture(scope="session")
def usual(_evaluated: Properties) -> Deployment:
    """What `azd up` deploys in an environment that sets nothing."""
    return Deployment(_evaluated["usual"])


@pytest.fixture(scope="session")
def full(_evaluated: Properties) -> Deployment:
    """The same with every parameter given and every option on."""
    return Deployment(_evaluated["full"])
