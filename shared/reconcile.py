"""The centre: makes users' mobile methods equal to the directory. Read this first.

    read     all users, and the phone methods of those that need a look
    plan     for each user, pure
    guard    all plans together, before the first write
    apply    one write for each user that needs one
    report   one result for each user, in the caller's order

Lists all the way, never one user at a time. A dry run ends behind the guard; nothing else differs. What cannot be done
for a user is a result, not an exception: only the guard, and a protected group that cannot be read for good, end a run.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from shared.apply import Pending, Writer, apply_changes
from shared.deadline import Deadline
from shared.guard import Verdict, judge
from shared.models import Code, Plan, RunReport, ServiceAccount, Snapshot, Stop, Target, User, UserResult
from shared.plan import Policy, Wanted, plan_user, wanted_mobile
from shared.results import planned


class Directory(Writer, Protocol):
    """What a run needs of Microsoft Graph. Lists in, lists of the same order out; nothing is raised for one user."""

    def protected_ids(self, deadline: Deadline) -> frozenset[str] | Stop:
        """Object ids never to be touched. Raises ConfigurationError when asking again would not help."""
        ...

    def read(
        self, targets: Sequence[Target], wants_methods: Callable[[User], bool], deadline: Deadline
    ) -> list[Snapshot]:
        """The users, with the phone methods of those wanted; `wants_methods` is asked about all that are found."""
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
    user: User | None = None
    wanted: Wanted | None = None

    def planned(self) -> UserResult:
        return planned(self.target, self.user.id if self.user else None, self.plan)

    def pending(self) -> Pending | None:
        change = self.plan.change
        if self.user is None or self.wanted is None or change is None or not change.is_write:
            return None
        return Pending(self.target, self.user.id, self.wanted, change)


def reconcile(
    targets: Sequence[Target],
    directory: Directory,
    account: ServiceAccount | None,
    policy: Policy,
    *,
    dry_run: bool,
    deadline: Deadline,
) -> RunReport:
    """`targets` are distinct. Raises TooManyRemovals and ConfigurationError, both before anything is written."""
    protected = directory.protected_ids(deadline)

    wanted: dict[str, Wanted | Stop] = {}

    def wants_methods(user: User) -> bool:
        wanted[user.id] = _exempt(user, account, protected) or wanted_mobile(user, policy)
        return isinstance(wanted[user.id], Wanted)

    snapshots = directory.read(targets, wants_methods, deadline)
    drafts = _plan_all(targets, snapshots, wanted, policy)
    announced = [draft.planned() for draft in drafts]
    verdict = judge([draft.plan for draft in drafts], len(drafts), policy.max_removals_percent)
    if not verdict.is_safe:
        raise TooManyRemovals(verdict, RunReport(dry_run, tuple(announced)))
    if dry_run:
        return RunReport(dry_run, tuple(announced))
    pending = [item for item in (draft.pending() for draft in drafts) if item is not None]
    written = {result.target: result for result in apply_changes(pending, directory, policy, deadline)}
    return RunReport(dry_run, tuple(written.get(result.target, result) for result in announced))


def _exempt(user: User, account: ServiceAccount | None, protected: frozenset[str] | Stop) -> Stop | None:
    """Why this user must not be touched, whatever the directory says."""
    if account is not None and account.is_user(user):
        return Stop(Code.SERVICE_ACCOUNT, "This is the account that the webhook itself signs in with.")
    if isinstance(protected, Stop):
        return replace(protected, message=f"Without the protected group nothing is written. {protected.message}")
    if user.id in protected:
        return Stop(Code.PROTECTED_USER, "This user is a member of the protected group.")
    return None


def _plan_all(
    targets: Sequence[Target], snapshots: Sequence[Snapshot], wanted: Mapping[str, Wanted | Stop], policy: Policy
) -> list[_Draft]:
    drafts: list[_Draft] = []
    seen: set[str] = set()
    for target, snapshot in zip(targets, snapshots, strict=True):
        user = snapshot.user
        if user is None:
            drafts.append(_Draft(target, Plan(stop=snapshot.stop)))
        elif user.id in seen:
            stop = Stop(Code.DUPLICATE_USER, "This user stands in the list already, under another name.")
            drafts.append(_Draft(target, Plan(stop=stop), user))
        else:
            seen.add(user.id)
            drafts.append(_draft(target, user, snapshot, wanted[user.id], policy))
    return drafts


def _draft(target: Target, user: User, snapshot: Snapshot, wanted: Wanted | Stop, policy: Policy) -> _Draft:
    if isinstance(wanted, Stop):
        return _Draft(target, Plan(stop=wanted), user)
    if snapshot.methods is None:
        return _Draft(target, Plan(stop=snapshot.stop), user)
    return _Draft(target, plan_user(wanted, snapshot.methods, policy), user, wanted)
