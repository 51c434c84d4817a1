"""What one request may do with its plans: the id of what it would write, what the caller says about that id, the day's
ledger. Asked by core/reconcile before the first write.

With the id of a plan that it has seen (If-Match) a caller asks for that plan and no other. One who may approve may
exceed the ceilings with it.
"""

from collections.abc import Sequence

from shared.api.frame import Call
from shared.core.audit import approved, intents, outcomes, unwritten
from shared.core.codes import ChangeStatus
from shared.core.desired import Source
from shared.core.guard.ceilings import DAILY_LIMIT, PLAN_CHANGED, Refusal, Verdict, Weight, weigh
from shared.core.models import RunReport, Target
from shared.core.plan import UserPlan
from shared.core.plan_id import is_known, plan_id, tag
from shared.core.reconcile import reconcile
from shared.core.report import Json
from shared.errors import PlanUnknown, ServiceError, StorageUnavailable, VaultUnavailable
from shared.log import get_logger
from shared.settings.callers import Right

_DONE = (ChangeStatus.APPLIED, ChangeStatus.UNKNOWN)
_log = get_logger(__name__)


class Admission:
    """The judge of one call. `expected`: the id of the plan that the caller has seen, if it names one. `shows_id`: the
    answer has the id of the plan. `is_explicit`: the caller names the values, and what is intended must be on record
    first."""

    def __init__(self, call: Call, expected: str | None, *, shows_id: bool, is_explicit: bool) -> None:
        self._call, self._expected, self._shows_id, self._is_explicit = call, expected, shows_id, is_explicit
        self._reserved = False
        self._intended: Sequence[UserPlan] = ()
        self.plan_id: str | None = None

    def told(self, plans: Sequence[UserPlan]) -> None:
        """Raises PlanUnknown, StorageUnavailable or VaultUnavailable where a certain plan is asked for."""

        if not self._shows_id:
            return

        def keyed(*parts: str) -> bytes:
            return self._call.services.digest(self._call.deadline, *parts)

        try:
            if is_known(plans):
                self.plan_id = plan_id([tag(plan, keyed) for plan in plans], keyed)
            elif self._expected is not None:
                raise PlanUnknown("Some users could not be read, so the plan is incomplete. Nothing was written.")
        except (StorageUnavailable, VaultUnavailable) as exc:
            if self._expected is not None:
                raise
            _log.warning("the plan has no id: %s", exc.detail)
        self._call.plan = {"planId": self.plan_id}

    def refusal(self, verdict: Verdict) -> Refusal | None:
        if self._expected is None:
            return verdict.refusal
        if self.plan_id != self._expected:
            return PLAN_CHANGED
        return None if self._is_approved else verdict.refusal

    def admit(self, plans: Sequence[UserPlan], verdict: Verdict) -> Refusal | None:
        """Raises StorageUnavailable where the ledger does not answer, or an intent cannot be recorded."""
        call = self._call
        fits = call.services.ledger.reserve(
            call.cid,
            call.caller.name,
            verdict.removals,
            verdict.overwrites,
            call.deadline,
            approved=self._is_approved,
        )
        if not fits and not self._is_approved:
            return DAILY_LIMIT
        self._reserved = call.services.ledger.counts(verdict.removals, verdict.overwrites)
        if self._is_explicit:
            self._intend(plans)
        passed = verdict.refusal or (None if fits else DAILY_LIMIT)
        if passed is not None:
            call.services.audit.note([approved(call.origin, passed.code)])
        call.has_written = True
        return None

    def _intend(self, plans: Sequence[UserPlan]) -> None:
        call = self._call
        try:
            call.services.audit.intend(intents(plans, call.origin, call.services.tags()))
        except ServiceError:
            if self._reserved:
                call.services.ledger.settle(call.cid, 0, 0)
            raise
        self._intended = plans

    def carried_out(self, targets: Sequence[Target], source: Source, *, dry_run: bool) -> RunReport:
        """What became of these users. What was reserved and not done is given back. Raises as `reconcile`."""
        call, services = self._call, self._call.services
        report = reconcile(
            targets,
            source,
            services.explicit_directory if self._is_explicit else services.directory,
            services.sign_in(call.deadline),
            services.policy,
            dry_run=dry_run,
            deadline=call.deadline,
            judge=self,
        )
        if self._reserved:
            done = done_by(report)
            services.ledger.settle(call.cid, done.removals, done.overwrites)
        call.line.tell_report(report)
        return report

    def outcomes(self, report: RunReport) -> list[Json]:
        """For the audit trail: one for everything that was intended, too."""
        origin, tags = self._call.origin, self._call.services.tags()
        return [*outcomes(report, origin, tags), *unwritten(self._intended, report, origin, tags)]

    @property
    def _is_approved(self) -> bool:
        return self._expected is not None and Right.APPROVE in self._call.caller.rights


def done_by(report: RunReport) -> Weight:
    """What was removed and overwritten, or may have been."""
    weights = [
        weigh([change.change for change in result.changes if change.status in _DONE]) for result in report.results
    ]
    return Weight(sum(weight.removals for weight in weights), sum(weight.overwrites for weight in weights))
