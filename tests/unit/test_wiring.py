"""wiring.py: settings to services. One set for the process, nothing called before it is needed."""

import logging

import pytest

from sandbox.tenant import SandboxTenant
from shared import wiring
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.handler import Services
from shared.handshake import Handshake
from shared.models import ServiceAccount, Target
from shared.settings import read_settings
from shared.wiring import build_services


@pytest.fixture
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not served a request yet."""
    monkeypatch.setattr(wiring, "_services", None)


def build(box: SandboxTenant, **settings: str) -> Services:
    return build_services(read_settings({**box.environment(), **settings}))


def test_building_calls_nobody(box: SandboxTenant) -> None:
    build(box)
    assert box.tenant.requests == []


def test_settings_reach_their_place(box: SandboxTenant) -> None:
    services = build(
        box,
        HANDSHAKE_HEADER="X-Handshake",
        MAX_USERS="7",
        MAX_BODY_BYTES="2048",
        INLINE_DEADLINE_SECONDS="9",
        ON_EMPTY="remove",
        ON_MASKED="rewrite",
        DEFAULT_REGION="SE",
        MAX_REMOVALS_PERCENT="3",
    )
    assert (services.handshake_header, services.max_users, services.max_body_bytes) == ("X-Handshake", 7, 2048)
    assert services.deadline_s == 9
    policy = services.policy
    assert (policy.remove_on_empty, policy.rewrite_masked) == (True, True)
    assert (policy.default_region, policy.max_removals_percent) == ("SE", 3)


@pytest.mark.usefixtures("_forgotten")
def test_the_process_has_one_set_of_services(box: SandboxTenant) -> None:
    assert wiring.services() is wiring.services()


@pytest.mark.usefixtures("_forgotten")
def test_wrong_settings_are_told_every_time_until_they_are_right(
    box: SandboxTenant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GRAPH_AUTH", "nonsense")
    for _ in range(2):
        with pytest.raises(ConfigurationError, match="GRAPH_AUTH"):
            wiring.services()
    monkeypatch.delenv("GRAPH_AUTH")
    assert wiring.services()


def test_the_handshakes_come_from_the_vault(box: SandboxTenant) -> None:
    services = build(box)
    current, previous = services.handshakes(Deadline(20))
    assert (current, previous) == (Handshake("sandbox-handshake-not-real"), None)
    box.tenant.set_secret("webhook-handshake-previous", "previous-not-real", exp=1_900_000_000)
    _, previous = services.handshakes(Deadline(20), 0)
    assert previous is not None
    assert previous.value == "previous-not-real"
    assert previous.expires_on is not None
    assert previous.expires_on.timestamp() == 1_900_000_000


def test_the_name_of_the_handshake_secret(box: SandboxTenant) -> None:
    box.tenant.set_secret("other", "a-not-real")
    box.tenant.set_secret("other-previous", "b-not-real")
    current, previous = build(box, HANDSHAKE_SECRET_NAME="other").handshakes(Deadline(20))
    assert (current.value, previous and previous.value) == ("a-not-real", "b-not-real")


@pytest.mark.parametrize("mode", ["service_account", "client_secret", "managed_identity"])
def test_each_mode_signs_in_and_reads(box: SandboxTenant, mode: str) -> None:
    services = build(box, GRAPH_AUTH=mode)
    account = services.sign_in(Deadline(20))
    expected = ServiceAccount(box.tenant.user("svc-mfa@contoso.com").id, "svc-mfa@contoso.com")
    assert account == (expected if mode == "service_account" else None)
    target = Target(upn="anna.andersson@contoso.com")
    (snapshot,) = services.directory.read([target], lambda _user: True, Deadline(20))
    assert snapshot.user is not None
    assert snapshot.user.source == "+46 701740605"
    assert snapshot.methods is not None


def test_in_the_identity_mode_there_is_no_other_sign_in(box: SandboxTenant) -> None:
    build(box, GRAPH_AUTH="managed_identity").sign_in(Deadline(20))
    assert box.tenant.calls("login") == []
    assert box.tenant.calls("vault") == []


def test_the_other_cloud(box: SandboxTenant) -> None:
    services = build(box, AZURE_CLOUD="usgov", KEY_VAULT_URL=f"https://{box.vault_name}.vault.usgovcloudapi.net")
    assert services.sign_in(Deadline(20)) is not None
    (snapshot,) = services.directory.read([Target(upn="anna.andersson@contoso.com")], lambda _user: False, Deadline(20))
    assert snapshot.user is not None


def test_libraries_are_quiet_once_services_are_built(box: SandboxTenant) -> None:
    logger = logging.getLogger("urllib3")
    before = logger.level
    logger.setLevel(logging.DEBUG)
    try:
        build(box)
        assert not logger.isEnabledFor(logging.INFO)
    finally:
        logger.setLevel(before)
