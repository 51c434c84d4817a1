"""session.py: an exchange ends in time whatever the other side does. Each test has a socket that misbehaves."""

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest
import requests
import trustme
from hypothesis import given, settings
from hypothesis import strategies as st
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, ReadTimeout
from urllib3.exceptions import HTTPError

from shared.microsoft.session import BoundedSession, retry_after_s, time_limit
from tests.unit.wire import HEAD, Line, Script, answer, serving

# Slack for a slow machine; without the limit these exchanges would last far longer.
SLACK_S = 1.5
LONG = HEAD + b"Content-Length: 4000\r\n\r\n" + b" " * 4000


@pytest.fixture
def session() -> Iterator[BoundedSession]:
    with BoundedSession(read_s=5, total_s=0.4) as session:
        yield session


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture(scope="module")
def server_side(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(context)
    return context


@pytest.fixture
def ca_file(authority: trustme.CA, tmp_path: Path) -> str:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(path)
    return str(path)


def seconds_to_fail(session: BoundedSession, url: str, kind: type[Exception] = ReadTimeout, **options: object) -> float:
    began = time.monotonic()
    with pytest.raises(kind):
        session.get(url, **options)  # type: ignore[arg-type]
    return time.monotonic() - began


def drip_all(line: Line) -> None:
    line.request()
    line.drip(LONG, 0.05)


def drip_body(line: Line) -> None:
    line.request()
    line.send(HEAD + b"Content-Length: 4000\r\n\r\n")
    line.drip(b" " * 4000, 0.05)


def drip_chunks(line: Line) -> None:
    line.request()
    line.send(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
    line.drip(b"1\r\n \r\n" * 700, 0.02)


def drip_without_length(line: Line) -> None:
    line.request()
    line.send(HEAD + b"Connection: close\r\n\r\n")
    line.drip(b" " * 4000, 0.05)


def hang(line: Line) -> None:
    line.request()
    line.hang()


def hang_in_the_body(line: Line) -> None:
    line.request()
    line.send(HEAD + b"Content-Length: 10\r\n\r\n{")
    line.hang()


TORTURES = [drip_all, drip_body, drip_chunks, drip_without_length, hang, hang_in_the_body]


def test_a_good_answer(session: BoundedSession) -> None:
    with serving(answer(b'{"a":1}')) as host:
        assert session.get(f"http://{host}/").json() == {"a": 1}


@pytest.mark.parametrize("torture", TORTURES, ids=lambda script: script.__name__)
def test_the_total_ends_an_exchange(session: BoundedSession, torture: Script) -> None:
    with serving(torture) as host:
        assert 0.3 < seconds_to_fail(session, f"http://{host}/") < 0.4 + SLACK_S


@pytest.mark.parametrize("torture", [drip_all, drip_body, hang], ids=lambda script: script.__name__)
def test_the_total_ends_an_exchange_over_tls(
    session: BoundedSession, torture: Script, server_side: ssl.SSLContext, ca_file: str
) -> None:
    with serving(torture, tls=server_side) as host:
        assert 0.3 < seconds_to_fail(session, f"https://{host}/", verify=ca_file) < 0.4 + SLACK_S


def test_the_total_ends_an_exchange_on_a_connection_that_was_used_before(session: BoundedSession) -> None:
    def good_then_drip(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Content-Length: 2\r\n\r\n{}")
        drip_all(line)

    with serving(good_then_drip) as host:
        assert session.get(f"http://{host}/").json() == {}
        assert 0.3 < seconds_to_fail(session, f"http://{host}/") < 0.4 + SLACK_S


def test_a_handshake_that_never_comes(session: BoundedSession) -> None:
    with serving(lambda line: line.hang()) as host:
        assert seconds_to_fail(session, f"https://{host}/", requests.RequestException) < 0.4 + SLACK_S


def test_a_handshake_that_drips(session: BoundedSession) -> None:
    def drip_tls_record(line: Line) -> None:
        line.connection.recv(4096)
        line.drip(b"\x16\x03\x03\x40\x00" + b"\x02\x00\x3f\xfc" + b"\x00" * 16000, 0.05)

    with serving(drip_tls_record) as host:
        assert seconds_to_fail(session, f"https://{host}/", requests.RequestException) < 0.4 + SLACK_S


def test_a_proxy_that_drips_its_answer_to_connect(session: BoundedSession) -> None:
    def drip_connect(line: Line) -> None:
        line.request()
        line.drip(b"HTTP/1.1 200 Connection established\r\nX-Filler: " + b"a" * 60 + b"\r\n\r\n", 0.05)

    with serving(drip_connect) as host:
        took = seconds_to_fail(
            session, "https://graph.example.com/", requests.RequestException, proxies={"https": f"http://{host}"}
        )
    assert took < 0.4 + SLACK_S


def test_the_wait_for_one_byte_is_bounded_too() -> None:
    with BoundedSession(read_s=0.3, total_s=30) as session, serving(hang) as host:
        assert seconds_to_fail(session, f"http://{host}/") < 0.3 + SLACK_S


def test_a_caller_cannot_lift_the_limits(session: BoundedSession) -> None:
    with serving(drip_body) as host:
        assert seconds_to_fail(session, f"http://{host}/", timeout=60) < 0.4 + SLACK_S
        assert seconds_to_fail(session, f"http://{host}/", timeout=None, stream=True) < 0.4 + SLACK_S


def test_the_next_exchange_after_one_that_was_stopped_is_fine(session: BoundedSession) -> None:
    with serving(drip_body, answer(b"{}")) as host:
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


def test_a_body_without_length_that_the_total_cuts_off_is_not_taken_for_whole(session: BoundedSession) -> None:
    """A shut-down socket looks like the end of such a body; here it would even be JSON."""

    def never_ending(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Connection: close\r\n\r\n" + b"{}")
        line.hang()

    with serving(never_ending) as host, pytest.raises(ReadTimeout, match="no complete answer within"):
        session.get(f"http://{host}/")


def test_a_connection_that_is_closed_without_an_answer(session: BoundedSession) -> None:
    def close(line: Line) -> None:
        line.request()

    with serving(close) as host:
        assert seconds_to_fail(session, f"http://{host}/", NoConnection) < SLACK_S


def test_nobody_listens(session: BoundedSession) -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    assert seconds_to_fail(session, f"http://127.0.0.1:{port}/", NoConnection) < SLACK_S


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


# Limits shared by several exchanges


def test_exchanges_inside_a_time_limit_share_it() -> None:
    with BoundedSession(read_s=5, total_s=30) as session, serving(hang) as host:
        began = time.monotonic()
        with time_limit(0.5):
            seconds_to_fail(session, f"http://{host}/")
            seconds_to_fail(session, f"http://{host}/", ConnectTimeout)
        assert time.monotonic() - began < 0.5 + SLACK_S


@pytest.mark.parametrize(("outer", "inner"), [(0.4, 30), (30, 0.4)])
def test_of_nested_limits_the_nearest_wins(outer: float, inner: float) -> None:
    with (
        BoundedSession(read_s=5, total_s=30) as session,
        serving(hang) as host,
        time_limit(outer),
        time_limit(inner),
    ):
        assert seconds_to_fail(session, f"http://{host}/") < 0.4 + SLACK_S


def test_a_limit_ends_with_its_block(session: BoundedSession) -> None:
    with serving(answer()) as host:
        with time_limit(0):
            seconds_to_fail(session, f"http://{host}/", ConnectTimeout)
        assert session.get(f"http://{host}/").status_code == 200


def test_a_limit_that_is_over_sends_nothing(session: BoundedSession) -> None:
    seen: list[bytes] = []
    with serving(lambda line: seen.append(line.request())) as host, time_limit(0), pytest.raises(ConnectTimeout):
        session.get(f"http://{host}/")
    assert seen == []


def test_all_exchanges_share_one_watchman(session: BoundedSession) -> None:
    with serving(answer()) as host:
        session.get(f"http://{host}/")
        before = threading.active_count()
        for _ in range(5):
            session.get(f"http://{host}/")
        assert sum(thread.name == "session-watchman" for thread in threading.enumerate()) == 1
        assert threading.active_count() <= before + 1  # the server's own, for the last connection


def test_a_short_exchange_begun_while_a_long_one_is_under_way_ends_in_its_own_time(session: BoundedSession) -> None:
    begun = threading.Event()

    def tell_and_hang(line: Line) -> None:
        line.request()
        begun.set()
        line.hang()

    def wait_long() -> None:
        with BoundedSession(read_s=3, total_s=60) as patient, pytest.raises(ReadTimeout):
            patient.get(f"http://{host}/")

    with serving(tell_and_hang, drip_all) as host:
        long = threading.Thread(target=wait_long)
        long.start()
        begun.wait(5)
        assert 0.3 < seconds_to_fail(session, f"http://{host}/") < 0.4 + SLACK_S
        long.join()


def test_a_connection_outlives_the_time_of_the_exchange_before(session: BoundedSession) -> None:
    def two_answers(line: Line) -> None:
        for _ in range(2):
            line.request()
            line.send(HEAD + b"Content-Length: 2\r\n\r\n{}")

    with serving(two_answers, hang) as host:
        assert session.get(f"http://{host}/").json() == {}
        threading.Event().wait(0.6)
        assert session.get(f"http://{host}/").json() == {}


def test_the_total_ends_an_exchange_over_tls_inside_tls(
    session: BoundedSession, server_side: ssl.SSLContext, ca_file: str
) -> None:
    def tunnel(line: Line) -> None:
        line.request()
        line.send(b"HTTP/1.1 200 Connection established\r\n\r\n")
        name, port = host.split(":")
        with socket.create_connection((name, int(port))) as onward:
            line.connection.settimeout(0.01)
            onward.settimeout(0.01)
            while not line.stopping.is_set():
                for source, sink in ((line.connection, onward), (onward, line.connection)):
                    with contextlib.suppress(TimeoutError):
                        data = source.recv(65536)
                        if not data:
                            return
                        sink.sendall(data)

    with serving(drip_all, tls=server_side) as host, serving(tunnel, tls=server_side) as proxy:
        took = seconds_to_fail(session, f"https://{host}/", proxies={"https": f"https://{proxy}"}, verify=ca_file)
    assert 0.3 < took < 0.4 + SLACK_S


# Retry-After


def headers(value: str) -> requests.structures.CaseInsensitiveDict[str]:
    return requests.structures.CaseInsensitiveDict({"retry-after": value})


@pytest.mark.parametrize(
    ("value", "expected"),
    [("5", 5.0), (" 7 ", 7.0), ("0", 0.0), ("", None), ("soon", None), ("-5", None), ("1.5", None), ("\u0665", None)],
)
def test_retry_after_in_seconds(value: str, expected: float | None) -> None:
    assert retry_after_s(headers(value)) == expected


def test_retry_after_as_a_date() -> None:
    wait = retry_after_s(headers(formatdate(time.time() + 100, usegmt=True)))
    assert wait is not None
    assert 95 < wait <= 100
    assert retry_after_s(headers("Wed, 21 Oct 2015 07:28:00 GMT")) == 0


def test_no_retry_after() -> None:
    assert retry_after_s({}) is None


@settings(deadline=None, max_examples=60)
@given(
    st.one_of(
        st.text(st.characters(codec="latin-1"), max_size=40),
        st.from_regex(
            r"(Mon|Wed), \d{1,3} (Jan|Feb|Oct) \d{1,9} \d{1,3}:\d{1,3}:\d{1,3} ([A-Z]{1,4}|[+-]\d{1,12})",
            fullmatch=True,
        ),
        st.from_regex(r"[0-9:, +\-A-Za-z]{1,30}", fullmatch=True),
    )
)
def test_whatever_retry_after_says_there_is_a_number_or_nothing(value: str) -> None:
    wait = retry_after_s(headers(value))
    assert wait is None or wait >= 0
