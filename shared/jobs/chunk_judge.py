"""The guards of one chunk of a job: they stop nothing before the whole plan is judged, and then all that goes beyond
it."""

from collections.abc import Callable, Mapping, Sequence

from shared.core.codes import Code
from shared.core.guard.ceilings import Refusal, Verdict
from shared.core.models import Stop, Target
from shared.core.plan import UserPlan
from shared.core.plan_id import Keyed, tag
from shared.core.reconcile import Judge
from shared.core.report import Json
from shared.jobs.bodies import nothing_done
from shared.jobs.credit import is_repeated
from shared.jobs.judge import PLAN_CHANGED
from shared.jobs.weighed import WITHHELD, is_beyond, is_part
from shared.services import Weighed

_MESSAGE = "The directory changed while the job ran, and now more would change than was planned."
_CHANGED_MEANWHILE = nothing_done(Stop(Code.NOT_ATTEMPTED, _MESSAGE))


class ChunkJudge(Judge):
    """`places`: where users stand in the chunk. `hear` is told each plan; `begin` has the last word before a write."""

    def __init__(
        self,
        places: Mapping[Target, int],
        *,
        hear: Callable[[int, UserPlan], None],
        begin: Callable[[Mapping[int, UserPlan]], Refusal | None],
    ) -> None:
        self._places, self._hear, self._begin = places, hear, begin

    def told(self, plans: Sequence[UserPlan]) -> None:
        for plan in plans:
            self._hear(self._places[plan.target], plan)

    def refusal(self, verdict: Verdict) -> None:
        """None: `judge` refuses the job as a whole."""

    def admit(self, plans: Sequence[UserPlan], verdict: Verdict) -> Refusal | None:  # noqa: ARG002
        return self._begin({self._places[plan.target]: plan for plan in plans})


class Beyond(Exception):
    """The plans of these users, by place, hold other things than were planned when the job was judged, or more.
    `told`: what becomes of the users."""

    def __init__(self, plans: Mapping[int, UserPlan], told: Json) -> None:
        super().__init__(f"{len(plans)} users")
        self.plans, self.told = plans, told


_Plans = Mapping[int, UserPlan]


def only_seen(
    plans: _Plans, seen: Sequence[Weighed | None], planned: Sequence[Json], keyed: Keyed, *, has_begun: bool
) -> None:
    """Raises Beyond for users whose plan is not the one that the caller has seen."""
    other = {i: plan for i, plan in plans.items() if _is_other(plan, seen[i], planned[i], keyed, has_begun=has_begun)}
    if other:
        raise Beyond(other, PLAN_CHANGED)


def only_judged(
    plans: _Plans, judged: Sequence[Weighed | None], planned: Sequence[Json], left: Mapping[int, Json]
) -> None:
    """Raises Beyond for users of whom more is about to be done than was judged, or another thing than an earlier run
    may have done. `left`: what earlier runs left of each."""
    beyond = {
        i: plan
        for i, plan in plans.items()
        if is_beyond(plan, judged[i], planned[i], left[i]) or is_repeated(plan, left[i])
    }
    if beyond:
        raise Beyond(beyond, _CHANGED_MEANWHILE)


def _is_other(plan: UserPlan, seen: Weighed | None, planned: Json, keyed: Keyed, *, has_begun: bool) -> bool:
    """Whether a user's plan is not the one that the caller has seen. In a chunk that has begun, a part of that may be
    left; so it is, too, where the number was taken out of it."""
    if not plan.has_writes:
        return False
    if seen is not None and (has_begun or seen.writes.startswith(WITHHELD)):
        return not is_part(plan, planned)
    return seen is None or tag(plan, keyed) != seen.writes
