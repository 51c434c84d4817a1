"""Reads an .http file as the editors do that send its requests, and sends them."""

import http.client
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from tests.sandbox_host.conftest import Reply

_VARIABLE = re.compile(r"^@(\w+) = (.*)$", re.MULTILINE)


@dataclass(frozen=True)
class Request:
    """`url` and the values of `headers` still hold {{variables}}."""

    title: str
    method: str
    url: str
    headers: dict[str, str]
    body: str


class HttpFile:
    def __init__(self, text: str) -> None:
        start, *sections = re.split(r"^### ", text, flags=re.MULTILINE)
        self.variables: dict[str, str] = dict(_VARIABLE.findall(start))
        self.requests = [_read(section) for section in sections]

    def find(self, title: str) -> Request:
        """The one request whose title begins like this."""
        [found] = [request for request in self.requests if request.title.startswith(title)]
        return found

    def send(self, request: Request) -> Reply:
        url = urlsplit(self._fill(request.url))
        connection = http.client.HTTPConnection(url.netloc, timeout=60)
        try:
            headers = {name: self._fill(value) for name, value in request.headers.items()}
            connection.request(request.method, url._replace(scheme="", netloc="").geturl(), request.body, headers)
            response = connection.getresponse()
            return Reply(response.status, dict(response.getheaders()), response.read())
        finally:
            connection.close()

    def _fill(self, text: str) -> str:
        return re.sub(r"\{\{(\w+)\}\}", lambda found: self.variables[found[1]], text)


def _read(section: str) -> Request:
    title, _, rest = section.partition("\n")
    head, _, body = re.sub(r"^#.*\n", "", rest, flags=re.MULTILINE).partition("\n\n")
    first, *lines = head.strip().splitlines()
    method, url = first.split(" ")
    return Request(title, method, url, dict(line.split(": ", 1) for line in lines), body.strip())
