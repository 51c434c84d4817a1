"""Calls what the description describes and holds the answer against it; bodies for that."""

import json
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from sandbox.host import HostProcess
from tests.connector.definition import Json, find, strict_validator
from tests.whole.calls import Answer, call

EXPLICIT = "sandbox-explicit-handshake-not-real"
# A caller of the hosts with AUDITORS, who may operate and nothing else.
AUDITOR, AUDITORS = "auditor.sandbox-auditor-not-real", '[{"name": "auditor", "rights": ["operate"]}]'
# What a caller of some operation needs beside the body.
PROMISED = {"retry-after", "plan-id", "location", "operation-location"}
# The fixture `ask`: as `ask_operation`, of the description and, unless `at` says otherwise, the host of these tests.
Ask = Callable[..., Answer]


def ask_operation(
    document: Json,
    operation_id: str,
    body: object = None,
    *,
    at: HostProcess,
    query: str = "",
    handshake: str = EXPLICIT,
    accept: str = "",
    if_match: str = "",
    address: str | None = None,
    **path: str,
) -> Answer:
    """Calls an operation by its id and checks status, content type and body of the answer."""
    operation = find(document, operation_id)
    headers = {"Message": handshake, "Accept": accept, "If-Match": if_match}
    answer = call(
        at,
        body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode(),
        query,
        [(name, value) for name, value in headers.items() if value],
        method=operation.method,
        address=address,
        path=operation.path.format(**{name: quote(quote(value, safe=""), safe="") for name, value in path.items()}),
    )
    assert answer.status in operation.responses, answer.text
    response = operation.responses[answer.status]
    if "schema" not in response:
        assert answer.text == ""
        return answer
    media_type = answer.headers["content-type"].partition(";")[0]
    assert media_type in operation.body.get("produces", document["produces"])
    if media_type not in ("text/csv", "text/html"):
        assert media_type == ("application/json" if answer.status < 300 else "application/problem+json")
        assert list(strict_validator(document, response["schema"]).iter_errors(answer.body)) == [], answer.text
    described = {name.lower() for name in response.get("headers", {})}
    assert answer.headers.keys() & PROMISED <= described
    is_read_only = answer.status == 503 and answer.body["code"] == "readOnly"
    assert not (is_read_only and "retry-after" in answer.headers)
    # A job that has ended says no more when to look again; JSON has the planId in the body.
    missing = {"plan-id", "retry-after"} if is_read_only or answer.status == 200 else set()
    assert described - answer.headers.keys() <= missing
    return answer


def finished(ask: Ask, job: str, **how: object) -> str:
    """The status in which the job has ended."""
    while (status := ask("GetJob", id=job, **how).body["status"]) in ("notStarted", "running"):
        time.sleep(0.05)
    return str(status)


def users(*entries: str | dict[str, Any]) -> Json:
    return {"users": [{"userPrincipalName": entry} if isinstance(entry, str) else entry for entry in entries]}


def plan(upn: str, *attributes: tuple[str, str, object]) -> Json:
    requests = [{"name": name, "op": op, "value": value} for name, op, value in attributes]
    return {"accountRequests": [{"op": "Modify", "nativeIdentity": upn, "attributeRequests": requests}]}
