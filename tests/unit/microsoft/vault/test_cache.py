"""vault.py: what is kept, for how long, and who asks."""

import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest

from shared.deadline import Deadline
from shared.errors import VaultUnavailable
from shared.microsoft.vault import STALE_S, Lifetime, Vault
from tests.unit.clock import Clock
from tests.unit.microsoft.vault.secrets import TTL_S, VALUE, Client, down, get


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

    vault = Vault(connect, 0, lambda: False)  # type: ignore[arg-type]
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


@pytest.mark.parametrize("method", [Vault.get, Vault.find])
def test_whoever_asks_may_say_how_long_a_value_is_good(
    vault: Vault, client: Client, clock: Clock, method: Callable[..., object]
) -> None:
    short = Lifetime(ttl_s=10, stale_s=60)
    method(vault, "a", Deadline(20), None, short)
    clock.advance(11)
    get(vault)
    assert client.asked == ["a"], "for whoever says nothing it is good still"
    method(vault, "a", Deadline(20), None, short)
    assert client.asked == ["a", "a"]
    client.answer = down
    clock.advance(50)
    method(vault, "a", Deadline(20), None, short)
    clock.advance(15)
    with pytest.raises(VaultUnavailable):
        method(vault, "a", Deadline(20), None, short)
    clock.advance(STALE_S - 120)
    assert get(vault) == VALUE
