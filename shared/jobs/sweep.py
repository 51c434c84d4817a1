"""A sweep: who has changed in the directory becomes a job that nobody has asked for. An activity.

    the link of the last sweep ──> who has changed since, and whom earlier sweeps left behind ──> a job, and a new link

The job's id follows from the link that the sweep began with. What the sweep has found is stored once under that id, the
new link with it: a repeated run finds that and asks Graph nothing. Only then the new link takes the place of the old
one, and the job begins. A job that did not get so far is begun by the next sweep.
"""

from collections.abc import Iterable
from typing import TypeVar

from shared.core.models import Stop, Target
from shared.core.sweep import Changed, SweepFound, SweepState, name_of
from shared.deadline import Deadline
from shared.errors import GraphUnavailable
from shared.jobs.chunks import count_chunks, pack
from shared.jobs.engine import Engine
from shared.jobs.order import begin, is_mixed, job_id_of, now
from shared.jobs.sweep_left import Left, left_by
from shared.log import get_logger
from shared.services import EVERYONE, SWEEP, Job, Services

LIMIT_S = 200.0
# With less time than that, or more users than one list may have, the next sweep reads the other pages.
LEAST_S = 60.0

T = TypeVar("T")
_log = get_logger(__name__)


def begin_sweep(services: Services, engine: Engine) -> str | None:
    """The id of the job, if one is due. Raises ServiceError: the next sweep begins where this one did."""
    deadline = Deadline(LIMIT_S)
    state = services.sweeps.read()
    if state is None:
        services.sign_in(deadline)
        link = _settled(services.changed.latest(deadline))
        services.sweeps.replace(SweepState(link, services.changed.tracked), None)
        _log.event("sweep", "First sweep: the starting point is stored, and no user is changed.")
        return None
    # The version too: Graph may hand out the same link again.
    job_id = job_id_of(services.digest(deadline, SWEEP, state.link, state.version or ""))
    found = services.store.swept(job_id)
    if found is None:
        found = _look(services, state, left_by(services, engine, state.jobs), deadline)
        if not found.users and not found.scope:
            services.sweeps.replace(SweepState(found.link, found.tracked, found.running), state)
            _log.event("sweep", "Nobody has changed since the last sweep.")
            return None
        found = services.store.put_swept(job_id, found)
    job = services.store.find(job_id) or _claimed(services, job_id, found)
    if services.sweeps.replace(SweepState(found.link, found.tracked, (*found.running, job_id)), state):
        begin(services, engine, job)
    return job_id


def _look(services: Services, state: SweepState, left: Left, deadline: Deadline) -> SweepFound:
    services.sign_in(deadline)
    tracked, running = services.changed.tracked, tuple(left.running)
    if state.link and state.tracked == tracked and not left.is_all:
        changes = _changes(services, state.link, deadline)
        if changes is not None:
            gone = {*changes.gone, *map(name_of, changes.gone.values())}
            users = {key: target for key, target in left.users.items() if gone.isdisjoint((key, name_of(target)))}
            users |= changes.users
            ids = {name_of(target): key for key, target in users.items()}
            # Who has changed meanwhile begins anew.
            changed = set(map(name_of, changes.users.values()))
            since = {name: first for name, first in left.since.items() if name not in changed}
            return SweepFound(_distinct(users.values()), "", changes.link, tracked, running, since, ids)
    # Before the first page, so that what changes meanwhile is seen by the next sweep.
    link = _settled(services.changed.latest(deadline))
    _log.event("sweep", "The changes since the last sweep are unknown, so this sweep looks at everybody.")
    return SweepFound((), EVERYONE, link, tracked, running)


def _distinct(targets: Iterable[Target]) -> tuple[Target, ...]:
    """A name that has changed in case only is that of the same user."""
    return tuple({name_of(target): target for target in targets}.values())


def _changes(services: Services, link: str, deadline: Deadline) -> Changed | None:
    """Who has changed, on all pages for which there is time, and the link from there on; None: that link is of no use
    any more. Of a user with entries on two pages the later one holds."""
    users: dict[str, Target] = {}
    gone: dict[str, Target] = {}
    while True:
        page = services.changed.read(link, deadline)
        if page is None:
            return None
        changed: Changed = _settled(page)
        for user_id in changed.gone:
            users.pop(user_id, None)
        users |= changed.users
        gone |= changed.gone
        link = changed.link
        if changed.is_last or len(users) >= services.max_users or deadline.remaining() < LEAST_S:
            return Changed(users, link, changed.is_last, gone)


def _claimed(services: Services, job_id: str, found: SweepFound) -> Job:
    users = len(found.users)
    job = Job(
        id=job_id,
        fingerprint=job_id,
        created_at=now(),
        users=users,
        chunks=count_chunks(users),
        dry_run=False,
        caller=SWEEP,
        is_mixed=is_mixed(found.users),
        scope=found.scope,
        delta_link=found.link,
    )
    # The list first: who finds the record finds the list. A job that lists its users itself makes its own.
    if users:
        services.store.put_list(job.id, pack(found.users, {}))
    return services.store.claim(job)


def _settled(found: T | Stop) -> T:
    """Raises what a Stop means for the whole sweep."""
    if isinstance(found, Stop):
        found.raise_cause()
        raise GraphUnavailable(found.message)
    return found
