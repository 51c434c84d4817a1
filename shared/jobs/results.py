"""What came of every user of a job, whichever way the job ended: read from its blobs, or counted by their tallies."""

from collections import Counter, deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from functools import cached_property

from shared.core.codes import Code, UserStatus
from shared.core.models import SourceName, Stop, Target
from shared.core.report import Json, named
from shared.core.survey.rows import unread_row
from shared.core.waiting import is_pending, no_longer_pending
from shared.jobs.bodies import is_planned, nothing_done
from shared.jobs.chunks import USERS_IN_A_CHUNK
from shared.jobs.credit import ended, in_doubt
from shared.services import Job, JobStore, Phase, Stored, Tally

# Blobs that are read at once, and that wait to be used.
READERS = 8
_ENDED = Stop(Code.NOT_ATTEMPTED, "The job ended before this user was processed.")
_NOT_REACHED = nothing_done(_ENDED)


class JobResults:
    """`ends_with_plan`: a dry run, or a job that the guard has stopped. `is_over`: it waits for nobody any more. Raises
    JobsUnavailable."""

    def __init__(self, job: Job, store: JobStore, *, ends_with_plan: bool, is_over: bool = True) -> None:
        self._job, self._store, self._ends_with_plan, self._is_over = job, store, ends_with_plan, is_over

    def counts(self) -> Mapping[str, int]:
        """Users by status; no result is read for it."""
        total: Counter[str] = Counter()
        for chunk in range(self._job.chunks):
            total.update(self._counts_of(chunk))
        return total

    def bodies(self, begin: int, status: str | None) -> Iterator[tuple[int, Json]]:
        """Position and result of every user from `begin` on who has that status."""
        for chunk in self._chunks(begin, status):
            yield from self._matching(chunk, self._chunk(chunk), begin, status)

    def page(self, begin: int, status: str | None, most: int) -> tuple[list[Json], int | None]:
        """So many of `bodies` at most, and where the next ones begin; None: these were the last."""
        found: list[Json] = []
        for position, body in self.bodies(begin, status):
            if len(found) == most:
                return found, position
            found.append(body)
        return found, None

    def all_bodies(self, status: str | None) -> Iterator[Json]:
        """As `bodies` from the first user on; several blobs are read at once."""
        waiting: deque[tuple[int, Future[list[Json]]]] = deque()
        with ThreadPoolExecutor(READERS, thread_name_prefix="results") as pool:
            for chunk in self._chunks(0, status):
                waiting.append((chunk, pool.submit(self._chunk, chunk)))
                if len(waiting) > 2 * READERS:
                    yield from self._next(waiting, status)
            while waiting:
                yield from self._next(waiting, status)

    def _next(self, waiting: "deque[tuple[int, Future[list[Json]]]]", status: str | None) -> Iterator[Json]:
        # No name for the future: what it raises would hold this frame, and the frame would hold the future.
        chunk, bodies = waiting[0][0], waiting.popleft()[1].result()
        return (body for _, body in self._matching(chunk, bodies, 0, status))

    def _chunks(self, begin: int, status: str | None) -> Iterator[int]:
        """Those that hold a user of that status."""
        chunks = range(begin // USERS_IN_A_CHUNK, self._job.chunks)
        return (chunk for chunk in chunks if status is None or self._counts_of(chunk).get(status))

    def _matching(self, chunk: int, bodies: list[Json], begin: int, status: str | None) -> Iterator[tuple[int, Json]]:
        for position, body in enumerate(bodies, chunk * USERS_IN_A_CHUNK):
            if position >= begin and status in (None, body["status"]):
                yield position, body

    def _chunk(self, chunk: int) -> list[Json]:
        found = self._found(chunk)
        bodies = [no_longer_pending(body) for body in found] if self._is_over else found
        if all(body["userId"] or body["userPrincipalName"] for body in bodies):
            return bodies
        return [named(body, target) for body, target in zip(bodies, self._users(chunk), strict=True)]

    def _users(self, chunk: int) -> Mapping[Target, tuple[str, ...]]:
        return self._store.users(self._job.id, chunk)

    def _found(self, chunk: int) -> list[Json]:
        store, job = self._store, self._job
        done = Stored(None, None) if self._ends_with_plan else store.results(job.id, Phase.RESULT, chunk)
        if done.bodies is not None:
            is_late = self._is_over and any(map(is_pending, done.bodies))
            return self._with_late(chunk, done.bodies, done.version) if is_late else done.bodies
        planned = store.results(job.id, Phase.PLAN, chunk).bodies
        if planned is None and job.is_report:
            return [unread_row(target, _ENDED) for target in self._users(chunk)]
        if planned is None:
            return [_not_reached(target, ignored) for target, ignored in self._users(chunk).items()]
        if self._ends_with_plan:
            return planned
        told = _unknown if chunk in self._begun else not_reached
        return [told(body) if is_planned(body) else body for body in planned]

    def _with_late(self, chunk: int, done: list[Json], version: str | None) -> list[Json]:
        """The job ended when some of those whom it waited for had come, and it had not dealt with them yet."""
        planned = self._store.results(self._job.id, Phase.PLAN, chunk).bodies or done
        # A run that has begun on these results, and stored none, may have written them.
        told = _unknown if self._store.has_begun_on(self._job.id, chunk, version) else not_reached
        late = [told(plan) if is_planned(plan) else plan for plan in planned]
        return [plan if is_pending(body) else body for body, plan in zip(done, late, strict=True)]

    def _counts_of(self, chunk: int) -> Mapping[str, int]:
        counts = self._counts_found(chunk)
        if self._is_over and counts.get(UserStatus.PENDING):
            return Counter(str(body["status"]) for body in self._chunk(chunk))
        return counts

    def _counts_found(self, chunk: int) -> Mapping[str, int]:
        done = self._tallies[Phase.RESULT].get(chunk)
        planned = self._tallies[Phase.PLAN].get(chunk)
        if done is not None:
            return done.counts
        if planned is None:
            first = chunk * USERS_IN_A_CHUNK
            status = UserStatus.FAILED if self._job.is_report else UserStatus.SKIPPED
            return {status.value: min(USERS_IN_A_CHUNK, self._job.users - first)}
        if self._ends_with_plan:
            return planned.counts
        counts = Counter(planned.counts)
        counts.subtract(planned.to_be_written)
        counts[(UserStatus.FAILED if chunk in self._begun else UserStatus.SKIPPED).value] += sum(
            planned.to_be_written.values()
        )
        return counts

    @cached_property
    def _tallies(self) -> Mapping[Phase, Mapping[int, Tally]]:
        phases = (Phase.PLAN,) if self._ends_with_plan else tuple(Phase)
        return {phase: self._store.tallies(self._job.id, phase) if phase in phases else {} for phase in Phase}

    @cached_property
    def _begun(self) -> set[int]:
        return self._store.begun(self._job.id)


def _not_reached(target: Target, ignored: tuple[str, ...]) -> Json:
    body = {
        "userPrincipalName": target.upn,
        "userId": target.id,
        "source": SourceName.DIRECTORY.value,
        **_NOT_REACHED,
    }
    return body | {"ignored": list(ignored)} if ignored else body


def not_reached(body: Json) -> Json:
    """Of a user whom the job did not reach. Planned changes that were not made are no longer announced."""
    return ended(body, _NOT_REACHED)


def _unknown(planned: Json) -> Json:
    return in_doubt(planned, planned)
