"""`python -m sandbox.host APP_DIR`: serve one app until Ctrl-C, SIGTERM, or the end of a piped standard input."""

import argparse
import asyncio
import dataclasses
import json
import logging
import os
import secrets
import signal
import stat
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import TextIO

from sandbox.host.app_service import AppService
from sandbox.host.calls import AppLoadError
from sandbox.host.durable.switches import Switches
from sandbox.host.front_end import FrontEnd
from sandbox.host.keys import Keys
from sandbox.host.server import Server

_SHUTDOWN_S = 10.0  # seen on the Functions host 4.1037: longer activities are cut


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m sandbox.host", description="A local Azure Functions host.")
    parser.add_argument("app_dir", type=Path, help="the folder with host.json and function_app.py")
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1 (default: any free one)")
    parser.add_argument("--key", default="local-key", help="the function key (default: %(default)s)")
    parser.add_argument("--master-key", default="local-master-key", help="the master key (default: %(default)s)")
    parser.add_argument("--settings", type=Path, help="a local.settings.json whose Values become environment variables")
    parser.add_argument("--list", action="store_true", help="print the indexed functions as JSON and end")
    front = parser.add_argument_group("App Service in front of the host")
    front.add_argument("--no-app-service", action="store_true", help="the Functions host alone: headers pass as sent")
    front.add_argument(
        "--auth-client-id", metavar="ID", help="App Service Authentication: tokens for this registration"
    )
    front.add_argument("--auth-issuer", metavar="URL", default="", help="who issues them: https://…/<tenant id>/v2.0")
    durable = parser.add_argument_group("Durable Functions")
    durable.add_argument("--state", type=Path, help="the folder that keeps orchestrations (default: a temporary one)")
    durable.add_argument("--virtual-time", action="store_true", help="let timers fire when nothing else is left to do")
    durable.add_argument("--repeat-activities", choices=("no", "after", "overlap"), default="no", help="run each twice")
    durable.add_argument("--hidden", type=float, metavar="SECONDS", help="for both visibility timeouts of host.json")
    durable.add_argument("--shuffle", type=int, metavar="SEED", help="mix the order in which results arrive")
    options = parser.parse_args()

    # Standard output carries one line for the caller; whatever the app prints belongs to the log.
    answer, sys.stdout = sys.stdout, sys.stderr
    app_dir = options.app_dir.resolve()
    state = options.state.resolve() if options.state else None
    try:
        _prepare(app_dir, options.settings)
        service = None if options.no_app_service else AppService(options.auth_client_id, options.auth_issuer)
        if service and service.authenticates:
            os.environ["WEBSITE_AUTH_ENABLED"] = "True"
        switches = Switches(options.virtual_time, options.repeat_activities, options.shuffle, options.hidden)
        keys = Keys(options.key, options.master_key, secrets.token_urlsafe(32))
        server = Server(app_dir, keys, state, switches, FrontEnd(service) if service else None)
        asyncio.run(_run(server, options.port, options.list, answer))
    except (AppLoadError, OSError) as error:
        sys.exit(f"error: {error}")


def _prepare(app_dir: Path, settings: Path | None) -> None:
    """The environment of the app, which its worker process inherits, and the log."""
    # With these the worker library believes that it runs in Azure.
    for name in ("CONTAINER_NAME", "WEBSITE_INSTANCE_ID"):
        os.environ.pop(name, None)
    if settings:
        try:
            values = json.loads(settings.read_text(encoding="utf-8"))["Values"]
            # As Azure Functions Core Tools: what the environment says already wins.
            os.environ.update({name: value for name, value in values.items() if name not in os.environ})
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise AppLoadError(f"{settings} is not a local.settings.json with text Values: {error!r}") from error
    # The library's default, 4 threads more than cores, is few when several callers wait for a slow remote server.
    os.environ.setdefault("PYTHON_THREADPOOL_THREAD_COUNT", "16")
    if not app_dir.is_dir():
        raise AppLoadError(f"{app_dir} is not a folder")
    logging.basicConfig(stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


async def _run(server: Server, port: int, only_list: bool, answer: TextIO) -> None:
    """Serve until told to stop."""
    functions = await server.load()
    if only_list:
        print(json.dumps([dataclasses.asdict(function) for function in functions]), file=answer, flush=True)
        await server.close()
        return
    loop = asyncio.get_running_loop()
    stop: asyncio.Future[float] = loop.create_future()

    def end(patience_s: float) -> None:
        if not stop.done():
            stop.set_result(patience_s)

    _call_on_stop(lambda patience_s: loop.call_soon_threadsafe(end, patience_s))
    runner, bound = await server.listen(port)
    for route in server.routes:
        methods = ",".join(sorted(route.methods)) or "any method"
        address = f"http://127.0.0.1:{bound}{route.path}"
        print(f"{route.function}: {methods} {address} ({route.level.lower()})", file=sys.stderr, flush=True)
    print(f"ready http://127.0.0.1:{bound}", file=answer, flush=True)
    patience_s = await stop
    await runner.cleanup()
    await server.close(patience_s)


def _call_on_stop(stop: Callable[[float], object]) -> None:
    """`stop` gets the seconds for activities to end in: some on SIGTERM, by which a platform ends a machine."""
    for number, patience_s in ((signal.SIGINT, 0.0), (signal.SIGTERM, _SHUTDOWN_S)):
        signal.signal(number, lambda *_, patience_s=patience_s: stop(patience_s))
    mode = os.fstat(0).st_mode
    # Only a pipe: under cron or CI standard input is often the null device, which is at its end from the start.
    if stat.S_ISFIFO(mode) or stat.S_ISSOCK(mode):
        threading.Thread(target=_wait_for_end_of_input, args=(stop,), daemon=True).start()


def _wait_for_end_of_input(stop: Callable[[float], object]) -> None:
    while os.read(0, 4096):
        pass
    stop(0.0)


if __name__ == "__main__":
    main()
