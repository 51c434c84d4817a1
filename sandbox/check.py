"""`python dev.py check --url URL`: what the app says about itself, as a table.

Ends with 0, with 1 if a line is a failure, with 2 if there is no answer.
"""

import base64
import getpass
import json
import os
import re
import socket
import ssl
import sys
from collections.abc import Mapping
from contextlib import closing
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from sandbox.command import Parser, run
from sandbox.console import Console, Row, open_console

FAILED, NOT_REACHED = 1, 2
# Longer than a check takes when everything hangs, and as long as the platform lets it.
TIMEOUT_S = 230
_HOST = re.compile(r"([\w-]+(\.[\w-]+)*\.?|\[[\da-fA-F:.]+\])(:\d+)?")
_PAINTED = {"ok": "green", "warning": "yellow", "failure": "red", "skipped": "grey"}
_HELP = {
    401: "The master key is wrong. Azure portal > the function app > App keys > _master.",
    404: "There is no such route. Is the URL that of the app, and its version new enough?",
}


class NotReached(Exception):
    """There is no answer of the app to be shown; the text says why."""


def main() -> None:
    parser = Parser(prog="dev.py check", description="Check a deployed app, with its master key.")
    parser.add_argument("--url", required=True, help="https://<app>.azurewebsites.net")
    url = parser.parse_args().url
    console = open_console()
    try:
        address = _address(url)
        report = fetch(*address, _key())
    except NotReached as why:
        print(f"dev.py check: {why}", file=sys.stderr)
        sys.exit(NOT_REACHED)
    print(shown(report, console))
    if report["status"] == "failure":
        sys.exit(FAILED)


def _address(url: str) -> tuple[str, str]:
    """Scheme and host. A key must not travel in clear text, but to this machine. Raises NotReached."""
    try:
        parts = urlsplit(url if "//" in url else f"https://{url}")
        is_host = _HOST.fullmatch(parts.netloc) and parts.port != 0
    except ValueError:
        is_host = False
    is_local = is_host and parts.hostname in ("127.0.0.1", "localhost", "::1")
    if not is_host or not (parts.scheme == "https" or (parts.scheme == "http" and is_local)):
        raise NotReached("--url must be https://<host>: over http, others on the network could read the key.")
    return parts.scheme, parts.netloc


def _key() -> str:
    """Raises NotReached."""
    try:
        key = os.environ.get("MASTER_KEY") or getpass.getpass("Master key (App keys > _master): ")
    except EOFError:
        raise NotReached("nobody typed the master key. Without a terminal, set MASTER_KEY.") from None
    if not (key.isascii() and key.isprintable()):
        raise NotReached("the master key has a character that cannot be sent. Copy it again.")
    return key


def _proxy(host: str) -> tuple[str, str] | None:
    """User and address of that of HTTPS_PROXY, or of the system; none for hosts of NO_PROXY. Raises NotReached."""
    proxy = getproxies().get("https")
    if not proxy or proxy_bypass(host):
        return None
    user, _, address = re.sub(r"^\w+://|/.*", "", proxy).rpartition("@")
    if not _HOST.fullmatch(address):
        raise NotReached("HTTPS_PROXY must be http://<host>:<port>.")
    return user, address


def _connection(scheme: str, host: str, proxy: tuple[str, str] | None) -> HTTPConnection:
    if scheme == "http":
        return HTTPConnection(host, timeout=TIMEOUT_S)
    if proxy is None:
        return HTTPSConnection(host, timeout=TIMEOUT_S)
    user, address = proxy
    connection = HTTPSConnection(address, timeout=TIMEOUT_S)
    basic = base64.b64encode(unquote(user).encode()).decode()
    connection.set_tunnel(host, headers={"Proxy-Authorization": f"Basic {basic}"} if user else {})
    return connection


def fetch(scheme: str, host: str, key: str) -> Mapping[str, object]:
    """Raises NotReached."""
    proxy = _proxy(host) if scheme == "https" else None
    through = f" through the proxy {proxy[1]}" if proxy else ""
    try:
        with closing(_connection(scheme, host, proxy)) as connection:
            connection.request("GET", "/api/check", headers={"x-functions-key": key})
            response = connection.getresponse()
            status, body = response.status, response.read()
    except (OSError, HTTPException, ValueError) as exc:
        raise NotReached(f"{host} does not answer{through}: {_why(exc)}.") from None
    if status != 200:
        raise NotReached(f"{host} answered {status}. {_HELP.get(status, 'The log of the app has the reason.')}")
    try:
        report = json.loads(body)
        if isinstance(report["checks"], list) and isinstance(report["status"], str):
            return dict(report)
    except (ValueError, KeyError, TypeError):
        pass
    raise NotReached(f"{host} answered something else than a check. Is it the function app?")


def _why(exc: Exception) -> str:
    if isinstance(exc, socket.gaierror):
        return "DNS does not know this name"
    if isinstance(exc, ssl.SSLError):
        return "this computer does not trust its certificate; behind a proxy that inspects TLS, set SSL_CERT_FILE"
    if isinstance(exc, TimeoutError):
        return f"nothing came within {TIMEOUT_S} seconds"
    # Only of these the text is the system's, or says what a proxy answered. That of others can be a header that cannot
    # be sent, with the key in it.
    return (isinstance(exc, OSError) and (exc.strerror or str(exc))) or type(exc).__name__


def shown(report: Mapping[str, object], console: Console) -> str:
    checks = report["checks"]
    rows = [
        Row(
            (str(line["result"]), str(line["name"]), str(line["detail"])),
            *(_PAINTED.get(str(line["result"]), ""), 0),
            note=f"fix: {line['mend']}" if line["mend"] else "",
        )
        for line in (checks if isinstance(checks, list) else [])
    ]
    table = console.table(("result", "check", "detail"), (8, 30), rows)
    status = str(report["status"])
    return f"{table}\n\nResult: {console.paint(status, _PAINTED.get(status, ''))} (version {report.get('version')})"


if __name__ == "__main__":
    run(main)
