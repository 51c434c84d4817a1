"""JSON batching: calls into the body of one `$batch`, its answer into one answer for each call. Pure.

Graph answers members in any order (Graph docs, "Combine multiple HTTP requests using JSON batching"), so they are
matched by id. A member that is missing, answered twice or answered with something unusable has no verdict: the call may
have been done. One that is answered 424 was not done, because another one failed (the same page).
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from shared.microsoft.graph.calls import Answer, Call, Fate
from shared.microsoft.graph.challenge import claims_in
from shared.microsoft.session import retry_after_s

# Graph docs, "Combine multiple HTTP requests using JSON batching".
MAX_MEMBERS = 20

_NO_ANSWER = Answer(Fate.LOST, detail="no answer of its own in the batch", of_batch=True)


def batch_body(calls: Sequence[Call], client_request_id: str) -> dict[str, object]:
    """The body to POST to /$batch; ids are the calls' positions. Members do not inherit the batch's headers."""
    return {"requests": [_member(str(position), call, client_request_id) for position, call in enumerate(calls)]}


def batch_answers(calls: Sequence[Call], answer: Answer) -> list[Answer]:
    """An answer for each call. If the batch as a whole failed, its answer is everyone's."""
    if not answer.ok:
        return [replace(answer, of_batch=True)] * len(calls)
    responses = answer.body.get("responses")
    found: dict[str, Answer | None] = {}
    for response in responses if isinstance(responses, list) else []:
        if isinstance(response, dict):
            member_id = str(response.get("id"))
            found[member_id] = None if member_id in found else _answer(response, answer.request_id)
    return [found.get(str(position)) or _NO_ANSWER for position in range(len(calls))]


def _member(member_id: str, call: Call, client_request_id: str) -> dict[str, object]:
    headers = {"client-request-id": client_request_id}
    member: dict[str, object] = {"id": member_id, "method": call.method, "url": call.path, "headers": headers}
    if call.body is not None:
        headers["Content-Type"] = "application/json"
        member["body"] = dict(call.body)
    return member


def _answer(response: Mapping[str, object], batch_request_id: str) -> Answer:
    status = response.get("status")
    # No 1xx: that is no final answer (RFC 9110, 15.2). True is an int to Python.
    if type(status) is not int or not 200 <= status <= 599:
        return _NO_ANSWER
    headers = response.get("headers")
    known = {name.lower(): value for name, value in headers.items()} if isinstance(headers, dict) else {}
    body = response.get("body")
    if status == 200 and not isinstance(body, dict):
        # As for a single call. Graph puts what is not JSON into a text.
        return Answer(Fate.LOST, detail="the answer is not a JSON object")
    return Answer(
        Fate.ANSWERED,
        status,
        body if isinstance(body, dict) else {},
        retry_after_s({"Retry-After": str(known["retry-after"])}) if "retry-after" in known else None,
        str(known.get("request-id") or batch_request_id),
        claims=claims_in(str(known["www-authenticate"])) if "www-authenticate" in known else None,
        of_batch=status == 424,
    )
