"""wiring.py: settings to services. One set for the process, nothing called before it is needed."""

import logging

import pytest

from sandbox.tenant import SandboxTenant
from shared import wiring
from shared.core.desired import DirectorySource
from shared.core.models import Current, Method, ReadScope, ServiceAccount, Target
from shared.core.phone_library import is_region
from shared.deadline import Deadline
from shared.errors import ConfigurationError
from shared.services import Handshake, Services
from shared.settings import read_settings
from shared.wiring import build_services


@pytest.fixture
def _forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a process that has not served a request yet."""
    monkeypatch.setattr(wiring, "_services", None)


def build(box: SandboxTenant, **settings: str) -> Services:
    return build_services(read_settings({**box.environment(), **settings}, is_region))


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
        SMS_SIGN_IN="off",
        MAX_REMOVALS_PERCENT="3",
    )
    assert (services.access.handshake_header, services.max_users, services.max_body_bytes) == ("X-Handshake", 7, 2048)
    assert services.deadline_s == 9
    assert (services.policy.rewrite_masked, services.policy.max_removals_percent) == (True, 3)
    assert services.source == DirectorySource(remove_on_empty=True, default_region="SE", sms_sign_in=False)
    assert services.access.allow_explicit is False


@pytest.mark.usefixtures("_forgotten")
def test_names_of_users_are_logged_where_a_setting_says_so(box: SandboxTenant) -> None:
    assert not build(box).logs_user_names
    assert build(box, LOG_USER_NAMES="true").logs_user_names


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
    current, previous = services.access.handshakes(Deadline(20))
    assert (current, previous) == (Handshake("sandbox-handshake-not-real"), None)
    box.tenant.set_secret("webhook-handshake-previous", "previous-not-real", exp=1_900_000_000)
    _, previous = build(box).access.handshakes(Deadline(20))
    assert previous is not None
    assert previous.value == "previous-not-real"
    assert previous.expires_on is not None
    assert previous.expires_on.timestamp() == 1_900_000_000


def test_the_name_of_the_handshake_secret(box: SandboxTenant) -> None:
    box.tenant.set_secret("other", "a-not-real")
    box.tenant.set_secret("other-previous", "b-not-real")
    current, previous = build(box, HANDSHAKE_SECRET_NAME="other").access.handshakes(Deadline(20))
    assert (current.value, previous and previous.value) == ("a-not-real", "b-not-real")


def test_the_explicit_handshake_has_a_secret_of_its_own(box: SandboxTenant) -> None:
    services = build(box, ALLOW_EXPLICIT_VALUES="true")
    explicit = services.access.explicit_handshakes
    assert services.access.allow_explicit is True
    assert explicit(Deadline(20)) == (Handshake("sandbox-explicit-handshake-not-real"), None)
    box.tenant.set_secret("webhook-handshake-explicit", "rotated-not-real")
    box.tenant.set_secret("webhook-handshake-explicit-previous", "previous-not-real")
    assert explicit(Deadline(20), 0) == (Handshake("rotated-not-real"), Handshake("previous-not-real"))
    box.tenant.set_secret("other", "a-not-real")
    other = build(box, ALLOW_EXPLICIT_VALUES="true", HANDSHAKE_EXPLICIT_SECRET_NAME="other").access.explicit_handshakes
    assert other(Deadline(20))[0] == Handshake("a-not-real")


def test_where_explicit_values_are_off_their_secret_may_be_missing_and_is_not_asked_for_again(
    box: SandboxTenant,
) -> None:
    box.tenant.delete_secret("webhook-handshake-explicit")
    services = build(box)
    for _ in range(3):
        assert services.access.explicit_handshakes(Deadline(20)) == (Handshake(""), None)
    assert len(box.tenant.calls("vault", path_contains="/webhook-handshake-explicit/")) == 1


def test_each_attribute_is_read_for_its_method(box: SandboxTenant) -> None:
    box.tenant.change_user("anna.andersson@contoso.com", businessPhones=["+46 701740698"], mail="anna@fabrikam.com")
    services = build(box, OFFICE_ATTRIBUTE="businessPhones", EMAIL_ATTRIBUTE="mail")
    target = Target(upn="anna.andersson@contoso.com")
    (snapshot,) = services.directory.read([target], lambda _target, _user: ReadScope.NONE, Deadline(20))
    assert snapshot.user is not None
    assert snapshot.user.attributes == {
        Method.MOBILE: "+46 701740605",
        Method.OFFICE: "+46 701740698",
        Method.EMAIL: "anna@fabrikam.com",
    }


@pytest.mark.parametrize("mode", ["service_account", "client_secret", "managed_identity"])
def test_each_mode_signs_in_and_reads(box: SandboxTenant, mode: str) -> None:
    services = build(box, GRAPH_AUTH=mode)
    account = services.sign_in(Deadline(20))
    expected = ServiceAccount(box.tenant.user("svc-mfa@contoso.com").id, "svc-mfa@contoso.com")
    assert account == (expected if mode == "service_account" else None)
    target = Target(upn="anna.andersson@contoso.com")
    (snapshot,) = services.directory.read([target], lambda _target, _user: ReadScope.ALL, Deadline(20))
    assert snapshot.user is not None
    assert snapshot.user.attributes == {Method.MOBILE: "+46 701740605"}
    assert isinstance(snapshot.current, Current)
    assert len(snapshot.current.phones) == 1


def test_in_the_identity_mode_there_is_no_other_sign_in(box: SandboxTenant) -> None:
    build(box, GRAPH_AUTH="managed_identity").sign_in(Deadline(20))
    assert box.tenant.calls("login") == []
    assert box.tenant.calls("vault") == []


def test_the_other_cloud(box: SandboxTenant) -> None:
    services = build(box, AZURE_CLOUD="usgov", KEY_VAULT_URL=f"https://{box.vault_name}.vault.usgovcloudapi.net")
    assert services.sign_in(Deadline(20)) is not None
    target = Target(upn="anna.andersson@contoso.com")
    (snapshot,) = services.directory.read([target], lambda _target, _user: ReadScope.NONE, Deadline(20))
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
