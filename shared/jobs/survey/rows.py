"""One chunk of users: their attributes and, where they are not known yet, their phones become rows."""

from collections.abc import Mapping, Sequence
from functools import partial

from shared.core.desired import DirectorySource
from shared.core.listed import RENAMED
from shared.core.models import Stop, Target, User
from shared.core.report import Json
from shared.core.survey import registered
from shared.core.survey.phones import SeenPhone, seen_phones
from shared.core.survey.rows import Reading, unread_row, user_row
from shared.deadline import Deadline
from shared.jobs.activities import CHUNK_DEADLINE_S
from shared.jobs.answers import Data, answer
from shared.jobs.bodies import UNFINISHED
from shared.jobs.frame import activity, for_report
from shared.jobs.survey.parts import Facts, facts, known_ids
from shared.services import Job, Phase, Services


@activity
def report_chunk(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk`. Reads; nothing is written to Graph."""
    return for_report(services, order, lambda job: _rows(services, job, int(order["chunk"])))


def _rows(services: Services, job: Job, chunk: int) -> Data:
    stored = services.store.results(job.id, Phase.PLAN, chunk)
    targets = list(services.store.users(job.id, chunk))
    rows: list[Json] = stored.bodies or [{}] * len(targets)
    todo = [i for i, row in enumerate(rows) if not row or row["code"] in UNFINISHED]
    if todo:
        deadline = Deadline(CHUNK_DEADLINE_S)
        ids = known_ids(services, job, chunk) or {}
        known = facts(services.parts, job)
        found = _Chunk(services, known, deadline, ids, is_listed=bool(job.scope)).rows([targets[i] for i in todo])
        for i, row in zip(todo, found, strict=True):
            rows[i] = row
        if not services.store.put_results(job.id, Phase.PLAN, chunk, rows, stored.version):
            # This activity runs a second time: what the other run stored stands.
            rows = services.store.results(job.id, Phase.PLAN, chunk).bodies or []
    return answer(rows)


class _Chunk:
    """`ids`: of those who were looked for in the registration report; of everybody if the job has listed them."""

    def __init__(
        self, services: Services, known: Facts, deadline: Deadline, ids: Mapping[Target, str], *, is_listed: bool
    ) -> None:
        self._ids, self._looked_for, self._is_listed = ids, frozenset(ids.values()), is_listed
        self._survey, self._source = services.survey, services.source
        self._known, self._deadline = known, deadline
        self._keyed = partial(services.digest, deadline)

    def rows(self, targets: Sequence[Target]) -> list[Json]:
        found = zip(targets, self._survey.users(targets, self._deadline), strict=True)
        users = {target: self._meant(target, user) for target, user in found}
        phones = self._phones([user.id for user in users.values() if isinstance(user, User)])
        return [
            unread_row(target, user)
            if isinstance(user, Stop)
            else user_row(self._reading(target, user, phones), self._known.tenant, self._keyed)
            for target, user in users.items()
        ]

    def _meant(self, target: Target, user: User | Stop) -> User | Stop:
        is_other = self._is_listed and isinstance(user, User) and self._ids.get(target, user.id) != user.id
        return RENAMED if is_other else user

    def _reading(self, target: Target, user: User, phones: Mapping[str, tuple[SeenPhone, ...] | Stop]) -> Reading:
        known, source = self._known.of(user.id, self._looked_for), self._source
        desired = DirectorySource(source.remove_on_empty, source.default_region).desired(target, user)
        return Reading(user, desired, phones[user.id], None if known is None else known.methods)

    def _phones(self, user_ids: Sequence[str]) -> dict[str, tuple[SeenPhone, ...] | Stop]:
        """Of everybody. Graph is asked about those who have one, unless that was done with the registration report;
        without that report, about all."""
        found: dict[str, tuple[SeenPhone, ...] | Stop] = {}
        unread: list[str] = []
        for user_id in user_ids:
            known = self._known.of(user_id, self._looked_for)
            if known is None or (known.phones is None and registered.has_phone(known.methods)):
                unread.append(user_id)
            else:
                found[user_id] = known.phones or ()
        for user_id, current in zip(unread, self._survey.phones(unread, self._deadline), strict=True):
            found[user_id] = current if isinstance(current, Stop) else seen_phones(current, self._keyed)
        return found
