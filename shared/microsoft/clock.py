"""By how much this machine's clock differs from that of Microsoft's services, told by the Date of their answers."""

import email.utils
import time
from typing import Any


class ServiceClock:
    def __init__(self) -> None:
        self._last: tuple[str, float] | None = None

    def note(self, response: Any, **_: object) -> None:
        """A hook for sessions: the Date of the answer and when it came."""
        date = response.headers.get("Date")
        if date:
            self._last = date, time.time()

    def skew_s(self) -> float | None:
        """Seconds by which the services are ahead. None: no answer had a usable date."""
        if self._last is None:
            return None
        date, came_at = self._last
        try:
            return email.utils.parsedate_to_datetime(date).timestamp() - came_at
        except (ValueError, OverflowError):
            return None
