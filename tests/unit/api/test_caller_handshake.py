"""api/caller.py: handshakes of named callers, what shuts one out, and what failures cost."""

from datetime import UTC, datetime, timedelta

import pytest

from shared.errors import ExplicitDisabled, TooManyAttempts, Unauthorized, VaultUnavailable
from shared.services import Handshake
from tests.unit.api.identifying import LISTS, SIGNS, peopled, reloads, who
from tests.unit.world import EXPLICIT, EXPLICIT_HEADERS, HEADERS, SECRET, World

MINE = {"message": f"lists.{LISTS.secret}"}
ADDRESS = {"x-forwarded-for": "203.0.113.7:1234"}
WRONG = {"message": "wrong", **ADDRESS}
OLD = "the-old-secret-not-real"


@pytest.fixture
def world() -> World:
    return peopled()


def refused(world: World, headers: dict[str, str]) -> str:
    with pytest.raises(Unauthorized) as refusal:
        who(world, headers)
    return refusal.value.detail


@pytest.mark.parametrize(
    "header",
    [
        *("lists", "lists.", f"lists.{LISTS.secret} ", f"lists.{LISTS.secret}x", f"LISTS.{LISTS.secret}"),
        *(LISTS.secret, f".{LISTS.secret}", f"signs.{LISTS.secret}", f"signs.{SIGNS.secret}", SIGNS.secret),
        *("iam.", "iam", "", f"webhook-handshake.{SECRET}", f"lists.{LISTS.secret},lists.{LISTS.secret}"),
    ],
)
def test_the_whole_header_is_compared(world: World, header: str) -> None:
    assert "does not match" in refused(world, {"message": header})


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("", "it is empty"),
        ("fifteen-letters", "fewer than 16"),
        ("long-enough-but-space ", "white space"),
        ("caf\u00e9-is-long-enough", "printable ASCII"),
        (SECRET, "the same value as another"),
        (EXPLICIT, "the same value as another"),
    ],
)
def test_a_secret_that_cannot_serve_shuts_out_its_caller_alone(world: World, value: str, why: str) -> None:
    world.doors["lists"].values = [Handshake(value)]
    detail = refused(world, {"message": f"lists.{value}"})
    assert "lists" in detail
    assert why in detail
    assert not value or value not in detail
    assert [who(world, headers).name for headers in (HEADERS, EXPLICIT_HEADERS)] == [
        *("webhook-handshake", "webhook-handshake-explicit"),
    ]


@pytest.mark.parametrize("which", ["ordinary", "explicit", "signs"])
def test_a_secret_that_is_anothers_previous_one_shuts_out(world: World, which: str) -> None:
    door = world.doors["signs"] if which == "signs" else getattr(world, which)
    door.previous = Handshake(LISTS.secret, datetime.now(UTC) + timedelta(hours=1))
    assert "the same value as another" in refused(world, MINE)


@pytest.mark.parametrize("which", ["ordinary", "explicit", "signs"])
def test_a_previous_one_that_is_anothers_shuts_out_too(world: World, which: str) -> None:
    value = {"ordinary": SECRET, "explicit": EXPLICIT, "signs": SIGNS.secret}[which]
    world.doors["lists"].previous = Handshake(value, datetime.now(UTC) + timedelta(hours=1))
    assert "the same value as another" in refused(world, MINE)


def test_ones_own_previous_one_is_nobody_elses(world: World) -> None:
    world.doors["lists"].previous = Handshake(LISTS.secret, datetime.now(UTC) + timedelta(hours=1))
    assert who(world, MINE).name == "lists"


@pytest.mark.parametrize(("minutes", "counts"), [(1, True), (-1, False), (None, False)])
def test_the_previous_one_counts_until_its_date(world: World, minutes: int | None, counts: bool) -> None:
    expires = None if minutes is None else datetime.now(UTC) + timedelta(minutes=minutes)
    world.doors["lists"].previous = Handshake(OLD, expires)
    if counts:
        assert who(world, {"message": f"lists.{OLD}"}).name == "lists"
    else:
        refused(world, {"message": f"lists.{OLD}"})
    assert who(world, MINE).name == "lists"


@pytest.mark.parametrize("value", ["", "short"])
def test_whoever_disables_a_secret_shuts_out_its_previous_one_too(world: World, value: str) -> None:
    world.doors["lists"].values = [Handshake(value)]
    world.doors["lists"].previous = Handshake(OLD, datetime.now(UTC) + timedelta(hours=1))
    assert "the secret of lists cannot be used" in refused(world, {"message": f"lists.{OLD}"})


def test_a_vault_without_an_answer_is_503_to_those_whom_it_might_prove_and_to_nobody_else(world: World) -> None:
    world.doors["lists"].trouble = VaultUnavailable("away")
    assert who(world, HEADERS).name == "webhook-handshake"
    with pytest.raises(VaultUnavailable):
        who(world, MINE)
    assert world.attempts.wait_s("") is None


def test_a_vault_without_an_answer_about_one_caller_lets_nobody_guess_as_another(world: World) -> None:
    world.doors["lists"].trouble = VaultUnavailable("away")
    for header in ("wrong", f"signs.{SECRET}", f"listsx.{SECRET}"):
        assert "does not match" in refused(world, {"message": header})


def test_a_vault_without_an_answer_about_the_ordinary_one_is_503_to_everybody(world: World) -> None:
    world.ordinary.trouble = VaultUnavailable("away")
    for headers in (HEADERS, MINE, {}):
        with pytest.raises(VaultUnavailable):
            who(world, headers)


def test_while_explicit_values_are_off_their_handshake_is_told_so_and_may_be_anything(world: World) -> None:
    world.allows_explicit = False
    with pytest.raises(ExplicitDisabled):
        who(world, EXPLICIT_HEADERS)
    for value in ("", "short", SECRET):
        world.explicit.values = [Handshake(value)]
        assert who(world, HEADERS).name == "webhook-handshake"
        refused(world, {"message": f"{value}x"})
    world.explicit.trouble = VaultUnavailable("away")
    assert who(world, MINE).name == "lists"
    refused(world, {"message": "wrong"})


def test_a_right_caller_makes_the_vault_be_asked_no_second_time_however_many_guess(world: World) -> None:
    for _ in range(20):
        assert who(world, {**HEADERS, **ADDRESS}).name == "webhook-handshake"
    assert reloads(world) == 0


def test_after_ten_failures_of_an_address_the_vault_is_not_asked_again(world: World) -> None:
    for _ in range(10):
        refused(world, WRONG)
    asked = reloads(world)
    assert asked == 10 * 4
    for _ in range(50):
        with pytest.raises(TooManyAttempts) as refusal:
            who(world, WRONG)
        assert 1 <= (refusal.value.retry_after or 0) <= 60
    assert reloads(world) == asked
    # Whoever is right is recognised by what is known, and another address may still be wrong.
    assert who(world, {**MINE, **ADDRESS}).name == "lists"
    refused(world, {"message": "wrong", "x-forwarded-for": "203.0.113.8"})


def test_a_rotation_counts_at_once_while_the_address_has_not_failed_too_often(world: World) -> None:
    world.doors["lists"].values.append(Handshake(OLD))
    rotated = {"message": f"lists.{OLD}", **ADDRESS}
    assert who(world, rotated).name == "lists"
    for _ in range(10):
        refused(world, WRONG)
    # Then it counts when the cached one has had its time.
    with pytest.raises(TooManyAttempts):
        who(world, rotated)


def test_a_missing_handshake_counts_and_asks_no_named_caller(world: World) -> None:
    for _ in range(10):
        assert "missing" in refused(world, ADDRESS)
    assert set(world.log) == {"vault", "explicit vault"}
    with pytest.raises(TooManyAttempts):
        who(world, ADDRESS)


def test_without_an_address_all_share_one_bucket(world: World) -> None:
    for number in range(10):
        refused(world, {"message": "wrong", "x-forwarded-for": f"nonsense-{number}"})
    with pytest.raises(TooManyAttempts):
        who(world, {"message": "wrong"})


def test_the_reason_and_the_address_are_for_the_log_and_never_what_was_sent(world: World) -> None:
    detail = refused(world, {"message": "a-guess-of-somebody", **ADDRESS})
    assert "203.0.113.7" in detail
    assert "a-guess-of-somebody" not in detail
    assert "(none)" in refused(world, {"message": "a-guess", "x-forwarded-for": "a-guess"})
