"""vault.py: the vault is down, or it refuses."""

import logging
from collections.abc import Callable
from types import SimpleNamespace

import pytest
from azure.core.exceptions import HttpResponseError

from shared.deadline import Deadline
from shared.errors import ConfigurationError, VaultUnavailable
from shared.microsoft.vault import COOL_DOWN_S, REFUSED_S, STALE_S, TRIES, Lifetime, Secret, Vault
from tests.unit.clock import Clock
from tests.unit.microsoft.vault.secrets import TTL_S, VALUE, Client, denied, down, get, missing

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
    clock.advance(REFUSED_S)
    with pytest.raises(VaultUnavailable):
        get(vault)


@pytest.mark.parametrize("refusal", [missing, denied])
@pytest.mark.parametrize("reload_every_s", [None, 0.0])
def test_after_a_refusal_the_vault_is_asked_again_some_seconds_later(
    vault: Vault, client: Client, clock: Clock, refusal: Callable[[str], str], reload_every_s: float | None
) -> None:
    client.answer = refusal
    for _ in range(20):
        with pytest.raises(ConfigurationError, match="the Key Vault secret a cannot be read"):
            get(vault, reload_every_s=reload_every_s)
    assert client.asked == ["a"]
    client.answer = lambda _name: VALUE
    clock.advance(REFUSED_S)
    assert get(vault) == VALUE


def test_a_refusal_is_kept_no_longer_than_a_value(vault: Vault, client: Client) -> None:
    client.answer = missing
    for _ in range(2):
        with pytest.raises(ConfigurationError):
            vault.get("a", Deadline(20), lifetime=Lifetime(0.0, 0.0))
    assert client.asked == ["a", "a"]


def test_what_a_check_has_seen_since_serves_at_once(vault: Vault, client: Client) -> None:
    client.answer = missing
    with pytest.raises(ConfigurationError):
        get(vault)
    client.answer = lambda _name: VALUE
    vault.examine("a", Deadline(20))
    assert get(vault, reload_every_s=0.0) == VALUE


@pytest.mark.parametrize("value", ["", " x", "x ", "x\n", " ", "\ufeffx", "x\u200b", "\u2060x\u200b", "\ufeff"])
def test_a_value_that_is_empty_or_padded_is_a_configuration_error(vault: Vault, client: Client, value: str) -> None:
    client.answer = lambda _name: value
    with pytest.raises(ConfigurationError, match="is empty, or begins or ends with white space"):
        get(vault)


def test_an_unseen_character_within_a_value_stays(vault: Vault, client: Client) -> None:
    client.answer = lambda _name: "x\u200dy"
    assert get(vault) == "x\u200dy"


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
