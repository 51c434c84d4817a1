"""session.py: an exchange ends in time whatever the other side does. Each test has a socket that misbehaves."""

import gzip
import socket
import ssl

import pytest
import requests
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ReadTimeout
from urllib3.exceptions import HTTPError

from shared.deadline import time_limit
from shared.microsoft.session import MAX_ANSWER_BYTES, BoundedSession
from tests.unit.microsoft.slow_servers import SLACK_S, TORTURES, drip_all, drip_body, hang, seconds_to_fail
from tests.unit.wire import HEAD, Line, Script, answer, serving


def test_a_good_answer(session: BoundedSession) -> None:
    with serving(answer(b'{"a":1}')) as host:
        assert session.get(f"http://{host}/").json() == {"a": 1}


@pytest.mark.parametrize("torture", TORTURES, ids=lambda script: script.__name__)
def test_the_total_ends_an_exchange(hasty: BoundedSession, torture: Script) -> None:
    with serving(torture) as host:
        assert 0.3 < seconds_to_fail(hasty, f"http://{host}/") < 0.4 + SLACK_S


@pytest.mark.parametrize("torture", [drip_all, drip_body, hang], ids=lambda script: script.__name__)
def test_the_total_ends_an_exchange_over_tls(
    hasty: BoundedSession, torture: Script, server_side: ssl.SSLContext, ca_file: str
) -> None:
    with serving(torture, tls=server_side) as host:
        assert 0.3 < seconds_to_fail(hasty, f"https://{host}/", verify=ca_file) < 0.4 + SLACK_S


def test_the_total_ends_an_exchange_on_a_connection_that_was_used_before(session: BoundedSession) -> None:
    def good_then_drip(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Content-Length: 2\r\n\r\n{}")
        drip_all(line)

    with serving(good_then_drip) as host:
        assert session.get(f"http://{host}/").json() == {}
        with time_limit(0.4):
            assert 0.3 < seconds_to_fail(session, f"http://{host}/") < 0.4 + SLACK_S


def test_a_handshake_that_never_comes(hasty: BoundedSession) -> None:
    with serving(lambda line: line.hang()) as host:
        assert seconds_to_fail(hasty, f"https://{host}/", requests.RequestException) < 0.4 + SLACK_S


def test_a_handshake_that_drips(hasty: BoundedSession) -> None:
    def drip_tls_record(line: Line) -> None:
        line.connection.recv(4096)
        line.drip(b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" + b"\x00" * 16000, 0.05)

    with serving(drip_tls_record) as host:
        assert seconds_to_fail(hasty, f"https://{host}/", requests.RequestException) < 0.4 + SLACK_S


def test_a_proxy_that_drips_its_answer_to_connect(hasty: BoundedSession) -> None:
    def drip_connect(line: Line) -> None:
        line.request()
        line.drip(b"HTTP/1.1 200 Connection established\r\nX-Filler: " + b"a" * 60 + b"\r\n\r\n", 0.05)

    with serving(drip_connect) as host:
        took = seconds_to_fail(
            hasty, "https://graph.example.com/", requests.RequestException, proxies={"https": f"http://{host}"}
        )
    assert took < 0.4 + SLACK_S


def test_the_wait_for_one_byte_is_bounded_too() -> None:
    with BoundedSession(read_s=0.3, total_s=30) as session, serving(hang) as host:
        assert seconds_to_fail(session, f"http://{host}/") < 0.3 + SLACK_S


@pytest.fixture
def most(monkeypatch: pytest.MonkeyPatch) -> int:
    """So many bytes an answer may have, a hundredth of what it otherwise may."""
    monkeypatch.setattr("shared.microsoft.session.MAX_ANSWER_BYTES", MAX_ANSWER_BYTES // 100)
    return MAX_ANSWER_BYTES // 100


def test_an_answer_that_unpacks_to_more_is_given_up(session: BoundedSession, most: int) -> None:
    packed = gzip.compress(gzip.compress(bytes(most * 5)))
    assert len(packed) < 10_000
    head = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip, gzip\r\nContent-Length: %d\r\n\r\n" % len(packed)

    def bomb(line: Line) -> None:
        line.request()
        line.send(head + packed)

    with serving(bomb) as host, pytest.raises(requests.RequestException, match="more than 640,000 bytes"):
        session.get(f"http://{host}/")


def test_an_answer_as_long_as_it_may_be(session: BoundedSession, most: int) -> None:
    with serving(answer(bytes(most))) as host:
        assert len(session.get(f"http://{host}/").content) == most


def test_a_caller_cannot_lift_the_limits(hasty: BoundedSession) -> None:
    with serving(drip_body) as host:
        assert seconds_to_fail(hasty, f"http://{host}/", timeout=60) < 0.4 + SLACK_S
        assert seconds_to_fail(hasty, f"http://{host}/", timeout=None, stream=True) < 0.4 + SLACK_S


def test_the_next_exchange_after_one_that_was_stopped_is_fine(session: BoundedSession) -> None:
    with serving(drip_body, answer(b"{}")) as host:
        with time_limit(0.4):
            seconds_to_fail(session, f"http://{host}/")
        assert session.get(f"http://{host}/").json() == {}


def test_a_body_that_is_cut_off_is_no_answer(session: BoundedSession) -> None:
    def cut_off(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Content-Length: 100\r\n\r\n{}")

    with serving(cut_off) as host, pytest.raises((requests.RequestException, HTTPError)):
        session.get(f"http://{host}/")


def test_a_body_without_length_ends_with_the_connection(session: BoundedSession) -> None:
    def no_length(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Connection: close\r\n\r\n" + b'{"a":1}')

    with serving(no_length) as host:
        assert session.get(f"http://{host}/").json() == {"a": 1}


def test_a_body_without_length_that_the_total_cuts_off_is_not_taken_for_whole(hasty: BoundedSession) -> None:
    """A shut-down socket looks like the end of such a body; here it would even be JSON."""

    def never_ending(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Connection: close\r\n\r\n" + b"{}")
        line.hang()

    with serving(never_ending) as host, pytest.raises(ReadTimeout, match="no complete answer within"):
        hasty.get(f"http://{host}/")


def test_a_connection_that_is_closed_without_an_answer(session: BoundedSession) -> None:
    def close(line: Line) -> None:
        line.request()

    with serving(close) as host:
        assert seconds_to_fail(session, f"http://{host}/", NoConnection) < SLACK_S


def test_nobody_listens(session: BoundedSession) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        assert seconds_to_fail(session, f"http://127.0.0.1:{silent.getsockname()[1]}/", NoConnection) < SLACK_S


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(session: BoundedSession, status: int) -> None:
    head = b"HTTP/1.1 %d Moved\r\nLocation: /elsewhere\r\n" % status
    with serving(answer(b"", head)) as host:
        assert session.get(f"http://{host}/", allow_redirects=True).status_code == status


def test_a_redirect_to_nonsense_harms_nothing(session: BoundedSession) -> None:
    with serving(answer(b"", b"HTTP/1.1 302 Moved\r\nLocation: http://[broken\r\n")) as host:
        try:
            assert session.get(f"http://{host}/").status_code == 302
        except requests.RequestException:
            return


def test_no_cookie_is_kept(session: BoundedSession) -> None:
    seen: list[bytes] = []

    def give_cookie(line: Line) -> None:
        seen.append(line.request())
        line.send(HEAD + b"Set-Cookie: a=b; Path=/\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")

    with serving(give_cookie) as host:
        session.get(f"http://{host}/")
        session.get(f"http://{host}/")
    assert not any(b"cookie" in head.lower() for head in seen)
