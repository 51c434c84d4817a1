"""What all activities have in common: whatever goes wrong is data for the orchestrator.

Answers, and the text of what is raised, stand in the engine's history, which names no user.
"""

import functools
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from shared.core.report import Json
from shared.deadline import time_limit
from shared.errors import ServiceError
from shared.jobs.answers import AWAY, Data, answer, waiting
from shared.jobs.life import log_fault, log_of, log_waiting
from shared.log import get_logger
from shared.services import Services

# All exchanges of an activity are over by then. Graph is asked for 240 s at most: what came of it can still be stored.
# When one activity takes as long as `functionTimeout`, the host restarts the worker, and all others end in the midst of
# what they write (Azure/azure-functions-host, issue 8720).
LIMIT_S = 270.0

_Activity = Callable[[Services, Data], Data]
_log = get_logger(__name__)


def activity(work: _Activity) -> _Activity:
    """Decorates every activity that works for a job. Its input has a `jobId`.

    Raises RuntimeError for an unforeseen fault: the engine tries the activity some times more.
    """

    @functools.wraps(work)
    def framed(services: Services, order: Data) -> Data:
        with log_of(order), without_texts(work.__name__), time_limit(LIMIT_S):
            try:
                return work(services, order)
            except AWAY as away:
                return paused(order, away)
            except ServiceError as error:
                return faulted(order, error)

    return framed


def paused(order: Data, away: ServiceError, bodies: Sequence[Json] = (), unfinished: int = 1) -> Data:
    """The job waits for a service of `AWAY`."""
    log_waiting(order["jobId"], away.code, away.detail)
    return answer(bodies, paused_by=waiting(away), unfinished=unfinished)


def faulted(order: Data, error: ServiceError, bodies: Sequence[Json] = ()) -> Data:
    """The job ends."""
    log_fault(order["jobId"], error.code, error.detail)
    return answer(bodies, error=waiting(error))


@contextmanager
def without_texts(name: str) -> Iterator[None]:
    """Raises RuntimeError in place of an unforeseen fault: what a library says may name a user, and is for the log."""
    try:
        yield
    except ServiceError:
        raise
    except Exception as fault:  # noqa: BLE001 - raised again, without its text
        _log.exception("unforeseen fault", fault)
        raise RuntimeError(f"unforeseen fault in {name}; the log has it") from None
