"""`python dev.py check`, where there is no app: what cannot be asked ends with 2 and one sentence; proxies."""

import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest
import trustme

from tests.sandbox_host.commands import CHECKOUT

APP = "contoso-mfa.invalid"
KEY = "master-key-not-real"
REPORT = {"status": "ok", "version": "1.0.0", "checks": [{"name": "vault", "result": "ok", "detail": "-", "mend": ""}]}
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "MASTER_KEY")


def check(url: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Without a terminal, as a monitor runs it."""
    kept = {name: value for name, value in os.environ.items() if name.upper() not in PROXIES}
    return subprocess.run(
        [sys.executable, "-m", "sandbox.check", "--url", url],
        cwd=CHECKOUT,
        env=kept | environment,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        start_new_session=True,
    )


@pytest.mark.parametrize(
    "url",
    [
        *(
            "https://[",
            "https://[::1",
            "https://x:abc",
            "https://x:99999",
            "https://x:0",
            "https://a b",
            "https://a..b",
        ),
        *("https://", "https://somebody:password@127.0.0.1:1", "ftp://127.0.0.1", "http://127.0.0.1.example.com"),
    ],
)
def test_what_is_no_url_of_an_app_ends_with_2_and_one_sentence(url: str) -> None:
    shown = check(url, MASTER_KEY=KEY)
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.startswith("dev.py check: --url must be https://<host>")
    assert shown.stderr.count("\n") == 1
    assert "password" not in shown.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows asks at the console, wherever the input comes from")
def test_where_nobody_can_type_the_key_it_says_so() -> None:
    shown = check("https://127.0.0.1:1")
    assert (shown.returncode, shown.stdout) == (2, "")
    assert shown.stderr.endswith("dev.py check: nobody typed the master key. Without a terminal, set MASTER_KEY.\n")
    assert "Traceback" not in shown.stderr


@pytest.mark.parametrize("key", ["line\nfeed", "dash\u2013dash", "umlaut\xe4"])
def test_a_key_that_cannot_be_sent_is_not_taken_for_an_app_that_does_not_answer(key: str) -> None:
    shown = check("https://127.0.0.1:1", MASTER_KEY=key)
    assert shown.returncode == 2
    assert shown.stderr == "dev.py check: the master key has a character that cannot be sent. Copy it again.\n"


class Proxy:
    """Answers CONNECT, and then as the app; keeps what it was sent."""

    def __init__(self, answer: str = "200 OK") -> None:
        self._authority, self._answer = trustme.CA(), answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"
        self.sent: list[str] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def trust(self, folder: Path) -> str:
        self._authority.cert_pem.write_to_path(str(folder / "ca.pem"))
        return str(folder / "ca.pem")

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        self._listener.close()
        with connection:
            self._read(connection)
            connection.sendall(f"HTTP/1.1 {self._answer}\r\n\r\n".encode())
            if self._answer != "200 OK":
                return
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self._authority.issue_cert(APP).configure_cert(context)
            with context.wrap_socket(connection, server_side=True) as app:
                self._read(app)
                body = json.dumps(REPORT)
                app.sendall(f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode())

    def _read(self, connection: socket.socket) -> None:
        head = b""
        while b"\r\n\r\n" not in head:
            head += connection.recv(4096)
        self.sent.append(head.decode())


def test_a_proxy_carries_the_call_and_does_not_see_the_key(tmp_path: Path) -> None:
    proxy = Proxy()
    url = f"http://somebody:p%40ss@{proxy.address}/"
    shown = check(f"https://{APP}", MASTER_KEY=KEY, HTTPS_PROXY=url, SSL_CERT_FILE=proxy.trust(tmp_path))
    assert (shown.returncode, shown.stderr) == (0, "")
    assert "vault" in shown.stdout
    connect, call = proxy.sent
    assert connect.startswith(f"CONNECT {APP}:443 HTTP/1.")
    assert "Proxy-Authorization: Basic c29tZWJvZHk6cEBzcw==\r\n" in connect
    assert call.startswith("GET /api/check HTTP/1.1\r\n")
    assert [KEY in head for head in proxy.sent] == [False, True]


def test_a_proxy_that_refuses_is_named_without_its_password() -> None:
    proxy = Proxy("407 Proxy Authentication Required")
    shown = check(f"https://{APP}", MASTER_KEY=KEY, HTTPS_PROXY=f"http://somebody:password@{proxy.address}")
    assert shown.returncode == 2
    assert shown.stderr == (
        f"dev.py check: {APP} does not answer through the proxy {proxy.address}: "
        "Tunnel connection failed: 407 Proxy Authentication Required.\n"
    )


def test_a_proxy_that_is_no_url_is_refused() -> None:
    shown = check(f"https://{APP}", MASTER_KEY=KEY, HTTPS_PROXY="http://[")
    assert (shown.returncode, shown.stderr) == (2, "dev.py check: HTTPS_PROXY must be http://<host>:<port>.\n")


def test_no_proxy_is_asked_for_a_host_of_no_proxy_or_for_this_machine_over_http() -> None:
    away = {"HTTP_PROXY": "http://[", "HTTPS_PROXY": "http://[", "MASTER_KEY": KEY}
    shown = check(f"https://{APP}", NO_PROXY=".invalid", **away)
    assert shown.stderr == f"dev.py check: {APP} does not answer: DNS does not know this name.\n"
    assert "127.0.0.1:1 does not answer: " in check("http://127.0.0.1:1", **away).stderr


def test_it_says_so_where_the_certificate_is_nobodys() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)

    def answer(listener: socket.socket) -> None:
        with suppress(OSError):
            context.wrap_socket(listener.accept()[0], server_side=True).close()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=answer, args=(listener,), daemon=True).start()
        shown = check(f"https://127.0.0.1:{listener.getsockname()[1]}", MASTER_KEY=KEY)
    assert shown.returncode == 2
    assert "this computer does not trust its certificate" in shown.stderr
