"""session.py: `exchange` goes past requests, and gives up nothing that the session promises."""

import contextlib
import gzip
import hashlib
import json
import ssl
import threading
import time
import zlib
from collections.abc import Callable

import pytest
import requests
from requests.exceptions import ReadTimeout, Timeout
from urllib3.exceptions import HTTPError, SSLError

from shared.deadline import time_limit
from shared.microsoft.session import MAX_ANSWER_BYTES, BoundedSession, Reply
from tests.unit.microsoft.slow_servers import SLACK_S, TORTURES, drip_all, drip_body, hang
from tests.unit.wire import HEAD, Line, Script, answer, serving

Seen = list[bytes]


def get(session: BoundedSession, host: str, scheme: str = "http") -> Reply:
    return session.exchange("GET", f"{scheme}://{host}", "/", {})


def noting(seen: Seen, *answers: bytes) -> Script:
    """One connection on which these are the answers."""

    def script(line: Line) -> None:
        for each in answers:
            seen.append(line.request())
            line.send(each)

    return script


def test_what_is_sent_and_what_comes_back(session: BoundedSession) -> None:
    seen: list[tuple[bytes, bytes]] = []

    def script(line: Line) -> None:
        seen.append(line.request_with_body())
        line.answer(b'{"a":1}', HEAD + b"Request-Id: 7\r\n")

    with serving(script) as host:
        reply = session.exchange("PATCH", f"http://{host}", "/v1.0/it%27s?$top=1", {"Accept": "x/y"}, {"ü": 1})
    ((head, body),) = seen
    assert (reply.status, reply.headers.get("request-ID"), reply.content) == (200, "7", b'{"a":1}')
    assert head.startswith(b"PATCH /v1.0/it%27s?$top=1 HTTP/1.1\r\n")
    assert head.count(b"Accept: x/y") == 1
    assert b"Accept: */*" not in head
    assert b"Accept-Encoding: gzip" in head
    assert b"Content-Type: application/json" in head
    assert json.loads(body) == {"ü": 1}


@pytest.mark.parametrize("method", ["GET", "DELETE", "POST"])
def test_without_a_body(session: BoundedSession, method: str) -> None:
    seen: Seen = []
    with serving(noting(seen, HEAD + b"Content-Length: 0\r\n\r\n")) as host:
        assert session.exchange(method, f"http://{host}", "/", {}).content == b""
    assert b"Content-Type" not in seen[0]
    assert (b"Content-Length: 0" in seen[0]) == (method == "POST")
    assert b"Transfer-Encoding" not in seen[0]


def test_one_connection_serves_all_exchanges(session: BoundedSession) -> None:
    """Also behind an answer without a body, and behind one in chunks."""
    seen: Seen = []
    answers = (
        b"HTTP/1.1 204 No Content\r\n\r\n",
        HEAD + b"Content-Length: 0\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n",
        HEAD + b"Content-Length: 2\r\n\r\n{}",
    )
    with serving(noting(seen, *answers), hang) as host:
        assert [get(session, host).content for _ in answers] == [b"", b"", b"{}", b"{}"]
    assert len(seen) == len(answers)


@pytest.mark.parametrize("torture", TORTURES, ids=lambda script: script.__name__)
def test_the_total_ends_it(hasty: BoundedSession, torture: Script) -> None:
    began = time.monotonic()
    with serving(torture) as host, pytest.raises(Timeout):
        get(hasty, host)
    assert 0.3 < time.monotonic() - began < 0.4 + SLACK_S


@pytest.mark.parametrize("torture", [drip_all, drip_body, hang], ids=lambda script: script.__name__)
def test_the_total_ends_it_over_tls(
    hasty: BoundedSession,
    torture: Script,
    server_side: ssl.SSLContext,
    ca_file: str,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
    with serving(torture, tls=server_side) as host, pytest.raises(Timeout):
        get(hasty, host, "https")


def test_the_wait_for_one_byte_is_bounded_too() -> None:
    began = time.monotonic()
    with BoundedSession(read_s=0.3, total_s=30) as session, serving(hang) as host, pytest.raises(HTTPError):
        get(session, host)
    assert time.monotonic() - began < 0.3 + SLACK_S


def test_a_time_limit_ends_it_too_and_the_next_one_is_fine(session: BoundedSession) -> None:
    with serving(drip_body, answer(b"{}")) as host:
        with time_limit(0.4), pytest.raises(ReadTimeout, match="no complete answer within"):
            get(session, host)
        assert get(session, host).content == b"{}"


def test_a_body_that_the_total_cuts_off_is_not_taken_for_whole(hasty: BoundedSession) -> None:
    def never_ending(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Connection: close\r\n\r\n{}")
        line.hang()

    with serving(never_ending) as host, pytest.raises(ReadTimeout):
        get(hasty, host)


@pytest.mark.parametrize(
    "cut_off", [b"", HEAD + b"Content-Length: 100\r\n\r\n{}", HEAD + b"Content-Encoding: gzip\r\n\r\n{}"]
)
def test_half_an_answer_is_none(session: BoundedSession, cut_off: bytes) -> None:
    with serving(noting([], cut_off)) as host, pytest.raises((requests.RequestException, HTTPError, OSError)):
        get(session, host)


def with_length(body: bytes) -> bytes:
    return b"Content-Length: %d\r\n\r\n" % len(body) + body


def in_chunks(body: bytes) -> bytes:
    """As Graph sends them."""
    parts = [body[at : at + 1000] for at in range(0, len(body), 1000)]
    chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts)
    return b"Transfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"


def packed_in(encoding: bytes, body: bytes) -> tuple[bytes, bytes]:
    return HEAD + b"Connection: close\r\nContent-Encoding: " + encoding + b"\r\n", body


@pytest.mark.parametrize("framed", [with_length, in_chunks])
@pytest.mark.parametrize(("encoding", "pack"), [(b"gzip", gzip.compress), (b"deflate", zlib.compress)])
def test_a_packed_answer(
    session: BoundedSession, framed: Callable[[bytes], bytes], encoding: bytes, pack: Callable[[bytes], bytes]
) -> None:
    content = hashlib.shake_128(b"").digest(5000)
    head, body = packed_in(encoding, pack(content))
    with serving(noting([], head + framed(body)), noting([], head + framed(body[:-9] + b"123456789"))) as host:
        assert get(session, host).content == content
        with pytest.raises(HTTPError):
            get(session, host)


@pytest.mark.parametrize("framed", [with_length, in_chunks])
def test_an_answer_that_unpacks_to_more_is_given_up(
    session: BoundedSession, monkeypatch: pytest.MonkeyPatch, framed: Callable[[bytes], bytes]
) -> None:
    monkeypatch.setattr("shared.microsoft.session.MAX_ANSWER_BYTES", most := MAX_ANSWER_BYTES // 100)
    head, body = packed_in(b"gzip", gzip.compress(bytes(most * 5)))
    with serving(noting([], head + framed(body)), answer(b"{}")) as host:
        with pytest.raises(requests.RequestException, match="more than 640,000 bytes"):
            get(session, host)
        assert get(session, host).content == b"{}"


def test_the_rest_of_an_answer_that_is_too_long_is_not_awaited(
    session: BoundedSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shared.microsoft.session.MAX_ANSWER_BYTES", most := MAX_ANSWER_BYTES // 100)
    is_closed = threading.Event()

    def too_long(line: Line) -> None:
        line.connection.settimeout(2 * SLACK_S)
        line.request()
        line.send(HEAD + b"Content-Length: %d\r\n\r\n" % (3 * most) + bytes(2 * most))
        with contextlib.suppress(ConnectionError):
            line.request()
        is_closed.set()

    with serving(too_long) as host:
        with pytest.raises(requests.RequestException, match="more than") as given_up:
            get(session, host)
        assert is_closed.wait(SLACK_S), given_up


def get_as_sdks(session: BoundedSession, host: str) -> Reply:
    answer = session.get(f"http://{host}/")
    return Reply(answer.status_code, answer.headers, answer.content)


@pytest.mark.parametrize("get", [get, get_as_sdks])
@pytest.mark.parametrize("status", [101, 102, 103, 199])
def test_the_final_answer_behind_an_interim_one_is_not_taken_for_that_of_the_next_exchange(
    session: BoundedSession, status: int, get: Callable[[BoundedSession, str], Reply]
) -> None:
    is_given_up, is_sent = threading.Event(), threading.Event()

    def late(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 %d Wait\r\n\r\n" % status)
        is_given_up.wait(SLACK_S)
        with contextlib.suppress(ConnectionError):
            line.send(HEAD + b'Content-Length: 8\r\n\r\n{"a": 1}')
        is_sent.set()

    with serving(late, answer(b'{"b": 2}')) as host:
        with pytest.raises((requests.RequestException, HTTPError), match=str(status)):
            get(session, host)
        is_given_up.set()
        assert is_sent.wait(SLACK_S)
        assert get(session, host).content == b'{"b": 2}'


def test_an_answer_behind_100_is_the_answer(session: BoundedSession) -> None:
    with serving(noting([], b"HTTP/1.1 100 Continue\r\n\r\n" + HEAD + b"Content-Length: 2\r\n\r\n{}")) as host:
        assert get(session, host).content == b"{}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(session: BoundedSession, status: int) -> None:
    with serving(answer(b"", b"HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\n" % status)) as host:
        assert get(session, host).status == status


def test_nothing_is_tried_again(session: BoundedSession) -> None:
    seen: Seen = []
    again = b"HTTP/1.1 503 Busy\r\nRetry-After: 0\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
    with serving(noting(seen, again)) as host:
        assert get(session, host).status == 503
    with serving(noting(seen, b"")) as host, pytest.raises((requests.RequestException, HTTPError)):
        get(session, host)
    assert len(seen) == 2


def test_no_cookie_and_nothing_of_a_netrc_file_is_sent(
    session: BoundedSession, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    netrc = tmp_path_factory.mktemp("home") / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(netrc))
    seen: Seen = []
    cookie = HEAD + b"Set-Cookie: a=b; Path=/\r\nContent-Length: 2\r\n\r\n{}"
    with serving(noting(seen, cookie, cookie)) as host:
        get(session, host)
        get(session, host)
    assert not any(b"cookie" in head.lower() or b"authorization" in head.lower() for head in seen)


def test_a_certificate_of_an_unknown_authority_is_refused(
    session: BoundedSession, server_side: ssl.SSLContext, ca_file: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As by requests: the system's own authorities are not asked."""
    monkeypatch.setenv("SSL_CERT_FILE", ca_file)
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    monkeypatch.delenv("CURL_CA_BUNDLE", raising=False)
    with serving(answer(), tls=server_side) as host, pytest.raises(SSLError):
        get(session, host, "https")


@pytest.mark.parametrize("bypass", ["", "127.0.0.1"])
def test_the_environments_proxy_is_used(
    session: BoundedSession,
    bypass: str,
    monkeypatch: pytest.MonkeyPatch,
    server_side: ssl.SSLContext,
    ca_file: str,
) -> None:
    asked: Seen = []

    def refuse(line: Line) -> None:
        asked.append(line.request())
        line.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")

    with serving(refuse) as proxy, serving(answer(b"{}"), tls=server_side) as host:
        monkeypatch.setenv("HTTPS_PROXY", f"http://name:word@{proxy}")
        monkeypatch.setenv("NO_PROXY", bypass)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", ca_file)
        if bypass:
            assert get(session, host, "https").content == b"{}"
            assert asked == []
        else:
            with pytest.raises(HTTPError):
                get(session, host, "https")
            assert asked[0].startswith(b"CONNECT 127.0.0.1:")
            assert b"Proxy-Authorization: Basic bmFtZTp3b3Jk" in asked[0]
