"""Probes whose answers were seen on the Functions host 4.1037: the local host gives the same ones."""

import http.client
import json
import socket
import time
from collections.abc import Iterator

import pytest

from sandbox.host import HostProcess
from tests.sandbox_host.conftest import AppWriter, Reply, send, write_app_to

LIMIT = 40_000
SOURCE = """
import json
import azure.functions as func

app = func.FunctionApp()


@app.route(route="echo")
def echo(req: func.HttpRequest) -> func.HttpResponse:
    seen = {"size": len(req.get_body()), "headers": dict(req.headers), "query": dict(req.params)}
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@app.route(route="users/{name}")
def user(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(req.route_params["name"])


@app.route(route="check", auth_level=func.AuthLevel.ADMIN)
def check(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("checked")


@app.route(route="none", auth_level=func.AuthLevel.ANONYMOUS)
def none(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)


@app.route(route="odd", auth_level=func.AuthLevel.ANONYMOUS)
def odd(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("odd", headers={"X-Name": "Åsa"})
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    app_dir = write_app_to(tmp_path_factory.mktemp("app"), SOURCE)
    with HostProcess(app_dir, {"FUNCTIONS_REQUEST_BODY_SIZE_LIMIT": str(LIMIT)}) as running:
        yield running


def with_key(host: HostProcess, *more: tuple[str, str | bytes]) -> list[tuple[str, str | bytes]]:
    return [("x-functions-key", host.key), *more]


def first_bytes(host: HostProcess, length: int, body: bytes = b"") -> bytes:
    """What comes back for a POST with the header Content-Length that does not send (all of) its body."""
    name, port = host.url.removeprefix("http://").split(":")
    head = f"POST /api/echo HTTP/1.1\r\nHost: x\r\nx-functions-key: {host.key}\r\nContent-Length: {length}\r\n\r\n"
    with socket.create_connection((name, int(port)), timeout=20) as connection:
        connection.sendall(head.encode() + body)
        return connection.recv(4096)


def empty(reply: Reply, status: int) -> bool:
    return (reply.status, reply.body, reply.headers["content-length"]) == (status, b"", "0")


@pytest.mark.parametrize(("size", "status"), [(LIMIT, 200), (LIMIT + 1, 500)])
def test_a_body_above_the_limit_is_500_with_nothing_in_it(host: HostProcess, size: int, status: int) -> None:
    reply = send(host, "POST", "/api/echo", b"x" * size, with_key(host))
    assert reply.status == status
    assert json.loads(reply.body)["size"] == size if status == 200 else empty(reply, 500)


def test_a_body_above_the_limit_is_not_read_without_a_key(host: HostProcess) -> None:
    assert empty(send(host, "POST", "/api/echo", b"x" * (LIMIT + 1)), 401)


def test_the_limit_is_100_mb_where_no_setting_says_otherwise(write_app: AppWriter) -> None:
    with HostProcess(write_app(SOURCE), {}) as host:
        began = time.monotonic()
        assert first_bytes(host, 104_857_601).startswith(b"HTTP/1.1 500 ")
        assert time.monotonic() - began < 5, "it waited for the body"


def test_a_chunked_body_is_empty_when_it_arrives_and_its_header_is_seen(host: HostProcess) -> None:
    connection = http.client.HTTPConnection(host.url.removeprefix("http://"), timeout=10)
    headers = {"x-functions-key": host.key, "Content-Type": "application/json"}
    connection.request("POST", "/api/echo", iter([b'["a"]', b" "]), headers, encode_chunked=True)
    first = json.loads(connection.getresponse().read())
    connection.request("POST", "/api/echo", b"[]", headers)
    second = json.loads(connection.getresponse().read())
    connection.close()
    assert (first["size"], first["headers"]["transfer-encoding"], second["size"]) == (0, "chunked", 2)


def test_a_body_that_stops_arriving_is_500_after_some_seconds(host: HostProcess) -> None:
    began = time.monotonic()
    assert first_bytes(host, 100, b"[").startswith(b"HTTP/1.1 500 ")
    assert 5 <= time.monotonic() - began < 15


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/api/echo", [("X-N", "1")] * 90, 200),
        ("/api/echo", [("X-N", "1")] * 101, 431),
        ("/api/echo", [("X-N", "v" * 20_000)], 200),
        ("/api/echo", [("X-N", "v" * 17_000)] * 2, 431),
        ("/api/echo?a=" + "b" * 8_000, [], 200),
        ("/api/echo?a=" + "b" * 8_200, [], 414),
        ("/api/users/%00", [], 400),
        ("/nowhere/a%00b", [], 400),
    ],
    ids=["90 headers", "101 headers", "20 KB", "34 KB", "line of 8000", "line of 8200", "null", "null without a route"],
)
def test_a_head_beyond_the_bounds_is_refused(
    host: HostProcess, path: str, headers: list[tuple[str, str | bytes]], status: int
) -> None:
    reply = send(host, "GET", path, headers=with_key(host, *headers))
    assert reply.status == status
    assert status == 200 or empty(reply, status)


def test_an_empty_key_header_wins_over_a_right_key_in_the_query(host: HostProcess) -> None:
    path = f"/api/echo?code={host.key}"
    assert [send(host, "GET", path, headers=head).status for head in ([], [("x-functions-key", "")])] == [200, 401]


@pytest.mark.parametrize("name", ["code", "CODE", "Code"])
def test_the_key_in_the_query_is_found_in_any_spelling_and_the_first_one_counts(host: HostProcess, name: str) -> None:
    assert send(host, "GET", f"/api/echo?{name}={host.key}&code=other").status == 200
    assert send(host, "GET", f"/api/echo?code=other&{name}={host.key}").status == 401


def test_the_master_key_opens_everything_and_the_level_admin_wants_it(host: HostProcess) -> None:
    keys = [host.key, host.master_key, "other"]
    statuses = {
        path: [send(host, "GET", path, headers=[("x-functions-key", key)]).status for key in keys]
        for path in ("/api/check", "/api/echo", "/api/none")
    }
    assert statuses == {"/api/check": [401, 200, 401], "/api/echo": [200, 200, 401], "/api/none": [204, 204, 204]}


def test_the_last_spelling_names_a_query_value_that_stands_twice(host: HostProcess) -> None:
    seen = json.loads(send(host, "GET", "/api/echo?a=1&A=2", headers=with_key(host)).body)
    assert seen["query"] == {"A": "1,2"}


def test_bytes_of_a_path_that_are_not_utf8_stay_encoded(host: HostProcess) -> None:
    assert send(host, "GET", "/api/users/%E9-%C3%A5-%2F", headers=with_key(host)).body == "%E9-å-%2F".encode()


def test_a_response_header_that_is_not_ascii_is_500(host: HostProcess) -> None:
    assert empty(send(host, "GET", "/api/odd"), 500)


def test_every_answer_comes_from_kestrel_and_in_chunks_unless_it_is_empty(host: HostProcess) -> None:
    replies = [
        send(host, "GET", path, headers=with_key(host)) for path in ("/api/echo", "/api/none", "/nowhere", "/api/odd")
    ]
    framing = [
        (reply.headers["server"], reply.headers.get("transfer-encoding"), reply.headers.get("content-length"))
        for reply in replies
    ]
    kestrel = "Kestrel"
    assert framing == [(kestrel, "chunked", None), (kestrel, None, None), (kestrel, None, "0"), (kestrel, None, "0")]
    assert replies[1].headers["content-type"] == "text/plain; charset=utf-8"


@pytest.mark.parametrize(("setting", "status"), [("", 200), ("true", 204)])
def test_the_home_page_can_be_switched_off(write_app: AppWriter, setting: str, status: int) -> None:
    with HostProcess(write_app(SOURCE), {"AzureWebJobsDisableHomepage": setting}) as host:
        reply = send(host, "GET", "/")
    assert (reply.status, b"<title>" in reply.body) == (status, status == 200)
