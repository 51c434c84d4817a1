"""watchman.py: limits shared by several exchanges."""

import contextlib
import socket
import ssl
import threading
import time

import pytest
from requests.exceptions import ConnectionError as NoConnection
from requests.exceptions import ConnectTimeout, ReadTimeout

from shared.deadline import time_limit
from shared.microsoft import watchman as watchman_module
from shared.microsoft.session import BoundedSession
from tests.unit.microsoft.slow_servers import SLACK_S, drip_all, hang, seconds_to_fail
from tests.unit.wire import HEAD, Line, answer, serving


def test_exchanges_inside_a_time_limit_share_it() -> None:
    with BoundedSession(read_s=60, total_s=60) as session, serving(hang) as host:
        began = time.monotonic()
        with time_limit(0.5):
            seconds_to_fail(session, f"http://{host}/")
            seconds_to_fail(session, f"http://{host}/", ConnectTimeout)
        assert time.monotonic() - began < 0.5 + SLACK_S


@pytest.mark.parametrize(("outer", "inner"), [(0.4, 60), (60, 0.4)])
def test_of_nested_limits_the_nearest_wins(outer: float, inner: float) -> None:
    with (
        BoundedSession(read_s=60, total_s=60) as session,
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
        before = set(threading.enumerate())
        for _ in range(5):
            session.get(f"http://{host}/")
        begun = set(threading.enumerate()) - before
        assert sum(thread.name == "session-watchman" for thread in threading.enumerate()) == 1
        assert {thread.name for thread in begun} <= {"wire"}  # the server's own


def test_a_watchman_who_is_late_does_not_change_what_is_said(session: BoundedSession) -> None:
    """On a busy machine the wait for the next byte, which lasts no longer, may end first."""

    def keep_him(line: Line) -> None:
        line.request()
        line.send(HEAD + b"Connection: close\r\n\r\n{")
        with watchman_module._watchman._changed:
            line.stopping.wait(1)

    with serving(keep_him) as host, time_limit(0.4), pytest.raises(ReadTimeout, match="no complete answer within"):
        session.get(f"http://{host}/")


def test_a_short_exchange_begun_while_a_long_one_is_under_way_ends_in_its_own_time(
    session: BoundedSession, hasty: BoundedSession
) -> None:
    begun, over = threading.Event(), threading.Event()

    def tell_and_wait(line: Line) -> None:
        line.request()
        begun.set()
        over.wait(30)

    def wait_long() -> None:
        with pytest.raises(NoConnection):
            session.get(f"http://{host}/")

    with serving(tell_and_wait, drip_all) as host:
        long = threading.Thread(target=wait_long)
        long.start()
        assert begun.wait(10)
        assert 0.3 < seconds_to_fail(hasty, f"http://{host}/") < 0.4 + SLACK_S
        assert long.is_alive()
        over.set()
        long.join()


def test_a_connection_outlives_the_time_of_the_exchange_before(session: BoundedSession) -> None:
    def two_answers(line: Line) -> None:
        for _ in range(2):
            line.request()
            line.send(HEAD + b"Content-Length: 2\r\n\r\n{}")

    with serving(two_answers, hang) as host:
        with time_limit(1.0):
            assert session.get(f"http://{host}/").json() == {}
        threading.Event().wait(1.1)
        assert session.get(f"http://{host}/").json() == {}


def test_the_total_ends_an_exchange_over_tls_inside_tls(
    hasty: BoundedSession, server_side: ssl.SSLContext, ca_file: str
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
        took = seconds_to_fail(hasty, f"https://{host}/", proxies={"https": f"https://{proxy}"}, verify=ca_file)
    assert 0.3 < took < 0.4 + SLACK_S
