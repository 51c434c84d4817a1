"""The control API: what tests in other processes and the demo use to look into the tenant and to break it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from http import HTTPStatus
from typing import Any
from urllib.parse import parse_qsl, unquote

from .exchange import Delivery, Json, Request, json_response
from .faults import Fault
from .tenant import Tenant
from .throttle import Throttle

PREFIX = "/_sandbox/"


class Control:
    """Routes under /_sandbox/; bodies are JSON objects whose members are the arguments of the Tenant's methods."""

    def __init__(self, tenant: Tenant, description: Callable[[], Json]) -> None:
        self._tenant = tenant
        self._description = description

    def handle(self, request: Request) -> Delivery:
        if not request.path.startswith(PREFIX):
            return Delivery(json_response(404, {"error": "everything is under /_sandbox/"}))
        try:
            body = json.loads(request.body) if request.body else {}
            if not isinstance(body, dict) and request.path != f"{PREFIX}faults":
                raise ValueError("the body is a JSON object")
            query = dict(parse_qsl(request.query))
            parts = [unquote(part) for part in request.path.removeprefix(PREFIX).split("/")]
            answer = self._answer(request.method, parts, body, query)
        except KeyError as missing:
            return Delivery(json_response(404, {"error": f"there is no {missing}"}))
        except (ValueError, TypeError) as wrong:
            return Delivery(json_response(400, {"error": str(wrong)}))
        return Delivery(json_response(HTTPStatus.OK, answer))

    def _answer(self, method: str, parts: list[str], body: Any, query: dict[str, str]) -> Any:
        tenant = self._tenant
        match method, parts:
            case "GET", [""]:
                return self._description()
            case "GET", ["state"]:
                return {"users": tenant.snapshot(), "settings": self._settings()}
            case "GET", ["requests"]:
                return [record.as_json() for record in tenant.calls(**query)] if query else self._all_requests()
            case "DELETE", ["requests"]:
                tenant.clear_requests()
            case "GET", ["writes"]:
                return [write._asdict() for write in tenant.writes()]
            case "POST", ["reset"]:
                tenant.reset()
            case "POST", ["load"]:
                tenant.load(body.get("name", body))
            case "GET", ["faults"]:
                with tenant.lock:
                    return [asdict(fault) for fault in tenant.faults]
            case "POST", ["faults"]:
                faults = [Fault(**words) for words in (body if isinstance(body, list) else [body])]
                with tenant.lock:
                    tenant.faults.extend(faults)
            case "DELETE", ["faults"]:
                with tenant.lock:
                    tenant.faults.clear()
            case "POST", ["throttle"]:
                tenant.throttle = Throttle(**body)
            case "DELETE", ["throttle"]:
                tenant.throttle = None
            case "POST", ["latency"]:
                tenant.latency_ms = float(body.get("latency_ms", tenant.latency_ms))
                tenant.service_ms = float(body.get("service_ms", tenant.service_ms))
            case "POST", ["switches"]:
                tenant.set_switches(**body)
            case "POST", ["secrets"]:
                tenant.set_secret(**body)
            case "DELETE", ["secrets", name]:
                tenant.delete_secret(name)
            case "POST", ["revoke"]:
                tenant.revoke_tokens()
            case "POST", ["users"]:
                return tenant.describe(tenant.add_user(**body))
            case "GET", ["users", name]:
                user = tenant.user(name)
                return {**tenant.describe(user), "failedSignIns": user.failed_sign_ins}
            case "PATCH", ["users", name]:
                return tenant.describe(tenant.change_user(name, **body))
            case "POST", ["groups"]:
                return {"id": tenant.set_group(**body).id}
            case "PATCH", ["apps", client_id]:
                tenant.change_app(client_id, **body)
            case "PATCH", ["policies", name]:
                tenant.change_policy(name, **body)
            case "DELETE", ["users", name]:
                tenant.delete_user(name)
            case _:
                raise KeyError(f"{method} {PREFIX}{'/'.join(parts)}")
        return {"done": True}

    def _all_requests(self) -> list[Json]:
        with self._tenant.lock:
            return [record.as_json() for record in self._tenant.requests]

    def _settings(self) -> Json:
        throttle = self._tenant.throttle
        return {
            "latency_ms": self._tenant.latency_ms,
            "service_ms": self._tenant.service_ms,
            "switches": asdict(self._tenant.switches),
            "throttle": throttle and {key: value for key, value in asdict(throttle).items() if key != "_served"},
            "faults": len(self._tenant.faults),
        }
