"""wiring.py: how long a handshake counts, and what a guess or a rotation asks of the vault."""

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.phone_library import is_region
from shared.deadline import Deadline
from shared.errors import VaultUnavailable
from shared.microsoft import vault as vault_module
from shared.services import Handshake, Services
from shared.settings import read_settings
from shared.wiring import build_services
from tests.unit.clock import Clock

OLD, NEW = "sandbox-handshake-not-real", "rotated-handshake-not-real"
NAME = "webhook-handshake"
TTL_S, STALE_S = 60.0, 900.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, vault_module)


def build(box: SandboxTenant, **settings: str) -> Services:
    return build_services(read_settings({**box.environment(), **settings}, is_region))


def names_asked(box: SandboxTenant) -> list[str]:
    """In order, since they were last asked for."""
    asked = [call.path.split("/")[2] for call in box.tenant.calls("vault") if call.status != 401]
    box.tenant.clear_requests()
    return asked


def rotate(box: SandboxTenant) -> None:
    box.tenant.set_secret(f"{NAME}-previous", OLD, exp=1_900_000_000)
    box.tenant.set_secret(NAME, NEW)


def test_a_handshake_that_is_replaced_counts_for_a_minute_at_most(box: SandboxTenant, clock: Clock) -> None:
    services = build(box, SECRET_TTL_SECONDS="3600")
    services.access.handshakes(Deadline(20))
    box.tenant.set_secret(NAME, NEW)
    clock.advance(TTL_S - 5)
    assert services.access.handshakes(Deadline(20))[0] == Handshake(OLD)
    clock.advance(6)
    assert services.access.handshakes(Deadline(20))[0] == Handshake(NEW)


def test_a_shorter_time_to_live_is_taken(box: SandboxTenant, clock: Clock) -> None:
    services = build(box, SECRET_TTL_SECONDS="10")
    services.access.handshakes(Deadline(20))
    box.tenant.set_secret(NAME, NEW)
    clock.advance(11)
    assert services.access.handshakes(Deadline(20))[0] == Handshake(NEW)


def test_with_the_vault_away_handshakes_serve_for_15_minutes_and_the_sign_in_for_an_hour(
    box: SandboxTenant, clock: Clock
) -> None:
    services = build(box)
    services.access.handshakes(Deadline(20))
    services.sign_in(Deadline(20))
    box.tenant.faults.append(Fault("status", host="vault", status=503))
    clock.advance(STALE_S - 30)
    assert services.access.handshakes(Deadline(20))[0] == Handshake(OLD)
    clock.advance(120)
    with pytest.raises(VaultUnavailable):
        services.access.handshakes(Deadline(20))
    assert services.sign_in(Deadline(20)) is not None


def test_a_guess_asks_for_the_current_one_alone(box: SandboxTenant, clock: Clock) -> None:
    services = build(box)
    services.access.handshakes(Deadline(20))
    assert names_asked(box) == [NAME, f"{NAME}-previous"]
    for _ in range(3):
        clock.advance(11)
        services.access.handshakes(Deadline(20), 10)
    assert names_asked(box) == [NAME] * 3


def test_a_rotation_that_a_reload_shows_makes_the_previous_one_be_asked_for_once(
    box: SandboxTenant, clock: Clock
) -> None:
    """It was found missing a moment ago."""
    services = build(box)
    services.access.handshakes(Deadline(20))
    rotate(box)
    names_asked(box)
    clock.advance(11)
    for _ in range(2):
        current, previous = services.access.handshakes(Deadline(20), 10)
        assert (current.value, previous and previous.value) == (NEW, OLD)
    assert names_asked(box) == [NAME, f"{NAME}-previous"]


def test_and_so_does_one_that_shows_when_the_time_of_the_current_one_is_over(box: SandboxTenant, clock: Clock) -> None:
    services = build(box)
    services.access.handshakes(Deadline(20))
    clock.advance(TTL_S - 1)
    services.access.handshakes(Deadline(20), 10)
    clock.advance(2)
    services.access.handshakes(Deadline(20))
    assert names_asked(box) == [NAME, f"{NAME}-previous", NAME, f"{NAME}-previous"]
    rotate(box)
    clock.advance(TTL_S - 1)
    current, previous = services.access.handshakes(Deadline(20))
    assert (current.value, previous and previous.value) == (NEW, OLD)


def test_a_previous_one_that_is_taken_away_counts_for_a_minute_at_most(box: SandboxTenant, clock: Clock) -> None:
    rotate(box)
    services = build(box)
    assert services.access.handshakes(Deadline(20))[1] is not None
    box.tenant.delete_secret(f"{NAME}-previous")
    clock.advance(TTL_S + 1)
    assert services.access.handshakes(Deadline(20))[1] is None
