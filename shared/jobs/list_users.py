"""Lists the users of a job that names a group or everyone. An activity.

It runs until all pages are read. A page is stored once, with the path of the next one: a run beside or behind another
one goes the same way. In the end the pages become the list of the job, in chunks as those of every other job.
"""

from dataclasses import replace
from functools import partial

from shared.core.listed import ListedUser, listed_user
from shared.core.models import Stop, User
from shared.core.plan_id import MAY_PASS
from shared.deadline import Deadline
from shared.jobs.answers import AWAY, LISTED, Data, answer, no_job
from shared.jobs.chunks import pack_listed
from shared.jobs.frame import activity, paused
from shared.jobs.life import log_waiting
from shared.log import get_logger
from shared.services import EVERYONE, Job, ListedPage, Services

LIMIT_S = 240.0
# No page is begun with less time than that left.
LEAST_S = 60.0
# Of 999 users: two million. It ends a listing whose last page leads to its first.
MAX_PAGES = 2002
TOO_MANY_USERS = "tooManyUsers"

_log = get_logger(__name__)


@activity
def list_users(services: Services, order: Data) -> Data:
    """Input: `jobId, chunk` (no matter which). `unfinished` falls with each page, and `counts` says in the end how many
    users are LISTED."""
    job = services.store.find(order["jobId"])
    if job is None or not job.scope:
        return answer([], error=no_job(order["jobId"]))
    if services.store.is_cancelled(job.id):
        return answer([], cancelled=True)
    # The plan that is applied is about the users of its dry run, though there was none.
    if job.chunks or job.applies:
        return _all(job.users)
    listing = _Listing(services, job, Deadline(LIMIT_S))
    try:
        return listing.go_on()
    except AWAY as away:
        return paused(order, away, unfinished=listing.left)


class _Listing:
    def __init__(self, services: Services, job: Job, deadline: Deadline) -> None:
        self._services, self._job, self._deadline = services, job, deadline
        self._keyed = partial(services.digest, deadline)
        self.pages = 0

    @property
    def left(self) -> int:
        """Pages that there may be at most."""
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
            # A listing may show a user twice, where others come and go meanwhile.
            users |= {user.id: (upn, user) for upn, user in page.users}
            path, self.pages = page.next, self.pages + 1
            if len(users) > services.max_users:
                return answer([], error=_too_many(services.max_users))
        if path is not None:
            return answer([], error=_TOO_LONG)
        # The list of jobs has known it without users.
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
        """A report is about those, too, for whom nothing is desired."""
        found = listed_user(user, self._services.source, self._keyed)
        return found or (ListedUser(user.id, {}) if self._job.is_report else None)

    def _stopped(self, stop: Stop) -> Data:
        stop.raise_cause()
        told = {"code": stop.code.value, "detail": stop.message}
        if stop.code in MAY_PASS:
            log_waiting(self._job.id, stop.code.value, stop.message)
            return answer([], paused_by=told, unfinished=self.left)
        return answer([], error=told)


def _all(users: int) -> Data:
    return answer([]) | {"counts": {LISTED: users}}


def _too_many(most: int) -> Data:
    return {
        "code": TOO_MANY_USERS,
        "detail": f"More than {most:,} users were listed, which is the limit (MAX_USERS). Nothing was written.",
    }


_TOO_LONG = {
    "code": "graphUnavailable",
    "detail": f"Microsoft Graph listed more than {MAX_PAGES:,} pages of users. Nothing was written.",
}
