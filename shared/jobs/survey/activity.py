"""What the activities of a report have in common: whatever goes wrong is data for the orchestrator."""

from collections.abc import Callable

from shared.errors import (
    JobsUnavailable,
    ServiceError,
    SignInUnavailable,
    StorageUnavailable,
    TokenRefused,
    VaultUnavailable,
)
from shared.jobs.answers import Data, answer, no_job, waiting
from shared.jobs.life import log_of, log_waiting
from shared.log import get_logger
from shared.services import Job, Services

_log = get_logger(__name__)


def done(services: Services, order: Data, work: Callable[[Job], Data]) -> Data:
    """What the work says. Raises JobsUnavailable, which the engine answers by running the activity again."""
    job_id = str(order["jobId"])
    with log_of(order):
        job = services.store.find(job_id)
        if job is None or not job.is_report:
            return answer([], error=no_job(job_id))
        if services.store.is_cancelled(job_id):
            return answer([], cancelled=True)
        try:
            return work(job)
        except JobsUnavailable:
            raise
        except (VaultUnavailable, StorageUnavailable, SignInUnavailable, TokenRefused) as away:
            log_waiting(job_id, away.code, away.detail)
            return answer([], paused_by=waiting(away), unfinished=1)
        except ServiceError as error:
            _log.error("job %s ends: %s: %s", job_id, error.code, error.detail)
            return answer([], error=waiting(error))
        except Exception as fault:  # noqa: BLE001 - raised again, without its text
            _log.exception("unforeseen fault", fault)
            raise RuntimeError("unforeseen fault in a report; the log has it") from None
