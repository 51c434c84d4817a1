"""api/caller.py: signed calls."""

import pytest

from shared.errors import ConfigurationError, StorageUnavailable, TooManyAttempts, Unauthorized, VaultUnavailable
from shared.services import Handshake
from shared.settings.callers import Require
from tests.signing import Signer
from tests.unit.api.identifying import BODY, LISTS, SIGNS, peopled, reloads, signed_headers, who
from tests.unit.world import EXPLICIT, SECRET, World


@pytest.fixture
def world() -> World:
    return peopled()


def refused(world: World, headers: dict[str, str], body: bytes = BODY) -> str:
    """Why, as the log has it."""
    with pytest.raises(Unauthorized) as refusal:
        who(world, headers, body)
    return refusal.value.detail


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature", "webhook-caller"])
def test_all_four_are_needed(world: World, missing: str) -> None:
    headers = signed_headers(SIGNS)
    for spoilt in ({**headers, missing: ""}, {name: value for name, value in headers.items() if name != missing}):
        assert "all four" in refused(world, spoilt)
    assert world.log == []


def test_an_old_or_malformed_one_asks_the_vault_nothing(world: World) -> None:
    assert "five minutes" in refused(world, signed_headers(SIGNS, seconds_ago=301.5))
    assert "not usable" in refused(world, {**signed_headers(SIGNS), "webhook-id": "a.b"})
    assert world.log == []
    assert world.ids.used == set()


@pytest.mark.parametrize(
    "name", ["signs", "iam", "nobody", "webhook-handshake", "webhook-handshake-explicit", "LISTS", "lists "]
)
def test_who_has_signed_is_the_one_named(world: World, name: str) -> None:
    for secret in (LISTS.secret, SECRET, EXPLICIT):
        assert "does not match" in refused(world, signed_headers(Signer(name, secret)))
    assert who(world, signed_headers(LISTS)).name == "lists"


def test_nobody_signs_with_a_key_that_stands_for_none(world: World) -> None:
    """What is compared where there is no key is no key either."""
    zeros = "\0" * 32
    for name in ("nobody", "iam"):
        assert "does not match" in refused(world, signed_headers(Signer(name, zeros)))
    world.doors["signs"].values = [Handshake("whsec_too-short-to-be-a-key")]
    for secret in (zeros, "whsec_too-short-to-be-a-key".removeprefix("whsec_")):
        assert "does not match" in refused(world, signed_headers(Signer("signs", secret)))


def test_an_id_is_claimed_when_the_signature_held_and_not_before(world: World) -> None:
    right = signed_headers(SIGNS, webhook_id="evt")
    for spoilt in ({**right, "webhook-signature": "v1,AAAA"}, {**right, "webhook-caller": "lists"}):
        refused(world, spoilt)
    refused(world, right, b"{}")
    assert world.ids.used == set()
    assert who(world, right).webhook_id == "evt"
    assert world.ids.used == {("signs", "evt")}
    assert refused(world, right).startswith("replayed")


def test_without_storage_a_signed_call_is_503_but_a_forged_one_401(world: World) -> None:
    world.ids.trouble = StorageUnavailable("no storage")
    with pytest.raises(StorageUnavailable):
        who(world, signed_headers(SIGNS))
    assert "does not match" in refused(world, {**signed_headers(SIGNS), "webhook-signature": "v1,AAAA"})


def test_a_changed_key_counts_at_once(world: World) -> None:
    new = Signer("signs", "the-new-secret-not-real")
    world.doors["signs"].values.append(Handshake(new.secret))
    assert who(world, signed_headers(new)).name == "signs"
    assert reloads(world) == 4


def test_a_replayed_call_asks_the_vault_no_second_time(world: World) -> None:
    headers = signed_headers(SIGNS)
    who(world, headers)
    refused(world, headers)
    assert reloads(world) == 0


@pytest.mark.parametrize("require", [Require.SIGNATURE, Require.ENTRA])
def test_what_is_required(world: World, require: Require) -> None:
    world.require = require
    world.ordinary.trouble = world.explicit.trouble = ConfigurationError("there is no handshake")
    if require is Require.SIGNATURE:
        assert who(world, signed_headers(SIGNS)).name == "signs"
    else:
        assert "a signature is not enough" in refused(world, signed_headers(SIGNS))
    for header in (SECRET, EXPLICIT, f"lists.{LISTS.secret}"):
        assert "a handshake is not enough" in refused(world, {"message": header})
    assert {"vault", "explicit vault"}.isdisjoint(world.log)


def test_a_vault_that_does_not_answer_about_the_signer_is_503(world: World) -> None:
    world.doors["signs"].trouble = VaultUnavailable("away")
    with pytest.raises(VaultUnavailable):
        who(world, signed_headers(SIGNS))
    assert who(world, signed_headers(LISTS)).name == "lists"


def test_a_secret_that_another_caller_has_too_signs_for_neither(world: World) -> None:
    world.doors["lists"].values = [Handshake(SIGNS.secret)]
    for name in ("signs", "lists"):
        assert "the same value as another" in refused(world, signed_headers(Signer(name, SIGNS.secret)))


@pytest.mark.parametrize(
    "alike",
    [
        pytest.param("whsec_c2FuZGJveC1zaWduaW5nLWtleS1ub3QtcmVhbA", id="without padding"),
        pytest.param("sandbox-signing-key-not-real", id="as text"),
    ],
)
def test_a_secret_that_is_the_same_key_written_otherwise_signs_for_neither(world: World, alike: str) -> None:
    """The name of the caller is not signed."""
    world.doors["lists"].values = [Handshake(alike)]
    for name in ("signs", "lists"):
        assert "the same value as another" in refused(world, signed_headers(Signer(name, SIGNS.secret)))


def test_guesses_with_signatures_are_counted(world: World) -> None:
    for _ in range(10):
        refused(world, {**signed_headers(SIGNS), "webhook-signature": "v1,AAAA"})
    before = reloads(world)
    with pytest.raises(TooManyAttempts):
        who(world, {**signed_headers(SIGNS), "webhook-signature": "v1,AAAA"})
    assert reloads(world) == before
    assert who(world, signed_headers(SIGNS)).name == "signs"
