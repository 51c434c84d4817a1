"""The nightly lines about secrets: read from the vault, one for each that is in use and has an end."""

import logging
from datetime import UTC, datetime

import pytest

from sandbox.tenant import Fault, SandboxTenant, What
from shared.core.phone_library import is_region
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.jobs import nightly
from shared.microsoft import vault
from shared.services import Services
from shared.settings import read_settings
from shared.wiring import build_services
from tests.recorded import Line, lines

NOW = datetime(2026, 11, 28, 3, 17, tzinfo=UTC)
DAY = 86_400
CALLERS = """[{"name": "helpdesk", "rights": ["reconcile"]}, {"name": "hr", "rights": ["reconcile"]},
 {"name": "iam", "rights": ["reconcile"], "entraObjectId": "1a300000-0000-4000-8000-0000000001a3"}]"""


def build(box: SandboxTenant, **settings: str) -> Services:
    return build_services(read_settings({**box.environment(), **settings}, is_region))


def end(box: SandboxTenant, name: str, days: float, value: str = "a-secret-that-is-not-real") -> None:
    box.tenant.set_secret(name, value, exp=int(NOW.timestamp() + days * DAY))


def told(services: Services, caplog: pytest.LogCaptureFixture) -> list[Line]:
    with caplog.at_level(logging.INFO):
        nightly.log_expiry(services, NOW)
    return lines(caplog)


def test_each_secret_with_an_end_has_a_line(box: SandboxTenant, caplog: pytest.LogCaptureFixture) -> None:
    end(box, "webhook-handshake", 14.5)
    end(box, "webhook-handshake-previous", 1)  # a rotation: this end is meant
    end(box, "graph-client-secret", 15.5)
    end(box, "webhook-caller-helpdesk", -0.5)  # the caller hr has no secret yet
    end(box, "service-account-password", 90)
    end(box, "another-secret", 1)
    found = told(build(box, CALLERS=CALLERS, GRAPH_AUTH="service_account"), caplog)
    assert {line["event"] for line in found} == {"secretExpiry"}
    assert {line["secret"]: (line["daysLeft"], line["expiresOn"]) for line in found} == {
        "graph-client-secret": (15, "2026-12-13"),
        "service-account-password": (90, "2027-02-26"),
        "webhook-caller-helpdesk": (-1, "2026-11-27"),
        "webhook-handshake": (14, "2026-12-12"),
    }
    loud = {record.getMessage().split('"')[3] for record in caplog.records if record.levelno >= logging.WARNING}
    assert loud == {"Secret webhook-caller-helpdesk: -1 days left.", "Secret webhook-handshake: 14 days left."}


def test_secrets_that_the_settings_do_not_use_are_not_asked_for(
    box: SandboxTenant, caplog: pytest.LogCaptureFixture
) -> None:
    for name in ("webhook-handshake", "webhook-handshake-explicit", "graph-client-secret"):
        end(box, name, 3)
    settings = {"GRAPH_AUTH": "managed_identity", "PROTECT_ADMINISTRATORS": "off"}
    assert [line["secret"] for line in told(build(box, **settings), caplog)] == ["webhook-handshake"]
    assert told(build(box, **settings, REQUIRE="signature", CALLERS=CALLERS.replace("hr", "h")), caplog)[1:] == []


def test_a_secret_that_is_refused_stays_refused_for_those_who_need_it(
    box: SandboxTenant, caplog: pytest.LogCaptureFixture
) -> None:
    box.tenant.set_secret("webhook-handshake", "a-secret-that-is-not-real", enabled=False)
    end(box, "graph-client-secret", 30)
    services = build(box)
    assert [line["secret"] for line in told(services, caplog)] == ["graph-client-secret"]
    with pytest.raises(ConfigurationError, match="cannot be read"):
        services.access.handshakes(Deadline(20))


def test_a_vault_that_is_away_is_one_line(
    box: SandboxTenant, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vault, "REFRESH_LIMIT_S", 0.2)
    box.tenant.faults.append(Fault(What.STATUS, host="vault"))
    (line,) = told(build(box), caplog)
    assert line["message"].startswith("Key Vault did not say how long secrets last: ")
