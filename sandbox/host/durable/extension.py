"""The durable extension of one app: its settings, its HTTP API on a port of its own, its beginning and end."""

import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path

from aiohttp import web
from aiohttp.typedefs import Handler

from sandbox.host.calls import FunctionFailedError, IndexedFunction
from sandbox.host.durable.api import PREFIX, Api, client_binding
from sandbox.host.durable.engine import Engine
from sandbox.host.durable.settings import Settings
from sandbox.host.durable.store import Store
from sandbox.host.durable.switches import Switches
from sandbox.host.worker import Worker


class DurableExtension:
    """Runs the orchestrations of the app in `worker`. `folder` keeps them; without one they end with this process."""

    def __init__(
        self,
        worker: Worker,
        functions: Sequence[IndexedFunction],
        settings: Settings,
        folder: Path | None,
        switches: Switches,
    ) -> None:
        self._worker = worker
        self._triggers = {
            function.name: (binding["name"], binding["type"] == "orchestrationTrigger")
            for function in functions
            for binding in function.bindings
            if binding["type"] in ("orchestrationTrigger", "activityTrigger")
        }
        self._hub = settings.hub
        self._temporary = None if folder else tempfile.TemporaryDirectory(prefix="durable-", ignore_cleanup_errors=True)
        self._store = Store(folder or Path(str(self._temporary and self._temporary.name)))
        self._engine = Engine(self._store, self._invoke, settings, switches)

        orchestrators = frozenset(name for name, (_, orchestrates) in self._triggers.items() if orchestrates)
        self._api = Api(self._engine, orchestrators)

    def webhooks(self, refuse: Callable[[web.Request], int | None]) -> web.Application:
        """The API for callers from outside: part of the app's own port. `refuse` gives the status of a refusal."""

        @web.middleware
        async def guard(request: web.Request, handler: Handler) -> web.StreamResponse:
            status = refuse(request)
            return await handler(request) if status is None else web.Response(status=status)

        return self._api.app(guard)

    async def open(self, app_url: str, system_key: str) -> None:
        """Answer clients, and go on with what was unfinished."""
        rpc = web.Application()
        rpc.add_subapp(PREFIX, self._api.app())
        self._runner = web.AppRunner(rpc, access_log=None, shutdown_timeout=1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        rpc_url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._worker.durable_client = client_binding(app_url, rpc_url, self._hub, system_key)
        print(f"durable {rpc_url}{PREFIX}", file=sys.stderr, flush=True)
        self._engine.resume()

    async def close(self, patience_s: float = 0.0) -> None:
        """What still runs after that time is left to the next host."""
        await self._engine.close(patience_s)
        await self._runner.cleanup()
        self._store.close()
        if self._temporary:
            self._temporary.cleanup()

    async def _invoke(self, name: str, data: str | None) -> str:
        if name not in self._triggers:
            raise FunctionFailedError(f"The function '{name}' doesn't exist, is disabled, or is of another kind.")
        return await self._worker.call_durable(name, self._triggers[name][0], data)


def is_durable(functions: Sequence[IndexedFunction]) -> bool:
    durable = ("orchestrationTrigger", "activityTrigger", "durableClient")
    return any(binding["type"] in durable for function in functions for binding in function.bindings)
