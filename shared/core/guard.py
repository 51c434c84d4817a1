"""Judges all plans of a request before the first write. Pure.

An emptied feed must not take everybody's sign-in method away: a request that would remove more than its share writes
nothing at all. Below MIN_REMOVALS the guard stays quiet, so that a short list of leavers goes through.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from shared.core.models import Action, Plan

MIN_REMOVALS = 10


@dataclass(frozen=True, slots=True)
class Verdict:
    """How many removals are planned and how many the request may have."""

    removals: int
    allowed: float

    @property
    def is_safe(self) -> bool:
        return self.removals <= self.allowed


def removals_allowed(users: int, max_removals_percent: int) -> float:
    """`users` is the number of distinct users in the request."""
    return max(MIN_REMOVALS, users * max_removals_percent / 100)


def judge(plans: Sequence[Plan], allowed: float) -> Verdict:
    removals = sum(change.action is Action.REMOVE for plan in plans for change in plan.changes)
    return Verdict(removals, allowed)
