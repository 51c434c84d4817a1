"""The ceilings of a sweep.

Everybody it looks at has changed, so a share of these users says nothing: the share is one of all users of the
directory. What other sweeps of the last 24 hours did counts with it, so that a feed that is shifted for everybody stops
although it comes in portions.
"""

from dataclasses import replace

from shared.core.guard.ceilings import Verdict, verdict_on
from shared.core.models import Stop
from shared.deadline import Deadline
from shared.errors import GraphUnavailable
from shared.services import Services


def of_a_sweep(services: Services, verdict: Verdict, used: tuple[int, int], deadline: Deadline) -> Verdict:
    """`used`: removals and overwrites of other sweeps. Asks Graph only above the absolute allowance. Raises what `AWAY`
    names: the job waits."""
    removals, overwrites = used
    # What others did counts only with more of the same.
    total = replace(
        verdict,
        removals=verdict.removals and verdict.removals + removals,
        overwrites=verdict.overwrites and verdict.overwrites + overwrites,
    )
    least = verdict_on((), 0, services.policy)
    if total.removals <= least.removals_allowed and total.overwrites <= least.overwrites_allowed:
        return verdict
    services.sign_in(deadline)
    count = services.changed.count(deadline)
    if isinstance(count, Stop):
        count.raise_cause()
        raise GraphUnavailable(count.message)
    allowed = verdict_on((), count, services.policy)
    return replace(allowed, removals=total.removals, overwrites=total.overwrites)
