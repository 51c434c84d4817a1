"""The host over real HTTP: keys, routes, methods, headers, bodies, failures."""

import json
import socket
from collections.abc import Iterator

import pytest

from sandbox.host import HostProcess
from tests.sandbox_host.conftest import Reply, send, write_app_to

KEY = "test-key"
SOURCE = """
import json
import logging
import azure.functions as func

app = func.FunctionApp()


@app.route(route="echo/{word:alpha?}", methods=["POST", "PUT"])
def echo(req: func.HttpRequest) -> func.HttpResponse:
    logging.info("echo was called")
    print("printed by the function")
    seen = {
        "method": req.method, "url": req.url, "route": dict(req.route_params), "query": dict(req.params),
        "headers": dict(req.headers), "size": len(req.get_body()), "start": req.get_body()[:40].hex(),
    }
    return func.HttpResponse(json.dumps(seen), status_code=201, headers={"X-Own": "yes"}, mimetype="application/json")


@app.route(route="health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
async def health(req: func.HttpRequest) -> str:
    return "I am well"


@app.route(route="secret")
def secret(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(status_code=204)


@app.route(route="boom", auth_level=func.AuthLevel.ANONYMOUS)
def boom(req: func.HttpRequest) -> func.HttpResponse:
    raise RuntimeError("the function broke")


@app.route(route="nothing", auth_level=func.AuthLevel.ANONYMOUS)
def nothing(req: func.HttpRequest) -> func.HttpResponse:
    return None
"""


@pytest.fixture(scope="module")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[HostProcess]:
    with HostProcess(write_app_to(tmp_path_factory.mktemp("app"), SOURCE), {}, key=KEY) as running:
        yield running


def echoed(
    host: HostProcess, path: str = "/api/echo", body: bytes = b"", headers: list[tuple[str, str | bytes]] | None = None
) -> dict[str, object]:
    reply = send(host, "POST", path, body, [("x-functions-key", KEY), *(headers or [])])
    assert reply.status == 201
    seen: dict[str, object] = json.loads(reply.body)
    return seen


def test_a_response_keeps_its_status_headers_and_type(host: HostProcess) -> None:
    reply = send(host, "PUT", "/api/echo", headers=[("x-functions-key", KEY)])
    assert (reply.status, reply.headers["x-own"], reply.headers["content-type"]) == (201, "yes", "application/json")


def test_an_anonymous_function_needs_no_key_and_may_return_a_string(host: HostProcess) -> None:
    reply = send(host, "GET", "/api/health")
    assert (reply.status, reply.body, reply.headers["content-type"]) == (200, b"I am well", "text/plain; charset=utf-8")


@pytest.mark.parametrize("path", ["/api/echo", "/api/secret", "/api/echo?code=wrong", "/api/echo?code="])
@pytest.mark.parametrize("headers", [[], [("x-functions-key", "wrong")], [("x-functions-key", "")]])
def test_a_wrong_or_missing_key_is_401_with_nothing_in_it(
    host: HostProcess, path: str, headers: list[tuple[str, str | bytes]]
) -> None:
    reply = send(host, "POST", path, b"[]", headers)
    assert (reply.status, reply.body) == (401, b"")


def test_the_key_may_come_in_the_query(host: HostProcess) -> None:
    assert send(host, "POST", f"/api/secret?code={KEY}").status == 204


@pytest.mark.parametrize(
    ("method", "path"),
    [("POST", "/api/nowhere"), ("POST", "/echo"), ("GET", "/api/echo"), ("POST", "/api/health"), ("POST", "/apii")],
)
def test_a_wrong_path_or_method_is_404_even_without_a_key(host: HostProcess, method: str, path: str) -> None:
    reply = send(host, method, path)
    assert (reply.status, reply.body) == (404, b"")


def test_route_parameters_query_and_url_reach_the_function(host: HostProcess) -> None:
    seen = echoed(host, "/api/echo/Hello?a=1&b=%C3%A9")
    assert (seen["route"], seen["query"]) == ({"word": "Hello"}, {"a": "1", "b": "é"})
    assert seen["url"] == f"{host.url}/api/echo/Hello?a=1&b=%C3%A9"


def test_query_keys_are_merged_under_the_last_spelling_and_empty_values_are_left_out(host: HostProcess) -> None:
    assert echoed(host, "/api/echo?dryRun=true&DRYRUN=false&empty=&plain")["query"] == {"DRYRUN": "true,false"}


def test_a_repeated_header_is_joined_with_a_comma(host: HostProcess) -> None:
    headers = echoed(host, headers=[("Message", "one"), ("MESSAGE", "two"), ("X-Name", "Åsa".encode())])["headers"]
    assert isinstance(headers, dict)
    assert (headers["message"], headers["x-name"]) == ("one,two", "Åsa")


def test_header_bytes_that_are_not_utf8_are_refused(host: HostProcess) -> None:
    assert send(host, "POST", "/api/echo", headers=[("x-functions-key", KEY), ("Message", b"\xe9")]).status == 400


def test_a_form_body_arrives_raw(host: HostProcess) -> None:
    body = b'\xef\xbb\xbf[{"UserPrincipalName":"a+b%40\xe9"}]'
    seen = echoed(host, body=body, headers=[("Content-Type", "application/x-www-form-urlencoded")])
    assert (seen["size"], seen["start"]) == (len(body), body.hex())


def test_a_compressed_body_is_not_unpacked(host: HostProcess) -> None:
    seen = echoed(host, body=b"not really gzip", headers=[("Content-Encoding", "gzip")])
    assert seen["start"] == b"not really gzip".hex()


def test_a_body_of_several_megabytes_passes(host: HostProcess) -> None:
    assert echoed(host, body=b"x" * 5_000_000)["size"] == 5_000_000


def test_a_caller_that_waits_for_100_continue_is_told_to_go_on(host: HostProcess) -> None:
    name, port = host.url.removeprefix("http://").split(":")
    with socket.create_connection((name, int(port)), timeout=10) as connection:
        head = f"POST /api/echo HTTP/1.1\r\nHost: {name}\r\nx-functions-key: {KEY}\r\nContent-Length: 2\r\n"
        connection.sendall(f"{head}Expect: 100-continue\r\nConnection: close\r\n\r\n".encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n")
        connection.sendall(b"[]")
        assert connection.recv(1000).startswith(b"HTTP/1.1 201 Created\r\n")


@pytest.mark.parametrize(("path", "reason"), [("/api/boom", "the function broke"), ("/api/nothing", "TypeError")])
def test_a_function_that_fails_is_500_with_nothing_in_it_and_its_reason_in_the_log(
    host: HostProcess, path: str, reason: str
) -> None:
    reply = send(host, "POST", path)
    assert reply == Reply(500, reply.headers, b"")
    assert reason in host.log()


def test_what_a_function_logs_and_prints_is_in_the_log_when_it_has_answered(host: HostProcess) -> None:
    echoed(host)
    assert "INFO root: echo was called" in host.log()
    assert "printed by the function" in host.log()
