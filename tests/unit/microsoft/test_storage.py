"""storage.py: blob storage reached with the app's identity, whose token is refused or cannot be had."""

import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from azure.core.exceptions import AzureError
from azure.storage.blob import BlobClient

from sandbox.tenant import Fault, SandboxTenant
from shared.microsoft.storage import container
from shared.settings import Storage
from tests.unit.wire import Line, serving

CHALLENGE = (
    b"Bearer authorization_uri=https://login.microsoftonline.com/c0de7e4a-0000-4000-8000-00000000c0de/oauth2/authorize "
    b"resource_id=https://storage.azure.com"
)
END = b"Content-Length: 0\r\nConnection: close\r\n\r\n"
THERE = b"HTTP/1.1 200 OK\r\n" + END
REFUSED = b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: " + CHALLENGE + b"\r\n" + END


class Storing:
    """A blob endpoint that refuses the tokens it is told to; notes those it saw."""

    def __init__(self) -> None:
        self.seen: list[bytes] = []
        self.refused: set[bytes] = set()

    def __call__(self, line: Line) -> None:
        head = line.request()
        token = next(part for part in head.split(b"\r\n") if part.lower().startswith(b"authorization:"))
        self.seen.append(token)
        line.send(REFUSED if token in self.refused else THERE)


@pytest.fixture
def storing() -> Storing:
    return Storing()


@pytest.fixture
def blob(
    box: SandboxTenant,
    storing: Storing,
    server_side: ssl.SSLContext,
    authority: trustme.CA,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[BlobClient]:
    bundle = tmp_path / "all.pem"
    bundle.write_bytes(Path(box.ca_bundle).read_bytes() + authority.cert_pem.bytes())
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))
    with serving(storing, tls=server_side) as host:
        place = Storage(blob_url=f"https://{host}", client_id=box.environment()["AZURE_CLIENT_ID"])
        with container(place, "jobs", has_managed_identity=True) as client:
            yield client.get_blob_client("a")


def test_a_token_is_kept(box: SandboxTenant, storing: Storing, blob: BlobClient) -> None:
    assert [blob.exists(), blob.exists()] == [True, True]
    assert len(set(storing.seen)) == len(box.tenant.calls("identity")) == 1


def test_a_refused_token_is_dropped_and_storage_asked_once_more(
    box: SandboxTenant, storing: Storing, blob: BlobClient
) -> None:
    blob.exists()
    storing.refused = set(storing.seen)
    assert blob.exists()
    assert len(storing.seen) == 3
    assert len(set(storing.seen)) == len(box.tenant.calls("identity")) == 2


def test_an_identity_without_a_token_is_trouble_of_storage(box: SandboxTenant, blob: BlobClient) -> None:
    """Who uses the container knows azure-core's exceptions only."""
    box.tenant.faults.append(Fault("status", host="identity", status=500))
    with pytest.raises(AzureError):
        blob.exists()
