"""The line that the log has of each request: filled while the request is served, written when its answer is known."""

import logging
import time

from shared.core.audit import Origin
from shared.core.codes import UserStatus
from shared.core.models import RunReport
from shared.core.report import counts
from shared.errors import ServiceError
from shared.log import get_logger

_log = get_logger(__name__)
# An operator has to look at these.
_ERRORS = (500, 502)


class RequestLine:
    def __init__(self, route: str, arrived_at: float) -> None:
        self._arrived_at = arrived_at
        self._level = logging.INFO
        self._fields: dict[str, object] = {"route": route}

    def tell(self, **fields: object) -> None:
        self._fields |= fields

    def tell_origin(self, origin: Origin) -> None:
        self.tell(caller=origin.caller, proof=origin.proof, address=origin.address)

    def tell_report(self, report: RunReport) -> None:
        self.tell(source=report.source.value, dryRun=report.dry_run, **counts(report))

    def fail(self, error: ServiceError) -> None:
        self._level = logging.ERROR if error.status in _ERRORS else logging.WARNING
        self.tell(code=error.code, detail=error.logged)

    def refuse(self, code: str, detail: str) -> None:
        """A guard said no."""
        self._level = logging.ERROR
        self.tell(code=code, detail=detail)

    def write(self, status: int, throttled: int) -> None:
        told, duration_ms = self._fields, round((time.monotonic() - self._arrived_at) * 1000)
        words = [f"{told['route']} by {told.get('caller') or 'an unknown caller'}", f"{duration_ms} ms"]
        words += ["dry run"] if told.get("dryRun") else []
        words += [f"{told[name]} {name}" for name in UserStatus if told.get(name)]
        why = f"{told['code']}: {told['detail']}" if "code" in told else ""
        fields = {"status": status, **told, "durationMs": duration_ms, "throttled": throttled}
        _log.event("request", f"{status} {', '.join(words)}. {why}".rstrip(), self._level, **fields)
