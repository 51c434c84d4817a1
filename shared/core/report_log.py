"""What a run leaves in the log: who was changed or could not be, by object id, and one line for the whole."""

from shared.core.codes import UserStatus
from shared.core.models import RunReport
from shared.core.report import counts, overall_status
from shared.log import get_logger

_log = get_logger(__name__)


def log_report(report: RunReport, seconds: float, phase: str | None = None) -> None:
    """A line for each user that changed or failed, and one for the request, or for the phase of a job's chunk."""
    for result in report.results:
        if result.status in (UserStatus.CHANGED, UserStatus.FAILED):
            _log.info("user %s %s", result.user_id or "(not read)", result.code)
        if result.status is UserStatus.FAILED:
            _log.debug("user %s is %s", result.user_id, result.target.upn)
    tally = " ".join(f"{name}={count}" for name, count in counts(report).items())
    _log.info(
        *("%s source=%s %s %s durationMs=%d", overall_status(report), report.source),
        *(f"phase={phase}" if phase else f"dryRun={report.dry_run}", tally, round(seconds * 1000)),
    )
