"""What an operator or a caller can meet is written down: settings, codes."""

import json
import re

import pytest

from shared import errors
from shared.core.codes import Code
from shared.errors import ServiceError
from shared.settings import SETTINGS
from tests.whole.conftest import CHECKOUT

PROBLEMS = {
    kind.code for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, ServiceError)
} | {"tooManyRemovals"}


@pytest.fixture(scope="module")
def readme() -> str:
    return CHECKOUT.joinpath("README.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [setting.name for setting in SETTINGS])
def test_the_readme_names_every_setting_with_its_default(readme: str, name: str) -> None:
    line = next((line for line in readme.splitlines() if line.startswith("|") and f"`{name}`" in line), None)
    assert line is not None
    default = next(setting.default for setting in SETTINGS if setting.name == name)
    assert default is None or default in line


@pytest.mark.parametrize("code", [*Code, *sorted(PROBLEMS)])
def test_the_readme_names_every_code(readme: str, code: str) -> None:
    assert re.search(rf"`(\d{{3}} )?{code}`", readme)


def test_the_sample_settings_hold_every_setting_with_its_default() -> None:
    sample = json.loads(CHECKOUT.joinpath("local.settings.sample.json").read_text(encoding="utf-8"))["Values"]
    of_the_platform = {"FUNCTIONS_WORKER_RUNTIME", "AzureWebJobsStorage", "AZURE_FUNCTIONS_DURABLE_STRICT_TYPING"}
    assert sample.keys() - of_the_platform == {setting.name for setting in SETTINGS}
    assert {setting.name: sample[setting.name] for setting in SETTINGS if setting.default is not None} == {
        setting.name: setting.default for setting in SETTINGS if setting.default is not None
    }
