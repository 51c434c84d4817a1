"""Callers with a token of Entra ID, and headers that only look like one."""

from collections.abc import Iterator

import pytest

from sandbox.caller import storage_settings
from sandbox.host import HostProcess
from sandbox.storage import SandboxStorage
from sandbox.tenant import SandboxTenant
from tests.entra import access_token, object_id
from tests.recorded import lines_in
from tests.whole.access.people import HR, callers, methods, named, post, put_secrets, reconcile, refusal, users, values
from tests.whole.calls import Headers, call, handshake
from tests.whole.conftest import CHECKOUT, environment

NOBODY = (401, "unauthorized")
ID, PROVIDER = "X-MS-CLIENT-PRINCIPAL-ID", "X-MS-CLIENT-PRINCIPAL-IDP"
STRANGER = "5e000000-0000-4000-8000-00000000005e"


@pytest.fixture
def bearer(box: SandboxTenant) -> Headers:
    return [("Authorization", f"Bearer {access_token(box)}")]


@pytest.fixture(scope="module", params=[None, "true", "True", "false"], ids=["unset", "true", "True", "false"])
def _bare(
    request: pytest.FixtureRequest, _sandbox: SandboxTenant, _storage: SandboxStorage
) -> Iterator[tuple[bool, HostProcess]]:
    put_secrets(_sandbox)
    given = {**storage_settings(_storage), **environment(_sandbox, {"CALLERS": callers(object_id(_sandbox))})}
    variables = {} if request.param is None else {"WEBSITE_AUTH_ENABLED": request.param}
    with HostProcess(CHECKOUT, {**given, **variables}, app_service=None) as host:
        yield request.param in ("true", "True"), host


@pytest.fixture
def bare(box: SandboxTenant, _bare: tuple[bool, HostProcess]) -> tuple[bool, HostProcess]:
    """A host with nothing in front of it: what a caller says about itself comes through. And whether the variable of
    App Service Authentication says that it is on."""
    put_secrets(box)
    return _bare


def says(who: str, provider: str = "aad") -> Headers:
    return [(ID, who), (PROVIDER, provider)]


def test_a_token_opens_what_its_caller_may_do_and_no_more(
    open_host: HostProcess, box: SandboxTenant, bearer: Headers
) -> None:
    seen = len(open_host.log())
    assert reconcile(open_host, bearer).status == 200
    assert methods(open_host, bearer).status == 200
    assert refusal(methods(open_host, bearer, "show=full")) == (403, "rightMissing")
    assert refusal(call(open_host, values(), "", bearer, path="/api/set")) == (403, "rightMissing")
    told = lines_in(open_host.log()[seen:], "request")
    assert [(line["caller"], line["proof"], line["status"]) for line in told] == [
        *(("iam", "entra", status) for status in (200, 200, 403, 403)),
    ]
    assert [call for call in box.tenant.calls("vault") if call.path.startswith("/secrets/webhook")] == []


def test_a_token_decides_whatever_handshake_stands_beside_it(open_host: HostProcess, bearer: Headers) -> None:
    for beside in (handshake("wrong"), named("operator"), handshake()):
        assert reconcile(open_host, [*bearer, *beside]).status == 200
    assert refusal(methods(open_host, [*bearer, *named("full")], "show=full")) == (403, "rightMissing")


def test_a_signature_decides_before_a_token(open_host: HostProcess, bearer: Headers) -> None:
    assert post(open_host, HR, users(dryRun=True), more=bearer).status == 200
    assert refusal(call(open_host, users(), "", [*bearer, ("webhook-id", "x")])) == NOBODY


def test_who_has_signed_in_and_is_no_caller_is_401_whatever_the_handshake(
    bare: tuple[bool, HostProcess], box: SandboxTenant
) -> None:
    believes, host = bare
    for who in (STRANGER, "", " ", f"{object_id(box)},{object_id(box)}", f"{object_id(box)}x", "lists"):
        for beside in (handshake(), named("lists")):
            answer = reconcile(host, [*says(who), *beside])
            assert refusal(answer) == NOBODY if believes else answer.status == 200, who
        assert refusal(reconcile(host, says(who))) == NOBODY
    twice = [*says(object_id(box)), *says(object_id(box))]
    assert refusal(reconcile(host, twice)) == NOBODY


def test_headers_are_believed_where_the_platform_has_set_them_alone(
    bare: tuple[bool, HostProcess], box: SandboxTenant
) -> None:
    believes, host = bare
    who = object_id(box)
    for headers in (says(who), says(who.upper()), says(who, "AAD")):
        answer = reconcile(host, headers)
        assert answer.status == 200 if believes else refusal(answer) == NOBODY
    for provider in ("google", "github", "aad,aad", "", "aadb2c"):
        assert refusal(reconcile(host, says(who, provider))) == NOBODY
        assert reconcile(host, [*says(who, provider), *handshake()]).status == 200
    assert refusal(reconcile(host, [(ID, who)])) == NOBODY
    assert refusal(reconcile(host, [("X-MS-CLIENT-PRINCIPAL", "e30="), (PROVIDER, "aad")])) == NOBODY
    assert reconcile(host, [(PROVIDER, "aad"), *handshake()]).status == 200


def test_forged_headers_never_pass_the_platform(
    open_host: HostProcess, closed_host: HostProcess, box: SandboxTenant
) -> None:
    for host in (open_host, closed_host):
        assert refusal(reconcile(host, says(object_id(box)))) == NOBODY
        assert reconcile(host, [*says(STRANGER), *handshake()]).status == 200
