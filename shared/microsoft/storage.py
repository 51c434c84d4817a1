"""The storage account of the Functions host, for what outlives a request."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from shared.core.check.seen import Trouble
from shared.deadline import Deadline, time_limit
from shared.errors import ConfigurationError, let_go
from shared.microsoft.identity import AppIdentity, IdentityRefused, IdentityUnavailable, bounded_transport
from shared.settings import Storage

if TYPE_CHECKING:
    from azure.core.credentials import AccessToken
    from azure.storage.blob import ContainerClient

RETRIES = 3
# The SDK's own pauses begin at 15 s, which is longer than a caller waits.
PAUSE_S = 1


def container(storage: Storage, name: str, *, has_managed_identity: bool) -> "ContainerClient":
    """A client for one container; nothing is sent yet. Raises ConfigurationError."""
    from azure.storage.blob import BlobServiceClient, LinearRetry

    retries = LinearRetry(PAUSE_S, RETRIES, random_jitter_range=PAUSE_S)
    if storage.connection_string:
        try:
            service = BlobServiceClient.from_connection_string(
                storage.connection_string, transport=bounded_transport(), retry_policy=retries
            )
        except ValueError as exc:
            raise ConfigurationError("AzureWebJobsStorage is not a connection string") from exc
    elif storage.blob_url:
        identity = AppIdentity(has_managed_identity, storage.client_id)
        transport = bounded_transport(identity.note_refusal)
        service = BlobServiceClient(
            storage.blob_url, credential=_Credential(identity), transport=transport, retry_policy=retries
        )
    else:
        raise ConfigurationError("AzureWebJobsStorage is not set, but jobs need it")
    return service.get_container_client(name)


def storage_trouble(connect: "Callable[[], ContainerClient]", deadline: Deadline) -> Trouble | None:
    """Why the account does not answer, or refuses. A container that is not there yet is made when it is needed."""
    from azure.core.exceptions import AzureError

    try:
        with time_limit(deadline.remaining()):
            connect().get_container_properties(retry_total=0)
    except ConfigurationError as exc:
        return Trouble(exc.detail)
    except (AzureError, ValueError) as exc:
        let_go(exc)
        if getattr(exc, "error_code", "") == "ContainerNotFound":
            return None
        status = getattr(exc, "status_code", None) or 0
        return Trouble(f"{type(exc).__name__}, status {status}" if status else type(exc).__name__, status)
    return None


class _Credential:
    """The identity as azure-core knows credentials: without a token it raises what the users of storage expect."""

    def __init__(self, identity: AppIdentity) -> None:
        self._identity = identity

    def get_token(self, *scopes: str, **options: Any) -> "AccessToken":
        from azure.core.exceptions import ClientAuthenticationError

        try:
            return self._identity.get_token(*scopes, **options)
        except (IdentityRefused, IdentityUnavailable) as exc:
            raise ClientAuthenticationError(str(exc)) from exc
