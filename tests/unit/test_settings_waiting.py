"""settings: WAIT_FOR_USERS_MINUTES, and the setting that it does not go with."""

import pytest

from shared.core.phone_library import is_region
from shared.errors import ConfigurationError
from shared.settings import Settings
from shared.settings import read_settings as read
from tests.unit.test_settings_guards import MINIMUM


def read_settings(**settings: str) -> Settings:
    return read({**MINIMUM, **settings}, is_region)


def test_by_default_no_job_waits() -> None:
    assert read_settings().wait_for_users_minutes == 0
    assert read_settings(WAIT_FOR_USERS_MINUTES="1440").wait_for_users_minutes == 1440


@pytest.mark.parametrize("text", ["1441", "-1", "1.5", "x"])
def test_what_is_no_number_of_minutes_up_to_a_day(text: str) -> None:
    with pytest.raises(ConfigurationError, match="WAIT_FOR_USERS_MINUTES"):
        read_settings(WAIT_FOR_USERS_MINUTES=text)


def test_with_removals_it_is_a_fault_that_names_both() -> None:
    with pytest.raises(ConfigurationError) as error:
        read_settings(WAIT_FOR_USERS_MINUTES="1", ON_EMPTY="remove")
    assert "WAIT_FOR_USERS_MINUTES" in error.value.detail
    assert "ON_EMPTY" in error.value.detail
    assert read_settings(ON_EMPTY="remove").remove_on_empty
