"""Graph clients of tiny servers that answer oddly."""

from collections.abc import Iterator
from contextlib import contextmanager

from shared.microsoft.entra import Grant, GraphTokens
from shared.microsoft.graph.client import GraphClient
from tests.unit.wire import Script, answer, serving


@contextmanager
def graph_of(*scripts: Script) -> Iterator[GraphClient]:
    tokens = GraphTokens(lambda _deadline, _claims=None: Grant("token-not-real", 3600))
    with serving(*scripts) as host:
        yield GraphClient(f"http://{host}", tokens)


@contextmanager
def odd_graph(*bodies: bytes, status: bytes = b"200 OK", head: bytes = b"") -> Iterator[GraphClient]:
    """Gives these bodies in turn, the last one for ever."""
    first_line = b"HTTP/1.1 " + status + b"\r\nContent-Type: application/json\r\n" + head
    with graph_of(*(answer(body, first_line) for body in bodies)) as client:
        yield client
