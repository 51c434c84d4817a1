"""graph/client.py: next links, redirects and bodies that are no answer."""

import logging
from pathlib import Path

import pytest

from sandbox.tenant import Fault, SandboxTenant
from shared.deadline import Deadline
from shared.microsoft.entra import Grant, GraphTokens
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from tests.unit.microsoft.graph.sending import ANNA, READ, WRITE, send
from tests.unit.odd import graph_of, odd_graph
from tests.unit.wire import HEAD, Line, answer, serving


def test_a_next_link_stays_on_the_host(client: GraphClient) -> None:
    assert client.relative("https://graph.microsoft.com/v1.0/users?$skiptoken=x") == "/users?$skiptoken=x"
    for elsewhere in (
        "https://graph.example.com/v1.0/users",
        "https://graph.microsoft.com.example.com/v1.0/users",
        "https://graph.microsoft.com/v1.0.example.com/users",
        "http://graph.microsoft.com/v1.0/users",
        "/v1.0/users",
    ):
        with pytest.raises(ValueError, match="leads to another host"):
            client.relative(elsewhere)


@pytest.mark.parametrize("body", [b"", b"[]", b"null", b"7", b"{", b"[" * 100_000, b"\xff"])
@pytest.mark.usefixtures("clock")
def test_a_good_status_with_a_body_that_is_no_json_object_is_no_answer_to_a_read(body: bytes) -> None:
    with odd_graph(body) as client:
        assert send(client, READ)[0].fate is Fate.LOST


def test_an_error_with_a_body_that_is_no_json_object_is_still_that_error() -> None:
    with odd_graph(b"<html>", status=b"403 Forbidden", head=b"request-id: rid-1\r\n") as client:
        (got,) = send(client, READ)
    assert (got.status, got.body, got.request_id) == (403, {}, "rid-1")


def test_a_redirect_does_not_take_the_token_elsewhere() -> None:
    seen: list[bytes] = []

    def elsewhere(line: Line) -> None:
        seen.append(line.request())
        line.send(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")

    with (
        serving(elsewhere) as other,
        odd_graph(b"", status=b"302 Found", head=b"Location: http://" + other.encode() + b"/\r\n") as client,
    ):
        assert send(client, WRITE)[0].status == 302
    assert seen == []


def test_a_redirect_to_nonsense_stays_one_calls_trouble() -> None:
    with odd_graph(b"", status=b"302 Found", head=b"Location: http://[broken\r\n") as client:
        (got,) = send(client, WRITE)
    assert not got.ok


def test_a_netrc_entry_does_not_replace_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login someone password something\n")
    netrc.chmod(0o600)
    monkeypatch.setenv("NETRC", str(netrc))
    seen: list[bytes] = []

    def note(line: Line) -> None:
        seen.append(line.request())
        line.send(HEAD + b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")

    with graph_of(note) as client:
        send(client, READ)
    assert b"Bearer token-not-real" in seen[0]


def test_no_log_line_holds_token_path_or_body(
    box: SandboxTenant, client: GraphClient, tokens: GraphTokens, caplog: pytest.LogCaptureFixture
) -> None:
    box.tenant.faults.append(Fault("close", host="graph", times=1))
    with caplog.at_level(logging.DEBUG, "shared"):
        send(client, WRITE)
    logged = "\n".join(record.getMessage() for record in caplog.records if record.name.startswith("shared"))
    assert "no answer" in logged
    for text in (tokens.token(Deadline(20)), ANNA, "701740699"):
        assert text not in logged


def test_a_token_that_is_no_header_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    tokens = GraphTokens(lambda _deadline, _claims=None: Grant("token-not-real\n", 3600))
    with serving(answer()) as host, caplog.at_level(logging.DEBUG):
        (got,) = send(GraphClient(f"http://{host}", tokens), WRITE)
    assert got.fate is Fate.LOST
    assert "no answer" in caplog.text
    assert "token-not-real" not in caplog.text


@pytest.mark.parametrize("size", [b"-5", b"nonsense", b"1" * 20])
def test_chunks_of_no_size_are_no_answer(size: bytes, caplog: pytest.LogCaptureFixture) -> None:
    def odd(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n" + size + b"\r\n{}\r\n0\r\n\r\n")

    with graph_of(odd) as client:
        assert send(client, WRITE)[0].fate is Fate.LOST
    assert "unforeseen fault" not in caplog.text


def test_no_repr_holds_a_number_or_an_answers_text() -> None:
    assert "701740699" not in f"{WRITE}"
    assert "701740699" not in f"{Answer(Fate.ANSWERED, 200, {'phoneNumber': '+46 701740699'})}"
