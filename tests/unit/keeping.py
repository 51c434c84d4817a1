"""What a call leaves in memory of the request that made it."""

import gc
import weakref
from collections.abc import Callable
from contextlib import suppress

from shared.errors import ServiceError


class _Body:
    """Stands for the body of a request, in a local variable of whoever calls."""


def is_kept(call: Callable[[], object]) -> bool:
    """Whether the request is still there after the call, as long as the cycle collector does not run."""
    found: list[weakref.ref[_Body]] = []

    def request() -> None:
        body = _Body()
        found.append(weakref.ref(body))
        with suppress(ServiceError):
            call()

    gc.disable()
    try:
        request()
        return found[0]() is not None
    finally:
        gc.enable()
