"""api/caller.py: rights, whose jobs are seen, and the order of the proofs."""

import pytest

from shared.api.caller import Caller, Proof
from shared.errors import ExplicitDisabled, RightMissing, ServiceError, Unauthorized
from shared.settings.callers import Right
from tests.unit.api.identifying import IAM, LISTS, SIGNS, peopled, signed_headers, who
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, World

AAD = {"x-ms-client-principal-id": IAM, "x-ms-client-principal-idp": "aad"}


def refused(world: World, rights: set[Right], *needed: Right) -> type[ServiceError] | None:
    try:
        Caller("somebody", frozenset(rights), Proof.HANDSHAKE).need(*needed, access=world.access())
    except ServiceError as error:
        return type(error)
    return None


@pytest.mark.parametrize("right", Right)
def test_a_right_is_had_or_missed(right: Right) -> None:
    world = World().allow_explicit()
    assert refused(world, {right}, right) is None
    assert refused(world, set(Right) - {right}, right) is RightMissing
    assert refused(world, set(), right) is RightMissing
    assert refused(world, {Right.OPERATE}, right, Right.OPERATE) is None


def test_while_explicit_values_are_off_nobody_has_that_right() -> None:
    world = World()
    assert refused(world, set(Right), Right.EXPLICIT) is ExplicitDisabled
    assert refused(world, set(), Right.EXPLICIT) is ExplicitDisabled
    for right in set(Right) - {Right.EXPLICIT}:
        assert refused(world, set(Right), right) is None
        # To switch them on would not help.
        assert refused(world, set(), right) is RightMissing


def test_the_message_names_the_right_and_the_caller() -> None:
    caller = Caller("helpdesk", frozenset({Right.READ}), Proof.HANDSHAKE)
    with pytest.raises(RightMissing) as refusal:
        caller.need(Right.READ_FULL, access=World().allow_explicit().access())
    assert "readFull" in refusal.value.detail
    assert "helpdesk" in refusal.value.detail


@pytest.mark.parametrize(
    ("name", "rights", "seen"),
    [
        ("webhook-handshake", {Right.RECONCILE}, ("webhook-handshake",)),
        ("webhook-handshake-explicit", {Right.EXPLICIT}, ("webhook-handshake-explicit", "webhook-handshake")),
        ("helpdesk", {Right.RECONCILE, Right.APPROVE, Right.EXPLICIT}, ("helpdesk",)),
        ("helpdesk", {Right.OPERATE}, None),
    ],
)
def test_whose_jobs_a_caller_sees(name: str, rights: set[Right], seen: tuple[str, ...] | None) -> None:
    assert Caller(name, frozenset(rights), Proof.HANDSHAKE).sees_jobs_of == seen


def test_each_proof_and_what_it_opens() -> None:
    world = peopled()
    world.believes_entra = True
    found = [who(world, HEADERS), who(world, EXPLICIT_HEADERS), who(world, {"message": f"lists.{LISTS.secret}"})]
    found += [who(world, signed_headers(LISTS)), who(world, signed_headers(SIGNS)), who(world, AAD)]
    assert [(caller.name, caller.proof.value) for caller in found] == [
        ("webhook-handshake", "handshake"),
        ("webhook-handshake-explicit", "handshake"),
        ("lists", "handshake"),
        ("lists", "signature"),
        ("signs", "signature"),
        ("iam", "entra"),
    ]
    assert [sorted(caller.rights) for caller in found] == [
        ["read", "reconcile"],
        ["explicit", "read", "readFull", "reconcile"],
        *(["reconcile"], ["reconcile"], ["explicit"], ["read"]),
    ]
    assert [caller.webhook_id is None for caller in found] == [True, True, True, False, False, True]


def test_the_first_whose_headers_are_there_decides() -> None:
    world = peopled()
    world.believes_entra = True
    both = {**AAD, **signed_headers(SIGNS), **HEADERS}
    assert who(world, both).name == "signs"
    for name in ("webhook-id", "webhook-timestamp", "webhook-signature", "webhook-caller"):
        for value in ("", "x"):
            with pytest.raises(Unauthorized):
                who(world, {**AAD, **HEADERS, name: value})
    assert who(world, {**AAD, **HEADERS}).name == "iam"
    with pytest.raises(Unauthorized):
        who(world, {**AAD, **HEADERS, "x-ms-client-principal-id": "somebody"})
    world.believes_entra = False
    assert who(world, {**AAD, **HEADERS}).name == "webhook-handshake"
