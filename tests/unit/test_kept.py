"""No exception keeps the request that it was raised in."""

from collections.abc import Callable

import pytest
from azure.storage.blob import ContainerClient

from sandbox.tenant import Fault, SandboxTenant
from shared.core.codes import Code
from shared.core.models import Stop
from shared.deadline import Deadline
from shared.errors import ConfigurationError, ServiceError, SignInUnavailable, let_go
from shared.microsoft import msal_sign_in, vault
from shared.microsoft.storage import storage_trouble
from tests.support import Webhook
from tests.unit.clock import Clock
from tests.unit.keeping import is_kept

BJORN, CARLA = "bjorn.berg@contoso.com", "carla.diaz@contoso.com"
NO_GROUP = "9009a000-0000-4000-8000-0000000000ff"


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock().rule(monkeypatch, msal_sign_in, vault)


def test_an_exception_that_its_own_frame_holds_is_let_go() -> None:
    def library() -> None:
        error = ValueError("held by this frame")
        raise error

    def wrapping() -> None:
        try:
            library()
        except ValueError:
            other = KeyError("held by this one")
            raise other  # noqa: B904 - as libraries do

    def call(*, lets_go: bool) -> None:
        try:
            wrapping()
        except KeyError as fault:
            if lets_go:
                let_go(fault)

    assert is_kept(lambda: call(lets_go=False))
    assert not is_kept(lambda: call(lets_go=True))


@pytest.mark.parametrize("cause", [SignInUnavailable("no answer", 7), ConfigurationError("a setting")])
def test_the_cause_of_a_stop_is_raised_as_another_object(cause: ServiceError) -> None:
    stop = Stop(Code.GRAPH_UNAVAILABLE, "", cause)
    assert not is_kept(stop.raise_cause)
    with pytest.raises(type(cause)) as raised:
        stop.raise_cause()
    assert (raised.value.detail, raised.value.retry_after) == (cause.detail, cause.retry_after)
    assert cause.__traceback__ is None
    Stop(Code.DEADLINE, "").raise_cause()


def test_a_first_request_for_which_the_vault_lacks_some_secrets(webhook: Callable[..., Webhook]) -> None:
    made = webhook()
    assert not is_kept(lambda: made.post_users(BJORN))


def test_a_sign_in_that_stays_refused(box: SandboxTenant, webhook: Callable[..., Webhook]) -> None:
    box.tenant.set_secret(name="graph-client-secret", value="another-secret-not-real")
    made = webhook(GRAPH_AUTH="client_secret")
    for _ in range(3):
        assert not is_kept(lambda: made.post_users(BJORN))
    assert made.post_users(BJORN).body["code"] == "graphSignInFailed"


@pytest.mark.parametrize("names", [(BJORN,), (BJORN, CARLA)])
@pytest.mark.parametrize("group", ["", NO_GROUP])
def test_a_token_that_graph_refuses(
    box: SandboxTenant, webhook: Callable[..., Webhook], names: tuple[str, ...], group: str
) -> None:
    made = webhook(GRAPH_AUTH="managed_identity", ALLOWED_GROUP_ID=group)
    box.tenant.faults.append(Fault("status", host="graph", status=401))
    assert made.post_users(*names).body["code"] == "graphSignInFailed"
    assert not is_kept(lambda: made.post_users(*names))


def test_a_guard_list_that_cannot_be_read(webhook: Callable[..., Webhook]) -> None:
    made = webhook(PROTECTED_GROUP_ID=NO_GROUP)
    assert made.post_users(BJORN).body["code"] == "configuration"
    assert not is_kept(lambda: made.post_users(BJORN))


@pytest.mark.parametrize(
    ("mode", "host", "code"),
    [
        ("client_secret", "login", "signInUnavailable"),
        ("client_secret", "vault", "vaultUnavailable"),
        ("managed_identity", "identity", "vaultUnavailable"),
    ],
)
@pytest.mark.parametrize("trouble", ["close", "status"])
def test_a_service_in_trouble(
    box: SandboxTenant, webhook: Callable[..., Webhook], clock: Clock, mode: str, host: str, code: str, trouble: str
) -> None:
    box.tenant.faults.append(Fault(trouble, host=host, status=500))
    assert not is_kept(lambda: webhook(GRAPH_AUTH=mode).post_users(BJORN))
    assert webhook(GRAPH_AUTH=mode).post_users(BJORN).body["code"] == code


def test_a_check_of_storage_whose_container_is_not_there_yet(connect: Callable[[], ContainerClient]) -> None:
    assert not is_kept(lambda: storage_trouble(connect, Deadline(10)))
    assert storage_trouble(connect, Deadline(10)) is None
