"""The centre: makes users' authentication methods equal to what a source says. Read this first.

    read     all users, and the methods of those that need a look
    plan     for each user, pure
    guard    all plans together, before the first write
    apply    the writes, one user's in order, different users' together
    report   one result for each user, in the caller's order

Lists all the way, never one user at a time. A dry run ends behind the guard; nothing else differs. What cannot be done
for a user is a result, not an exception: only the guard, and a protected group that cannot be read for good, end a run.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Protocol

from shared.core.apply import SMS_NOT_UNIQUE, Writer, apply_changes
from shared.core.codes import Code
from shared.core.desired import Desired, Source
from shared.core.guard import Verdict, judge, removals_allowed
from shared.core.mfa import with_mfa_required
from shared.core.models import (
    Action,
    Current,
    Method,
    Plan,
    ReadScope,
    RunReport,
    ServiceAccount,
    Snapshot,
    Stop,
    Target,
    User,
)
from shared.core.phone import PhoneNumber
from shared.core.plan import Policy, UserPlan, plan_user
from shared.core.results import announced
from shared.deadline import Deadline
from shared.errors import BodyFault, InvalidBody


class Directory(Writer, Protocol):
    """What a run needs of Microsoft Graph. Lists in, lists of the same order out; nothing is raised for one user."""

    def protected_ids(self, deadline: Deadline) -> frozenset[str] | Stop:
        """Object ids never to be touched. Raises ConfigurationError when asking again would not help."""
        ...

    def read(
        self, targets: Sequence[Target], scope_of: Callable[[Target, User], ReadScope], deadline: Deadline
    ) -> list[Snapshot]:
        """The users, with the methods of each that `scope_of` asks for; it is called for every target that is found."""
        ...


class TooManyRemovals(Exception):
    """The guard said no and nothing was written; `report` shows what would have been done."""

    def __init__(self, verdict: Verdict, report: RunReport) -> None:
        super().__init__(f"{verdict.removals} removals planned, {verdict.allowed:g} allowed")
        self.verdict, self.report = verdict, report


def reconcile(
    targets: Sequence[Target],
    source: Source,
    directory: Directory,
    account: ServiceAccount | None,
    policy: Policy,
    *,
    dry_run: bool,
    deadline: Deadline,
    allowed: float | None = None,
    before_writes: Callable[[], None] = lambda: None,
) -> RunReport:
    """`targets` are distinct. `before_writes` is called once, before the first write. Raises TooManyRemovals,
    InvalidBody (one user, two requests) and ConfigurationError, all before anything is written."""
    protected = directory.protected_ids(deadline)

    desired: dict[Target, Desired | Stop] = {}

    def scope_of(target: Target, user: User) -> ReadScope:
        found = desired[target] = _exempt(user, account, protected) or source.desired(target, user)
        return found.scope if isinstance(found, Desired) else ReadScope.NONE

    snapshots = directory.read(targets, scope_of, deadline)
    plans = _without_shared_numbers(_plan_all(targets, snapshots, desired, source, policy), policy)
    results = [announced(plan) for plan in plans]
    if allowed is None:
        allowed = removals_allowed(len(plans), policy.max_removals_percent)
    verdict = judge([plan.plan for plan in plans], allowed)
    if not verdict.is_safe:
        raise TooManyRemovals(verdict, RunReport(dry_run, source.name, tuple(results)))
    if not dry_run:
        writes = [plan for plan in plans if plan.has_writes]
        if writes:
            before_writes()
        outcomes = apply_changes(writes, directory, policy, deadline)
        written = {result.target: result for result in (with_mfa_required(outcomes) if account else outcomes)}
        results = [written.get(result.target, result) for result in results]
    return RunReport(dry_run, source.name, tuple(results))


def _exempt(user: User, account: ServiceAccount | None, protected: frozenset[str] | Stop) -> Stop | None:
    """Why this user must not be touched, whatever the source says."""
    if account is not None and account.is_user(user):
        return Stop(Code.SERVICE_ACCOUNT, "This is the webhook's own sign-in account.")
    if isinstance(protected, Stop):
        return replace(
            protected, message=f"Nothing is written while the protected group cannot be read. {protected.message}"
        )
    if user.id in protected:
        return Stop(Code.PROTECTED_USER, "This user is a member of the protected group.")
    return None


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
        elif user.id not in seen:
            seen[user.id] = target
            plans.append(_plan(target, user, snapshot, desired[target], ignored, policy))
        elif source.is_alike(seen[user.id], target):
            stop = Stop(Code.DUPLICATE_USER, "This user is already in the list under another name.")
            plans.append(UserPlan(target, Plan(stop=stop), ignored, user.id))
        else:
            faults.append(
                BodyFault("", f"User {user.id} is named twice, by userPrincipalName and by id, with different values.")
            )
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
        return UserPlan(target, Plan(stop=snapshot.stop), ignored, user.id)
    current = snapshot.current or Current()
    return UserPlan(target, plan_user(desired, current, policy), ignored, user.id, desired, current)


def _without_shared_numbers(plans: Sequence[UserPlan], policy: Policy) -> list[UserPlan]:
    """Only one user can sign in by SMS with a number: of several in one request who should, none is switched on."""
    numbers = [_sms_number(plan) for plan in plans]
    # A number that cannot be read (masked) is compared with no other.
    users = Counter(number for number in numbers if number is not None)
    return [
        _switched_off(plan, policy)
        if number is not None
        and users[number] > 1
        and any(change.action is Action.ENABLE for change in plan.plan.changes)
        else plan
        for plan, number in zip(plans, numbers, strict=True)
    ]


def _sms_number(user: UserPlan) -> PhoneNumber | None:
    """The number with which the user is to sign in by SMS, if that is asked for."""
    if not user.desired.sms_sign_in:
        return None
    changes = {change.method: change for change in user.plan.changes}
    if changes[Method.SMS_SIGN_IN].stop is not None:
        return None
    mobile, phone = changes.get(Method.MOBILE), user.current.phone(Method.MOBILE)
    if mobile is not None and isinstance(mobile.after, PhoneNumber) and (mobile.is_write or mobile.masked_match):
        return mobile.after
    return phone.number.canonical() if phone else None


def _switched_off(user: UserPlan, policy: Policy) -> UserPlan:
    desired = replace(user.desired, sms_stop=SMS_NOT_UNIQUE)
    return replace(user, desired=desired, plan=plan_user(desired, user.current, policy))
