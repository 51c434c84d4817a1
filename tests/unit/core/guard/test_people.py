"""guard/people.py: users whom nothing may touch."""

import itertools
from dataclasses import replace

import pytest

from shared.core.codes import Code
from shared.core.guard.people import Guarded, exempt, protection_of
from shared.core.models import ServiceAccount, Stop, User
from shared.errors import SignInFailed

ANNA = User("anna", "anna@contoso.com", {})
AWAY = Stop(Code.THROTTLED, "Graph asked to wait.", SignInFailed("x"))
IN, OUT = frozenset({"anna"}), frozenset({"bo"})


def code(guarded: Guarded, user: User = ANNA, account: ServiceAccount | None = None) -> Code | None:
    stop = exempt(user, account, guarded)
    return stop.code if stop else None


def test_without_guards_everybody_may_be_touched() -> None:
    assert code(Guarded()) is None
    assert code(Guarded(OUT, OUT, IN)) is None


@pytest.mark.parametrize("guarded", [Guarded(protected=IN), Guarded(administrators=IN), Guarded(IN, IN, IN)])
def test_protected_users_and_administrators_are_never_touched(guarded: Guarded) -> None:
    assert code(guarded) is Code.PROTECTED_USER
    assert protection_of(ANNA, guarded) is not None


def test_a_user_in_a_restricted_unit_is_never_touched() -> None:
    assert code(Guarded(), replace(ANNA, restricted=True)) is Code.PROTECTED_USER


def test_the_sentence_says_which_guard_it_was() -> None:
    stops = [protection_of(ANNA, Guarded(IN)), protection_of(ANNA, Guarded(administrators=IN))]
    stops.append(protection_of(replace(ANNA, restricted=True), Guarded()))
    told = [stop.message for stop in stops if stop is not None]
    for word, message in zip(("protected group", "administrator", "administrative unit"), told, strict=True):
        assert word in message


def test_only_members_of_the_allowed_group_are_touched() -> None:
    assert code(Guarded(allowed=OUT)) is Code.OUT_OF_SCOPE
    assert code(Guarded(allowed=frozenset())) is Code.OUT_OF_SCOPE
    assert code(Guarded(allowed=IN)) is None


def test_who_is_out_of_scope_is_not_protected() -> None:
    assert protection_of(ANNA, Guarded(allowed=OUT)) is None


@pytest.mark.parametrize("guarded", [Guarded(protected=AWAY), Guarded(administrators=AWAY), Guarded(allowed=AWAY)])
def test_a_list_that_cannot_be_read_protects_everybody_and_tells_why(guarded: Guarded) -> None:
    stop = exempt(ANNA, None, guarded)
    assert stop is not None
    assert (stop.code, stop.cause) == (AWAY.code, AWAY.cause)
    assert stop.message.startswith("The webhook could not find out whether")
    assert stop.message.endswith(AWAY.message)


def test_who_is_known_to_be_protected_is_told_so_though_the_other_list_cannot_be_read() -> None:
    assert code(Guarded(protected=AWAY, administrators=IN)) is Code.PROTECTED_USER
    assert code(Guarded(protected=IN, administrators=AWAY)) is Code.PROTECTED_USER


def test_an_allowed_group_that_cannot_be_read_hides_nobody() -> None:
    assert protection_of(ANNA, Guarded(allowed=AWAY)) is None


def test_the_service_account_comes_first() -> None:
    account = ServiceAccount("anna", "anna@contoso.com")
    assert code(Guarded(IN, AWAY, OUT), ANNA, account) is Code.SERVICE_ACCOUNT


def test_nobody_is_touched_unless_every_guard_is_read_and_says_so() -> None:
    """All combinations: one more guard never lets a user through whom another one stops."""
    for protected, administrators, allowed, restricted in itertools.product(
        (IN, OUT, AWAY), (IN, OUT, AWAY), (IN, OUT, AWAY, None), (True, False)
    ):
        user = replace(ANNA, restricted=restricted)
        is_free = protected is OUT and administrators is OUT and allowed in (IN, None) and not restricted
        assert (code(Guarded(protected, administrators, allowed), user) is None) is is_free
