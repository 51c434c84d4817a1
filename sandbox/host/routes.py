"""Route templates of HTTP triggers, as ASP.NET Core's routing (which Azure Functions uses) reads them. Pure.

Source: Microsoft Learn, "Azure Functions HTTP trigger", Customize the HTTP endpoint, and "Routing in ASP.NET Core",
Route templates. Supported: literals, `{name}`, `{name:constraint}`, and `?` on a last parameter.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from urllib.parse import unquote

from sandbox.host.keys import Level

_PARAMETER = re.compile(r"\{(?P<name>\w+)(?::(?P<constraint>\w+))?(?P<optional>\?)?\}")
_CONSTRAINTS = {
    "alpha": "[A-Za-z]+",
    "bool": "true|false",
    "guid": r"\{?[0-9A-Fa-f]{8}(?:-?[0-9A-Fa-f]{4}){3}-?[0-9A-Fa-f]{12}\}?",
    "int": r"[+-]?[0-9]{1,10}",
    "long": r"[+-]?[0-9]{1,19}",
}


@dataclass(frozen=True)
class Route:
    """One HTTP trigger: `methods` empty means every method."""

    function: str
    trigger: str
    path: str
    methods: frozenset[str]
    level: Level
    pattern: re.Pattern[str]


@dataclass(frozen=True)
class Match:
    route: Route
    parameters: dict[str, str]


def build_route(
    *, function: str, trigger: str, prefix: str, template: str, methods: Iterable[str], level: Level
) -> Route:
    """The route of one function. Raises ValueError for a template that is not supported here."""
    path = "/".join(part for part in (prefix.strip("/"), template.strip("/")) if part)
    pattern = ""
    for segment in path.split("/") if path else []:
        parameter = _PARAMETER.fullmatch(segment)
        if parameter:
            constraint = parameter["constraint"]
            if constraint and constraint not in _CONSTRAINTS:
                raise ValueError(f"function {function}: this host does not know the route constraint {constraint!r}")
            value = f"/(?P<{parameter['name']}>{_CONSTRAINTS.get(constraint, '[^/]+')})"
            pattern += f"(?:{value})?" if parameter["optional"] else value
        elif "{" in segment or "}" in segment:
            raise ValueError(f"function {function}: this host does not understand the route segment {segment!r}")
        else:
            pattern += "/" + re.escape(segment)
    return Route(
        function=function,
        trigger=trigger,
        path="/" + path,
        methods=frozenset(method.upper() for method in methods),
        level=level,
        pattern=re.compile(f"{pattern}/?", re.IGNORECASE),
    )


def find_route(routes: Sequence[Route], method: str, raw_path: str) -> Match | None:
    """The function that answers: of all that match, the first by the name of the function, whatever the templates say
    (azure-functions-host, issue 9876). None is the host's 404.

    A wrong method is no match either: Azure answers 404 for it, not 405.
    """
    path = "/".join(map(_decoded, raw_path.split("/")))
    for route in sorted(routes, key=lambda route: route.function.upper()):
        found = route.pattern.fullmatch(path)
        if found and (not route.methods or method.upper() in route.methods):
            return Match(route, {name: value for name, value in found.groupdict().items() if value is not None})
    return None


def _decoded(segment: str) -> str:
    """An encoded slash stays as it is, and so do bytes that are not UTF-8."""
    kept = unquote(segment, errors="surrogateescape").replace("/", "%2F")
    return "".join(f"%{ord(char) - 0xDC00:02X}" if "\udc80" <= char <= "\udcff" else char for char in kept)
