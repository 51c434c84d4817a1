"""The app's own Azure identity: the credential for Key Vault, and for Graph when GRAPH_AUTH is managed_identity."""

from typing import TYPE_CHECKING

from shared.session import BoundedSession

if TYPE_CHECKING:
    from azure.core.credentials import TokenCredential
    from azure.core.pipeline.transport import RequestsTransport

READ_TIMEOUT_S = 5.0
TOTAL_TIMEOUT_S = 8.0


def bounded_transport() -> "RequestsTransport":
    """An azure-core transport whose exchanges cannot hang (azure-core itself waits up to 300 s for each read)."""
    from azure.core.pipeline.transport import RequestsTransport

    session = BoundedSession(read_s=READ_TIMEOUT_S, total_s=TOTAL_TIMEOUT_S)
    return RequestsTransport(session=session, session_owner=False)


def azure_credential(has_managed_identity: bool, client_id: str | None) -> "TokenCredential":
    """In Azure the managed identity and nothing else; on a developer's machine whatever it is signed in with.

    The libraries' own retries are off: the callers' time is bounded, and they retry themselves.
    """
    from azure.identity import DefaultAzureCredential, ManagedIdentityCredential

    if has_managed_identity:
        return ManagedIdentityCredential(client_id=client_id, transport=bounded_transport(), retry_total=0)
    return DefaultAzureCredential(managed_identity_client_id=client_id, transport=bounded_transport(), retry_total=0)
