"""vault.py: the cache with plain functions in the place of the client, the meaning of answers with the real SDK."""

import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
from azure.core.exceptions import HttpResponseError, ResourceNotFoundError, ServiceRequestError
from azure.keyvault.secrets import SecretClient

from sandbox.tenant import Fault, SandboxTenant
from shared.deadline import Deadline
from shared.errors import ConfigurationError, VaultUnavailable
from shared.microsoft import vault as vault_module
from shared.microsoft.identity import AppIdentity, bounded_transport
from shared.microsoft.vault import COOL_DOWN_S, STALE_S, TRIES, Secret, Vault
from tests.unit.clock import Clock

TTL_S = 300.0
VALUE = "current-not-real"


class Client:
    """What Vault needs of a SecretClient. `answer` is called for every question and may raise."""

    def __init__(self, answer: Callable[[str], str]) -> None:
        self.answer = answer
        self.asked: list[str] = []

    def get_secret(self, name: str) -> object:
        self.asked.append(name)
        return SimpleNamespace(value=self.answer(name), properties=SimpleNamespace(expires_on=None))


def down(_name: str) -> str:
    raise ServiceRequestError("unreachable")


def missing(_name: str) -> str:
    raise ResourceNotFoundError("no such secret")


def denied(_name: str) -> str:
    fault = HttpResponseError("forbidden")
    fault.status_code = 403
    raise fault


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, vault_module)


@pytest.fixture
def client() -> Client:
    return Client(lambda _name: VALUE)


@pytest.fixture
def vault(client: Client) -> Vault:
    return Vault(lambda: client, TTL_S)  # type: ignore[arg-type, return-value]


def get(vault: Vault, name: str = "a", reload_every_s: float | None = None) -> str:
    return vault.get(name, Deadline(20), reload_every_s).value


# The cache


def test_a_secret_is_asked_for_once_and_kept_for_its_time(vault: Vault, client: Client, clock: Clock) -> None:
    assert [get(vault), get(vault)] == [VALUE, VALUE]
    clock.advance(TTL_S - 1)
    get(vault)
    assert client.asked == ["a"]
    clock.advance(2)
    get(vault)
    assert client.asked == ["a", "a"]


def test_each_name_is_kept_for_itself(vault: Vault, client: Client) -> None:
    get(vault, "a")
    get(vault, "b")
    assert client.asked == ["a", "b"]


def test_a_reload_asks_at_once_but_not_again_within_its_interval(vault: Vault, client: Client, clock: Clock) -> None:
    get(vault)
    get(vault, reload_every_s=10)
    assert len(client.asked) == 2
    clock.advance(9)
    get(vault, reload_every_s=10)
    assert len(client.asked) == 2
    clock.advance(2)
    get(vault, reload_every_s=10)
    assert len(client.asked) == 3
    get(vault, reload_every_s=0)
    assert len(client.asked) == 4


def test_handshake_rotation_who_comes_while_another_one_reloads_gets_the_new_value_too(
    vault: Vault, client: Client
) -> None:
    get(vault)
    began, go = threading.Event(), threading.Event()

    def slowly(_name: str) -> str:
        began.set()
        go.wait(10)
        return "rotated-not-real"

    client.answer = slowly
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(get, vault, "a", 10)
        assert began.wait(5)
        second = pool.submit(get, vault, "a", 10)
        time.sleep(0.1)
        go.set()
        assert [first.result(), second.result()] == ["rotated-not-real"] * 2
    assert client.asked == ["a", "a"]


def test_a_reload_does_not_make_a_stale_value_serve_longer(vault: Vault, client: Client, clock: Clock) -> None:
    get(vault, reload_every_s=10)
    clock.advance(TTL_S + 1)
    get(vault, reload_every_s=10 * TTL_S)
    assert len(client.asked) == 2


def test_the_client_is_made_when_it_is_first_needed_and_once(client: Client) -> None:
    made: list[Client] = []

    def connect() -> Client:
        made.append(client)
        return client

    vault = Vault(connect, 0)  # type: ignore[arg-type]
    assert made == []
    get(vault)
    get(vault)
    assert len(made) == 1


def test_one_caller_refreshes_while_the_others_wait(vault: Vault, client: Client) -> None:
    def slowly(_name: str) -> str:
        time.sleep(0.2)
        return VALUE

    client.answer = slowly
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: get(vault), range(8))) == [VALUE] * 8
    assert client.asked == ["a"]


def test_who_waits_for_another_ones_refresh_waits_no_longer_than_his_deadline(vault: Vault, client: Client) -> None:
    began, done = threading.Event(), threading.Event()

    def stuck(_name: str) -> str:
        began.set()
        done.wait(10)
        return VALUE

    client.answer = stuck
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(get, vault)
        assert began.wait(5)
        with pytest.raises(VaultUnavailable):
            vault.get("a", Deadline(0.1))
        done.set()
        assert first.result() == VALUE


# The vault is down


@pytest.mark.usefixtures("clock")
def test_a_short_trouble_is_ridden_out(vault: Vault, client: Client) -> None:
    answers = iter([down, down, lambda _name: VALUE])
    client.answer = lambda name: next(answers)(name)
    assert get(vault) == VALUE
    assert len(client.asked) == 3


def test_down_with_nothing_cached_is_unavailable(vault: Vault, client: Client, clock: Clock) -> None:
    client.answer = down
    with pytest.raises(VaultUnavailable) as trouble:
        get(vault)
    assert trouble.value.retry_after == 30
    assert len(client.asked) == TRIES
    assert sum(clock.slept) < 3


def test_stale_vault_values_serve_for_an_hour_with_a_warning(
    vault: Vault, client: Client, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    get(vault)
    client.answer = down
    clock.advance(STALE_S - 60)
    with caplog.at_level(logging.WARNING):
        assert get(vault) == VALUE
    assert "Key Vault is unavailable" in caplog.text
    assert VALUE not in caplog.text
    clock.advance(120)
    with pytest.raises(VaultUnavailable):
        get(vault)


def test_after_a_failed_refresh_the_vault_is_left_alone_for_a_moment(
    vault: Vault, client: Client, clock: Clock
) -> None:
    get(vault)
    client.answer = down
    clock.advance(TTL_S + 1)
    get(vault)
    asked = len(client.asked)
    get(vault)
    clock.advance(COOL_DOWN_S - 1)
    get(vault)
    assert len(client.asked) == asked


def test_a_busy_webhook_asks_the_vault_again_when_the_moment_is_over(
    vault: Vault, client: Client, clock: Clock
) -> None:
    """Callers who come every second must not put the next question off again and again."""
    get(vault)
    client.answer = down
    clock.advance(TTL_S + 1)
    get(vault)
    client.answer = lambda _name: "rotated-not-real"
    seen = []
    for _ in range(round(3 * COOL_DOWN_S)):
        clock.advance(1)
        seen.append(get(vault))
    assert seen[-1] == "rotated-not-real"


def test_a_wait_that_the_vault_asks_for_and_that_is_too_long_is_passed_on(vault: Vault, client: Client) -> None:
    def throttled(_name: str) -> str:
        answer = SimpleNamespace(status_code=429, reason="Too Many Requests", headers={"Retry-After": "60"})
        raise HttpResponseError("throttled", response=answer)  # type: ignore[arg-type]

    client.answer = throttled
    with pytest.raises(VaultUnavailable) as trouble:
        get(vault)
    assert trouble.value.retry_after == 60
    assert len(client.asked) == 1


def test_nothing_is_begun_that_the_deadline_forbids(vault: Vault, client: Client, clock: Clock) -> None:
    client.answer = down
    with pytest.raises(VaultUnavailable):
        vault.get("a", Deadline(0.0))
    assert len(client.asked) <= 1
    assert clock.slept == []


# The vault refuses


@pytest.mark.parametrize("refusal", [missing, denied])
def test_when_the_vault_refuses_the_stale_value_is_not_used(
    vault: Vault, client: Client, clock: Clock, refusal: Callable[[str], str]
) -> None:
    get(vault)
    client.answer = refusal
    clock.advance(TTL_S + 1)
    with pytest.raises(ConfigurationError, match="the Key Vault secret a"):
        get(vault)
    client.answer = down
    with pytest.raises(VaultUnavailable):
        get(vault)


def test_after_a_refusal_the_vault_is_asked_again_at_once(vault: Vault, client: Client) -> None:
    client.answer = missing
    with pytest.raises(ConfigurationError):
        get(vault)
    client.answer = lambda _name: VALUE
    assert get(vault) == VALUE


@pytest.mark.parametrize("value", ["", " x", "x ", "x\n", " "])
def test_a_value_that_is_empty_or_padded_is_a_configuration_error(vault: Vault, client: Client, value: str) -> None:
    client.answer = lambda _name: value
    with pytest.raises(ConfigurationError, match="is empty, or begins or ends with white space"):
        get(vault)


def test_a_secret_that_need_not_exist(vault: Vault, client: Client, caplog: pytest.LogCaptureFixture) -> None:
    client.answer = missing
    with caplog.at_level(logging.WARNING):
        assert vault.find("a", Deadline(20)) is None
        assert vault.find("a", Deadline(20)) is None
    assert len(client.asked) == 1
    assert caplog.text == ""


def test_a_secret_that_need_not_exist_and_is_refused_counts_as_missing_with_a_warning(
    vault: Vault, client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    client.answer = denied
    with caplog.at_level(logging.WARNING):
        assert vault.find("a", Deadline(20)) is None
    assert "the Key Vault secret a counts as missing" in caplog.text


def test_missing_is_known_for_a_while_when_the_vault_goes_down(vault: Vault, client: Client, clock: Clock) -> None:
    client.answer = missing
    vault.find("a", Deadline(20))
    client.answer = down
    clock.advance(TTL_S + 1)
    assert vault.find("a", Deadline(20)) is None


def test_a_name_found_missing_is_still_an_error_for_who_needs_it(vault: Vault, client: Client) -> None:
    client.answer = missing
    assert vault.find("a", Deadline(20)) is None
    with pytest.raises(ConfigurationError, match="the Key Vault secret a does not exist"):
        get(vault)


def test_no_repr_holds_the_value() -> None:
    assert VALUE not in f"{Secret(VALUE)}"


# With the real SDK, against the sandbox


@pytest.fixture
def real(box: SandboxTenant) -> Vault:
    def connect() -> SecretClient:
        credential = AppIdentity(True, box.environment()["AZURE_CLIENT_ID"])
        return SecretClient(box.vault_url, credential, transport=bounded_transport(), retry_total=0)

    return Vault(connect, TTL_S)


def test_a_real_secret_with_its_expiry(box: SandboxTenant, real: Vault) -> None:
    box.tenant.set_secret("dated", VALUE, exp=1_900_000_000)
    assert real.get("dated", Deadline(20)) == Secret(VALUE, datetime.fromtimestamp(1_900_000_000, UTC))
    assert real.find("no-such-secret", Deadline(20)) is None


def test_a_new_version_is_seen_when_asked_again(box: SandboxTenant, real: Vault) -> None:
    box.tenant.set_secret("a", "old")
    get(real)
    box.tenant.set_secret("a", "new")
    assert get(real) == "old"
    assert get(real, reload_every_s=0) == "new"


def test_a_missing_secret(real: Vault) -> None:
    with pytest.raises(ConfigurationError, match=r"no-such-secret cannot be had: it does not exist \(404\)"):
        get(real, "no-such-secret")


def test_a_disabled_secret(box: SandboxTenant, real: Vault) -> None:
    box.tenant.set_secret("off", VALUE, enabled=False)
    with pytest.raises(ConfigurationError, match=r"Key Vault answered 403 \(SecretDisabled\)"):
        get(real, "off")


def test_an_identity_without_access(box: SandboxTenant, real: Vault) -> None:
    box.tenant.apps[box.environment()["AZURE_CLIENT_ID"]].reads_vault = False
    with pytest.raises(ConfigurationError, match=r"Key Vault answered 403 \(ForbiddenByRbac\)"):
        get(real, "webhook-handshake")


def test_a_vault_that_refuses_every_token(box: SandboxTenant, real: Vault) -> None:
    box.tenant.faults.append(Fault("status", host="vault", status=401))
    with pytest.raises(ConfigurationError, match=r"Key Vault answered 401|gets no token"):
        get(real, "webhook-handshake")


def test_an_identity_that_does_not_exist(box: SandboxTenant) -> None:
    def connect() -> SecretClient:
        credential = AppIdentity(True, "1de00000-0000-4000-8000-0000000000ff")
        return SecretClient(box.vault_url, credential, transport=bounded_transport(), retry_total=0)

    with pytest.raises(ConfigurationError, match="AZURE_CLIENT_ID"):
        get(Vault(connect, TTL_S), "webhook-handshake")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", host="vault", status=429, retry_after=60),
        Fault("status", host="vault", status=500),
        Fault("status", host="vault", status=503),
        Fault("close", host="vault"),
        Fault("truncate", host="vault"),
        Fault("garbage", host="vault"),
    ],
    ids=lambda fault: f"{fault.what} {fault.status}",
)
def test_a_vault_in_trouble_is_unavailable_and_no_configuration_error(
    box: SandboxTenant, real: Vault, fault: Fault
) -> None:
    box.tenant.faults.append(fault)
    with pytest.raises(VaultUnavailable):
        get(real, "webhook-handshake")


@pytest.mark.usefixtures("clock")
@pytest.mark.parametrize("status", [500, 503])
def test_an_identity_endpoint_in_trouble_is_no_configuration_error(
    box: SandboxTenant, real: Vault, status: int
) -> None:
    box.tenant.faults.append(Fault("status", host="identity", status=status))
    with pytest.raises(VaultUnavailable):
        get(real, "webhook-handshake")


def test_a_vault_that_hangs_is_given_up_in_time(box: SandboxTenant, real: Vault) -> None:
    box.tenant.faults.append(Fault("hang", host="vault", seconds=30))
    began = time.monotonic()
    with pytest.raises(VaultUnavailable):
        real.get("webhook-handshake", Deadline(1))
    assert time.monotonic() - began < 2.5
