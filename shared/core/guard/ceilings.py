"""What a request as a whole may do: a verdict on all its plans. Pure.

An emptied feed must not remove everybody's sign-in method, and a feed shifted by a row must not give everybody someone
else's number. A request that exceeds its allowance writes nothing. The allowance is a share of the users found, so
unknown names do not raise it.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from shared.core.models import Action, Change, Method, SmsState
from shared.core.plan import Policy, UserPlan

_WAY_OUT = (
    '. Review the plan. If it is correct, a caller with the right "approve" can approve it '
    "(docs/guards.md, Approve a plan)."
)


class RefusalCode(StrEnum):
    """Why a request as a whole is not carried out, although it was understood."""

    READ_ONLY = "readOnly"
    TOO_MANY_REMOVALS = "tooManyRemovals"
    TOO_MANY_OVERWRITES = "tooManyOverwrites"
    DAILY_LIMIT = "dailyLimit"
    PLAN_CHANGED = "planChanged"

    @property
    def status(self) -> int:
        return {RefusalCode.READ_ONLY: 503, RefusalCode.PLAN_CHANGED: 412}.get(self, 422)


# A caller with the right `approve` may carry such a plan out.
APPROVABLE = frozenset({RefusalCode.TOO_MANY_REMOVALS, RefusalCode.TOO_MANY_OVERWRITES, RefusalCode.DAILY_LIMIT})


@dataclass(frozen=True, slots=True)
class Refusal:
    """`later`: what is told instead of `detail` where a part of the request may have been written before."""

    code: RefusalCode
    detail: str
    later: str = ""


def _refusal(code: RefusalCode, why: str, way_out: str = _WAY_OUT) -> Refusal:
    return Refusal(code, f"{why} Nothing was written{way_out}", f"{why} Nothing more was written{way_out}")


DAILY_LIMIT = _refusal(
    RefusalCode.DAILY_LIMIT,
    "This request would exceed MAX_REMOVALS_PER_DAY or MAX_OVERWRITES_PER_DAY.",
)
PLAN_CHANGED = Refusal(
    RefusalCode.PLAN_CHANGED,
    "The plan has changed since you got this planId. Nothing was written. Review the new plan, then send its planId.",
)


@dataclass(frozen=True, slots=True)
class Weight:
    """What a user's plan counts for."""

    removals: int = 0
    overwrites: int = 0


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is planned for all users of a request that were found, and how much of it there may be."""

    found: int
    removals: int
    overwrites: int
    removals_allowed: int
    overwrites_allowed: int

    @property
    def refusal(self) -> Refusal | None:
        """The ceiling that is exceeded; removals first, for they cost more."""
        if self.removals > self.removals_allowed:
            what = f"Removals planned (methods, or SMS sign-in of numbers that stay): {self.removals}."
            return _refusal(RefusalCode.TOO_MANY_REMOVALS, self._why(what, self.removals_allowed))
        if self.overwrites > self.overwrites_allowed:
            what = f"Overwrites planned (registered numbers or addresses): {self.overwrites}."
            return _refusal(RefusalCode.TOO_MANY_OVERWRITES, self._why(what, self.overwrites_allowed))
        return None

    def _why(self, what: str, allowed: int) -> str:
        return f"{what} Allowed: {allowed}. Users found: {self.found}."


def verdict_of(plans: Sequence[UserPlan], policy: Policy) -> Verdict:
    found = {plan.user_id for plan in plans if plan.user_id}
    return verdict_on((weigh(plan.plan.changes) for plan in plans), len(found), policy)


def verdict_on(weights: Iterable[Weight], found: int, policy: Policy) -> Verdict:
    removals = overwrites = 0
    for weight in weights:
        removals += weight.removals
        overwrites += weight.overwrites
    return Verdict(
        found,
        removals,
        overwrites,
        max(policy.max_removals, found * policy.max_removals_percent // 100),
        max(policy.max_overwrites, found * policy.max_overwrites_percent // 100),
    )


def weigh(changes: Sequence[Change]) -> Weight:
    return Weight(
        removals=sum(_is_removal(change, changes) for change in changes), overwrites=sum(map(is_overwrite, changes))
    )


def is_overwrite(change: Change) -> bool:
    """A masked number whose visible digits agree is most likely the same one."""
    return change.action is Action.UPDATE and not change.masked_match


def read_only(policy: Policy) -> Refusal | None:
    """For a plan that holds a write."""
    if not policy.read_only:
        return None
    return _refusal(RefusalCode.READ_ONLY, "The webhook is read-only (READ_ONLY).", "; dry runs work.")


def _is_removal(change: Change, changes: Sequence[Change]) -> bool:
    """Whether a method is removed, or SMS sign-in is switched off while its number stays."""
    if change.action is Action.DISABLE:
        return change.before is SmsState.READY and not any(map(_is_other_mobile, changes))
    return change.action is Action.REMOVE


def _is_other_mobile(change: Change) -> bool:
    return change.method is Method.MOBILE and change.is_write and not change.masked_match
