"""The durable engine without an app, for tests that are its functions themselves."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sandbox.host import Switches
from sandbox.host.durable.engine import Engine
from sandbox.host.durable.settings import Settings
from sandbox.host.durable.store import Store

Invoke = Callable[[str, str | None], Awaitable[str]]


@asynccontextmanager
async def running(
    folder: Path, invoke: Invoke, switches: Switches | None = None, *, width: int = 100, patience_s: float = 0.0
) -> AsyncIterator[Engine]:
    """An engine; at the end it is lost, or ends with patience. What lies in the folder goes on with the next one."""
    store = Store(folder)
    settings = Settings.read({"maxConcurrentActivityFunctions": width}, switches or Switches())
    engine = Engine(store, invoke, settings, switches or Switches())
    engine.resume()
    try:
        yield engine
    finally:
        await engine.close(patience_s)
        store.close()


async def until(what: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not what():
            await asyncio.sleep(0.01)


async def finished(engine: Engine, instance: str) -> None:
    def has_finished() -> bool:
        found = engine.store.instance(instance)
        return found is not None and found.finished

    await until(has_finished)


def state(actions: list[dict[str, Any]], *, done: bool) -> str:
    return json.dumps({"isDone": done, "schemaVersion": 2, "actions": [actions], "output": "the end"})
