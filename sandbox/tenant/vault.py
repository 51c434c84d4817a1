"""Key Vault's secrets endpoint, with the challenge that its clients expect (page "Get Secret")."""

from __future__ import annotations

import re
import uuid
from urllib.parse import parse_qs, unquote

from .carry import answer_simply
from .clouds import Cloud
from .exchange import Delivery, Json, Refused, Request, Response, json_response
from .journal import Record
from .tenant import Tenant
from .tokens import Principal, TokenRefused

SECRET_PATH = re.compile(r"/secrets/([0-9A-Za-z-]{1,127})(?:/([0-9a-f]{0,32}))?")


class Vault:
    def __init__(self, tenant: Tenant, cloud: Cloud, name: str) -> None:
        self._tenant = tenant
        self._cloud = cloud
        self._url = f"https://{name}.{cloud.vault_suffix}"

    def handle(self, request: Request) -> Delivery:
        request_id = str(uuid.uuid4())

        def answer(record: Record) -> Response:
            try:
                return self._answer(request, record)
            except Refused as refused:
                return _error(refused.status, refused.code, refused.message, refused.details.get("inner"))
            except TokenRefused as refused:
                return self._challenge(str(refused))

        def fail(status: int, code: str | None, message: str | None) -> Response:
            said = message or "The sandbox was told to fail."
            if status == 401:
                return self._challenge(said)
            return _error(status, code or _CODES.get(status, "InternalServerError"), said)

        return answer_simply(self._tenant, "vault", request, answer, fail, request_id)

    def _answer(self, request: Request, record: Record) -> Response:
        principal = self._tenant.tokens.check(request.headers.get("authorization"), self._cloud.vault_audience)
        record.principal = str(principal)
        if not parse_qs(request.query).get("api-version"):
            raise Refused(400, "BadParameter", "The api-version query parameter is missing.")  # Guess: code and text
        found = SECRET_PATH.fullmatch(unquote(request.path))
        if request.method != "GET" or found is None:
            raise Refused(404, "NotFound", "The sandbox has no such operation.")
        with self._tenant.lock:
            self._check_access(principal)
            secret = self._tenant.secrets.get(found[1], found[2] or "")
        body: Json = {
            "value": secret.value,
            "id": f"{self._url}/secrets/{found[1].lower()}/{secret.version}",
            "attributes": secret.attributes(),
            "tags": {},
        }
        return json_response(200, body)

    def _check_access(self, principal: Principal) -> None:
        app = self._tenant.apps.get(principal.app_id)
        if app is None or not app.reads_vault or not principal.is_app:
            raise Refused(
                403,
                "Forbidden",
                f"Caller is not authorized to perform action on resource. Caller: {principal.object_id}",
                inner="ForbiddenByRbac",
            )

    def _challenge(self, reason: str) -> Response:
        response = _error(401, "Unauthorized", f"AKV10000: Request is missing a valid Bearer token. {reason}")
        authorization = f"https://{self._cloud.login_host}/{self._tenant.tenant_id}"
        challenge = f'Bearer authorization="{authorization}", resource="{self._cloud.vault_audience}"'
        return Response(401, {**response.headers, "WWW-Authenticate": challenge}, response.body)


_CODES = {403: "Forbidden", 404: "SecretNotFound", 429: "Throttled"}


def _error(status: int, code: str, message: str, inner: str | None = None) -> Response:
    error: Json = {"code": code, "message": message}
    if inner is not None:
        error["innererror"] = {"code": inner}
    return json_response(status, {"error": error})
