"""Small apps in a temporary folder, and a client that sends exactly what it is told."""

import http.client
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.host import HostProcess

AppWriter = Callable[..., Path]


@pytest.fixture(params=["new interpreters", "nursery"])
def both_ways(request: pytest.FixtureRequest) -> None:
    """Runs a test twice: its hosts are started as users start them, and forked as other tests have them."""
    if request.param == "new interpreters":
        request.getfixturevalue("new_interpreters")
    elif HostProcess.nursery is None:
        pytest.skip("the nursery needs Linux")


@dataclass(frozen=True)
class Reply:
    status: int
    headers: Mapping[str, str]
    body: bytes


@pytest.fixture
def write_app(tmp_path: Path) -> AppWriter:
    """Writes an app: the source of function_app.py and, unless it is to be missing, a host.json."""

    def write(source: str, host_json: object = None) -> Path:
        return write_app_to(tmp_path, source, host_json)

    return write


def write_app_to(folder: Path, source: str, host_json: object = None) -> Path:
    folder.joinpath("function_app.py").write_text(source, encoding="utf-8")
    folder.joinpath("host.json").write_text(json.dumps(host_json or {"version": "2.0"}), encoding="utf-8")
    return folder


def send(
    host: HostProcess, method: str, path: str, body: bytes = b"", headers: list[tuple[str, str | bytes]] | None = None
) -> Reply:
    """One request; header values given as bytes and repeated headers go out as they are."""
    connection = http.client.HTTPConnection(host.url.removeprefix("http://"), timeout=10)
    try:
        connection.putrequest(method, path)
        for name, value in headers or []:
            connection.putheader(name, value)
        if body:
            connection.putheader("Content-Length", str(len(body)))
        connection.endheaders(body)
        response = connection.getresponse()
        return Reply(response.status, {name.lower(): value for name, value in response.getheaders()}, response.read())
    finally:
        connection.close()
