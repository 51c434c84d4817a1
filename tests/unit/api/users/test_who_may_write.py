"""api/users.py: who may write, and the order of the checks."""

from collections.abc import Mapping

import pytest

from shared.api.users import handle_create
from shared.core.codes import Code
from shared.core.models import ServiceAccount, Stop
from shared.errors import SignInFailed, VaultUnavailable
from tests.unit.api.users.routes import ANNA, EACH, EACH_WRITE, UPN, Route, change_free, send
from tests.unit.world import EXPLICIT_HEADERS, HEADERS, World, body, code, refusal

# Who may write


@EACH_WRITE
@pytest.mark.parametrize("headers", [{}, HEADERS, EXPLICIT_HEADERS], ids=["none", "ordinary", "explicit"])
def test_nobody_where_explicit_values_are_off(world: World, route: Route, headers: Mapping[str, str]) -> None:
    world.allows_explicit = False
    expected = (403, "explicitDisabled") if headers else (401, "unauthorized")
    for query in ("", "dryRun=true", "show=full", "show=x"):
        assert refusal(send(world, route, headers, query)) == expected, query
    assert ("sign-in" in world.log, world.directory.calls) == (False, [])


@EACH_WRITE
def test_nobody_with_the_ordinary_handshake(world: World, route: Route) -> None:
    assert refusal(send(world, route, HEADERS)) == (403, "rightMissing")
    assert ("sign-in" in world.log, world.directory.calls) == (False, [])


@EACH
def test_nobody_without_one(world: World, route: Route) -> None:
    assert refusal(send(world, route, {})) == (401, "unauthorized")
    assert ("sign-in" in world.log, world.directory.calls) == (False, [])


@EACH_WRITE
def test_nobody_writes_to_a_protected_user(world: World, route: Route) -> None:
    world.directory.protected = frozenset({ANNA})
    assert refusal(send(world, route)) == (403, "protectedUser")
    assert change_free(world)


@EACH_WRITE
@pytest.mark.parametrize("account", [ServiceAccount(ANNA, "x@contoso.com"), ServiceAccount(None, UPN.upper())])
def test_nobody_writes_to_the_webhooks_own_account(world: World, route: Route, account: ServiceAccount) -> None:
    world.account = account
    assert refusal(send(world, route)) == (403, "serviceAccount")
    assert change_free(world)


@EACH_WRITE
def test_without_the_protected_group_nothing_is_written(world: World, route: Route) -> None:
    world.directory.protected = Stop(Code.GRAPH_UNAVAILABLE, "No answer came.")
    response = send(world, route)
    assert refusal(response) == (503, "graphUnavailable")
    assert "whether this user is protected" in body(response)["detail"]
    assert change_free(world)


@EACH
def test_there_is_no_dry_run_and_nothing_is_done(world: World, route: Route) -> None:
    queries = ("dryRun=true", "dryRun=false", "dryrun=0", "dryRun=", "dry-run=1", "x;dryRun=1")
    told = {query: refusal(send(world, route, query=query)) for query in queries}
    assert told == dict.fromkeys(queries, (400, "invalidQuery"))
    assert world.directory.calls == []


# The order of the checks: each request has every later fault too


@EACH
def test_the_order_of_the_checks(world: World, route: Route) -> None:
    faulty = (route[0], b"x", None if route[2] is None else "fax", route[3])
    query, user = "show=x&dryRun=1", "nobody"
    assert code(send(world, (route[0], b"x" * 2001, *faulty[2:]), {}, query, user)) == "tooLarge"
    world.explicit.trouble = VaultUnavailable("x")
    assert code(send(world, faulty, {}, query, user)) == "vaultUnavailable"
    world.explicit.trouble = None
    assert code(send(world, faulty, {}, query, user)) == "unauthorized"
    assert code(send(world, faulty, None, query, user)) == "invalidQuery"
    assert code(send(world, faulty, None, "", user)) == "userNotFound"
    world.sign_in_trouble = SignInFailed("AADSTS50126")
    if route[0] is handle_create:
        assert code(send(world, faulty)) == "invalidBody"
    elif route[2] is not None:
        assert code(send(world, faulty)) == "methodNotFound"
    assert "sign-in" not in world.log
    assert code(send(world, route, user="nobody@contoso.com")) == "graphSignInFailed"
    assert world.directory.calls == []
