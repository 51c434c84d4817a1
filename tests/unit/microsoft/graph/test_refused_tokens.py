"""Graph refuses a token: claims challenges, and refusals that are one call's own."""

import base64

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Current, Stop, Target
from shared.deadline import Deadline
from shared.errors import TokenRefused
from shared.microsoft.entra import GraphTokens
from shared.microsoft.graph.challenge import claims_in
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.directory import GraphDirectory
from shared.microsoft.graph.methods import ReadScope
from shared.microsoft.graph.users import UserReader
from tests.unit.microsoft.graph.people import ANNA, BJORN, CARLA, Ids, directory_of, guards
from tests.unit.microsoft.graph.sending import READ, WRITE, asked, requests, send
from tests.unit.microsoft.signing_in import RIGHT, Box, msal_sign_in

GRAPH = "https://graph.microsoft.com"
CLAIMS = '{"access_token":{"nbf":{"essential":true,"value":"1795800000"}}}'
SECRETS = {"service account": RIGHT, "app": {"client_secret": RIGHT["client_secret"]}}


def header(claims: str) -> str:
    encoded = base64.b64encode(claims.encode()).decode()
    return f'Bearer realm="", error="insufficient_claims", claims="{encoded}"'


@pytest.fixture(params=SECRETS)
def tokens(box: SandboxTenant, request: pytest.FixtureRequest) -> GraphTokens:
    return GraphTokens(msal_sign_in(box, Box(**SECRETS[request.param])))


@pytest.fixture
def signed_in(tokens: GraphTokens) -> GraphClient:
    return GraphClient(GRAPH, tokens)


def sign_ins(box: SandboxTenant) -> int:
    return len(box.tenant.calls("login", "POST"))


@pytest.mark.parametrize("count", [1, 5])
def test_a_claims_challenge_is_passed_on(box: SandboxTenant, signed_in: GraphClient, count: int) -> None:
    box.tenant.set_switches(demanded_claims=CLAIMS)
    assert [answer.status for answer in send(signed_in, *[READ] * count)] == [200] * count
    assert [record.status for record in requests(box)] == [401, 200]
    assert sign_ins(box) == 2
    assert all(answer.ok for answer in send(signed_in, READ, WRITE))
    assert sign_ins(box) == 2, "the token with the claims is kept"


def test_a_challenge_that_follows_a_revocation_is_passed_on_too(box: SandboxTenant, signed_in: GraphClient) -> None:
    send(signed_in, READ)
    box.tenant.revoke_tokens()
    box.tenant.set_switches(demanded_claims=CLAIMS)
    box.tenant.clear_requests()
    assert send(signed_in, READ)[0].ok
    assert [record.status for record in requests(box)] == [401, 401, 200]
    assert sign_ins(box) == 2


def test_a_challenge_that_no_token_satisfies_is_asked_for_once(box: SandboxTenant, signed_in: GraphClient) -> None:
    box.tenant.faults.append(Fault("status", host="graph", status=401))
    box.tenant.set_switches(demanded_claims=CLAIMS)
    (got,) = send(signed_in, READ)
    assert (got.status, isinstance(got.error, TokenRefused)) == (401, True)
    assert (len(requests(box)), sign_ins(box)) == (2, 2)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (header(CLAIMS), CLAIMS),
        (header(CLAIMS).replace("=", "", 0).rstrip('"').rstrip("=") + '"', CLAIMS),
        ('Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"', None),
        (header("[1]"), None),
        (header("{"), None),
        ('Bearer claims="%%%"', None),
        ('Bearer claims="////"', None),
        ('Bearer claims=""', None),
        (header('{"x":"' + "y" * 10_000 + '"}'), None),
        ("", None),
    ],
)
def test_what_a_challenge_asks_for(text: str, expected: str | None) -> None:
    assert claims_in(text) == expected


# Whose trouble is it?


@pytest.fixture
def directory(client: GraphClient, users: UserReader) -> GraphDirectory:
    return directory_of(client, users)


def read(directory: GraphDirectory, *names: str) -> list[Current | Stop | None]:
    found = directory.read([Target(upn=name) for name in names], lambda *_: ReadScope.PHONES, Deadline(20))
    return [snapshot.stop or snapshot.current for snapshot in found]


def test_a_token_that_is_refused_for_one_user_stops_nobody_else(
    box: SandboxTenant, directory: GraphDirectory, ids: Ids
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path=f"{ids(BJORN)}/authentication", status=401))
    anna, bjorn, carla = read(directory, ANNA, BJORN, CARLA)
    assert isinstance(anna, Current)
    assert isinstance(carla, Current)
    assert isinstance(bjorn, Stop)
    assert bjorn.code is Code.GRAPH_UNAVAILABLE


@pytest.mark.parametrize("names", [(ANNA,), (ANNA, BJORN, CARLA)])
def test_a_token_that_is_refused_altogether_ends_the_run(
    box: SandboxTenant, directory: GraphDirectory, names: tuple[str, ...]
) -> None:
    box.tenant.faults.append(Fault("status", host="graph", path=".", status=401))
    with pytest.raises(TokenRefused, match="newly requested one"):
        read(directory, *names)
    assert len(requests(box)) == 2


def test_the_protected_group_too(box: SandboxTenant, client: GraphClient, users: UserReader) -> None:
    group = guards(client, protected_group_id="9009a000-0000-4000-8000-00000000009a")
    box.tenant.faults.append(Fault("status", host="graph", path="transitiveMembers", status=401))
    with pytest.raises(TokenRefused):
        GraphDirectory(client, users, group, is_delegated=False).guarded(Deadline(20))
    assert len(asked(box)) == 2
