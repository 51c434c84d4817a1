"""Applies the planned writes, and settles those whose outcome is in doubt by looking again before anything is repeated.

The changes of one user are made one after the other, in the planned order; those of different users travel together.
A write may be refused because the user was changed meanwhile (a POST where the type now exists, a PATCH where it is
gone), or its answer may be lost. In both cases the registered methods are read once more and planned for again: either
the desired state is there, or the new plan is what is sent next. Nothing is sent twice blindly, and nothing that weighs
more than what the guards have judged: where an add has become an overwrite, the next run plans it and has it judged.
SMS sign-in is always checked: Graph has answered 204 without switching it, and may have switched a new number already.
A look can be older than the write before it, and then proves nothing about SMS sign-in. It is repeated after a pause;
if it still shows the same, the switch is sent anyway, and its outcome is unknown.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum
from typing import Protocol

from shared.core.codes import ChangeStatus, Code
from shared.core.guard.ceilings import is_overwrite
from shared.core.models import (
    Action,
    Change,
    ChangeResult,
    Current,
    Method,
    Outcome,
    OutcomeKind,
    ReadScope,
    SmsState,
    Stop,
    UserResult,
)
from shared.core.plan import Policy, UserPlan, is_blocked, plan_user
from shared.core.proof import is_made, is_missing, sms_state
from shared.core.results import applied, not_attempted, planned, stopped, summary
from shared.deadline import Deadline

_NOTHING_SENT = Outcome(OutcomeKind.FAILED)
# The first write, a second one after a look, and a third when an answer was lost again.
ROUNDS = 3
# Before another look that may show what the last one did not show yet. All of them take half of the time at most.
PAUSES_S = (0.25, 0.5, 1.0, 2.0)

_SMS_NOT_CHANGED = Stop(
    Code.SMS_SIGN_IN_NOT_CHANGED,
    "Microsoft Graph accepted the SMS sign-in change, but the state did not change. Send this user again.",
)
_NUMBER_NOT_SHOWN = Stop(
    Code.SMS_SIGN_IN_NOT_CHANGED,
    "Microsoft Graph accepted the SMS sign-in change, but does not show the new number yet. Send this user again.",
)
_PLAN_CHANGED = Stop(
    Code.PLAN_CHANGED,
    "Not overwritten: the user's methods changed after the plan was made. The next call or run plans this user again.",
)
SMS_NOT_UNIQUE = Stop(
    Code.PHONE_NUMBER_NOT_UNIQUE,
    "Another user, possibly a deleted one, already signs in by SMS with this number. Disable SMS sign-in for that user "
    "first.",
)


class Writer(Protocol):
    """The part of the directory used here. Answers are in the order of the arguments."""

    def methods(
        self, users: Sequence[tuple[str, ReadScope]], deadline: Deadline, pause_s: float = 0.0
    ) -> list[Current | Stop]:
        """The methods registered for each user id after a pause, or why they cannot be read."""
        ...

    def write(
        self, writes: Sequence[tuple[str, Change]], deadline: Deadline, alone: Collection[int] = ()
    ) -> list[Outcome]:
        """One write for each (user id, change); those at the positions `alone` are not sent together with others."""
        ...


def apply_changes(
    user_plans: Sequence[UserPlan], directory: Writer, policy: Policy, deadline: Deadline
) -> list[UserResult]:
    """`user_plans` hold writes. One result for each, in order."""
    users = [_UserWrites(item, policy) for item in user_plans]
    while active := [user for user in users if user.steps]:
        # One bad answer may have lost those of others: what was lost together is not sent together again.
        alone = [position for position, user in enumerate(active) if user.outcome.lost_with_others]
        outcomes = directory.write([(user.item.user_id, user.steps[0]) for user in active], deadline, alone)
        for user, outcome in zip(active, outcomes, strict=True):
            user.take(outcome)
        doubtful = [user for user in active if user.look is not None]
        if doubtful:
            for user, seen in zip(doubtful, _looks(doubtful, directory, deadline), strict=True):
                user.settle(seen)
    return [user.result() for user in users]


def _looks(users: "Sequence[_UserWrites]", directory: Writer, deadline: Deadline) -> list[Current | Stop]:
    """Another look at each user; at those of whom it came too early, one more after each pause."""
    asked = [(user.item.user_id, user.item.desired.scope) for user in users]
    looks = directory.methods(asked, deadline)
    limit = Deadline(deadline.remaining() / 2)
    for pause_s in PAUSES_S:
        early = [i for i, user in enumerate(users) if user.is_early(looks[i])]
        if not early or pause_s > limit.remaining():
            break
        for i, seen in zip(early, directory.methods([asked[i] for i in early], deadline, pause_s), strict=True):
            looks[i] = seen
    return looks


class _Look(Enum):
    """What another look at the user is for."""

    SETTLE = "settle"  # was the first step made?
    REFRESH = "refresh"  # the number is new: is SMS sign-in, which comes next, still to be switched?
    VERIFY = "verify"  # SMS sign-in was switched: is it?


@dataclass(slots=True)
class _UserWrites:
    """One user's way through the writes: `steps` are those still to be made, in order."""

    item: UserPlan
    policy: Policy
    steps: list[Change] = field(init=False)
    # What the guards have judged as overwrites: these may be sent as such.
    overwrites: set[tuple[Method, str | None]] = field(init=False)
    done: dict[tuple[Method, str | None], ChangeResult] = field(init=False)
    look: _Look | None = None
    # Of the first step: what came of it, an earlier form of it that may have been made, how often it was sent.
    outcome: Outcome = _NOTHING_SENT
    unsure: Change | None = None
    tries: int = 0
    postponed: set[tuple[Method, str | None]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.steps = [change for change in self.item.plan.changes if change.is_write]
        self.overwrites = {change.key for change in self.steps if is_overwrite(change)}
        self.done = {change.key: planned(change) for change in self.item.plan.changes if not change.is_write}

    def result(self) -> UserResult:
        changes = [self.done[change.key] for change in self.item.plan.changes]
        return summary(self.item.target, self.item.user_id, changes, self.item.ignored)

    def take(self, outcome: Outcome) -> None:
        """What came of the first step."""
        step, self.outcome = self.steps[0], outcome
        self.tries += 1
        if outcome.kind is OutcomeKind.APPLIED and step.method is Method.SMS_SIGN_IN:
            self.look = _Look.VERIFY
        elif outcome.kind is OutcomeKind.APPLIED:
            self._finish(applied(step, outcome.sms_sign_in_state))
        elif outcome.kind is OutcomeKind.FAILED:
            self._finish(self._failed())
        elif not self._postpone():
            self.look = _Look.SETTLE

    def is_early(self, seen: Current | Stop) -> bool:
        """Whether another look was taken before the last write can be seen, or may have been."""
        step = self.steps[0]
        if isinstance(seen, Stop) or step.method is not Method.SMS_SIGN_IN:
            return False
        is_switched = is_made(step, seen) or sms_state(seen) is SmsState.PHONE_NUMBER_NOT_UNIQUE
        return self._is_old(seen) or (self.look is _Look.VERIFY and not is_switched)

    def settle(self, seen: Current | Stop) -> None:
        """What another look says: a result for the first step, or what is to be sent next."""
        look, self.look = self.look, None
        if look is _Look.REFRESH:
            self._refresh(seen)
        elif look is _Look.VERIFY:
            self._verify(seen)
        else:
            self._settle(seen)
        if self.look is _Look.REFRESH:  # what was seen just now tells this, too
            self.look = None
            self._refresh(seen)

    def _settle(self, seen: Current | Stop) -> None:
        step = self.steps[0]
        if self.outcome.kind is OutcomeKind.LOST or self.outcome.may_be_saved:
            self.unsure = step
        if isinstance(seen, Stop):
            self._finish(stopped(step, _unknown(seen), outcome_unknown=True) if self.unsure else self._failed())
        elif self.unsure is not None and is_made(self.unsure, seen) and not self._is_old(seen):
            self._finish(applied(self.unsure, sms_state(seen)))
        else:
            again = step if self._is_old(seen) else self._planned_again(seen)
            if not again.is_write:
                self._finish(planned(again))
            elif self.tries >= ROUNDS or (self.outcome.kind is OutcomeKind.REFUSED and again == step):
                is_taken = step.action is Action.ENABLE and sms_state(seen) is SmsState.PHONE_NUMBER_NOT_UNIQUE
                self._finish(stopped(step, SMS_NOT_UNIQUE) if is_taken else self._failed())
            else:
                self.steps[0] = again

    def _refresh(self, seen: Current | Stop) -> None:
        if isinstance(seen, Stop):
            self._finish(stopped(self.steps[0], seen))
            return
        if self._is_old(seen):
            return
        again, mobile = self._planned_again(seen), self._new_mobile()
        if again.action is Action.DISABLE and is_made(again, seen) and (mobile is None or is_made(mobile, seen)):
            state = sms_state(seen)
            again = Change(Action.KEEP, again.method, state, state)
        if again.is_write:
            self.steps[0] = again
        else:
            self._finish(planned(again))

    def _verify(self, seen: Current | Stop) -> None:
        step = self.steps[0]
        if isinstance(seen, Stop):
            self._finish(stopped(step, _unknown(seen), outcome_unknown=True))
        elif self._is_old(seen):
            self._finish(stopped(step, _NUMBER_NOT_SHOWN, outcome_unknown=True))
        elif is_made(step, seen):
            self._finish(applied(step))
        else:
            is_taken = sms_state(seen) is SmsState.PHONE_NUMBER_NOT_UNIQUE
            self._finish(stopped(step, SMS_NOT_UNIQUE if is_taken else _SMS_NOT_CHANGED))

    def _new_mobile(self) -> Change | None:
        """The mobile number that was written, or may have been: SMS sign-in is switched for this one."""
        for change in self.item.plan.changes:
            if change.method is Method.MOBILE and change.action in (Action.ADD, Action.UPDATE):
                done = self.done.get(change.key)
                is_failed = done is not None and done.status in (ChangeStatus.FAILED, ChangeStatus.SKIPPED)
                return None if is_failed else change
        return None

    def _is_old(self, seen: Current) -> bool:
        """Whether a look does not show the new mobile number, which a switch is for."""
        mobile = self._new_mobile()
        if self.steps[0].method is not Method.SMS_SIGN_IN or mobile is None:
            return False
        return is_missing(mobile, seen)

    def _planned_again(self, seen: Current) -> Change:
        step = self.steps[0]
        changes = plan_user(self.item.desired, seen, self.policy).changes
        # A method that can only be removed is not planned for any more when it is gone.
        gone = Change(Action.KEEP, step.method, id=step.id)
        again = next((change for change in changes if change.key == step.key), gone)
        if is_overwrite(again) and again.key not in self.overwrites:
            return replace(again, action=Action.KEEP, stop=_PLAN_CHANGED)
        return again

    def _postpone(self) -> bool:
        """Graph removes a default method only when it is the last one: once, it is tried again behind all others."""
        step, *others = self.steps
        behind = [change for change in others if not is_blocked(change, step)]
        is_default = self.outcome.stop is not None and self.outcome.stop.code is Code.DEFAULT_METHOD
        if not is_default or not behind or step.key in self.postponed:
            return False
        self.postponed.add(step.key)
        self.steps = [*behind, *(change for change in self.steps if change not in behind)]
        self._next()
        return True

    def _finish(self, result: ChangeResult) -> None:
        step = self.steps.pop(0)
        self.done[step.key] = replace(result, request_id=self.outcome.request_id)
        if result.status not in (ChangeStatus.APPLIED, ChangeStatus.UNCHANGED):
            blocked = [change for change in self.steps if is_blocked(change, step)]
            self.done |= {change.key: not_attempted(change) for change in blocked}
            self.steps = [change for change in self.steps if change not in blocked]
        self._next()

    def _next(self) -> None:
        self.outcome, self.unsure, self.tries = _NOTHING_SENT, None, 0
        is_switch = bool(self.steps) and self.steps[0].method is Method.SMS_SIGN_IN
        if is_switch and any(
            change.method is Method.MOBILE and change.action in (Action.ADD, Action.UPDATE)
            for change in self.item.plan.changes
        ):
            self.look = _Look.REFRESH

    def _failed(self) -> ChangeResult:
        stop = self.outcome.stop or Stop(Code.GRAPH_ERROR, "Microsoft Graph did not make the change.")
        # A refusal after a doubtful write hints that it was made and only cannot be seen yet. Of masked digits that
        # agreed before the write nothing can be seen at all.
        lost = self.outcome.kind is OutcomeKind.LOST
        unknown = self.unsure is not None and (not lost or self.unsure.masked_match)
        return stopped(self.steps[0], stop, outcome_unknown=unknown)


def _unknown(look: Stop) -> Stop:
    return replace(look, message=f"The change was sent, but its outcome is unknown. {look.message}")
