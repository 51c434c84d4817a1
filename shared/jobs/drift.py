"""What a check has found: how far the registered methods are from the directory. An activity."""

from collections import Counter

from shared.core.audit import drift
from shared.core.codes import UserStatus
from shared.jobs.answers import Data, answer
from shared.jobs.life import log_of
from shared.jobs.trail import origin_of
from shared.log import get_logger
from shared.services import Phase, Services

_log = get_logger(__name__)


def tell_drift(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). One line in the log and one in the audit trail; nothing is written."""
    with log_of(order):
        job = services.store.find(order["jobId"])
        if job is None:
            return answer([])
        counts = Counter[str]()
        for tally in services.store.tallies(job.id, Phase.PLAN).values():
            counts.update(tally.counts)
        drifted, failed = counts[UserStatus.PLANNED.value], counts[UserStatus.FAILED.value]
        _log.event(
            "drift",
            f"{drifted} of {job.users} users differ from the directory, {failed} could not be compared.",
            users=job.users,
            drifted=drifted,
            failed=failed,
        )
        services.audit.note([drift(origin_of(job, order), job.users, drifted, failed)])
        return answer([])
