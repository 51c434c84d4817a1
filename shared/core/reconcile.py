"""The centre: makes users' authentication methods equal to what a source says. Read this first.

    read     all users, and the methods of those that need a look
    plan     for each user, pure
    guard    all plans together, before the first write
    apply    the writes, one user's in order, different users' together
    report   one result for each user, in the caller's order

Lists all the way, never one user at a time. A dry run ends behind the guard; nothing else differs. What cannot be done
for a user is a result, not an exception: only a guard of the whole request, or a guard that can never read what it
needs, ends a run.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Protocol

from shared.core.apply import Writer, apply_changes
from shared.core.desired import Desired, Source
from shared.core.guard.ceilings import Refusal, Verdict, read_only, verdict_of
from shared.core.guard.numbers import without_shared_numbers
from shared.core.guard.people import Guarded, exempt
from shared.core.guard.values import admissible
from shared.core.mfa import with_mfa_required
from shared.core.models import (
    Current,
    Plan,
    ReadScope,
    RunReport,
    ServiceAccount,
    Snapshot,
    Stop,
    Target,
    User,
    UserResult,
)
from shared.core.plan import Policy, UserPlan, plan_user
from shared.core.results import DUPLICATE, announced
from shared.deadline import Deadline
from shared.errors import BodyFault, InvalidBody


class Judge(Protocol):
    """Who decides about the plans of a request as a whole. What a judge raises ends the request, and nothing is
    written."""

    def told(self, plans: Sequence[UserPlan]) -> None:
        """All plans, before anything is decided."""
        ...

    def refusal(self, verdict: Verdict) -> Refusal | None:
        """Why these plans are not carried out; a dry run is told too."""
        ...

    def admit(self, plans: Sequence[UserPlan], verdict: Verdict) -> Refusal | None:
        """The last word before the first write, if there is one to be made."""
        ...


class Directory(Writer, Protocol):
    """What a run needs of Microsoft Graph. Lists in, lists of the same order out; nothing is raised for one user."""

    def guarded(self, deadline: Deadline) -> Guarded:
        """Who must not be touched. Raises ConfigurationError when asking again would not help, and another ServiceError
        for a trouble that every user shares, such as no access token."""
        ...

    def read(
        self, targets: Sequence[Target], scope_of: Callable[[Target, User], ReadScope], deadline: Deadline
    ) -> list[Snapshot]:
        """The users, with the methods of each that `scope_of` asks for; it is called for every target that is found.
        Raises ServiceError for a trouble that every user shares, such as no access token."""
        ...


class Refused(Exception):
    """A guard said no and nothing was written; `report` shows what would have been done."""

    def __init__(self, refusal: Refusal, report: RunReport) -> None:
        super().__init__(f"{refusal.code}: {refusal.detail}")
        self.refusal, self.report = refusal, report


def reconcile(
    targets: Sequence[Target],
    source: Source,
    directory: Directory,
    account: ServiceAccount | None,
    policy: Policy,
    *,
    dry_run: bool,
    deadline: Deadline,
    judge: Judge,
    shared: Collection[Target] = (),
    taken: Collection[Target] = (),
    again: Collection[Target] = (),
) -> RunReport:
    """`targets` are distinct. `shared`, `taken`: of a longer list, of which this is a part, users whose number too many
    have, and those whose number another user should sign in with, too.
    `again`: users who are in the list only because an earlier sweep failed for them.

    Raises, all before anything is written, Refused, InvalidBody (one user, two requests, or one request, two users),
    what the judge raises, and ServiceError for a trouble that every user shares, such as a wrong setting or no access
    token.
    """
    guarded = directory.guarded(deadline)

    desired: dict[Target, Desired | Stop] = {}

    def scope_of(target: Target, user: User) -> ReadScope:
        stop = exempt(user, account, guarded)
        found = desired[target] = stop or admissible(source.desired(target, user), source.name, policy)
        return found.scope if isinstance(found, Desired) else ReadScope.NONE

    snapshots = directory.read(targets, scope_of, deadline)
    plans = without_shared_numbers(_plan_all(targets, snapshots, desired, source, policy), policy, shared, taken)
    judge.told(plans)
    writes = [] if dry_run else [plan for plan in plans if plan.has_writes]
    refusal = _refusal(plans, judge, policy, is_written=bool(writes))
    if refusal is not None:
        raise Refused(refusal, _report(plans, (), source, dry_run=dry_run))
    outcomes = apply_changes(writes, directory, policy, deadline)
    told = with_mfa_required(outcomes, again) if account else outcomes
    return _report(plans, told, source, dry_run=dry_run)


def _report(plans: Sequence[UserPlan], written: Sequence[UserResult], source: Source, *, dry_run: bool) -> RunReport:
    """What was `written`, and of all others what their plans announce."""
    results = {result.target: result for result in written}
    return RunReport(dry_run, source.name, tuple(results.get(plan.target) or announced(plan) for plan in plans))


def _refusal(plans: Sequence[UserPlan], judge: Judge, policy: Policy, *, is_written: bool) -> Refusal | None:
    """Why nothing may be written; too much is told in a dry run too."""
    verdict = verdict_of(plans, policy)
    if not is_written:
        return judge.refusal(verdict)
    return read_only(policy) or judge.refusal(verdict) or judge.admit(plans, verdict)


def _plan_all(
    targets: Sequence[Target],
    snapshots: Sequence[Snapshot],
    desired: Mapping[Target, Desired | Stop],
    source: Source,
    policy: Policy,
) -> list[UserPlan]:
    plans: list[UserPlan] = []
    faults: list[BodyFault] = []
    seen: dict[str, Target] = {}
    for target, snapshot in zip(targets, snapshots, strict=True):
        user, ignored = snapshot.user, source.ignored(target)
        if user is None:
            plans.append(UserPlan(target, Plan(stop=snapshot.stop), ignored))
        elif (fault := source.contradiction(target, user, first := seen.setdefault(user.id, target))) is not None:
            faults.append(fault)
        elif first == target:
            plans.append(_plan(target, user, snapshot, desired[target], ignored, policy))
        else:
            plans.append(UserPlan(target, Plan(stop=DUPLICATE), ignored, user.id))
    if faults:
        raise InvalidBody(*faults)
    return plans


def _plan(
    target: Target,
    user: User,
    snapshot: Snapshot,
    desired: Desired | Stop,
    ignored: tuple[str, ...],
    policy: Policy,
) -> UserPlan:
    if isinstance(desired, Stop):
        return UserPlan(target, Plan(stop=desired), ignored, user.id)
    if snapshot.stop is not None:
        return UserPlan(target, Plan(stop=snapshot.stop), ignored, user.id, desired)
    current = snapshot.current or Current()
    return UserPlan(target, plan_user(desired, current, policy), ignored, user.id, desired, current)
