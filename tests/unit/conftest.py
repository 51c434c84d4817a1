"""What the tests of shared/graph share: a client signed in as the app, against the sandbox."""

from collections.abc import Callable

import pytest

from sandbox.tenant import SandboxTenant
from shared.deadline import Deadline
from shared.entra import Grant, GraphTokens
from shared.graph.client import GraphClient

GRAPH = "https://graph.microsoft.com"


@pytest.fixture
def tokens(box: SandboxTenant) -> GraphTokens:
    """Tokens of the app, issued by the sandbox itself: signing in is not the point here."""
    from sandbox.tenant.accounts import app_principal

    app = box.tenant.apps[box.environment()["CLIENT_ID"]]

    def sign_in(deadline: Deadline) -> Grant:
        return Grant(box.tenant.tokens.issue(GRAPH, app_principal(app), 3599, {}), 3599)

    return GraphTokens(sign_in)


@pytest.fixture
def make_client(tokens: GraphTokens) -> Callable[..., GraphClient]:
    return lambda max_per_second=0: GraphClient(GRAPH, tokens, max_per_second)


@pytest.fixture
def client(make_client: Callable[..., GraphClient]) -> GraphClient:
    return make_client()
