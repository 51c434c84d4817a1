"""The HTTP front of the host: finds the function, checks its key, calls it, answers as Azure's host does."""

import hmac
import json
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from aiohttp import web

from sandbox.host.durable.extension import DurableExtension, is_durable
from sandbox.host.durable.switches import Switches
from sandbox.host.routes import Match, Route, build_route, find_route
from sandbox.host.worker import AppLoadError, FunctionFailedError, HttpCall, IndexedFunction, Worker

# Microsoft Learn, "Azure Functions HTTP trigger", Limits: 100 MB (104,857,600 bytes).
MAX_REQUEST_BYTES = 104_857_600


class Server:
    """Serves one app on 127.0.0.1. `key` opens every function that is not anonymous, whatever its level.

    `state` is the folder in which the orchestrations of an app with Durable Functions survive the end of the process.
    """

    def __init__(self, app_dir: Path, key: str, state: Path | None = None, switches: Switches | None = None) -> None:
        self._app_dir = app_dir
        self._key = key
        self._state = state
        self._switches = switches or Switches()
        self._worker = Worker(app_dir)
        self._durable: DurableExtension | None = None
        self._calls = 0
        self.routes: tuple[Route, ...] = ()

    @property
    def busy(self) -> bool:
        """Whether something is left that Python would wait for at its end, or complain about: a running function, or
        the HTTP session of the durable client, which its package never closes."""
        return self._calls > 0 or self._durable is not None

    async def load(self) -> tuple[IndexedFunction, ...]:
        """Read host.json, index the app and build its routes. Raises AppLoadError."""
        extensions = _extension_settings(self._app_dir / "host.json")
        functions = await self._worker.start()
        try:
            self.routes = tuple(_routes(functions, str(extensions.get("http", {}).get("routePrefix", "api"))))
        except ValueError as error:
            raise AppLoadError(str(error)) from error
        self._functions = functions
        self._durable_settings = extensions.get("durableTask", {})
        return functions

    async def listen(self, port: int) -> tuple[web.AppRunner, int]:
        """Start answering; gives the runner to clean up later and the port that was bound. Raises AppLoadError."""
        app = web.Application(client_max_size=MAX_REQUEST_BYTES)
        app.router.add_route("*", "/{path:(?s:.*)}", self._answer)
        runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        bound = int(runner.addresses[0][1])
        if is_durable(self._functions):
            self._durable = DurableExtension(
                self._worker, self._functions, self._durable_settings, self._state, self._switches, MAX_REQUEST_BYTES
            )
            await self._durable.open(f"http://127.0.0.1:{bound}")
        return runner, bound

    async def close(self) -> None:
        """To be called after the runner was cleaned up."""
        if self._durable:
            await self._durable.close()

    async def _answer(self, request: web.Request) -> web.Response:
        match = find_route(self.routes, request.method, request.rel_url.raw_path)
        if match is None:
            return web.Response(status=404)
        if match.route.needs_key and not self._has_key(request):
            return web.Response(status=401)
        try:
            call = await _http_call(request, match)
        except UnicodeEncodeError:
            # Guess: Kestrel refuses header bytes that are not UTF-8 before a function sees them.
            return web.Response(status=400)
        self._calls += 1
        try:
            reply = await self._worker.call_http(match.route.function, match.route.trigger, call)
        except FunctionFailedError as error:
            print(f"Function {match.route.function} failed: {error}", file=sys.stderr, flush=True)
            return web.Response(status=500)
        finally:
            self._calls -= 1
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)

    def _has_key(self, request: web.Request) -> bool:
        given = request.headers.get("x-functions-key") or request.query.get("code") or ""
        return hmac.compare_digest(given.encode(errors="replace"), self._key.encode())


def _extension_settings(host_json: Path) -> dict[str, dict[str, Any]]:
    """The part of host.json that matters here (Microsoft Learn, "host.json reference", extensions)."""
    try:
        extensions = json.loads(host_json.read_text(encoding="utf-8")).get("extensions", {})
        return {name: dict(settings) for name, settings in extensions.items()}
    except FileNotFoundError:
        raise AppLoadError(f"{host_json} is missing: this folder is not a Functions app") from None
    except (ValueError, AttributeError, TypeError) as error:
        raise AppLoadError(f"{host_json} is not a valid host.json: {error}") from error


def _routes(functions: Sequence[IndexedFunction], prefix: str) -> Iterable[Route]:
    for function in functions:
        for binding in function.bindings:
            if binding["type"] == "httpTrigger":
                yield build_route(
                    function=function.name,
                    trigger=binding["name"],
                    prefix=prefix,
                    template=binding.get("route", function.name),
                    methods=binding.get("methods", ()),
                    needs_key=binding.get("authLevel", "FUNCTION").upper() != "ANONYMOUS",
                )


async def _http_call(request: web.Request, match: Match) -> HttpCall:
    """Fill the call as Microsoft's host fills RpcHttp (azure-functions-host, GrpcMessageConversionExtensions.cs):
    header names in lower case, repeated values joined with a comma, query keys of any case merged and empty query
    values left out. Raises UnicodeEncodeError for header bytes that are not UTF-8 (surrogates in aiohttp)."""
    headers: dict[str, list[str]] = {}
    for name, value in request.headers.items():
        value.encode()
        headers.setdefault(name.lower(), []).append(value)
    query: dict[str, list[str]] = {}
    spelling: dict[str, str] = {}
    for name, value in request.query.items():
        if value:
            query.setdefault(spelling.setdefault(name.lower(), name), []).append(value)
    return HttpCall(
        method=request.method,
        url=str(request.url),
        headers={name: ",".join(values) for name, values in headers.items()},
        query={name: ",".join(values) for name, values in query.items()},
        parameters=match.parameters,
        body=await request.read(),
    )
