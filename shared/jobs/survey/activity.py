"""What the activities of a report have in common."""

from collections.abc import Callable

from shared.jobs.answers import Data, answer, no_job
from shared.services import Job, Services


def done(services: Services, order: Data, work: Callable[[Job], Data]) -> Data:
    """What the work says of a report that is not cancelled."""
    job = services.store.find(order["jobId"])
    if job is None or not job.is_report:
        return answer([], error=no_job(order["jobId"]))
    if services.store.is_cancelled(job.id):
        return answer([], cancelled=True)
    return work(job)
