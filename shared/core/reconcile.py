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
from dataclasses import dataclass, replace
from typing import Protocol

from shared.core.apply import SMS_NOT_UNIQUE, Pending, Writer, apply_changes
from shared.core.codes import Code
from shared.core.guard import Verdict, judge, removals_allowed
from shared.core.models import (
    Action,
    Method,
    Plan,
    Reading,
    Registered,
    RunReport,
    ServiceAccount,
    Snapshot,
    Stop,
    Target,
    User,
    UserResult,
)
from shared.core.phone import PhoneNumber
from shared.core.plan import Policy, Wanted, plan_user
from shared.core.results import announced
from shared.core.source import Source
from shared.deadline import Deadline
from shared.errors import BodyFault, InvalidBody


class Directory(Writer, Protocol):
    """What a run needs of Microsoft Graph. Lists in, lists of the same order out; nothing is raised for one user."""

    def protected_ids(self, deadline: Deadline) -> frozenset[str] | Stop:
        """Object ids never to be touched. Raises ConfigurationError when asking again would not help."""
        ...

    def read(
        self, targets: Sequence[Target], wants: Callable[[Target, User], Reading], deadline: Deadline
    ) -> list[Snapshot]:
        """The users, with the methods wanted of each; `wants` is asked about every target that is found."""
        ...


class TooManyRemovals(Exception):
    """The guard said no and nothing was written; `report` shows what would have been done."""

    def __init__(self, verdict: Verdict, report: RunReport) -> None:
        super().__init__(f"{verdict.removals} removals planned, {verdict.allowed:g} allowed")
        self.verdict, self.report = verdict, report


@dataclass(frozen=True, slots=True)
class _Draft:
    """One user on the way through a run."""

    target: Target
    plan: Plan
    ignored: tuple[str, ...]
    user: User | None = None
    wanted: Wanted | None = None
    registered: Registered | None = None

    def announced(self) -> UserResult:
        return announced(self.target, self.user.id if self.user else None, self.plan, self.ignored)

    def pending(self) -> Pending | None:
        if self.user is None or self.wanted is None or not any(change.is_write for change in self.plan.changes):
            return None
        return Pending(self.target, self.user.id, self.wanted, self.plan, self.ignored)

    def sms_number(self) -> PhoneNumber | None:
        """The number with which the user is to sign in by SMS, if that is asked for."""
        if self.wanted is None or self.registered is None or not self.wanted.sms_sign_in:
            return None
        changes = {change.method: change for change in self.plan.changes}
        if changes[Method.SMS_SIGN_IN].stop is not None:
            return None
        mobile, phone = changes.get(Method.MOBILE), self.registered.phone(Method.MOBILE)
        if mobile is not None and isinstance(mobile.after, PhoneNumber) and (mobile.is_write or mobile.masked_match):
            return mobile.after
        return phone.number.canonical() if phone else None


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
) -> RunReport:
    """`targets` are distinct. Raises TooManyRemovals, InvalidBody (one user, two wishes) and ConfigurationError, all
    before anything is written."""
    protected = directory.protected_ids(deadline)

    wanted: dict[Target, Wanted | Stop] = {}

    def wants(target: Target, user: User) -> Reading:
        want = wanted[target] = _exempt(user, account, protected) or source.wanted(target, user)
        return want.reading if isinstance(want, Wanted) else Reading.NONE

    snapshots = directory.read(targets, wants, deadline)
    drafts = _without_shared_numbers(_plan_all(targets, snapshots, wanted, source, policy), policy)
    results = [draft.announced() for draft in drafts]
    if allowed is None:
        allowed = removals_allowed(len(drafts), policy.max_removals_percent)
    verdict = judge([draft.plan for draft in drafts], allowed)
    if not verdict.is_safe:
        raise TooManyRemovals(verdict, RunReport(dry_run, source.name, tuple(results)))
    if not dry_run:
        pending = [item for item in (draft.pending() for draft in drafts) if item is not None]
        written = {result.target: result for result in apply_changes(pending, directory, policy, deadline)}
        results = [written.get(result.target, result) for result in results]
    return RunReport(dry_run, source.name, tuple(results))


def _exempt(user: User, account: ServiceAccount | None, protected: frozenset[str] | Stop) -> Stop | None:
    """Why this user must not be touched, whatever the source says."""
    if account is not None and account.is_user(user):
        return Stop(Code.SERVICE_ACCOUNT, "This is the account that the webhook itself signs in with.")
    if isinstance(protected, Stop):
        return replace(protected, message=f"Without the protected group nothing is written. {protected.message}")
    if user.id in protected:
        return Stop(Code.PROTECTED_USER, "This user is a member of the protected group.")
    return None


def _plan_all(
    targets: Sequence[Target],
    snapshots: Sequence[Snapshot],
    wanted: Mapping[Target, Wanted | Stop],
    source: Source,
    policy: Policy,
) -> list[_Draft]:
    drafts: list[_Draft] = []
    faults: list[BodyFault] = []
    seen: dict[str, Target] = {}
    for target, snapshot in zip(targets, snapshots, strict=True):
        user, ignored = snapshot.user, source.ignored(target)
        if user is None:
            drafts.append(_Draft(target, Plan(stop=snapshot.stop), ignored))
        elif user.id not in seen:
            seen[user.id] = target
            drafts.append(_draft(target, user, snapshot, wanted[target], ignored, policy))
        elif source.is_alike(seen[user.id], target):
            stop = Stop(Code.DUPLICATE_USER, "This user stands in the list already, under another name.")
            drafts.append(_Draft(target, Plan(stop=stop), ignored, user))
        else:
            faults.append(BodyFault("", f"User {user.id} is named twice, by name and by id, with different values."))
    if faults:
        raise InvalidBody(*faults)
    return drafts


def _draft(
    target: Target,
    user: User,
    snapshot: Snapshot,
    wanted: Wanted | Stop,
    ignored: tuple[str, ...],
    policy: Policy,
) -> _Draft:
    if isinstance(wanted, Stop):
        return _Draft(target, Plan(stop=wanted), ignored, user)
    if snapshot.stop is not None:
        return _Draft(target, Plan(stop=snapshot.stop), ignored, user)
    registered = snapshot.registered or Registered()
    return _Draft(target, plan_user(wanted, registered, policy), ignored, user, wanted, registered)


def _without_shared_numbers(drafts: Sequence[_Draft], policy: Policy) -> list[_Draft]:
    """Only one user can sign in by SMS with a number: of several in one request who should, none is switched on."""
    numbers = [draft.sms_number() for draft in drafts]
    # A number that cannot be read (masked) is compared with no other.
    users = Counter(number for number in numbers if number is not None)
    return [
        _switched_off(draft, policy)
        if number is not None
        and users[number] > 1
        and any(change.action is Action.ENABLE for change in draft.plan.changes)
        else draft
        for draft, number in zip(drafts, numbers, strict=True)
    ]


def _switched_off(draft: _Draft, policy: Policy) -> _Draft:
    if draft.wanted is None or draft.registered is None:
        return draft
    wanted = replace(draft.wanted, sms_stop=SMS_NOT_UNIQUE)
    return replace(draft, wanted=wanted, plan=plan_user(wanted, draft.registered, policy))
