"""The blob endpoints that the tests run against: ours, and Azurite where Node has it."""

import shutil
import socket
import subprocess
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.storage import SandboxStorage
from sandbox.storage.signature import ACCOUNT, KEY


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
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = ["--blobHost", "127.0.0.1", "--blobPort", str(port), "--location", str(folder)]
    process = subprocess.Popen(
        [*command, *options, "--silent", "--skipApiVersionCheck", "--disableTelemetry"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        wait_until_open(process, port)
        url = f"http://127.0.0.1:{port}/{ACCOUNT}"
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


def wait_until_open(process: "subprocess.Popen[bytes]", port: int) -> None:
    give_up = time.monotonic() + 30
    while time.monotonic() < give_up and process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("Azurite did not start")
