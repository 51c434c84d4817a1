"""Callers with every kind of proof, and who is recognised in a request."""

from collections.abc import Mapping

from shared.api.caller import Caller, identify
from shared.deadline import Deadline
from shared.settings.callers import NamedCaller, Right
from tests.signing import Signer
from tests.unit.world import World

LISTS = Signer("lists", "lists-secret-not-real")
SIGNS = Signer("signs", "whsec_c2FuZGJveC1zaWduaW5nLWtleS1ub3QtcmVhbA==")
IAM = "1a300000-0000-4000-8000-0000000001a3"
BODY = b'{"operation": "reconcile"}'


def peopled() -> World:
    """Beside the handshakes: one with a secret, one that only signs, one of Entra ID. Explicit values are on."""
    world = World().allow_explicit()
    world.add_caller(NamedCaller(LISTS.name, frozenset({Right.RECONCILE})), LISTS.secret)
    world.add_caller(NamedCaller(SIGNS.name, frozenset({Right.EXPLICIT}), signed=True), SIGNS.secret)
    world.callers += (NamedCaller("iam", frozenset({Right.READ}), IAM),)
    return world


def who(world: World, headers: Mapping[str, str], signed: bytes = BODY) -> Caller:
    return identify(headers, signed, world.access(), Deadline(10))


def signed_headers(signer: Signer, body: bytes = BODY, **how: object) -> dict[str, str]:
    return dict(signer.headers(body, **how))  # type: ignore[arg-type]


def reloads(world: World) -> int:
    """How often a secret was asked for again."""
    doors = (world.ordinary, world.explicit, *world.doors.values())
    return sum(every is not None for door in doors for every in door.reloads)
