"""Applies the planned writes, and settles those whose outcome is in doubt by looking again before anything is repeated.

A write may be refused because the user was changed meanwhile (a POST where the type now exists, a PATCH where it is
gone), or its answer may be lost. In both cases the registered methods are read once more and planned for again: either
the wanted state is there, or the new plan is what is sent next. Nothing is sent twice blindly.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from shared.deadline import Deadline
from shared.models import Change, Code, Outcome, OutcomeKind, PhoneMethod, PhoneType, Stop, Target, UserResult
from shared.plan import Policy, Wanted, plan_user
from shared.results import applied, planned, stopped, unchanged

# The first write, a second one after a look, and a third when an answer was lost again.
ROUNDS = 3


class Writer(Protocol):
    """The part of the directory that is needed here; answers come in the order of what was asked."""

    def methods(self, user_ids: Sequence[str], deadline: Deadline) -> list[tuple[PhoneMethod, ...] | Stop]:
        """The phone methods registered now, or why they cannot be read."""
        ...

    def write(self, writes: Sequence[tuple[str, Change]], deadline: Deadline) -> list[Outcome]:
        """One write for each (user id, change)."""
        ...


@dataclass(frozen=True, slots=True)
class Pending:
    """A user who needs a write. `unsure` is an earlier change that may have been made, if there was one."""

    target: Target
    user_id: str
    wanted: Wanted
    change: Change
    unsure: Change | None = None


def apply_changes(
    pending: Sequence[Pending], directory: Writer, policy: Policy, deadline: Deadline
) -> list[UserResult]:
    """One result for each, in order; the writes of different users may overlap."""
    results: dict[Target, UserResult] = {}
    queue = list(pending)
    for last in [False] * (ROUNDS - 1) + [True]:
        outcomes = directory.write([(item.user_id, item.change) for item in queue], deadline)
        doubtful: list[tuple[Pending, Outcome]] = []
        for item, outcome in zip(queue, outcomes, strict=True):
            if outcome.kind is OutcomeKind.APPLIED:
                results[item.target] = applied(item.target, item.user_id, item.change, outcome.sms_sign_in_state)
            elif outcome.kind is OutcomeKind.FAILED:
                results[item.target] = _failed(item, outcome)
            else:
                doubtful.append((item, outcome))
        looks = directory.methods([item.user_id for item, _ in doubtful], deadline) if doubtful else []
        queue = []
        for (item, outcome), look in zip(doubtful, looks, strict=True):
            settled = _settle(item, outcome, look, policy)
            if isinstance(settled, UserResult):
                results[item.target] = settled
            elif last:
                results[item.target] = _failed(item, outcome)
            else:
                queue.append(settled)
        if not queue:
            break
    return [results[item.target] for item in pending]


def _settle(
    item: Pending, outcome: Outcome, look: tuple[PhoneMethod, ...] | Stop, policy: Policy
) -> UserResult | Pending:
    """What a second look at the user says about a write in doubt: a result, or what is to be sent next."""
    unsure = item.change if outcome.kind is OutcomeKind.LOST or outcome.may_be_saved else item.unsure
    if isinstance(look, Stop):
        if unsure is None:
            return _failed(item, outcome)
        return stopped(item.target, item.user_id, unsure, _unknown(look), outcome_unknown=True)
    plan = plan_user(item.wanted, look, policy)
    change = plan.change
    if plan.stop is not None or change is None:
        return planned(item.target, item.user_id, plan)
    # Masked digits that agree prove the write only if they did not agree before it.
    is_proof = change.masked_match and unsure is not None and not unsure.masked_match
    if not change.is_write or is_proof:
        if unsure is None:
            return unchanged(item.target, item.user_id, change)
        return applied(item.target, item.user_id, unsure, _sms_state(look))
    again = replace(item, change=change, unsure=unsure)
    return _failed(again, outcome) if outcome.kind is OutcomeKind.REFUSED and change == item.change else again


def _failed(item: Pending, outcome: Outcome) -> UserResult:
    stop = outcome.stop or Stop(Code.GRAPH_ERROR, "Microsoft Graph did not make the change.")
    # A refusal after a doubtful write hints that it was made and only cannot be seen yet.
    unknown = item.unsure is not None and outcome.kind is not OutcomeKind.LOST
    return stopped(item.target, item.user_id, item.change, stop, outcome_unknown=unknown)


def _unknown(look: Stop) -> Stop:
    return replace(look, message=f"The change was sent, but whether it was made is not known. {look.message}")


def _sms_state(methods: tuple[PhoneMethod, ...]) -> str | None:
    return next((method.sms_sign_in_state for method in methods if method.phone_type is PhoneType.MOBILE), None)
