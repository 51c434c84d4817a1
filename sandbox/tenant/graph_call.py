"""One call to Graph as its handlers see it, and the answer they give: alike for single requests and $batch members."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, unquote

from .directory import User
from .exchange import Json, Refused
from .faults import Call
from .journal import WRITE_METHODS, Record
from .kinds import COLLECTIONS, EMAIL_ID, EMAILS, PHONE_TYPES, PHONES
from .tenant import Tenant
from .tokens import Principal

_KEY_IN_BRACKETS = re.compile(r"(\w+)\('(.*)'\)")


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    body: Json | str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class GraphCall:
    """A single request, or a member of a $batch. `target` starts with the version, as sent: /v1.0/users/..."""

    method: str
    target: str
    host: str
    headers: Mapping[str, str]
    read_body: Callable[[], Any]
    version: str
    segments: list[str]
    key_in_brackets: bool  # users('x') instead of users/x
    query: dict[str, str]
    user: User | None
    record: Record
    call: Call

    def body(self) -> Any:
        try:
            return self.read_body()
        except ValueError:
            raise Refused(400, "BadRequest", "Unable to read JSON request payload.") from None

    @property
    def url_of_version(self) -> str:
        return f"https://{self.host}/{self.version}"


@dataclass(frozen=True, slots=True)
class MethodsCall:
    """A call below /users/{id}/authentication that the caller may make. `rest` is what stands behind the collection."""

    call: GraphCall
    user: User
    rest: list[str]
    context: str
    whole_numbers: bool


def open_call(
    tenant: Tenant,
    method: str,
    target: str,
    host: str,
    headers: Mapping[str, str],
    read_body: Callable[[], Any],
    *,
    batch: str | None = None,
    principal: Principal | None = None,
) -> GraphCall:
    """Take the request apart, and note it in the journal."""
    path, _, raw_query = target.partition("?")
    version, _, rest = path.strip("/").partition("/")
    # msgraph-sdk 1.65 writes two slashes behind the version, and works with Graph.
    segments = [unquote(segment) for segment in rest.removeprefix("/").split("/")] if rest else []
    key = _KEY_IN_BRACKETS.fullmatch(segments[0]) if segments else None
    if key is not None:
        segments[:1] = [key[1], key[2].replace("''", "'")]
    named = segments[1] if len(segments) > 1 and segments[0] == "users" else None
    user = tenant.find_user(named) if named is not None else None
    record = Record(
        "graph",
        method,
        target,
        str(uuid.uuid4()),
        principal=str(principal) if principal else None,
        client_request_id=headers.get("client-request-id"),
        batch=batch,
        user=user.user_principal_name if user else named,
    )
    if method in WRITE_METHODS and named is not None:
        _note_write(record, segments, read_body)
    return GraphCall(
        method=method,
        target=target,
        host=host,
        headers=headers,
        read_body=read_body,
        version=version,
        segments=segments,
        key_in_brackets=key is not None,
        query=dict(parse_qsl(raw_query, keep_blank_values=True)),
        user=user,
        record=tenant.record(record),
        call=Call("graph", method, target, user, batch is not None),
    )


def methods_page(tenant: Tenant, asked: MethodsCall, context: str, shown: list[Json]) -> Answer:
    """A list of methods, or a page of it. Guess: Graph pages them as it pages users; it was not seen to."""
    body: Json = {"@odata.context": context}
    size = tenant.switches.methods_page_size
    start = int(asked.call.query.get("$skiptoken", "sandbox-0").removeprefix("sandbox-"))
    if size is not None and start + size < len(shown):
        path = asked.call.target.partition("?")[0]
        body["@odata.nextLink"] = f"https://{asked.call.host}{path}?$skiptoken=sandbox-{start + size}"
    elif tenant.switches.methods_null_link:
        body["@odata.nextLink"] = None
    return Answer(200, {**body, "value": shown[start : None if size is None else start + size]})


def refuse(call: GraphCall, status: int, code: str, message: str, headers: Mapping[str, str] | None = None) -> Answer:
    """Graph's error envelope. The authentication methods repeat the message in innerError."""
    inner: Json = {"message": message} if "authentication" in call.segments else {}
    inner |= {
        "date": datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
        "request-id": call.record.request_id,
        "client-request-id": call.record.client_request_id or call.record.request_id,
    }
    return Answer(status, {"error": {"code": code, "message": message, "innerError": inner}}, headers or {})


def response_headers(call: GraphCall, answer: Answer) -> dict[str, str]:
    headers = {
        "request-id": call.record.request_id,
        "client-request-id": call.record.client_request_id or call.record.request_id,
    }
    if answer.body is not None:
        headers["Content-Type"] = "application/json"
    return {**headers, **answer.headers}


def _note_write(record: Record, segments: list[str], read_body: Callable[[], Any]) -> None:
    try:
        record.body = read_body()
    except ValueError:
        return
    collection = segments[3] if len(segments) > 3 else ""
    if len(segments) > 4:
        record.target = _name_of(collection, segments[4])
        if len(segments) > 5:
            record.target += f"/{segments[5]}"
    elif collection == EMAILS:
        record.target = "email"
    elif isinstance(record.body, dict):
        record.target = record.body.get("phoneType")


def _name_of(collection: str, method_id: str) -> str:
    if collection == PHONES:
        return PHONE_TYPES.get(method_id.lower(), method_id)
    if collection == EMAILS and method_id.lower() == EMAIL_ID:
        return "email"
    return f"{COLLECTIONS[collection].name}/{method_id}" if collection in COLLECTIONS else method_id
