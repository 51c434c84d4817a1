"""The HTTP API of the durable extension, as the client of azure-functions-durable calls it, and that client's binding.

Paths, status codes and bodies: azure-functions-durable-extension, HttpApiHandler.cs; Microsoft Learn, "HTTP APIs in
Durable Functions". As there, the local address that the client uses asks for no key.
"""

import json
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Middleware

from sandbox.host.durable.engine import AlreadyRunningError, Engine
from sandbox.host.durable.history import moment
from sandbox.host.durable.rows import Instance
from sandbox.host.limits import MAX_BODY_BYTES

PREFIX = "/durabletask"


class Api:
    """`orchestrators` are the functions that may be started."""

    def __init__(self, engine: Engine, orchestrators: frozenset[str]) -> None:
        self._engine = engine
        self._orchestrators = orchestrators

    def app(self, *middlewares: Middleware) -> web.Application:
        """To be added below the prefix of the place where it answers."""
        app = web.Application(client_max_size=MAX_BODY_BYTES, middlewares=middlewares)
        app.router.add_post("/orchestrators/{name}", self._start)
        app.router.add_post("/orchestrators/{name}/{id}", self._start)
        app.router.add_get("/instances/", self._list)
        app.router.add_delete("/instances/", self._purge_some)
        app.router.add_get("/instances/{id}", self._status)
        app.router.add_delete("/instances/{id}", self._purge)
        app.router.add_post("/instances/{id}/terminate", self._terminate)
        app.router.add_post("/instances/{id}/raiseEvent/{event}", self._raise_event)
        app.router.add_post("/instances/{id}/{operation}", self._unknown_operation)
        app.router.add_get("/counters", self._counters)
        return app

    async def _start(self, request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name not in self._orchestrators:
            return _error(400, f"The function '{name}' doesn't exist, is disabled, or is not an orchestrator function.")
        body = await request.text()
        try:
            given = json.loads(body) if body else None
            # The client sends a JSON text inside a JSON string; anything else is what the orchestrator gets.
            text = given if isinstance(given, str) or given is None else body
            started = self._engine.start(name, text, request.match_info.get("id"))
        except json.JSONDecodeError:
            return _error(400, "Invalid JSON content")
        except AlreadyRunningError as error:
            return _error(409, str(error))
        return web.json_response({"id": started}, status=202)

    async def _status(self, request: web.Request) -> web.Response:
        instance = self._find(request)
        if instance is None:
            return web.Response(status=404)
        payload = _status_payload(instance, _flag(request, "showInput", default=True))
        if _flag(request, "showHistory", default=False):
            events = [event.fields for event in self._engine.store.history(instance.id)]
            if not _flag(request, "showHistoryOutput", default=False):
                events = [{key: value for key, value in event.items() if key != "Result"} for event in events]
            payload["historyEvents"] = events
        if instance.finished:
            return web.json_response(payload)
        return web.json_response(payload, status=202, headers={"Location": str(request.url), "Retry-After": "5"})

    async def _list(self, request: web.Request) -> web.Response:
        show_input = _flag(request, "showInput", default=False)
        found = filter(_wanted(request.query), self._engine.store.instances())
        return web.json_response([_status_payload(instance, show_input) for instance in found])

    async def _terminate(self, request: web.Request) -> web.Response:
        instance = self._find(request)
        if instance is None or instance.finished:
            return web.Response(status=410 if instance else 404)
        self._engine.terminate(instance.id, request.query.get("reason", ""))
        return web.Response(status=202)

    async def _raise_event(self, request: web.Request) -> web.Response:
        instance = self._find(request)
        if instance is None or instance.finished:
            return web.Response(status=410 if instance else 404)
        if request.content_type != "application/json":
            return _error(400, "Only application/json request content is supported")
        # Guess: the text is passed on as it is. The client has encoded it twice, so the orchestrator gets a JSON text.
        self._engine.raise_event(instance.id, request.match_info["event"], await request.text())
        return web.Response(status=202)

    async def _purge(self, request: web.Request) -> web.Response:
        instance = self._find(request)
        if instance is None:
            return web.Response(status=404)
        if not instance.finished:
            return _error(412, f"Only orchestrations in a terminal state can be purged, but it is {instance.status}")
        self._engine.purge([instance.id])
        return web.json_response({"instancesDeleted": 1})

    async def _purge_some(self, request: web.Request) -> web.Response:
        if "createdTimeFrom" not in request.query:
            return _error(400, "Please provide value for 'createdTimeFrom' parameter.")
        wanted = _wanted(request.query)
        found = [item.id for item in self._engine.store.instances() if item.finished and wanted(item)]
        self._engine.purge(found)
        return web.json_response({"instancesDeleted": len(found)}, status=200 if found else 404)

    async def _unknown_operation(self, request: web.Request) -> web.Response:
        return _error(501, f"This host does not simulate {request.match_info['operation']}")

    async def _counters(self, _: web.Request) -> web.Response:
        """Of this host, not of the extension."""
        counted = self._engine.counters.report()
        return web.json_response({**counted, "unfinished": self._engine.store.count_unfinished()})

    def _find(self, request: web.Request) -> Instance | None:
        return self._engine.store.instance(request.match_info["id"])


def client_binding(app_url: str, rpc_url: str, hub: str, secret: str) -> str:
    """What a function with a durable client gets. `secret` is the system key of the URLs on the app's own port."""
    query = f"taskHub={hub}&connection=Storage&code={secret}"
    base = f"{app_url}/runtime/webhooks/durabletask"
    instance = f"{base}/instances/INSTANCEID"
    start = f"{base}/orchestrators/{{functionName}}[/{{instanceId}}]"
    binding = {
        "taskHubName": hub,
        "creationUrls": {"createNewInstancePostUri": f"{start}?{query}"},
        "managementUrls": {
            "id": "INSTANCEID",
            "statusQueryGetUri": f"{instance}?{query}",
            "sendEventPostUri": f"{instance}/raiseEvent/{{eventName}}?{query}",
            "terminatePostUri": f"{instance}/terminate?reason={{text}}&{query}",
            "purgeHistoryDeleteUri": f"{instance}?{query}",
        },
        "baseUrl": base,
        "requiredQueryStringParameters": query,
        "rpcBaseUrl": f"{rpc_url}{PREFIX}/",
    }
    return json.dumps(binding)


def _status_payload(instance: Instance, show_input: bool) -> dict[str, Any]:
    return {
        "name": instance.name,
        "instanceId": instance.id,
        "runtimeStatus": instance.status,
        "input": instance.input if show_input else None,
        "customStatus": _parsed(instance.custom),
        "output": _parsed(instance.output),
        "createdTime": _seconds(instance.created),
        "lastUpdatedTime": _seconds(instance.updated),
    }


def _wanted(query: Mapping[str, str]) -> Callable[[Instance], bool]:
    since = _time(query.get("createdTimeFrom"), datetime.min)
    until = _time(query.get("createdTimeTo"), datetime.max)
    statuses = {status for status in query.get("runtimeStatus", "").split(",") if status}
    prefix = query.get("instanceIdPrefix", "")

    def wanted(instance: Instance) -> bool:
        created = since <= moment(instance.created) <= until
        return created and (not statuses or instance.status in statuses) and instance.id.startswith(prefix)

    return wanted


def _time(text: str | None, default: datetime) -> datetime:
    time = moment(text) if text else default
    return time if time.tzinfo else time.replace(tzinfo=UTC)


def _seconds(stored: str) -> str:
    """The extension tells times in whole seconds."""
    return stored[:19] + "Z"


def _parsed(text: str | None) -> object:
    return None if text is None else json.loads(text)


def _flag(request: web.Request, name: str, *, default: bool) -> bool:
    return request.query.get(name, str(default)).lower() == "true"


def _error(status: int, message: str) -> web.Response:
    """As ASP.NET's HttpError. The client of azure-functions-durable reads ExceptionMessage of a 400."""
    return web.json_response({"Message": message, "ExceptionMessage": message}, status=status)
