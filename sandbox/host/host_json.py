"""The part of host.json that this host follows (Microsoft Learn, "host.json reference for Azure Functions")."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sandbox.host.calls import AppLoadError

_TIMEOUT = "00:30:00"  # the default on a Flex Consumption plan


@dataclass(frozen=True)
class HostSettings:
    """`extensions` are the settings of each extension by its name; no timeout is None."""

    extensions: Mapping[str, Mapping[str, Any]]
    function_timeout_s: float | None


def read_settings(host_json: Path) -> HostSettings:
    """Raises AppLoadError."""
    try:
        settings = json.loads(host_json.read_text(encoding="utf-8"))
        timeout = settings.get("functionTimeout", _TIMEOUT)
        return HostSettings(
            {name: dict(extension) for name, extension in settings.get("extensions", {}).items()},
            None if timeout == "-1" else seconds(timeout),
        )
    except FileNotFoundError:
        raise AppLoadError(f"{host_json} is missing: this folder is not a Functions app") from None
    except (ValueError, AttributeError, TypeError) as error:
        raise AppLoadError(f"{host_json} is not a valid host.json: {error}") from error


def seconds(time_span: str) -> float:
    """Of a time span as .NET writes it, days aside. Raises ValueError."""
    found = re.fullmatch(r"(\d+):(\d+):(\d+(?:\.\d+)?)", time_span)
    if found is None:
        raise ValueError(f"{time_span!r} is no time span")
    return int(found[1]) * 3600 + int(found[2]) * 60 + float(found[3])
