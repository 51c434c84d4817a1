"""Which key opens what. Microsoft Learn, "Work with access keys in Azure Functions"; azure-functions-host,
AuthenticationLevelHandler.cs."""

import hmac
from dataclasses import dataclass
from enum import StrEnum

from aiohttp import web

_HEADER, _QUERY = "x-functions-key", "code"


class Level(StrEnum):
    """The authLevel of an HTTP trigger, as the worker library spells it."""

    ANONYMOUS = "ANONYMOUS"
    FUNCTION = "FUNCTION"
    ADMIN = "ADMIN"


@dataclass(frozen=True)
class Keys:
    """`function` opens functions of level FUNCTION, `system` the HTTP API of extensions, `master` everything."""

    function: str
    master: str
    system: str

    def open_function(self, level: Level, request: web.Request) -> bool:
        if level is Level.ANONYMOUS:
            return True
        given = _given(request)
        return _same(given, self.master) or (level is Level.FUNCTION and _same(given, self.function))

    def refusal_of_extension(self, request: web.Request) -> int | None:
        """The status with which the host refuses a call of an extension's API; None: it may pass."""
        given = _given(request)
        if _same(given, self.master) or _same(given, self.system):
            return None
        return 403 if _same(given, self.function) else 401


def _given(request: web.Request) -> str:
    """A header wins over the query even when it is empty; of repeated ones the first counts."""
    if _HEADER in request.headers:
        return request.headers[_HEADER]
    return next((value for name, value in request.query.items() if name.lower() == _QUERY), "")


def _same(given: str, key: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), key.encode())
