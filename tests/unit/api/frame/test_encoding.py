"""api/frame.py: a body that is compressed is refused by a sentence that names the header, whoever sends it."""

import gzip

import pytest

from shared.api.frame import WebRequest, WebResponse, respond
from tests.unit.api.frame.doors import ordinary
from tests.unit.world import HEADERS, World, body, refusal


def send(raw: bytes, **headers: str) -> WebResponse:
    named = {**HEADERS, **{name.replace("_", "-"): value for name, value in headers.items()}}
    return respond(WebRequest(raw, named), World().services, ordinary)


@pytest.mark.parametrize("encoding", ["gzip", "GZIP", "deflate", "br", "zstd", "gzip, identity", "utf-8, br", "x"])
def test_a_compressed_body(encoding: str) -> None:
    response = send(gzip.compress(b"[]"), content_encoding=encoding)
    assert refusal(response) == (415, "unsupportedEncoding")
    assert "remove the header Content-Encoding if the body is not compressed" in body(response)["detail"]


@pytest.mark.parametrize("headers", [{}, {"content_encoding": "utf-8"}])
def test_a_compressed_body_that_does_not_say_so(headers: dict[str, str]) -> None:
    assert refusal(send(gzip.compress(b"[]"), **headers)) == (415, "unsupportedEncoding")


@pytest.mark.parametrize(
    "encoding", ["", "identity", " Identity ", "identity, identity", "utf-8", "UTF8", "none", "identity,UTF-8", ","]
)
def test_a_body_as_it_is(encoding: str) -> None:
    assert send(b"[]", content_encoding=encoding).status == 200


def test_without_a_body_the_header_means_nothing() -> None:
    assert send(b"", content_encoding="gzip").status == 200
