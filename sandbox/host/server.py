"""The HTTP front of the host: finds the function, checks its key, calls it, answers as Azure's host does."""

import os
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.host.calls import AppLoadError, FunctionFailedError, HttpCall, IndexedFunction
from sandbox.host.durable.extension import DurableExtension, is_durable
from sandbox.host.durable.settings import Settings
from sandbox.host.durable.switches import Switches
from sandbox.host.front_end import FrontEnd, Headers
from sandbox.host.host_json import read_settings
from sandbox.host.keys import Keys, Level
from sandbox.host.limits import PARSER_LIMITS, Refused, check_head, max_body_bytes, read_body
from sandbox.host.routes import Match, Route, build_route, find_route
from sandbox.host.worker import Worker

# Microsoft Learn, "HTTP APIs in Durable Functions": where an app answers for the extension.
WEBHOOKS = "/runtime/webhooks/durabletask"
_HOME_PAGE = "<!DOCTYPE html><title>Function app</title><p>Your function app is up and running.</p>"


class Server:
    """Serves one app on 127.0.0.1.

    `state` is the folder in which the orchestrations of an app with Durable Functions survive the end of the process.
    Without a front end callers reach the host as they are.
    """

    def __init__(
        self,
        app_dir: Path,
        keys: Keys,
        state: Path | None = None,
        switches: Switches | None = None,
        front_end: FrontEnd | None = None,
    ) -> None:
        self._app_dir = app_dir
        self._keys = keys
        self._front_end = front_end
        self._state = state
        self._switches = switches or Switches()
        self._durable: DurableExtension | None = None
        self._max_body_bytes = max_body_bytes()
        self.routes: tuple[Route, ...] = ()

    async def load(self) -> tuple[IndexedFunction, ...]:
        """Read host.json, index the app and build its routes. Raises AppLoadError."""
        settings = read_settings(self._app_dir / "host.json")
        extensions = settings.extensions
        self._worker = Worker(self._app_dir, settings.function_timeout_s)
        functions = await self._worker.start()
        try:
            self.routes = tuple(_routes(functions, str(extensions.get("http", {}).get("routePrefix", "api"))))
            self._durable_settings = Settings.read(extensions.get("durableTask", {}), self._switches)
        except ValueError as error:
            await self._worker.close()
            raise AppLoadError(str(error)) from error
        self._functions = functions
        return functions

    async def listen(self, port: int) -> tuple[web.AppRunner, int]:
        """Start answering; gives the runner to clean up later and the port that was bound. Raises AppLoadError."""
        app = web.Application(middlewares=[_as_kestrel])
        if is_durable(self._functions):
            self._durable = DurableExtension(
                self._worker, self._functions, self._durable_settings, self._state, self._switches
            )
            app.add_subapp(WEBHOOKS, self._durable.webhooks(self._keys.refusal_of_extension))
        app.router.add_route("*", "/{path:(?s:.*)}", self._answer)
        runner = web.AppRunner(app, access_log=None, auto_decompress=False, shutdown_timeout=1, **PARSER_LIMITS)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        bound = int(runner.addresses[0][1])
        if self._durable:
            await self._durable.open(f"http://127.0.0.1:{bound}", self._keys.system)
        return runner, bound

    async def close(self, patience_s: float = 0.0) -> None:
        """To be called after the runner was cleaned up. Activities that run get so much time to end."""
        if self._durable:
            await self._durable.close(patience_s)
        await self._worker.close()

    async def _answer(self, request: web.Request) -> web.Response:
        """Raises Refused where no function answers."""
        front_end = self._front_end
        headers = await front_end.headers(request) if front_end else list(request.headers.items())
        match = find_route(self.routes, request.method, request.raw_path.partition("?")[0])
        if match is None:
            if request.path == "/":
                return _home_page()
            raise Refused(404)
        if not self._keys.open_function(match.route.level, request):
            raise Refused(401)
        call = await _http_call(request, headers, match, self._max_body_bytes)
        try:
            reply = await self._worker.call_http(match.route.function, match.route.trigger, call)
        except FunctionFailedError as error:
            print(f"Function {match.route.function} failed: {error}", file=sys.stderr, flush=True)
            raise Refused(500) from error
        if not all(value.isascii() for value in reply.headers.values()):
            print(f"Function {match.route.function}: a response header is not ASCII", file=sys.stderr, flush=True)
            raise Refused(500)
        return web.Response(status=reply.status, headers=reply.headers, body=reply.body)


def _home_page() -> web.Response:
    """azure-functions-host, HomepageMiddleware.cs."""
    if os.environ.get("AzureWebJobsDisableHomepage", "").lower() == "true":  # noqa: SIM112 - its name
        return web.Response(status=204)
    return web.Response(text=_HOME_PAGE, content_type="text/html")


@web.middleware
async def _as_kestrel(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Kestrel, the web server inside the host, sends the length of an empty body only, and whatever else in chunks."""
    try:
        check_head(request)
        response = await handler(request)
    except Refused as refusal:
        response = web.Response(status=refusal.status)
    response.headers["Server"] = "Kestrel"
    if isinstance(response, web.Response) and response.body and request.version >= (1, 1):
        response.enable_chunked_encoding()
    return response


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
                    level=Level(binding.get("authLevel", "FUNCTION").upper()),
                )


async def _http_call(request: web.Request, sent: Headers, match: Match, max_body_bytes: int) -> HttpCall:
    """Fill the call as Microsoft's host fills RpcHttp (azure-functions-host, GrpcMessageConversionExtensions.cs):
    header names in lower case, repeated values joined with a comma, query keys of any case merged under the last
    spelling and empty query values left out. Raises Refused."""
    headers: dict[str, list[str]] = {}
    for name, value in sent:
        try:
            value.encode()
        except UnicodeEncodeError:
            # Kestrel refuses header bytes that are not UTF-8 (surrogates in aiohttp) before a function sees them.
            raise Refused(400) from None
        headers.setdefault(name.lower(), []).append(value)
    query: dict[str, list[str]] = {}
    spelling: dict[str, str] = {}
    for name, value in request.query.items():
        if value:
            query.setdefault(name.lower(), []).append(value)
            spelling[name.lower()] = name
    return HttpCall(
        method=request.method,
        url=str(request.url),
        headers={name: ",".join(values) for name, values in headers.items()},
        query={spelling[name]: ",".join(values) for name, values in query.items()},
        parameters=match.parameters,
        body=await read_body(request, max_body_bytes),
    )
