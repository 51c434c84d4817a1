"""Threads for the work of requests: each kind of request has its own, so that none keeps another waiting."""

import asyncio
import functools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NoReturn, TypeVar

from shared.errors import Busy

T = TypeVar("T")


class Threads:
    """Of one kind of request: as many as that at once, and as many again that wait for a thread."""

    def __init__(self, name: str, threads: int) -> None:
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix=name)
        self._places = 2 * threads

    @property
    def are_full(self) -> bool:
        return self._places == 0

    @staticmethod
    def refuse() -> NoReturn:
        raise Busy("Too many requests of this kind are waiting. Nothing was done. Send it again.")

    async def run(self, work: Callable[[], T]) -> T:
        self._places -= 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self._threads, work)
        finally:
            self._places += 1


@functools.cache
def of(name: str, threads: int) -> Threads:
    """The process's own of this kind."""
    return Threads(name, threads)
