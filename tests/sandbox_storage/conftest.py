"""The blob endpoints that the tests run against: ours, and Azurite where Node has it."""

import re
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.storage import SandboxStorage
from sandbox.storage.signature import ACCOUNT, KEY
from tests.waiting import wait_for

LISTENS = re.compile(r"listens on (http://[\d.:]+)")


@pytest.fixture(scope="session", params=["sandbox", "azurite"])
def connection_string(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("blobs")
    if request.param == "sandbox":
        with SandboxStorage(folder) as storage:
            yield storage.connection_string
    else:
        yield from azurite(folder)


@pytest.fixture
def account(connection_string: str) -> Iterator[BlobServiceClient]:
    with BlobServiceClient.from_connection_string(connection_string, retry_total=0) as client:
        yield client


@pytest.fixture
def container(account: BlobServiceClient) -> ContainerClient:
    """A new container of its own."""
    return account.create_container(f"test-{uuid.uuid4().hex}")


def azurite(folder: Path) -> Iterator[str]:
    """Microsoft's emulator, if it is installed: `npm install -g azurite`, or in the current folder."""
    command = azurite_command()
    if command is None:
        pytest.skip("Azurite is not installed")
    log = folder / "azurite.log"
    options = ["--blobHost", "127.0.0.1", "--blobPort", "0", "--location", str(folder), "--skipApiVersionCheck"]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, *options, "--disableTelemetry"], stdout=output, stderr=output)
    try:
        found = wait_for(lambda: LISTENS.search(log.read_text(encoding="utf-8")), explain=log.read_text)
        assert found is not None
        url = f"{found[1]}/{ACCOUNT}"
        yield f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={url};"
    finally:
        process.terminate()
        process.wait(10)


def azurite_command() -> list[str] | None:
    """The script of the blob service as an argument of Node, because ending a wrapper would not end it."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        return None
    for scope in ([], ["-g"]):
        root = subprocess.run([npm, "root", *scope], capture_output=True, encoding="utf-8", timeout=60, check=False)
        script = Path(root.stdout.strip() or ".", "azurite", "dist", "src", "blob", "main.js")
        if script.is_file():
            return [node, str(script)]
    return None
