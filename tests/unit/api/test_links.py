"""Links in answers: absolute, from PUBLIC_URL or the request's own URL, never with a key and never from a header."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from shared.api.frame import WebRequest
from shared.api.job_list import handle_jobs
from shared.api.jobs import handle_job, handle_result
from shared.api.lists import handle_reconcile
from tests.unit.api.stored_jobs import stored
from tests.unit.jobs.worlds import JOB, JobWorld
from tests.unit.world import HEADERS, ORIGIN, body

MANY = json.dumps([f"user{number}@contoso.com" for number in range(501)]).encode()
FORWARDED = {
    "host": "evil.example.com",
    "forwarded": "host=evil.example.com;proto=http",
    "x-forwarded-host": "evil.example.com",
    "x-forwarded-proto": "http",
    "x-original-url": "https://evil.example.com/api/reconcile",
    "x-original-host": "evil.example.com",
}


def links(world: JobWorld, headers: dict[str, str], origin: str = ORIGIN) -> Iterator[str]:
    """Every link of every answer that has any."""
    sent = {**HEADERS, **headers}

    def request(query: str, **path: str) -> WebRequest:
        return WebRequest(b"", sent, query, path, origin)

    accepted = handle_reconcile(WebRequest(MANY, sent, "code=a-key", {}, origin), world.services, world.engine)
    assert accepted.status == 202
    made = body(accepted)["jobId"]
    yield from of(body(accepted), accepted.headers)
    unfinished = handle_result(request("code=a-key", id=made), world.services, world.engine)
    assert (unfinished.status, "Location" in unfinished.headers) == (202, True)
    yield from of(body(unfinished), unfinished.headers)
    world.engine.ended(made, counts={"skipped": 501})
    yield from of(body(handle_job(request("", id=made), world.services, world.engine)), {})
    result = body(handle_result(request("code=a-key&skip=0&status=skipped", id=made), world.services, world.engine))
    assert result["nextLink"].endswith(f"/api/jobs/{made}/result?skip=500&status=skipped")
    yield from of(result, {})
    listed = body(handle_jobs(request("code=a-key"), world.services))
    for job in listed["value"]:
        yield from of(job, {})


def of(found: dict[str, Any], headers: object) -> list[str]:
    texts = {**found, **dict(headers)}  # type: ignore[call-overload]
    return [str(text) for name, text in texts.items() if name.lower().endswith(("url", "link", "location")) and text]


def test_they_begin_with_scheme_and_host_of_the_request(world: JobWorld) -> None:
    found = list(links(world, FORWARDED))
    assert len(found) == 8
    assert [url for url in found if not url.startswith(f"{ORIGIN}/api/jobs/")] == []
    assert "a-key" not in str(found)


@pytest.mark.parametrize("public", ["https://gateway.example.com", "https://gateway.example.com:8443/mfa/v1"])
def test_or_with_the_public_url_where_it_is_set(world: JobWorld, public: str) -> None:
    world.words["public_url"] = public
    found = list(links(world, FORWARDED))
    assert [url for url in found if not url.startswith(f"{public}/api/jobs/")] == []


def test_each_202_says_where_the_report_will_be(world: JobWorld) -> None:
    stored(world, "changed")
    response = world.ask(handle_result)
    assert (response.status, response.headers["Location"]) == (202, f"{ORIGIN}/api/jobs/{JOB}/result")
    accepted = world.ask(handle_reconcile, MANY)
    assert accepted.headers["Location"] == body(accepted)["resultUrl"]
    assert accepted.headers["Operation-Location"] == body(accepted)["statusUrl"]
