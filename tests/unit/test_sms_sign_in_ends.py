"""wiring.py, api/users.py: whoever switches SMS sign-in on hears in the log that it ends."""

import pytest

from sandbox.tenant import SandboxTenant
from shared.api.users import handle_disable_sms_sign_in, handle_enable_sms_sign_in
from shared.core.phone_library import is_region
from shared.settings import read_settings
from shared.wiring import build_services
from tests.recorded import lines
from tests.unit.world import EXPLICIT_HEADERS, NEW, Handle, World


def warnings(caplog: pytest.LogCaptureFixture) -> list[str]:
    return [line["message"] for line in lines(caplog) if "1 February 2027" in line["message"]]


@pytest.mark.parametrize(("value", "count"), [("on", 1), ("off", 0), ("leave", 0)])
def test_the_setting_warns_once_when_the_app_starts(
    box: SandboxTenant, caplog: pytest.LogCaptureFixture, value: str, count: int
) -> None:
    build_services(read_settings({**box.environment(), "SMS_SIGN_IN": value}, is_region))
    found = warnings(caplog)
    assert [text.partition(":")[0] for text in found] == ["SMS_SIGN_IN=on"] * count


@pytest.mark.parametrize(("handle", "count"), [(handle_enable_sms_sign_in, 1), (handle_disable_sms_sign_in, 0)])
def test_the_operation_warns_each_time(caplog: pytest.LogCaptureFixture, handle: Handle, count: int) -> None:
    world = World().allow_explicit()
    world.directory.add("anna", NEW, mobile=NEW)
    world.send(handle, headers=EXPLICIT_HEADERS, user="anna@contoso.com")
    assert len(warnings(caplog)) == count
