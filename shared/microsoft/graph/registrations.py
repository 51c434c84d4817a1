"""Graph's report of who has registered which methods, page by page, at the pace of the reports.

Graph allows 5 calls in 10 seconds there (Graph docs, "Throttling limits": reports of authentication methods), which is
far less than elsewhere: a 429 there must not slow down the rest, so these calls wait for their turn beforehand.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping

from shared.core.grants import READ_REGISTRATIONS, way_out
from shared.core.models import Stop
from shared.core.survey.graph import Registration, RegistrationPage
from shared.core.survey.tenant import Note
from shared.deadline import Deadline
from shared.microsoft.graph.calls import Answer, Fate
from shared.microsoft.graph.client import GraphClient
from shared.microsoft.graph.failures import error_code, graph_said, stop_for
from shared.microsoft.graph.listing import page_of

CALLS, WINDOW_S = 5, 10.0
# The window is Graph's, and a call takes its time to get there.
MARGIN_S = 0.5
FIRST_PAGE = (
    "/reports/authenticationMethods/userRegistrationDetails?$select=id,userPrincipalName,methodsRegistered&$top=999"
)
_COLUMNS = ("methods", "phoneOnly", "phishingResistant")
_DOING = "reading the registration report"
_NO_LICENCE = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"


class Turns:
    """So many calls in a window of time, for all threads of the process together."""

    def __init__(
        self, clock: Callable[[], float] = time.monotonic, sleep: Callable[[float], None] = time.sleep
    ) -> None:
        self._clock, self._sleep = clock, sleep
        self._lock = threading.Lock()
        self._taken: deque[float] = deque(maxlen=CALLS)

    def wait(self, deadline: Deadline) -> bool:
        """Waits for a turn and takes it. False: it would come too late."""
        with self._lock:
            now = self._clock()
            is_full = len(self._taken) == CALLS
            at = max(now, self._taken[0] + WINDOW_S + MARGIN_S) if is_full else now
            if at - now >= deadline.remaining():
                return False
            self._taken.append(at)
        self._sleep(at - now)
        return True


class RegistrationReport:
    def __init__(self, client: GraphClient, turns: Turns) -> None:
        self._client, self._turns = client, turns

    def page(self, path: str | None, deadline: Deadline) -> RegistrationPage | Note | Stop:
        """See `core.survey.graph.Survey.registrations`."""
        if not self._turns.wait(deadline):
            return stop_for(Answer(Fate.NOT_SENT), _DOING)
        answer = self._client.get(path or FIRST_PAGE, deadline)
        if answer.ok:
            return self._page(answer)
        if answer.status == 403 and error_code(answer) == _NO_LICENCE:
            return Note(_COLUMNS, "noLicense", "The registration report needs Microsoft Entra ID P1 or P2.")
        if answer.status in (400, 403, 404, 410, 501):
            detail = f"Microsoft Graph refused while {_DOING} ({graph_said(answer)})."
            hint = f" {way_out(self._client.token_sent(), READ_REGISTRATIONS)}" if answer.status == 403 else ""
            return Note(_COLUMNS, "permissionMissing" if answer.status == 403 else "graphError", f"{detail}{hint}")
        return stop_for(answer, _DOING)

    def _page(self, answer: Answer) -> RegistrationPage | Stop:
        try:
            values, next_path = page_of(self._client, answer.body)
        except ValueError:
            return stop_for(Answer(Fate.LOST), _DOING)
        found = (_registration(value) for value in values if isinstance(value, dict))
        return RegistrationPage(tuple(each for each in found if each is not None), next_path)


def _registration(value: Mapping[str, object]) -> Registration | None:
    user_id, upn, methods = (value.get(name) for name in ("id", "userPrincipalName", "methodsRegistered"))
    if not isinstance(user_id, str):
        return None
    names = (name for name in methods if isinstance(name, str)) if isinstance(methods, list) else ()
    return Registration(user_id.lower(), str(upn or ""), tuple(names))
