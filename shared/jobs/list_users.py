"""Lists the users of a job for a group or everyone. An activity.

It runs until it has read all pages. It stores each page once, with the path of the next one, so a second run that
overlaps the first takes the same path. In the end the pages become the list of the job, in chunks as for every job.
"""

from dataclasses import replace
from functools import partial

from shared.core.listed import ListedUser, listed_user
from shared.core.models import Stop, User
from shared.core.plan_id import MAY_PASS
from shared.deadline import Deadline
from shared.errors import ServiceError, SignInUnavailable, StorageUnavailable, TokenRefused, VaultUnavailable
from shared.jobs.answers import LISTED, Data, answer, no_job, waiting
from shared.jobs.chunks import pack_listed
from shared.jobs.life import log_of, log_waiting
from shared.log import get_logger
from shared.services import EVERYONE, Job, ListedPage, Services

LIMIT_S = 240.0
# It starts no page with less time left than this.
LEAST_S = 60.0
# Of 999 users each: two million. It also ends a listing whose last page leads back to its first.
MAX_PAGES = 2002

_log = get_logger(__name__)


def list_users(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). `unfinished` falls with each page, and `counts` says in the end how many
    users are LISTED."""
    with log_of(order):
        job = services.store.find(order["jobId"])
        if job is None or not job.scope:
            return answer([], error=no_job(order["jobId"]))
        if services.store.is_cancelled(job.id):
            return answer([], cancelled=True)
        if job.chunks:
            return _all(job.users)
        listing = _Listing(services, job, Deadline(LIMIT_S))
        try:
            return listing.go_on()
        except (VaultUnavailable, StorageUnavailable, SignInUnavailable, TokenRefused) as away:
            log_waiting(job.id, away.code, away.detail)
            return answer([], paused_by=waiting(away), unfinished=listing.left)
        except ServiceError as error:
            _log.error("job %s ends: %s: %s", job.id, error.code, error.detail)
            return answer([], error=waiting(error))


class _Listing:
    def __init__(self, services: Services, job: Job, deadline: Deadline) -> None:
        self._services, self._job, self._deadline = services, job, deadline
        self._keyed = partial(services.digest, deadline)
        self.pages = 0

    @property
    def left(self) -> int:
        """How many more pages there can be."""
        return MAX_PAGES - self.pages

    def go_on(self) -> Data:
        services, job = self._services, self._job
        path: str | None = services.pages.first("" if job.scope == EVERYONE else job.scope)
        users: dict[str, tuple[str, ListedUser]] = {}
        while path is not None and self.pages < MAX_PAGES:
            page = services.store.page(job.id, self.pages)
            if page is None:
                if self._deadline.remaining() < LEAST_S:
                    return answer([], unfinished=self.left)
                services.sign_in(self._deadline)
                read = self._read(path)
                if isinstance(read, Stop):
                    return self._stopped(read)
                page = services.store.put_page(job.id, self.pages, read)
            # A listing may show a user twice if others come and go meanwhile.
            users |= {user.id: (upn, user) for upn, user in page.users}
            path, self.pages = page.next, self.pages + 1
            if len(users) > services.max_users:
                return answer([], error=_too_many(services.max_users))
        # Until now, the list of jobs had this job without users.
        services.store.put_index(job.caller, replace(job, users=len(users)))
        services.store.put_listing(job.id, len(users), pack_listed(list(users.values())))
        _log.info("%d users are listed, from %d pages", len(users), self.pages)
        return _all(len(users))

    def _read(self, path: str) -> ListedPage | Stop:
        found = self._services.pages.read(path, self._deadline)
        if isinstance(found, Stop):
            return found
        listed = ((user.upn, self._listed(user)) for user in found.users)
        return ListedPage([(upn, user) for upn, user in listed if user is not None], found.next)

    def _listed(self, user: User) -> ListedUser | None:
        """A report includes users for whom the directory holds nothing."""
        found = listed_user(user, self._services.source, self._keyed)
        return found or (ListedUser(user.id, {}) if self._job.is_report else None)

    def _stopped(self, stop: Stop) -> Data:
        if stop.cause is not None:
            raise stop.cause
        told = {"code": stop.code.value, "detail": stop.message}
        if stop.code in MAY_PASS:
            log_waiting(self._job.id, stop.code.value, stop.message)
            return answer([], paused_by=told, unfinished=self.left)
        return answer([], error=told)


def _all(users: int) -> Data:
    return answer([]) | {"counts": {LISTED: users}}


def _too_many(most: int) -> Data:
    return {
        "code": "tooManyUsers",
        "detail": f"The directory lists more than {most:,} users, the limit in MAX_USERS. Nothing was written.",
    }
