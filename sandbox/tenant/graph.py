"""Graph's front door: the token, the throttle, faults, $batch, and the way to the handlers."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

from . import graph_groups, graph_methods, graph_policies, graph_reports, graph_roles, graph_users, lifecycle
from .carry import UNREADABLE, carry_out
from .clouds import Cloud
from .exchange import Delivery, Json, Refused, Request, Response, json_bytes, json_response
from .faults import Fault, What
from .graph_batch import Member, read_batch
from .graph_call import Answer, GraphCall, open_call, refuse, response_headers
from .graph_delta import Deltas
from .tenant import Tenant
from .tokens import Principal, TokenRefused

VERSIONS = ("v1.0", "beta")
STATUS_CODES = {  # what a status fault says when it names no code
    400: "BadRequest",
    401: "InvalidAuthenticationToken",
    403: "accessDenied",
    404: "Request_ResourceNotFound",
    429: "TooManyRequests",
    501: "NotImplemented",
    503: "ServiceUnavailable",
    504: "GatewayTimeout",
}


class Graph:
    def __init__(self, tenant: Tenant, cloud: Cloud) -> None:
        self._tenant = tenant
        self._cloud = cloud
        self._deltas = Deltas()

    def handle(self, request: Request) -> Delivery:
        """Packed for a client that accepts it. Microsoft's SDKs ask for that and unpack (msgraph-sdk-dotnet-core,
        CompressionHandler)."""
        delivery = self._answer(request)
        if delivery.response is None or "gzip" not in request.headers.get("accept-encoding", ""):
            return delivery
        return replace(delivery, response=replace(delivery.response, is_packed=True))

    def _answer(self, request: Request) -> Delivery:
        call = open_call(
            self._tenant,
            request.method,
            request.target,
            request.host,
            request.headers,
            lambda: json.loads(request.body) if request.body else None,
        )
        if call.segments == ["$batch"]:
            return self._batch(call, request)
        return carry_out(
            self._tenant,
            [call.call],
            [call.record],
            lambda: _as_response(call, self._perform(call, lambda: self._principal(call))),
            self._tenant.service_ms,
        )

    def _principal(self, call: GraphCall) -> Principal:
        principal = self._tenant.tokens.check(call.headers.get("authorization"), self._cloud.graph_audience)
        call.record.principal = str(principal)
        demanded = self._tenant.switches.demanded_claims
        if demanded is not None and principal.claims != demanded:
            raise TokenRefused("Continuous access evaluation resulted in challenge.", demanded)
        return principal

    def _perform(self, call: GraphCall, principal: Callable[[], Principal]) -> Answer:
        """The answer to a single request or a member: a fault, a 429, a refusal, or the work."""
        fault = self._tenant.pick_of_call(call.call)
        answer = self._disturbed(call, fault)
        if answer is None:
            try:
                with self._tenant.lock:
                    self._tenant.let_arrive()
                    answer = self._route(call, principal())
            except Refused as refused:
                claims = refused.details.get("claims")
                headers = {"WWW-Authenticate": _challenge(claims)} if claims else {}
                answer = refuse(call, refused.status, refused.code, refused.message, headers)
            except TokenRefused as refused:
                answer = _unauthorised(call, refused)
            if fault is not None and answer.status < 300:
                answer = replace(answer, body=UNREADABLE)
        call.record.settle(answer.status)
        return answer

    def _disturbed(self, call: GraphCall, fault: Fault | None) -> Answer | None:
        if fault is not None:
            call.record.fault = str(fault.what)
        if fault is not None and fault.what is What.STATUS:
            code = fault.code or STATUS_CODES.get(fault.status, "UnknownError")
            message = fault.message or "The sandbox was told to fail."
            return refuse(call, fault.status, code, message, fault.retry_after_headers())
        throttle = None if call.call.is_batch else self._tenant.refusing(call.target)
        if throttle is not None:
            headers = {} if throttle.retry_after is None else {"Retry-After": str(throttle.retry_after)}
            return refuse(call, 429, "TooManyRequests", "Too many requests. Please try again later.", headers)
        return None

    def _route(self, call: GraphCall, principal: Principal) -> Answer:
        if call.version not in VERSIONS:
            raise Refused(404, "UnknownError", "The sandbox knows the versions v1.0 and beta.")
        match call.method, call.segments:
            case _, ["users", _, "authentication", *_]:
                return graph_methods.answer(self._tenant, call, principal)
            case "GET", ["users", "delta"]:
                return self._deltas.answer(self._tenant, call, principal)
            case "GET", ["users", _]:
                return graph_users.get_user(self._tenant, call, principal)
            case "GET", ["users"]:
                return graph_users.list_users(self._tenant, call, principal)
            case "GET", ["groups", _, "transitiveMembers", *_]:
                return graph_groups.list_transitive_members(self._tenant, call, principal)
            case "GET", ["groups", _, "owners"]:
                return graph_groups.list_owners(self._tenant, call, principal)
            case "GET", ["groups"]:
                return graph_groups.list_groups(self._tenant, call, principal)
            case "GET", ["roleManagement", "directory", _]:
                return graph_roles.answer(self._tenant, call, principal)
            case "GET", ["policies", *_]:
                return graph_policies.answer(self._tenant, call, principal)
            case "GET", ["reports", "authenticationMethods", *_]:
                return graph_reports.answer(self._tenant, call, principal)
            case "POST", [
                "identityGovernance",
                "lifecycleWorkflows",
                "workflows",
                _,
                "tasks",
                _,
                _,
                result_id,
                "resume",
            ]:
                lifecycle.resume(
                    self._tenant.waiting_tasks.get(result_id.lower()), call.segments, call.body(), principal
                )
                return Answer(204)
        resource = call.segments[0] if call.segments else ""
        raise Refused(400, "BadRequest", f"Resource not found for the segment '{resource}'.")

    def _batch(self, outer: GraphCall, request: Request) -> Delivery:
        """A $batch: its members are calls of their own, also for faults, the throttle and the journal."""
        try:
            principal = self._principal(outer)
            if outer.method != "POST" or outer.version not in VERSIONS:
                raise Refused(405, "BadRequest", "A batch is sent by POST.")
            members = read_batch(request.body)
        except (Refused, TokenRefused) as problem:
            answer = (
                _unauthorised(outer, problem)
                if isinstance(problem, TokenRefused)
                else refuse(outer, problem.status, problem.code, problem.message)
            )
            outer.record.settle(answer.status)
            return carry_out(self._tenant, [outer.call], [outer.record], lambda: _as_response(outer, answer))
        calls = [self._open_member(outer, member, principal) for member in members]

        def work() -> Response:
            refused = self._disturbed(outer, self._tenant.pick_of_call(outer.call))
            if refused is not None:
                outer.record.settle(refused.status)
                return _as_response(outer, refused)
            outer.record.settle(200)
            return json_response(
                200,
                {"responses": self._perform_members(members, calls, principal)},
                response_headers(outer, Answer(200)),
            )

        all_calls = [outer.call, *(call.call for call in calls)]
        records = [outer.record, *(call.record for call in calls)]
        return carry_out(self._tenant, all_calls, records, work, self._tenant.service_ms)

    def _open_member(self, outer: GraphCall, member: Member, principal: Principal) -> GraphCall:
        def read_body() -> Any:
            return member.body

        return open_call(
            self._tenant,
            member.method,
            f"/{outer.version}{member.url}",
            outer.host,
            member.headers,
            read_body,
            batch=outer.record.request_id,
            principal=principal,
        )

    def _perform_members(self, members: list[Member], calls: list[GraphCall], principal: Principal) -> list[Json]:
        failed: set[str] = set()
        responses: list[Json] = []
        for member, call in zip(members, calls, strict=True):
            if failed.intersection(name.lower() for name in member.depends_on):
                answer = refuse(call, 424, "FailedDependency", "A request that this one depends on failed.")
                call.record.settle(answer.status)
            else:
                answer = self._perform(call, lambda: principal)
            if answer.status >= 400:
                failed.add(member.id.lower())
            responses.append({"id": member.id, "status": answer.status, "headers": response_headers(call, answer)})
            if answer.body is not None:
                responses[-1]["body"] = answer.body
        if self._tenant.switches.shuffle_batches:
            self._tenant.random.shuffle(responses)
        return responses


def _unauthorised(call: GraphCall, refused: TokenRefused) -> Answer:
    headers = {"WWW-Authenticate": _challenge(refused.claims)}
    return refuse(call, 401, "InvalidAuthenticationToken", str(refused), headers)


def _challenge(claims: str | None) -> str:
    """The page "Claims challenges, claims requests, and client capabilities" has the form with claims."""
    challenge = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
    if claims is None:
        return challenge
    encoded = base64.b64encode(claims.encode()).decode()
    return f'{challenge}, error="insufficient_claims", claims="{encoded}"'


def _as_response(call: GraphCall, answer: Answer) -> Response:
    body = b"" if answer.body is None else json_bytes(answer.body)
    return Response(answer.status, response_headers(call, answer), body)
