"""The storage account of the Functions host, for what outlives a request."""

from typing import TYPE_CHECKING

from shared.errors import ConfigurationError
from shared.microsoft.identity import AppIdentity, bounded_transport
from shared.settings import Storage

if TYPE_CHECKING:
    from azure.storage.blob import ContainerClient


def container(storage: Storage, name: str, *, has_managed_identity: bool) -> "ContainerClient":
    """A client for one container; nothing is sent yet. Raises ConfigurationError."""
    from azure.storage.blob import BlobServiceClient

    options = {"transport": bounded_transport(), "retry_total": 3}
    if storage.connection_string:
        try:
            service = BlobServiceClient.from_connection_string(storage.connection_string, **options)
        except ValueError as exc:
            raise ConfigurationError("AzureWebJobsStorage is no connection string") from exc
    elif storage.blob_url:
        identity = AppIdentity(has_managed_identity, storage.client_id)
        service = BlobServiceClient(storage.blob_url, credential=identity, **options)
    else:
        raise ConfigurationError("AzureWebJobsStorage is not set, and jobs need it")
    return service.get_container_client(name)
